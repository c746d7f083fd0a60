"""Who may write, and when."""

from __future__ import annotations

import trio
import trio.testing

from voice_actors.gemini._write_lock import WriteLock


async def test_one_at_a_time():
    """A lock that is free is taken at once; of a hundred writers each has its turn."""
    lock, order, inside = WriteLock(), [], 0

    async def write(number: int) -> None:
        nonlocal inside
        if not lock.take():
            await lock.wait()
        inside += 1
        assert 1 == inside
        await trio.lowlevel.checkpoint()
        order.append(number)
        inside -= 1
        lock.release()

    async with trio.open_nursery() as nursery:
        for number in range(100):
            nursery.start_soon(write, number)
    assert set(range(100)) == set(order)
    assert lock.take()


async def test_the_longest_waiting_is_next_and_nobody_overtakes():
    """Three wait, one of them in vain; whoever comes when it is passed on waits too."""
    lock, order = WriteLock(), []
    assert lock.take()

    async def write(name: str) -> None:
        assert not lock.take()
        await lock.wait()
        order.append(name)
        lock.release()

    async with trio.open_nursery() as nursery:
        gives_up = trio.CancelScope()
        for name in "abc":
            nursery.start_soon(write, name)
            await trio.testing.wait_all_tasks_blocked()

        async def write_in_vain() -> None:
            with gives_up:
                await write("never")

        nursery.start_soon(write_in_vain)
        await trio.testing.wait_all_tasks_blocked()
        gives_up.cancel()
        await trio.testing.wait_all_tasks_blocked()
        lock.release()
        assert not lock.take()
        nursery.start_soon(write, "d")
    assert ["a", "b", "c", "d"] == order
    assert lock.take()

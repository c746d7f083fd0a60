"""Who may write, and when."""

from __future__ import annotations

import trio
import trio.testing

from tests.steps import Steps
from voice_actors.gemini._write_lock import WriteLock


async def test_one_at_a_time():
    """Of a hundred writers each has its turn."""
    lock, order, inside = WriteLock(), [], 0

    async def write(number: int) -> None:
        nonlocal inside
        await lock.acquire()
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


async def test_a_free_lock_is_taken_without_a_visit_to_the_scheduler():
    """Nobody else runs meanwhile; and it is free again afterwards."""
    lock = WriteLock()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.lowlevel.checkpoint)
        with Steps() as steps:
            for _ in range(3):
                await lock.acquire()
                lock.release()
    assert not steps.names


async def test_the_longest_waiting_is_next_and_nobody_overtakes():
    """Three wait, a fourth gives up; whoever comes in the moment in which it is passed on is behind them."""
    lock, order = WriteLock(), []
    await lock.acquire()

    async def write(name: str, scope: trio.CancelScope) -> None:
        with scope:
            await lock.acquire()
            order.append(name)
            lock.release()

    async with trio.open_nursery() as nursery:
        scopes = {name: trio.CancelScope() for name in "abxc"}
        for name, scope in scopes.items():
            nursery.start_soon(write, name, scope)
            await trio.testing.wait_all_tasks_blocked()
        scopes["x"].cancel("gives up")
        await trio.testing.wait_all_tasks_blocked()
        lock.release()
        nursery.start_soon(write, "d", trio.CancelScope())
    assert ["a", "b", "c", "d"] == order
    await lock.acquire()

"""Virtual time beside threads."""

from __future__ import annotations

import time
from functools import partial

import trio
import trio.testing

from voice_actors.testing import run_patiently


def test_the_clock_jumps_over_waits_and_stands_while_a_thread_works():
    """An hour takes no time, and a thread that works takes none of the hour."""

    async def main() -> tuple[float, float]:
        began = trio.current_time()
        await trio.sleep(3_600)
        slept = trio.current_time() - began
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 1)
            await trio.to_thread.run_sync(time.sleep, 0.05)
            worked = trio.current_time() - began - slept
        return slept, worked

    run_sync, began = trio.to_thread.run_sync, time.monotonic()
    assert (3_600, 0) == run_patiently(main)
    assert run_sync is trio.to_thread.run_sync
    print(f"an hour in {time.monotonic() - began:.2f} s")


def test_work_that_nobody_waits_for_any_more_is_waited_for_at_the_end():
    """A thread that computes while the interpreter exits may abort the process."""
    done: list[str] = []

    def work() -> None:
        time.sleep(0.005)
        done.append("work")

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(partial(trio.to_thread.run_sync, work, abandon_on_cancel=True))
            await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel("not needed")

    for _ in range(20):  # cancelled before the thread has begun, or after
        done.clear()
        run_patiently(main)
        assert ["work"] == done


def test_work_that_never_got_a_thread_is_not_waited_for():
    """It waited for its turn, and was cancelled there."""

    async def main() -> None:
        full = trio.CapacityLimiter(1)
        async with full, trio.open_nursery() as nursery:
            nursery.start_soon(partial(trio.to_thread.run_sync, time.sleep, 600, limiter=full))
            await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel("not needed")

    run_patiently(main)

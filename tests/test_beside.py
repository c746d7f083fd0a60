"""Work that goes on beside something else ends with it."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from voice_actors.beside import beside


async def test_the_work_ends_with_the_body(autojump_clock):
    """It is cancelled where the body is done, and not before."""
    steps = []

    async def work():
        try:
            while True:
                steps.append(trio.current_time())
                await trio.sleep(1)
        finally:
            steps.append("over")

    began = trio.current_time()
    async with beside(work):
        await trio.sleep(2.5)
    assert [began, began + 1, began + 2, "over"] == steps


async def test_the_body_s_own_exception_comes_out_bare(autojump_clock):
    """Not in the nursery's group, and the work is over by then."""
    over = trio.Event()

    async def work():
        try:
            await trio.sleep_forever()
        finally:
            over.set()

    with pytest.raises(KeyError, match="body"):
        async with beside(work):
            await trio.testing.wait_all_tasks_blocked()
            raise KeyError("body")
    assert over.is_set()


async def test_the_failure_of_the_work_comes_out_in_a_group(autojump_clock):
    """And ends the body."""

    async def work():
        raise KeyError("work")

    with pytest.raises(ExceptionGroup) as caught:
        async with beside(work):
            await trio.sleep_forever()
    assert caught.value.subgroup(KeyError) is not None

"""Tools that are written for asyncio run on a loop of theirs, and are cancelled as any other."""

from __future__ import annotations

import asyncio
import contextvars
import threading

import pytest
import trio
import trio.testing

from voice_actors.toolbox import BadArguments, Room, ToolFailed, ToolOptions, asyncio_home, declare
from voice_actors.toolbox.asyncio_home import AsyncioHome

MOOD: contextvars.ContextVar[str] = contextvars.ContextVar("mood", default="none")


async def test_calls_share_one_loop_in_one_thread():
    """What belongs to a loop can be kept from one call to the next; side by side they run too."""
    meeting: list[asyncio.Event] = []

    async def first():
        meeting.append(asyncio.Event())
        await meeting[0].wait()
        return asyncio.get_running_loop(), threading.current_thread()

    async def second():
        while not meeting:
            await asyncio.sleep(0)
        meeting[0].set()
        return asyncio.get_running_loop(), threading.current_thread()

    found = []
    async with AsyncioHome() as home, trio.open_nursery() as nursery:

        async def call(function):
            found.append(await home.run(function))

        nursery.start_soon(call, first)
        nursery.start_soon(call, second)
    assert found[0] == found[1]
    loop, thread = found[0]
    assert thread is not threading.main_thread()
    assert loop.is_closed()
    assert not thread.is_alive()


async def test_without_calls_there_is_no_thread():
    """It costs nothing where nobody needs it."""
    before = threading.active_count()
    async with AsyncioHome():
        assert before == threading.active_count()


async def test_a_cancelled_call_is_cancelled_there_and_cleans_up():
    """Its `finally` has run when the call is over; other calls go on."""
    steps, began = [], trio.Event()
    token = trio.lowlevel.current_trio_token()

    async def long():
        try:
            token.run_sync_soon(began.set)
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(0)
            steps.append("cleaned up")

    async with AsyncioHome() as home:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(home.run, long)
            await began.wait()
            nursery.cancel_scope.cancel("enough")
        assert ["cleaned up"] == steps
        assert 3 == await home.run(lambda: asyncio.sleep(0, 3))


async def test_what_is_left_running_ends_with_the_conversation():
    """Tasks that a tool started and forgot are cancelled."""
    ended = threading.Event()
    kept = []

    async def forever():
        try:
            await asyncio.sleep(3600)
        finally:
            ended.set()

    async def start():
        kept.append(asyncio.create_task(forever()))
        await asyncio.sleep(0)

    async with AsyncioHome() as home:
        await home.run(start)
    assert ended.is_set()


async def test_one_that_ignores_its_cancellation_is_left_behind(monkeypatch):
    """After a moment; the thread is left too, and dies with the program."""
    monkeypatch.setattr(asyncio_home, "GRACE", 0.05)
    go_on, began = threading.Event(), threading.Event()

    async def block():
        began.set()
        go_on.wait(20)

    async with AsyncioHome() as home, trio.open_nursery() as nursery:
        nursery.start_soon(home.run, block)
        await trio.to_thread.run_sync(began.wait)
        nursery.cancel_scope.cancel("enough")
    thread = home._thread
    assert thread.is_alive()
    go_on.set()
    await trio.to_thread.run_sync(thread.join)


class Hang(BaseException):
    """Not an Exception."""


@pytest.mark.parametrize("kind", [OSError, KeyboardInterrupt, SystemExit, Hang])
async def test_what_it_raises_comes_out_here(kind):
    """And the loop goes on, whatever it was."""

    async def broken():
        await asyncio.sleep(0)
        raise kind("no")

    async with AsyncioHome() as home:
        with pytest.raises(kind, match="no"):
            await home.run(broken)
        assert 3 == await home.run(lambda: asyncio.sleep(0, 3))


async def test_a_call_that_cancels_itself_has_failed():
    """asyncio's own cancellation is not ours."""

    async def cancels_itself():
        asyncio.current_task().cancel()
        await asyncio.sleep(1)

    async with AsyncioHome() as home:
        with pytest.raises(ToolFailed, match="cancelled by its own code"):
            await home.run(cancels_itself)


async def test_context_variables_reach_it():
    """As in a thread."""

    async def mood():
        return MOOD.get()

    MOOD.set("sunny")
    async with AsyncioHome() as home:
        assert "sunny" == await home.run(mood)


async def test_a_function_says_that_it_is_written_for_asyncio():
    """`run="asyncio"`: its arguments are checked before, and one at a time means that here too."""

    async def add(a: int, b: int) -> int:
        """Add."""
        await asyncio.sleep(0)
        return a + b

    added = declare(add, options=ToolOptions(run="asyncio"))
    async with AsyncioHome() as home:
        room = Room(trio.CapacityLimiter(1), trio.CapacityLimiter(1), home=home)
        assert {"output": 5} == (await added.run({"a": "2", "b": 3}, room)).response
        with pytest.raises(BadArguments):
            await added.run({"a": "two", "b": 3}, room)
        assert 0 == room.own.borrowed_tokens


async def test_the_conversation_goes_on_while_the_thread_starts(monkeypatch):
    """A start that takes long keeps nobody waiting but the call, and two calls at once have one loop."""
    go, waited = threading.Event(), list[bool]()
    serve = AsyncioHome._serve

    def late(home: AsyncioHome) -> None:
        waited.append(go.wait(10))
        serve(home)

    async def which() -> object:
        return asyncio.get_running_loop()

    async def call(home: AsyncioHome) -> None:
        loops.append(await home.run(which))

    loops: list[object] = []
    monkeypatch.setattr(AsyncioHome, "_serve", late)
    async with AsyncioHome() as home, trio.open_nursery() as nursery:
        nursery.start_soon(call, home)
        nursery.start_soon(call, home)
        await trio.testing.wait_all_tasks_blocked()
        go.set()  # by a loop that waited for the thread this would never be done
    assert [True] == waited
    assert 2 == len(loops)
    assert 1 == len(set(loops))

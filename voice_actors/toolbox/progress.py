"""A tool that yields: what it says on its way is told to the model, and what it says last is its answer."""

from __future__ import annotations

import contextlib
import math
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from typing import Any, TypeAlias

import trio

from voice_actors.toolbox.results import Result, result_of
from voice_actors.toolbox.room import Room

HOLD = 0.1
"""Seconds for which a yielded value may prove to be the last one: then it is the answer."""

Say: TypeAlias = trio.MemorySendChannel[Result]
_Produce: TypeAlias = Callable[[Say], Awaitable[Result | None]]


async def on_loop(make: Callable[[], AsyncGenerator[object]], room: Room) -> Result:
    """Run an async generator, telling what it yields."""

    async def produce(say: Say) -> None:
        async with room.turn(), contextlib.aclosing(make()) as generator:
            async for value in generator:
                await say.send(result_of(value))

    return await _collected(produce, room)


async def in_thread(make: Callable[[], Generator[object, None, object]], room: Room) -> Result:
    """Run a generator in a thread. Where the call is cancelled it is closed at its next yield."""

    async def produce(say: Say) -> Result | None:
        returned = await room.in_thread(lambda: _exhausted(make(), say))
        return None if returned is None else result_of(returned)

    return await _collected(produce, room)


def _exhausted(generator: Generator[object, None, object], say: Say) -> object:
    """In the thread. `say` raises once nobody listens any more."""
    with contextlib.closing(generator):
        while True:
            try:
                value = next(generator)
            except StopIteration as end:
                return end.value
            trio.from_thread.run(say.send, result_of(value))


async def _collected(produce: _Produce, room: Room) -> Result:
    """The answer: what was returned, or else what was yielded last, unless that has been told by then."""
    say, said = trio.open_memory_channel[Result](0)
    returned: list[Result | None] = []

    async def run() -> None:
        with say:
            returned.append(await produce(say))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(run)
        held = await _told_but_the_last(said, room)
    last = returned[0]
    if last is not None and held is not None:
        await room.tell(held)
    return last or held or Result({}, quiet=True)


async def _told_but_the_last(said: trio.MemoryReceiveChannel[Result], room: Room) -> Result | None:
    """What was yielded last, unless the model knows it by then."""
    held: Result | None = None
    untold: Result | None = None
    with said:
        while True:
            value: Any = None
            try:
                with trio.move_on_after(math.inf if held is None else HOLD):
                    value = await said.receive()
            except trio.EndOfChannel:
                return held or untold
            if held is not None:
                untold = None if await room.tell(held) else held
            held = value

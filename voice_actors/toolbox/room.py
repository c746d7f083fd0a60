"""How many calls run at one time: of all plain functions together, and of one tool."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar, cast

import attrs
import trio

from voice_actors.toolbox.asyncio_home import AsyncioHome
from voice_actors.toolbox.fair_share import fair_share
from voice_actors.toolbox.results import Result

T = TypeVar("T")


async def nobody_listens(_: Result) -> bool:
    """Where the model waits for the answer, nothing can be told on the way."""
    await trio.lowlevel.checkpoint()
    return False


@attrs.define(eq=False, repr=False)
class Room:
    """What one call needs of those around it.

    A place among those that run: in a thread it is taken until the thread is done, also when nobody waits for it.
    """

    threads: trio.CapacityLimiter
    """Shared by all tools of a conversation."""
    own: trio.CapacityLimiter | None = None
    """For the calls of one tool; None is no limit."""
    tell: Callable[[Result], Awaitable[bool]] = nobody_listens
    """Tell the model how far the call has come; False where it cannot be told, and so knows nothing of it."""
    home: AsyncioHome = attrs.field(factory=AsyncioHome)
    """Where tools live that are written for asyncio; it begins with the first of them."""

    def turn(self) -> AbstractAsyncContextManager[None]:
        """For what does not run in a thread: wait for the tool's turn, and have it for as long as the block lasts."""
        return contextlib.nullcontext() if self.own is None else self.own

    async def on_asyncio(self, make: Callable[[], Awaitable[T]]) -> T:
        """Await what `make` gives on asyncio's loop, once it is the tool's turn."""
        async with self.turn():
            return await self.home.run(make)

    async def in_thread(self, call: Callable[[], T]) -> T:
        """Run `call` in a thread with the caller's context variables; a cancelled caller does not wait for it."""
        limiter = self.threads if self.own is None else cast("Any", self)
        return await trio.to_thread.run_sync(_fairly, call, abandon_on_cancel=True, limiter=limiter)

    async def acquire_on_behalf_of(self, borrower: object) -> None:
        """What trio asks of a limiter: a turn of this tool first, then a thread, so that nobody holds one idle."""
        if self.own is None:
            return await self.threads.acquire_on_behalf_of(borrower)
        await self.own.acquire_on_behalf_of(borrower)
        try:
            await self.threads.acquire_on_behalf_of(borrower)
        except BaseException:
            self.own.release_on_behalf_of(borrower)
            raise

    def release_on_behalf_of(self, borrower: object) -> None:
        """What trio asks of a limiter."""
        self.threads.release_on_behalf_of(borrower)
        if self.own is not None:
            self.own.release_on_behalf_of(borrower)


def _fairly(call: Callable[[], T]) -> T:
    """In the thread."""
    with fair_share():
        return call()

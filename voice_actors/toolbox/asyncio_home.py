"""Where tools live that are written for asyncio: a loop of theirs, in a thread, for as long as the conversation lasts.

A loop that lives lets tools keep what belongs to a loop (a client's connections, a lock) from one call to the next.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

import attrs
import outcome
import trio

from voice_actors.toolbox.results import ToolFailed

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")

GRACE = 1.0
"""Seconds that a cancelled call, or the loop at its end, may take to clean up before it is left behind."""


@attrs.define(eq=False, repr=False)
class AsyncioHome:
    """Theory of operation. The thread starts with the first call, and stops at the end of the home's block.

    A call is a task on that loop. When it is done it wakes the trio task that waits for it. When that one is cancelled,
    the asyncio task is, and its `finally` runs before the call is over, unless it takes longer than `GRACE`.
    """

    _loop: asyncio.AbstractEventLoop | None = attrs.field(default=None, init=False)
    _stop: asyncio.Event | None = attrs.field(default=None, init=False)
    _thread: threading.Thread | None = attrs.field(default=None, init=False)
    _ready: threading.Event | None = attrs.field(default=None, init=False)
    """Set once the loop runs; made with the thread."""

    async def run(self, make: Callable[[], Awaitable[T]]) -> T:
        """Await on the loop what `make` gives there, with the caller's context variables.

        Raises:
            ToolFailed: it cancelled itself; otherwise whatever it raises.
        """
        loop = await self._started()
        call = _Call(make, loop, trio.lowlevel.current_trio_token(), contextvars.copy_context())
        loop.call_soon_threadsafe(call.begin)
        try:
            await call.done.wait()
        except trio.Cancelled:
            loop.call_soon_threadsafe(call.cancel)
            with trio.move_on_after(GRACE, shield=True):
                await call.done.wait()
            raise
        return cast("T", call.result())

    async def _started(self) -> asyncio.AbstractEventLoop:
        if self._ready is None:
            self._ready = threading.Event()
            self._thread = threading.Thread(target=self._serve, name="asyncio tools", daemon=True)
            self._thread.start()
        if not self._ready.is_set():  # importing asyncio takes longer than the audio may wait
            await trio.to_thread.run_sync(self._ready.wait, abandon_on_cancel=True)
        return cast("asyncio.AbstractEventLoop", self._loop)

    def _serve(self) -> None:
        """The thread. The runner cancels what is left and closes the loop."""
        import asyncio

        async def main() -> None:
            self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
            cast("threading.Event", self._ready).set()
            await self._stop.wait()

        with asyncio.Runner() as runner:
            runner.run(main())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with trio.move_on_after(GRACE, shield=True):
            await self._close()

    async def _close(self) -> None:
        if self._thread is None or self._ready is None:
            return
        await trio.to_thread.run_sync(self._ready.wait, abandon_on_cancel=True)
        if self._loop is None or self._stop is None:
            return
        self._loop.call_soon_threadsafe(self._stop.set)
        await trio.to_thread.run_sync(self._thread.join, abandon_on_cancel=True)


@attrs.define(eq=False, repr=False)
class _Call:
    """One call, seen from both loops."""

    make: Callable[[], Awaitable[Any]]
    loop: asyncio.AbstractEventLoop
    trio_token: trio.lowlevel.TrioToken
    context: contextvars.Context
    done: trio.Event = attrs.field(factory=trio.Event, init=False)
    _task: asyncio.Task[outcome.Outcome[Any]] | None = attrs.field(default=None, init=False)

    def begin(self) -> None:
        """On asyncio's loop. What is no Exception must not stop it, so it is caught with the rest."""
        caught = cast("Any", outcome.acapture(self._awaited))
        self._task = self.loop.create_task(caught, context=self.context)
        self._task.add_done_callback(self._tell)

    async def _awaited(self) -> Any:
        return await self.make()

    def cancel(self) -> None:
        """On asyncio's loop."""
        if self._task is not None:
            self._task.cancel()

    def _tell(self, _task: object) -> None:
        try:
            self.trio_token.run_sync_soon(self.done.set)
        except trio.RunFinishedError:
            return  # nobody is left to hear it

    def result(self) -> Any:
        """On trio's loop, once it is done."""
        import asyncio

        if self._task is None or self._task.cancelled():
            raise ToolFailed(_OWN_CANCEL)
        found = self._task.result()
        if isinstance(found, outcome.Error) and isinstance(found.error, asyncio.CancelledError):
            raise ToolFailed(_OWN_CANCEL)  # in asyncio not an Exception; here it is one tool's failure and no shutdown
        return found.unwrap()


_OWN_CANCEL = "the tool was cancelled by its own code"

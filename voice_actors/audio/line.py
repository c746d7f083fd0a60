"""A sound device that is open, watched, and opened again when it is lost.

Theory of operation: a lost device raises nothing. Either its stream finishes, or its callbacks just stop, which a
watchdog sees. Whoever captures or plays outlives it: `kept_open` opens the device under them again and again until it
is back, and tells what has happened. Opening and closing block, so they happen in a worker thread.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Protocol

import attrs
import trio

from voice_actors.audio.ends import DeviceChange
from voice_actors.audio.portaudio import Callback, Kind, OpenedStream, forget_at_exit, open_stream, start_afresh
from voice_actors.beside import beside
from voice_actors.errors import DeviceError
from voice_actors.lanes import Overflow, open_lane

SILENT_FOR = 0.75
"""Seconds without a callback after which a device counts as lost; with CHECK_EVERY, it is noticed within a second."""
FIRST_CALLBACK = 5.0
"""Seconds until the first one; Bluetooth and some sound servers take more than one."""
CHECK_EVERY = 0.25
OPEN_FOR = 10.0
"""Seconds for a device to open, before it counts as dead."""
CLOSE_FOR = 1.0
"""Seconds for a device to close (1 ms is usual), before its thread is left behind: a lost device may never return."""
RETRY_EVERY = 0.5
"""Seconds between two tries to open a lost device again."""
NEWS = 16
"""Losses and returns that wait to be told; the oldest makes room."""


@attrs.define(eq=False)
class Line:
    """What the device's thread and the loop know of one another."""

    kind: Kind
    device: str | int | None
    label: str
    callbacks: int = attrs.field(default=0, init=False)
    """Written by the device's thread."""
    _closing: bool = attrs.field(default=False, init=False)
    _fail: Callable[[DeviceError], None] | None = attrs.field(default=None, init=False)
    _token: trio.lowlevel.TrioToken = attrs.field(factory=trio.lowlevel.current_trio_token, init=False)

    def wake(self, task: Callable[[], None]) -> None:
        """Have `task` called in the loop, soon, once. For the device's thread."""
        try:
            self._token.run_sync_soon(task, idempotent=True)
        except trio.RunFinishedError:
            self._closing = True

    @asynccontextmanager
    async def opened(self, rate: int, block_ms: int, callback: Callback) -> AsyncGenerator[OpenedStream, None]:
        """The device, open but not started."""
        opening = _Opening(
            lambda: open_stream(self.kind, self.device, self.label, rate, block_ms, callback, self._gone)
        )
        try:
            with trio.move_on_after(OPEN_FOR) as patience:
                await trio.to_thread.run_sync(opening.run, abandon_on_cancel=True)
            if patience.cancelled_caught:
                raise DeviceError(f"{self.label} did not open within {OPEN_FOR:g} s", device=self.label)
            yield opening.opened[0]
        finally:
            self._closing = True
            with trio.move_on_after(CLOSE_FOR, shield=True):
                await opening.close()
            if opening.hangs:
                forget_at_exit()

    @asynccontextmanager
    async def running(self, stream: OpenedStream, fail: Callable[[DeviceError], None]) -> AsyncGenerator[None, None]:
        """The device at work; `fail` learns of its loss."""
        self._fail = fail
        await trio.to_thread.run_sync(stream.start, abandon_on_cancel=True)
        async with beside(self._watch):
            yield

    def _gone(self) -> None:
        if not self._closing:
            self.wake(self._lost)

    def _lost(self) -> None:
        if self._fail is not None and not self._closing:
            self._fail(DeviceError(f"{self.label} is gone; was it unplugged?", device=self.label))

    async def _watch(self) -> None:
        """Counts its own looks, not the time: while this process is stalled, a device cannot call it either."""
        seen, quiet = 0, 0.0
        while quiet < (SILENT_FOR if seen else FIRST_CALLBACK):
            await trio.sleep(CHECK_EVERY)
            quiet = quiet + CHECK_EVERY if self.callbacks == seen else 0.0
            seen = self.callbacks
        self._lost()


class _Opening:
    """Opens a stream in a thread that may be left behind; a stream that is opened too late is closed again."""

    def __init__(self, open_it: Callable[[], OpenedStream]) -> None:
        self._open_it = open_it
        self.opened: deque[OpenedStream] = deque()
        self._unwanted = False
        self._inside = 0

    @property
    def hangs(self) -> bool:
        """A thread of ours is still inside PortAudio."""
        return self._inside > 0

    def run(self) -> None:
        """Open it. Blocks."""
        self._inside += 1
        try:
            self.opened.append(self._open_it())
        finally:
            self._inside -= 1
        if self._unwanted:
            self._close()

    async def close(self) -> None:
        """Close it, now or whenever it has opened."""
        self._unwanted = True
        await trio.to_thread.run_sync(self._close, abandon_on_cancel=True)

    def _close(self) -> None:
        try:
            stream = self.opened.popleft()  # by whichever thread comes first
        except IndexError:
            return
        self._inside += 1
        stream.close()
        self._inside -= 1


class User(Protocol):
    """Whoever captures from a device, or plays on it."""

    def callback(self, block: object, frames: int, times: object, status: object, /) -> None:
        """As PortAudio calls it, in a thread of its own."""
        ...

    def adapt_to(self, line: Line, stream: OpenedStream) -> None:
        """The device is this one from now on; it has not begun."""
        ...


class News:
    """What happened to a device, for one reader."""

    def __init__(self, on_loss: Callable[[], None] = lambda: None) -> None:
        """Nothing yet; `on_loss` is called at every loss, before anybody is told."""
        self._on_loss = on_loss
        self._sender, self._receiver = open_lane[DeviceChange]("device changes", NEWS, Overflow.DROP_OLDEST)

    def tell(self, change: DeviceChange) -> None:
        """Never waits."""
        if change.lost is not None:
            self._on_loss()
        self._sender.send_nowait(change)

    async def next(self) -> DeviceChange:
        """The next change."""
        return await self._receiver.receive()


@asynccontextmanager
async def kept_open(
    make_line: Callable[[], Line], rate: int, block_ms: int, user: User, news: News
) -> AsyncGenerator[None, None]:
    """The device at work for `user`, over all its losses, as long as the body lasts.

    Raises:
        DeviceError, MissingPartError: it cannot be opened the first time.
    """
    failure: Exception | None = None
    async with trio.open_nursery() as nursery:
        try:
            await nursery.start(_keep_open, make_line, rate, block_ms, user, news)
            yield
        except Exception as error:  # noqa: BLE001 - raised again below, as it was, not in the nursery's group
            failure = error
        nursery.cancel_scope.cancel("the device is not needed any more")
    if failure is not None:
        raise failure


async def _keep_open(
    make_line: Callable[[], Line],
    rate: int,
    block_ms: int,
    user: User,
    news: News,
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    lost_at: float | None = None

    def is_back() -> None:
        task_status.started() if lost_at is None else news.tell(DeviceChange(away=trio.current_time() - lost_at))

    def is_lost(loss: DeviceError) -> None:
        nonlocal lost_at
        lost_at = trio.current_time()
        news.tell(DeviceChange(lost=str(loss)))

    while True:
        try:
            if lost_at is not None:
                await trio.to_thread.run_sync(start_afresh, abandon_on_cancel=True)
            await _until_lost(make_line(), rate, block_ms, user, is_back, is_lost)
        except DeviceError:
            if lost_at is None:
                raise
        await trio.sleep(RETRY_EVERY)


async def _until_lost(
    line: Line, rate: int, block_ms: int, user: User, works: Callable[[], None], is_lost: Callable[[DeviceError], None]
) -> None:
    lost = trio.Event()

    def fail(loss: DeviceError) -> None:
        if not lost.is_set():
            lost.set()
            is_lost(loss)  # now: to close a lost device may take long

    async with line.opened(rate, block_ms, user.callback) as stream:
        user.adapt_to(line, stream)
        async with line.running(stream, fail):
            works()
            await lost.wait()

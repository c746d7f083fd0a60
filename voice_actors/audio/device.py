"""Real microphones and loudspeakers.

Theory of operation: PortAudio calls us in a thread of its own. There we only append to or pop from a deque and, where a
task waits for exactly that, wake the loop with `run_sync_soon` (0.2 ms; `from_thread` would hold the audio thread for
3 ms at p99). A lost device raises nothing: either its stream finishes, or its callbacks just stop, which a watchdog
sees. Opening and closing block, so they happen in a worker thread.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import attrs
import trio

from voice_actors.audio.block_clock import BlockClock
from voice_actors.audio.ends import EndStatistics, LoudspeakerStream, MicrophoneStream
from voice_actors.audio.memory import INPUT_RATE
from voice_actors.audio.pcm import bytes_for
from voice_actors.audio.playout import OUTPUT_RATE, OneAtATime, RingStream, Shaper, beside
from voice_actors.audio.portaudio import (
    Callback,
    DeviceInfo,
    Kind,
    OpenedStream,
    forget_at_exit,
    list_devices,
    open_stream,
)
from voice_actors.audio.resample import Converter
from voice_actors.audio.ring import PlayoutRing
from voice_actors.errors import DeviceError

__all__ = ["DeviceInfo", "DeviceMicrophone", "DeviceSpeaker", "list_devices"]

OUTPUT_BLOCK_MS = 10
"""An interruption is heard within one block and the device's own latency: 24 ms measured, 48 with 20 ms blocks."""
UNTOLD_BLOCKS = 200
"""Played blocks that wait to be told to whoever listens; two seconds, then the oldest is lost."""
CAPTURE_HOLD_MS = 2000
"""Captured audio that waits for a late reader, before the oldest is lost."""
SILENT_FOR = 1.0
"""Seconds without a callback after which a device counts as lost."""
FIRST_CALLBACK = 5.0
"""Seconds until the first one; Bluetooth and some sound servers take more than one."""
CHECK_EVERY = 0.25
OPEN_FOR = 10.0
"""Seconds for a device to open, before it counts as dead."""
CLOSE_FOR = 1.0
"""Seconds for a device to close (1 ms is usual), before its thread is left behind: a lost device may never return."""


@attrs.define(eq=False)
class _Line:
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


def _label(kind: str, device: str | int | None) -> str:
    return f"the default {kind} device" if device is None else f"{kind} device {device!r}"


class DeviceMicrophone:
    """A microphone of this machine, captured at 16 kHz mono, or at its own rate and converted."""

    def __init__(self, device: str | int | None = None) -> None:
        """`device` is a name, a part of one, or a number from `list_devices`; None is the system's default."""
        self.name = _label("input", device)
        self._device = device
        self._guard = OneAtATime()

    @asynccontextmanager
    async def open(self, chunk_ms: int) -> AsyncGenerator[MicrophoneStream, None]:
        """See `Microphone.open`."""
        with self._guard.opened(self.name):
            line = _Line("input", self._device, self.name)
            capture = _Capture(line, chunk_ms)
            async with line.opened(INPUT_RATE, chunk_ms, capture.callback) as stream:
                capture.adapt_to(stream)
                async with line.running(stream, capture.fail):
                    yield capture


class _Capture:
    """An open device microphone."""

    def __init__(self, line: _Line, chunk_ms: int) -> None:
        self._line = line
        self._size = bytes_for(chunk_ms, INPUT_RATE)
        self._chunk_ms = chunk_ms
        self._blocks: deque[bytes] = deque(maxlen=CAPTURE_HOLD_MS // chunk_ms)
        self._overflows = self._lost_blocks = 0  # written by the device's thread
        self._waiting: trio.Event | None = None
        self._converter: Converter | None = None
        self._held = bytearray()
        self._frames = 0
        self._latency_ms = 0.0
        self._failure: DeviceError | None = None

    def adapt_to(self, stream: OpenedStream) -> None:
        self._latency_ms = stream.latency_ms
        if (stream.rate, stream.channels) != (INPUT_RATE, 1):
            self._converter = Converter(stream.rate, stream.channels, INPUT_RATE)

    def callback(self, block: Any, _frames: int, _times: Any, status: Any) -> None:
        self._line.callbacks += 1
        if status.input_overflow:
            self._overflows += 1
        if len(self._blocks) == self._blocks.maxlen:
            self._lost_blocks += 1
        self._blocks.append(bytes(block))
        if self._waiting is not None:
            self._line.wake(self._wake)

    def _wake(self) -> None:
        if self._waiting is not None:
            self._waiting.set()
            self._waiting = None

    def fail(self, failure: DeviceError) -> None:
        self._failure = self._failure or failure
        self._wake()

    async def read(self) -> bytes:
        """See `MicrophoneStream.read`."""
        await trio.lowlevel.checkpoint_if_cancelled()
        while len(self._held) < self._size:
            if self._blocks:
                block = self._blocks.popleft()
                self._held += block if self._converter is None else self._converter.feed(block)
            else:
                await self._next_block()
        pcm = bytes(self._held[: self._size])
        del self._held[: self._size]
        self._frames += len(pcm) // 2
        return pcm

    async def _next_block(self) -> None:
        if self._failure is not None:
            raise self._failure
        event = self._waiting = trio.Event()
        if not self._blocks:  # asked after it was said that we wait, so that no block is missed
            await event.wait()

    def statistics(self) -> EndStatistics:
        """Counts since opening."""
        return EndStatistics(
            frames=self._frames,
            overflows=self._overflows,
            dropped_ms=float(self._lost_blocks * self._chunk_ms),
            latency_ms=self._latency_ms,
        )


class DeviceSpeaker:
    """A loudspeaker of this machine, played at 24 kHz mono, or at its own rate and converted."""

    def __init__(self, device: str | int | None = None) -> None:
        """`device` is a name, a part of one, or a number from `list_devices`; None is the system's default."""
        self.name = _label("output", device)
        self.device = device
        self._guard = OneAtATime()

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[LoudspeakerStream, None]:
        """See `Loudspeaker.open`."""
        with self._guard.opened(self.name):
            line = _Line("output", self.device, self.name)
            playing = _Playing(line)
            async with line.opened(OUTPUT_RATE, OUTPUT_BLOCK_MS, playing.callback) as stream:
                playing.adapt_to(stream)
                async with line.running(stream, playing.fail):
                    yield playing


class _Playing(RingStream):
    """An open device loudspeaker."""

    def __init__(self, line: _Line) -> None:
        super().__init__(PlayoutRing(OUTPUT_RATE), tail=0.0)
        self._line = line
        self._underflows = 0  # written by the device's thread
        self._clock = BlockClock(OUTPUT_BLOCK_MS / 1000)
        self._untold: deque[tuple[int, bytes]] = deque(maxlen=UNTOLD_BLOCKS)
        self._converter: Converter | None = None
        self._latency_ms = 0.0

    def adapt_to(self, stream: OpenedStream) -> None:
        self._latency_ms = stream.latency_ms
        self._tail = stream.latency_ms / 1000 + OUTPUT_BLOCK_MS / 1000
        if (stream.rate, stream.channels) != (OUTPUT_RATE, 1):
            self._ring = PlayoutRing(stream.rate, stream.channels)
            self._shaper = Shaper(stream.rate, stream.channels)
            self._converter = Converter(stream.rate, stream.channels, OUTPUT_RATE)

    def callback(self, block: Any, _frames: int, _times: Any, status: Any) -> None:
        self._line.callbacks += 1
        if status.output_underflow and self._ring.held_bytes:
            self._underflows += 1
        pcm = self._ring.take(len(block))
        block[:] = pcm if len(pcm) == len(block) else pcm + bytes(len(block) - len(pcm))
        if self.wake_due:
            self._line.wake(self.wake)
        if pcm and self._listener is not None:
            self._untold.append((self._line.callbacks, pcm))
            self._line.wake(self._tell_on)

    def _tell_on(self) -> None:
        """In the loop: what the device took since the last time."""
        newest, now = self._line.callbacks, trio.current_time()
        while self._untold:
            number, pcm = self._untold.popleft()
            at = self._clock.time_of(number, now - max(newest - number, 0) * OUTPUT_BLOCK_MS / 1000)
            self.tell(at, pcm if self._converter is None else self._converter.feed(pcm))

    def statistics(self) -> EndStatistics:
        """Counts since opening."""
        return attrs.evolve(
            super().statistics(),
            underruns=self._ring.underruns + self._underflows,
            latency_ms=self._latency_ms,
        )

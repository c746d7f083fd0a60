"""Real microphones and loudspeakers.

Theory of operation: PortAudio calls us in a thread of its own. There we only append to or pop from a deque and, where a
task waits for exactly that, wake the loop with `run_sync_soon` (0.2 ms; `from_thread` would hold the audio thread for
3 ms at p99). A device that is lost is opened again, see `line`: until then a reader waits, and so does a writer.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import attrs
import trio

from voice_actors.audio.block_clock import BlockClock
from voice_actors.audio.ends import DeviceChange, EndStatistics, LoudspeakerStream, MicrophoneStream
from voice_actors.audio.in_flight import InFlight, delay_of
from voice_actors.audio.line import Line, News, kept_open
from voice_actors.audio.memory import INPUT_RATE
from voice_actors.audio.pcm import bytes_for
from voice_actors.audio.playback import Playback
from voice_actors.audio.playout import OneAtATime, RingStream
from voice_actors.audio.portaudio import DeviceInfo, OpenedStream, list_devices
from voice_actors.audio.resample import Converter
from voice_actors.audio.ring import RAMP_MS, PlayoutRing
from voice_actors.audio.shaper import OUTPUT_RATE, Shaper

__all__ = ["DeviceInfo", "DeviceMicrophone", "DeviceSpeaker", "list_devices"]

OUTPUT_BLOCK_MS = 10
"""An interruption is heard within one block and the device's own latency: 24 ms measured, 48 with 20 ms blocks."""
UNTOLD_BLOCKS = 200
"""Played blocks that wait to be told to whoever listens; two seconds, then the oldest is lost."""
CAPTURE_HOLD_MS = 2000
"""Captured audio that waits for a late reader, before the oldest is lost."""


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
            capture, news = _Capture(chunk_ms), News()
            async with kept_open(lambda: Line("input", self._device, self.name), INPUT_RATE, chunk_ms, capture, news):
                capture.next_change = news.next
                yield capture


class _Capture:
    """An open device microphone."""

    def __init__(self, chunk_ms: int) -> None:
        self._line: Line | None = None
        self._size = bytes_for(chunk_ms, INPUT_RATE)
        self._chunk_ms = chunk_ms
        self._blocks: deque[tuple[float, bytes]] = deque(maxlen=CAPTURE_HOLD_MS // chunk_ms)  # with the time of its end
        self._overflows = self._lost_blocks = 0  # written by the device's thread
        self._waiting: trio.Event | None = None
        self._converter: Converter | None = None
        self._held = bytearray()
        self._held_until = time.perf_counter()
        self._clock_ahead = trio.current_time() - time.perf_counter()  # of the clock that both threads can read
        self._frames = 0
        self._latency_ms = 0.0
        self.next_change: Callable[[], Awaitable[DeviceChange]] = trio.sleep_forever

    def adapt_to(self, line: Line, stream: OpenedStream) -> None:
        """See `line.User`. What an earlier device left behind was captured before it was lost, and stays."""
        self._rest_of_the_last()
        self._line, self._latency_ms = line, stream.latency_ms
        native = (stream.rate, stream.channels) == (INPUT_RATE, 1)
        self._converter = None if native else Converter(stream.rate, stream.channels, INPUT_RATE)

    def callback(self, block: Any, _frames: int, _times: Any, status: Any) -> None:
        now = time.perf_counter()
        if (line := self._line) is None:
            return  # not begun
        line.callbacks += 1
        if status.input_overflow:
            self._overflows += 1
        if len(self._blocks) == self._blocks.maxlen:
            self._lost_blocks += 1
        self._blocks.append((now, bytes(block)))
        if self._waiting is not None:
            line.wake(self._wake)

    def _wake(self) -> None:
        if self._waiting is not None:
            self._waiting.set()
            self._waiting = None

    def _rest_of_the_last(self) -> None:
        while self._blocks:
            self._convert(*self._blocks.popleft())

    def _convert(self, until: float, block: bytes) -> None:
        self._held_until = until
        self._held += block if self._converter is None else self._converter.feed(block)

    async def read(self) -> bytes:
        """See `MicrophoneStream.read`."""
        await trio.lowlevel.checkpoint_if_cancelled()
        while len(self._held) < self._size:
            if self._blocks:
                self._convert(*self._blocks.popleft())
            else:
                await self._next_block()
        pcm = bytes(self._held[: self._size])
        del self._held[: self._size]
        self._frames += len(pcm) // 2
        return pcm

    @property
    def captured_at(self) -> float:
        """See `TellsCaptured`."""
        return self._held_until - len(self._held) / 2 / INPUT_RATE + self._clock_ahead

    async def _next_block(self) -> None:
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
            playing = _Playing()
            news = News(on_loss=playing.lose)
            async with kept_open(
                lambda: Line("output", self.device, self.name), OUTPUT_RATE, OUTPUT_BLOCK_MS, playing, news
            ):
                playing.next_change = news.next
                yield playing


class _Playing(RingStream):
    """An open device loudspeaker."""

    def __init__(self) -> None:
        super().__init__(PlayoutRing(OUTPUT_RATE, fade_ms=RAMP_MS), tail=0.0)
        self._line: Line | None = None
        self._format = (OUTPUT_RATE, 1)
        self.next_change: Callable[[], Awaitable[DeviceChange]] = trio.sleep_forever
        self._underflows = 0  # written by the device's thread
        self._clock = BlockClock(OUTPUT_BLOCK_MS / 1000)
        self._untold: deque[tuple[int, float, bytes]] = deque(maxlen=UNTOLD_BLOCKS)
        self._converter: Converter | None = None
        self._latency_ms = 0.0
        self._in_flight = InFlight()
        self._clock_ahead = trio.current_time() - time.perf_counter()  # of the clock that both threads can read

    def adapt_to(self, line: Line, stream: OpenedStream) -> None:
        """See `line.User`. What an earlier device had not taken is played by this one, if it has the same format."""
        self._line, self._latency_ms = line, stream.latency_ms
        if self._format == (stream.rate, stream.channels):
            return
        self._ring.abandon()
        self.wake()
        self._format = (stream.rate, stream.channels)
        self._ring = PlayoutRing(*self._format, fade_ms=RAMP_MS)
        native = self._format == (OUTPUT_RATE, 1)
        self._shaper = None if native else Shaper(*self._format)
        self._converter = None if native else Converter(*self._format, OUTPUT_RATE)

    def callback(self, block: Any, _frames: int, times: Any, status: Any) -> None:
        now = time.perf_counter()
        if (line := self._line) is None:
            block[:] = bytes(len(block))
            return  # not begun
        line.callbacks += 1
        if status.output_underflow and self._ring.held_bytes:
            self._underflows += 1
        pcm = self._ring.take(len(block))
        block[:] = pcm if len(pcm) == len(block) else pcm + bytes(len(block) - len(pcm))
        delay = delay_of(times.outputBufferDacTime, times.currentTime, self._latency_ms / 1000)
        self._in_flight.took(now, delay, OUTPUT_BLOCK_MS / 1000, self._ring.taken)
        for playback, _ in self._ring.taken:
            playback.sounds(now + delay + self._clock_ahead)
        if self.wake_due:
            line.wake(self.wake)
        if pcm and self._listener is not None:
            self._untold.append((line.callbacks, now, pcm))
            line.wake(self._tell_on)

    def unsounded(self, playback: Playback) -> int:
        """See `KnowsWhatSounds`."""
        return self._in_flight.unsounded(playback, time.perf_counter())

    def lose(self) -> None:
        """The device is gone, and with it what it had not played."""
        self._in_flight.lose()
        self._ring.fell_silent()

    def _rings_for(self, playback: Playback) -> float:
        return max(0.0, self._in_flight.sounds_until(playback) - time.perf_counter())

    def _tell_on(self) -> None:
        """In the loop: what the device took since the last time."""
        ahead = trio.current_time() - time.perf_counter()
        while self._untold:
            number, taken, pcm = self._untold.popleft()
            at = self._clock.time_of(number, taken + ahead)
            self.tell(at, pcm if self._converter is None else self._converter.feed(pcm))

    def statistics(self) -> EndStatistics:
        """Counts since opening."""
        return attrs.evolve(
            super().statistics(),
            underruns=self._ring.underruns + self._underflows,
            latency_ms=self._in_flight.delay * 1000 or self._latency_ms,
        )

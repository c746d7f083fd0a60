"""What is done to the microphone's audio before anybody hears it: the loudspeaker's echo, noise and level.

Theory of operation: the loudspeaker tells what it plays and when, the microphone what it captured and when; `Reference`
lays the first on the time axis of the second. A block is told as the device takes it, which is before it can be heard,
so an echo always lies later in the capture than its cause in the reference; WebRTC's canceller (AEC3) finds out how
much later by itself. Both sides count their blocks, see `BlockClock`: a reference that jitters cannot be subtracted.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import attrs
import trio

from voice_actors.audio.block_clock import BlockClock
from voice_actors.audio.first_echo import FirstEcho
from voice_actors.audio.leak import Leak
from voice_actors.audio.pcm import bytes_for
from voice_actors.audio.resample import Resampler
from voice_actors.audio.webrtc import audio_processing
from voice_actors.config import Cleaning

CAPTURE_RATE = 16_000
PLAYED_RATE = 24_000
FRAME = 320
"""Bytes of the 10 ms at 16 kHz that WebRTC's audio processing takes at a time."""
APART = 0.004
"""Seconds by which a played block may miss the end of the one before and still follow it without a gap."""
MARGIN = 0.01
"""Seconds by which the reference is compared late, so that a block told late is still in time. Devices alone delay an
echo by more: two blocks to the ear and one from the microphone."""
AHEAD = 5.0
"""Seconds of reference that are kept for a microphone that is late."""
TAIL = 0.3
"""Seconds for which a half-duplex microphone stays silent after the last of a reply left: device latency and room."""


class Cleaner(Protocol):
    """Makes the microphone's audio fit to be sent."""

    def played(self, at: float, pcm: bytes) -> None:
        """The loudspeaker took this (24 kHz 16-bit mono), its first sample at `at`, seconds on trio's clock."""
        ...

    def clean(self, at: float, pcm: bytes) -> bytes:
        """The next captured audio (16 kHz 16-bit mono), its last sample captured at `at`; as long as it was."""
        ...


@attrs.define(eq=False, repr=False)
class Reference:
    """What was played, 16 kHz 16-bit mono, to be taken along the microphone's time axis."""

    _pcm: bytearray = attrs.field(factory=bytearray, init=False)
    _first: int = attrs.field(default=0, init=False)
    """Where the first sample of `_pcm` lies, in samples since trio's clock was 0."""
    _begun: int = attrs.field(default=0, init=False)
    """Where the present unbroken stretch of what was played began."""
    _fed: int = attrs.field(default=0, init=False)
    """Samples of that stretch, at 24 kHz."""
    _resampler: Resampler = attrs.field(factory=lambda: Resampler(PLAYED_RATE, CAPTURE_RATE), init=False)

    def played(self, at: float, pcm: bytes) -> None:
        """Add 24 kHz audio whose first sample left at `at`, seconds."""
        begins = round(at * CAPTURE_RATE)
        expected = self._begun + self._fed * CAPTURE_RATE // PLAYED_RATE
        if not self._fed or abs(begins - expected) > APART * CAPTURE_RATE:
            self._begin(begins)
        self._fed += len(pcm) // 2
        self._pcm += self._resampler.feed(pcm)
        self._forget(len(self._pcm) // 2 - round(AHEAD * CAPTURE_RATE))

    def _begin(self, begins: int) -> None:
        """After a silence; what the resampler still held belongs before it."""
        self._pcm += self._resampler.flush()
        silent = begins - self._first - len(self._pcm) // 2
        if 0 <= silent <= AHEAD * CAPTURE_RATE:
            self._pcm += bytes(2 * silent)
        else:
            self._pcm.clear()
            self._first = begins
        self._begun, self._fed = begins, 0

    def take(self, at: float, frames: int) -> bytes:
        """What was played during the `frames` samples whose last was captured at `at`; silence where nothing was."""
        begins = round(at * CAPTURE_RATE) - frames
        self._forget(begins - self._first)
        silent = min(max(self._first - begins, 0), frames) if self._pcm else frames
        pcm = bytes(2 * silent) + self._pcm[: 2 * (frames - silent)]
        return pcm.ljust(2 * frames, b"\0")

    def _forget(self, frames: int) -> None:
        if frames > 0:
            gone = min(frames, len(self._pcm) // 2)
            del self._pcm[: 2 * gone]
            self._first += gone


@attrs.define(eq=False, repr=False)
class WebRtcCleaner:
    """WebRTC's echo cancellation, noise suppression and gain control; about 10 ms of CPU for a second of audio.

    Echo cancellation alone leaves most of the user's words where both speak at once; the other two are for rooms that
    need them.
    """

    _processing: Any
    _frame: Any
    """Makes livekit's AudioFrame."""
    _cancels: bool
    _clock: BlockClock
    """Of the microphone's chunks."""
    _chunks: int = attrs.field(default=0, init=False)
    _reference: Reference = attrs.field(factory=Reference, init=False)
    _first: FirstEcho = attrs.field(factory=lambda: FirstEcho(FRAME / 2 / CAPTURE_RATE), init=False)
    _leak: Leak = attrs.field(factory=Leak, init=False)
    _held: bytearray = attrs.field(factory=bytearray, init=False)
    _done: bytearray = attrs.field(factory=bytearray, init=False)

    @classmethod
    def load(cls, chunk_ms: int, *, echo: bool = True, noise: bool = False, gain: bool = False) -> WebRtcCleaner:
        """Load it (a quarter of a second the first time, so call this in a thread), for chunks of `chunk_ms`.

        Raises:
            MissingPartError: the livekit package is not there.
        """
        processing, frame = audio_processing(echo=echo, noise=noise, gain=gain)
        cleaner = cls(processing, frame, echo, BlockClock(chunk_ms / 1000))
        if bytes_for(chunk_ms, CAPTURE_RATE) % FRAME:
            cleaner._done += bytes(FRAME)  # chunks end within a frame: one frame late, each is as long as it was
        return cleaner

    def played(self, at: float, pcm: bytes) -> None:
        """See `Cleaner.played`."""
        if self._cancels:
            self._reference.played(at, pcm)

    def clean(self, at: float, pcm: bytes) -> bytes:
        """See `Cleaner.clean`."""
        self._held += pcm
        ends = self._clock.time_of(self._chunks, at)
        self._chunks += 1
        while len(self._held) >= FRAME:
            later = (len(self._held) - FRAME) / 2 / CAPTURE_RATE
            self._step(ends - later - MARGIN, bytearray(self._held[:FRAME]))
            del self._held[:FRAME]
        if len(self._done) < len(pcm):  # the source's last chunk may be shorter than the others
            self._step(ends - MARGIN, self._held.ljust(FRAME, b"\0"))
            self._held.clear()
        cleaned = bytes(self._done[: len(pcm)])
        del self._done[: len(pcm)]
        return cleaned

    def _step(self, at: float, captured: bytearray) -> None:
        played = self._reference.take(at, FRAME // 2) if self._cancels else b""
        if played:
            self._processing.process_reverse_stream(self._frame(bytearray(played), CAPTURE_RATE, 1, FRAME // 2))
        frame = self._frame(bytearray(captured), CAPTURE_RATE, 1, FRAME // 2)
        self._processing.process_stream(frame)
        cleaned = bytes(frame.data.cast("b"))
        if played and not self._first.over:
            cleaned = self._first.hold_back(played, bytes(captured), cleaned)
        self._done += self._leak.stop(played, bytes(captured), cleaned) if played else cleaned


@attrs.define(eq=False, repr=False)
class HalfDuplex:
    """Silences the microphone while the agent speaks, and TAIL seconds longer. Nobody can interrupt it by voice."""

    inner: Cleaner | None = None
    """What is done besides."""
    _silent_until: float = attrs.field(default=float("-inf"), init=False)

    def played(self, at: float, pcm: bytes) -> None:
        """See `Cleaner.played`."""
        self._silent_until = max(self._silent_until, at + len(pcm) / 2 / PLAYED_RATE + TAIL)
        if self.inner is not None:
            self.inner.played(at, pcm)

    def clean(self, at: float, pcm: bytes) -> bytes:
        """See `Cleaner.clean`."""
        if self.inner is not None:
            pcm = self.inner.clean(at, pcm)
        return bytes(len(pcm)) if at - len(pcm) / 2 / CAPTURE_RATE < self._silent_until else pcm


def cleaner_for(cleaning: Cleaning, chunk_ms: int) -> Callable[[], Awaitable[Cleaner]] | None:
    """What loads the cleaner that these settings ask for (raises `MissingPartError`); None where they ask for none."""
    cancels = cleaning.echo == "cancel"
    needs_webrtc = cancels or cleaning.noise or cleaning.gain

    def load_webrtc() -> Cleaner:
        return WebRtcCleaner.load(chunk_ms, echo=cancels, noise=cleaning.noise, gain=cleaning.gain)

    async def webrtc() -> Cleaner:
        return await trio.to_thread.run_sync(load_webrtc, abandon_on_cancel=True)

    async def half_duplex() -> Cleaner:
        if needs_webrtc:
            return HalfDuplex(await webrtc())
        await trio.lowlevel.checkpoint()
        return HalfDuplex()

    if cleaning.echo == "half-duplex":
        return half_duplex
    return webrtc if needs_webrtc else None

"""Both voices of a conversation in one stereo WAV file: the user left, the agent as it was heard right."""

from __future__ import annotations

import os
from array import array

import attrs

from voice_actors.audio.drift import Drift
from voice_actors.audio.pcm import packed, samples
from voice_actors.audio.resample import Resampler
from voice_actors.audio.wav import WavWriter
from voice_actors.errors import DeviceError

USER_RATE = 16_000
AGENT_RATE = 24_000
WINDOW = 5.0
"""Seconds kept in memory, within which the two voices may arrive in any order."""
FLUSH = 1.0
"""Seconds by which the window moves on at a time."""
SAVE = 0.5
"""Seconds of new audio after which the window's changes are written: a crash costs no more than that."""
JITTER = 0.04
"""Seconds by which a chunk's time may be off and still follow its predecessor without a gap or an overlap."""


@attrs.define(eq=False, repr=False)
class _Voice:
    """One channel: where its next sample belongs, in frames since the start."""

    side: int
    rate: int
    resampler: Resampler
    begun: int = 0
    """Frame at which the present unbroken stretch began."""
    fed: int = 0
    """Samples of that stretch at the voice's own rate."""
    cursor: int = 0
    """Next frame to be written; behind the stretch's end by what the resampler holds."""
    drift: Drift = attrs.field(factory=Drift)


class StereoRecording:
    """Puts audio on one time axis and lets the file follow, with a header that is right at any moment.

    Blocks on the disk about once a second: use it in a thread, one call at a time.
    """

    def __init__(self, path: str | os.PathLike[str], started_at: float, rate: int = 24_000) -> None:
        """Create the file at `path`, which only its owner can read; its first frame lies at `started_at`, seconds.

        Raises:
            DeviceError: the file cannot be written.
            ValueError: a rate outside 8000 to 192000 Hz.
        """
        self._started_at = started_at
        self._rate = rate
        self._user = _Voice(0, USER_RATE, Resampler(USER_RATE, rate))
        self._agent = _Voice(1, AGENT_RATE, Resampler(AGENT_RATE, rate))
        self._window = array("h")  # interleaved frames from `_base` on
        self._base = 0
        self._changed: int | None = None
        """First frame that the file does not have as the window has it."""
        self._saved = 0
        """Where the file ended when it was last written."""
        self._refused = False
        """The disk took no more: what the file has is whole, and stays as it is."""
        self._writer = WavWriter(path, rate=rate, channels=2, private=True)
        self._closed = False
        self.lost_frames = 0
        """Frames that came too late (or twice) for the time they claimed."""

    def user(self, at: float, pcm16k: bytes) -> None:
        """The user's voice, 16 kHz 16-bit mono, whose first sample lies at `at` seconds.

        Raises:
            DeviceError: the disk is full, or failed.
        """
        self._add(self._user, at, pcm16k)

    def agent(self, at: float, pcm24k: bytes) -> None:
        """The agent's voice, 24 kHz 16-bit mono, whose first sample was heard at `at` seconds.

        Raises:
            DeviceError: the disk is full, or failed.
        """
        self._add(self._agent, at, pcm24k)

    @property
    def drifts(self) -> tuple[float | None, float | None]:
        """The user's and the agent's device: millionths by which it is slower than our clock, as far as can be told."""
        return self._user.drift.ppm, self._agent.drift.ppm

    @property
    def lost_ms(self) -> float:
        """Audio that came too late for its place, of both voices together."""
        return self.lost_frames / self._rate * 1000

    def close(self) -> None:
        """Write what is in memory and let go of the file. May be called twice.

        Raises:
            DeviceError: the disk is full, or failed, and it has not been said before.
        """
        if self._closed:
            return
        self._closed = True
        try:
            if not self._refused:
                for voice in (self._user, self._agent):
                    self._finish(voice)
                self._save()
        finally:
            self._writer.close()

    def _add(self, voice: _Voice, at: float, pcm: bytes) -> None:
        wanted = round((at - self._started_at) * self._rate)
        expected = voice.begun + voice.fed * self._rate // voice.rate
        if abs(wanted - expected) >= JITTER * self._rate or not voice.fed:
            self._finish(voice)
            pcm = self._begin(voice, wanted, pcm)
            expected = wanted
        voice.drift.note(voice.fed / voice.rate, (wanted - expected) / self._rate)
        voice.fed += len(pcm) // 2
        self._put(voice, voice.resampler.feed(pcm))
        if self._base + len(self._window) // 2 - self._saved >= SAVE * self._rate:
            self._save()

    def _begin(self, voice: _Voice, wanted: int, pcm: bytes) -> bytes:
        """Start a new stretch at `wanted`; what belongs before the end of the last one, or of the file, is left out."""
        voice.begun = max(wanted, voice.cursor, self._base)
        late = -((wanted - voice.begun) * voice.rate // self._rate)
        self.lost_frames += min(late, len(pcm) // 2) * self._rate // voice.rate
        voice.fed, voice.cursor = 0, voice.begun
        return pcm[2 * late :]

    def _finish(self, voice: _Voice) -> None:
        self._put(voice, voice.resampler.flush())
        voice.fed = 0

    def _put(self, voice: _Voice, pcm: bytes) -> None:
        """In steps, because the window moves on with the newest audio and what is put must lie inside it."""
        step = 2 * round(FLUSH * self._rate)
        for at in range(0, len(pcm), step):
            self._put_step(voice, samples(pcm[at : at + step]))

    def _put_step(self, voice: _Voice, new: array[int]) -> None:
        first, voice.cursor = voice.cursor, voice.cursor + len(new)
        self._extend(voice.cursor)
        start = first - self._base
        if start < 0:  # the other voice ran ahead by more than the window
            self.lost_frames += min(-start, len(new))
            new, start = new[-start:], 0
        self._window[2 * start + voice.side : 2 * (start + len(new)) + voice.side : 2] = new
        self._touch(self._base + start)

    def _extend(self, until: int) -> None:
        """Make the window reach frame `until`, in steps, so that a long silence does not fill the memory."""
        while (end := self._base + len(self._window) // 2) < until:
            step = min(until - end, round(FLUSH * self._rate))
            self._window.frombytes(bytes(4 * step))
            self._touch(end)
            if len(self._window) // 2 >= (WINDOW + FLUSH) * self._rate:
                self._flush(len(self._window) // 2 - round(WINDOW * self._rate))

    def _touch(self, frame: int) -> None:
        self._changed = frame if self._changed is None else min(self._changed, frame)

    def _save(self) -> None:
        """Make the file hold what the window holds, from the first change on."""
        self._write(len(self._window) // 2)
        self._saved, self._changed = self._base + len(self._window) // 2, None

    def _write(self, frames: int) -> None:
        """Write what has changed among the window's first `frames`."""
        if self._changed is not None and (start := self._changed - self._base) < frames:
            try:
                self._writer.overwrite(4 * self._changed, packed(self._window[2 * start : 2 * frames]))
            except DeviceError:
                self._refused = True
                raise
            self._changed = self._base + frames

    def _flush(self, frames: int) -> None:
        """Let the window move on: the file has these frames for good."""
        self._write(frames)
        del self._window[: 2 * frames]
        self._base += frames

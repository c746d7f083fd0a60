"""From the audio of a reply to the format of a device."""

from __future__ import annotations

from voice_actors.audio.pcm import to_channels
from voice_actors.audio.playback import Playback
from voice_actors.audio.resample import Resampler

OUTPUT_RATE = 24_000
"""Hz, of every reply."""


class Shaper:
    """Turns 24 kHz mono into what a device accepts, reply by reply."""

    def __init__(self, rate: int, channels: int) -> None:
        self._resampler = Resampler(OUTPUT_RATE, rate)
        self._channels = channels
        self._playback: Playback | None = None

    def shape(self, pcm: bytes, playback: Playback) -> bytes:
        """The next audio of this reply; whatever was held back of another one is forgotten."""
        if playback is not self._playback:
            self._resampler.flush()
            self._playback = playback
        return to_channels(self._resampler.feed(pcm), self._channels)

    def rest(self, playback: Playback) -> bytes:
        """The end of this reply."""
        if playback is not self._playback:
            return b""
        self._playback = None
        return to_channels(self._resampler.flush(), self._channels)

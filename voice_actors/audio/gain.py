"""How loud a loudspeaker plays, from sample to sample, without clicks: ramps of a few milliseconds."""

from __future__ import annotations

from array import array

from voice_actors.audio.pcm import packed, samples

UNITY = 1 << 15
"""Gains are whole numbers, so that plain integers do the work in the device's thread: 32768 leaves audio as it is."""
DUCKED = UNITY >> 3
"""18 dB down: an eighth."""


class Gain:
    """One voice's gain, which moves in a straight line to where it is sent. For one thread."""

    def __init__(self, channels: int, ramp: int) -> None:
        """A way from silence to full takes `ramp` frames of `channels` interleaved channels, others in proportion."""
        self._channels = channels
        self._step = max(1, UNITY // max(ramp, 1))
        self.now = UNITY
        """The gain of the last frame."""

    def frames_to(self, target: int) -> int:
        """How many frames the way to the gain `target` takes."""
        return -(-abs(target - self.now) // self._step)

    def apply(self, pcm: bytes, target: int) -> bytes:
        """Audio moving to the gain `target`. About 20 µs for 10 ms at 24 kHz; nothing where it stays at full."""
        if self.now == target == UNITY:
            return pcm
        values = samples(pcm)
        gains = self._way(target, len(values) // self._channels)
        self.now = gains[-1] if gains else target  # silence hides a step
        if self._channels > 1:
            gains = [gain for gain in gains for _ in range(self._channels)]
        return packed(array("h", [value * gain >> 15 for value, gain in zip(values, gains, strict=True)]))

    def _way(self, target: int, frames: int) -> list[int]:
        step = self._step if target > self.now else -self._step
        way = list(range(self.now + step, target, step))[:frames]
        return way + [target] * (frames - len(way))


def faded(pcm: bytes, channels: int, start: int) -> bytes:
    """Audio that falls from the gain `start` to nothing at its last frame."""
    values = samples(pcm)
    frames = len(values) // channels
    return packed(
        array("h", [value * (start * (frames - 1 - at // channels) // frames) >> 15 for at, value in enumerate(values)])
    )

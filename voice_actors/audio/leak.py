"""An echo canceller that has lost the room: what it lets through is recognised by what is played, and held back.

A device that stumbles (an underrun, a Bluetooth link that buffers anew) delays its echo by a tenth of a second more,
from one moment to the next. WebRTC's canceller needs a second or two to find it again, and meanwhile an agent would
hear itself, be interrupted by itself, and never speak for long enough for its echo to be found.
"""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING

import attrs

from voice_actors.audio.pcm import energy_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_log = logging.getLogger(__name__)

RATE = 16_000
WINDOW = 1_280
"""Samples that are compared with what was played: 80 ms."""
LAGS = 6_912
"""Samples by which an echo may come later than its cause: 432 ms."""
LOOKS_EVERY, LOOKS_SOON = 16, 2
"""Frames with an echo between two comparisons, half a millisecond of CPU each: usually, and where something is left."""
LEFT = 0.25
"""A share of the captured energy that a canceller leaves only where somebody speaks, or where it is lost."""
SHARP = 9.0
"""Deviations by which the peak of the phase correlation stands out: 5 to 15 for two voices, 20 for an echo."""
LIKE = 0.5
"""Correlation at that lag: 0 to 0.4 for two voices, 0.6 to 0.9 for an echo that nothing was taken from."""
MOVED = 240
"""Samples by which an echo comes later or earlier than before: 15 ms. A canceller follows what is less."""
FOUND = 0.05
"""A canceller that knows the room leaves this share of an echo's energy at most."""
BACK = 30
"""Frames with an echo over which that is seen."""
ECHOES = 50
"""Frames for which what was played may still be heard."""
NONE = 50
"""Comparisons that find no echo, after which there is none any more: headphones, or a loudspeaker that is off."""
AUDIBLE = 100.0
"""Mean square; less is silence."""


@attrs.define(eq=False, repr=False)
class Leak:
    """Theory of operation: what is captured while something is played is compared with it. The phase correlation finds
    the one lag at which an echo fits, the plain one says how much of the sound it explains: a user who speaks at the
    same time fits nowhere. An echo at another lag than before, or one that is left after cancelling, says that the
    canceller is lost. Then nothing passes while the agent is heard, until the canceller cancels again, or until what is
    heard is no echo.
    """

    lost: bool = attrs.field(default=False, init=False)
    """The canceller does not know the room."""
    _played: bytearray = attrs.field(factory=lambda: bytearray(2 * (WINDOW + LAGS)), init=False)
    _captured: bytearray = attrs.field(factory=lambda: bytearray(2 * WINDOW), init=False)
    _cleaned: bytearray = attrs.field(factory=lambda: bytearray(2 * WINDOW), init=False)
    _lag: int | None = attrs.field(default=None, init=False)
    """Of the last echo, samples."""
    _echoes_for: int = attrs.field(default=0, init=False)
    _frames: int = attrs.field(default=0, init=False)
    """With an echo, since the last comparison."""
    _none: int = attrs.field(default=0, init=False)
    """Comparisons in a row that found no echo."""
    _shares: deque[tuple[float, float]] = attrs.field(factory=lambda: deque(maxlen=BACK), init=False)
    """Energy before and after cancelling, of the last frames with an echo."""

    def stop(self, played: bytes, captured: bytes, cleaned: bytes) -> bytes:
        """What to send of a frame: itself, or silence; 10 ms of 16-bit mono at 16 kHz each."""
        _push(self._played, played)
        _push(self._captured, captured)
        _push(self._cleaned, cleaned)
        self._echoes_for = ECHOES if energy_of(played) > AUDIBLE else self._echoes_for - 1
        if self._echoes_for <= 0:
            return cleaned
        if (energy := energy_of(captured)) > AUDIBLE:
            self._shares.append((energy, rest := energy_of(cleaned)))
            self._frames += 1
            if self._frames >= (LOOKS_SOON if self.lost or rest > LEFT * energy else LOOKS_EVERY):
                self._frames = 0
                self._look()
        return bytes(len(cleaned)) if self.lost else cleaned

    def _look(self) -> None:
        played = _array(self._played)
        lag, before = lag_of(_array(self._captured), played), self._lag
        self._none = 0 if lag is not None else self._none + 1
        self._lag = before if lag is None else lag
        if (lag is not None and before is not None and abs(lag - before) > MOVED) or self._is_left(played):
            self._lose()
        elif self.lost and (self._cancels() or self._none >= NONE):
            self.lost = False

    def _is_left(self, played: NDArray[np.float64]) -> bool:
        """An echo is most of what the canceller left."""
        audible = energy_of(bytes(self._cleaned)) > max(AUDIBLE, FOUND * energy_of(bytes(self._captured)))
        return audible and lag_of(_array(self._cleaned), played) is not None

    def _lose(self) -> None:
        if not self.lost:
            _log.info("the echo has moved: the microphone waits until the canceller has found it again")
        self.lost = True
        self._shares.clear()

    def _cancels(self) -> bool:
        before, after = (sum(energies) for energies in zip(*self._shares, strict=True)) if self._shares else (0.0, 0.0)
        return len(self._shares) == BACK and after < FOUND * before


def lag_of(heard: NDArray[np.float64], played: NDArray[np.float64]) -> int | None:
    """By how many samples `heard` is a later copy of `played`; both end at one moment. None where it mostly is not."""
    import numpy as np

    size = 1 << (len(played) - 1).bit_length()  # circular, but the lags that are looked at do not wrap
    lags = len(played) - len(heard)
    cross = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(played, size))
    places = np.fft.rfftfreq(size, 1 / RATE)
    phases = np.where((places > 200) & (places < 6_000), cross / (np.abs(cross) + 1e-9), 0)
    fits = np.fft.irfft(phases, size)[size - lags :]
    lag = int(np.argmax(fits))
    if fits[lag] < SHARP * fits.std():
        return None
    cause = played[lags - lag : len(played) - lag]
    explained = abs(float(heard @ cause)) / float(np.sqrt((heard @ heard) * (cause @ cause)) + 1e-9)
    return lag if explained > LIKE else None


def _push(ring: bytearray, pcm: bytes) -> None:
    ring += pcm
    del ring[: len(pcm)]


def _array(pcm: bytearray) -> NDArray[np.float64]:
    import numpy as np

    return np.frombuffer(bytes(pcm), "<i2").astype(np.float64)

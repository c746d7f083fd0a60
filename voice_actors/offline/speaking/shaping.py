"""What is done to synthetic speech before it leaves: silence is cut, it is made as loud as the service's, and PCM."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE = 24_000
SILENCE = 0.003
"""Frames quieter than this (root mean square, full scale 1.0) before and behind a sentence are cut..."""
MARGIN = 0.04
"""...but for this many seconds, so that no soft consonant is lost."""
FADE = RATE // 200
"""Samples in which the sound comes and goes at the cuts, so that nothing clicks."""
LOUDNESS = 2.0
"""hibari's peaks lie at 0.3 of full scale; a service speaks about twice as loud."""
KNEE, CEILING = 0.75, 0.95
"""What is louder than the knee is bent, so that it stays below the ceiling."""


def audible(samples: NDArray[np.float32]) -> tuple[int, int]:
    """Where the sound begins and ends, silence at both ends left out but for a margin."""
    import numpy as np

    step = RATE // 200
    frames = samples[: len(samples) // step * step].reshape(-1, step)
    loud = np.flatnonzero((frames**2).mean(axis=1) > SILENCE**2)
    if not len(loud):
        return 0, 0
    margin = round(MARGIN * RATE)
    return max(0, int(loud[0]) * step - margin), min(len(samples), (int(loud[-1]) + 1) * step + margin)


def shaped(samples: NDArray[np.float32], *, first: bool = True, last: bool = True) -> bytes:
    """16-bit PCM of a block of a sentence: the silence before the first and behind the last is cut, softly."""
    import numpy as np

    begin, end = audible(samples) if first or last else (0, len(samples))
    sound = samples[begin if first else 0 : end if last else len(samples)] * np.float32(LOUDNESS)
    ramp = np.linspace(0, 1, min(FADE, len(sound) // 2), dtype=np.float32)
    if first:
        sound[: len(ramp)] *= ramp
    if last:
        sound[len(sound) - len(ramp) :] *= ramp[::-1]
    over = np.maximum(np.abs(sound) - np.float32(KNEE), 0)
    bent = np.sign(sound) * (KNEE + (CEILING - KNEE) * np.tanh(over / (CEILING - KNEE)))
    pcm: bytes = (np.where(over > 0, bent, sound) * 32767).round().astype("<i2").tobytes()
    return pcm


def silence(seconds: float) -> bytes:
    """16-bit PCM of nothing."""
    return bytes(2 * round(seconds * RATE))

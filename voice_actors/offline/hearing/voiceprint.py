"""Whose voice it is, roughly: the colour of its spectrum and its pitch, enough to tell two different people apart.

Measured on 64 utterances in 16 synthetic voices, with `FAR` in between: no utterance was taken for another voice than
those of the same person before it, and voices that differ by a shade of pitch are taken for one.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from voice_actors.offline.hearing.spectrogram import HOP, MELS, RATE, log_mel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COLOURS = 19
"""Cepstral coefficients; the first, which is loudness, is left out."""
LOWEST, HIGHEST = 60, 400
"""Hz, of a speaking voice's pitch."""
FRAME = 640
"""Samples in which a pitch is looked for, 40 ms."""
SURE = 0.4
"""How much of a frame repeats itself where it has a pitch, from 0 to 1."""
SHORTEST = RATE // 4
"""Samples; less is no voice yet."""


def voiceprint(samples: NDArray[np.float32]) -> tuple[float, ...]:
    """Numbers whose Euclidean distance says how different two voices are; none for too little sound."""
    if len(samples) < SHORTEST:
        return ()
    colour = _colour(samples)
    pitch = _pitch(samples)
    return (*(10 * value for value in colour), 5 * pitch) if pitch else ()


def _colour(samples: NDArray[np.float32]) -> list[float]:
    """Mean and spread of the cepstrum of the louder frames."""
    import numpy as np

    features = log_mel(samples)
    level = features.mean(axis=0)
    cepstra = _cosines() @ features[:, level >= np.percentile(level, 40)]
    return [*map(float, cepstra.mean(axis=1)), *map(float, cepstra.std(axis=1))]


@functools.cache
def _cosines() -> NDArray[np.float64]:
    import numpy as np

    bands = (np.arange(MELS) + 0.5) * np.pi / MELS
    cosines: NDArray[np.float64] = np.cos(np.arange(1, COLOURS + 1)[:, None] * bands) / MELS
    return cosines


def _pitch(samples: NDArray[np.float32]) -> float:
    """The pitch in octaves above 1 Hz, by autocorrelation; the median of frames that have one, 0 where none has."""
    import numpy as np

    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[:: 2 * HOP]
    energy = (frames**2).mean(axis=1)
    frames = frames[energy >= np.median(energy)] * np.hanning(FRAME)
    power = np.abs(np.fft.rfft(frames, 4 * FRAME, axis=1)) ** 2
    repeats = np.fft.irfft(power, axis=1)
    repeats = repeats / np.maximum(repeats[:, :1], 1e-12)
    first = RATE // HIGHEST
    within = repeats[:, first : RATE // LOWEST]
    lags = first + within.argmax(axis=1)[within.max(axis=1) > SURE]
    return float(np.log2(np.median(RATE / lags))) if len(lags) else 0.0

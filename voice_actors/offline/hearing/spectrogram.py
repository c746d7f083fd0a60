"""What Whisper sees of a sound: its spectrogram, in windows of 15 s.

The spectrogram follows OpenAI's whisper/audio.py (MIT): Slaney mel bands of 25 ms frames, every 10 ms.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE = 16_000
N_FFT = 400
HOP = 160
MELS = 80
"""Bands of every Whisper model but the third large one, which has 128."""
WINDOW_SECONDS = 15
SHORTEST = RATE // 10
"""Samples; less than 0.1 s holds no word, and Whisper would invent one."""
LONGEST = (WINDOW_SECONDS - 1) * RATE
"""Samples that are recognised at once."""


def _hz_to_mel(hz: float) -> float:
    """Slaney's scale: linear to 1000 Hz (15 mel), then logarithmic."""
    return 3 * hz / 200 if hz < 1000 else 15 + 27 * math.log(hz / 1000) / math.log(6.4)


@functools.cache
def mel_filters(bands: int = MELS) -> NDArray[np.float32]:
    """Triangles of equal area over the FFT's 201 bins, one row for each band from 0 to 8000 Hz."""
    import numpy as np

    mels = np.linspace(0, _hz_to_mel(RATE / 2), bands + 2)
    edges = np.where(mels < 15, mels * 200 / 3, 1000 * 6.4 ** ((mels - 15) / 27))
    bins = np.arange(N_FFT // 2 + 1) * RATE / N_FFT
    rising = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    area = 2 / (edges[2:] - edges[:-2])
    filters: NDArray[np.float32] = (np.clip(np.minimum(rising, falling), 0, None) * area[:, None]).astype(np.float32)
    return filters


def log_mel(samples: NDArray[np.float32], bands: int = MELS) -> NDArray[np.float32]:
    """Whisper's input for samples in [-1, 1]: a row for each band, a column every 10 ms, roughly in [-1, 1]."""
    import numpy as np

    padded = np.pad(samples, N_FFT // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, N_FFT)[: -HOP + 1 or None : HOP]
    frames = frames[: len(samples) // HOP]
    hann = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT)).astype(np.float32)
    power = np.abs(np.fft.rfft(frames * hann, axis=1)).astype(np.float32) ** 2
    levels = np.log10(np.maximum(mel_filters(bands) @ power.T, 1e-10))
    features: NDArray[np.float32] = ((np.maximum(levels, levels.max() - 8) + 4) / 4).astype(np.float32)
    return features


def window_features(samples: NDArray[np.float32], bands: int = MELS) -> NDArray[np.float32]:
    """`log_mel` of at most 15 s of sound, as if filled up to 15 s with silence, for the price of the sound alone."""
    import numpy as np

    room = -len(samples) % HOP + 3 * HOP  # the last frames that reach into the sound end 200 samples behind it
    features = log_mel(np.pad(samples, (0, room)), bands)
    columns = WINDOW_SECONDS * RATE // HOP
    silence = max(float(features.max()) - 2, -1.5)  # the floor: 8 powers of ten below the peak, or 1e-10
    padding = ((0, 0), (0, max(0, columns - features.shape[1])))
    filled: NDArray[np.float32] = np.pad(features, padding, constant_values=silence)[:, :columns]
    return filled


def windows(samples: NDArray[np.float32], longest: int = LONGEST) -> Iterator[NDArray[np.float32]]:
    """Cut a long utterance at the quietest tenth of a second of the last third of each window."""
    import numpy as np

    step = RATE // 10
    while len(samples) > longest:
        earliest = longest * 2 // 3 // step * step
        last = samples[earliest : longest // step * step].reshape(-1, step)
        cut = earliest + int(np.argmin((last**2).sum(axis=1))) * step + step // 2
        yield samples[:cut]
        samples = samples[cut:]
    if len(samples) >= SHORTEST:
        yield samples

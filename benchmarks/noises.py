"""Sounds that people make while somebody speaks, and that are no interruption. 16 kHz 16-bit mono, each by its seed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
Samples: TypeAlias = NDArray[np.float64]


def cough(seed: int) -> bytes:
    """A burst of breath between 300 Hz and 4 kHz of 200 to 350 ms, sometimes two."""
    dice = np.random.default_rng(seed)
    bursts = [_burst(dice) for _ in range(1 if dice.random() < 0.7 else 2)]
    pause = np.zeros(round(0.09 * RATE))
    return _pcm(np.concatenate([part for burst in bursts for part in (burst, pause)]), dice)


def click(seed: int) -> bytes:
    """A cup on a table, a key, a door: 10 to 60 ms that ring out."""
    dice = np.random.default_rng(seed)
    time = np.arange(round(0.12 * RATE)) / RATE
    ring = np.zeros(len(time))
    for _ in range(4):
        ring += np.sin(2 * np.pi * dice.uniform(800, 4_000) * time + dice.uniform(0, 6))
    return _pcm(ring * np.exp(-time / dice.uniform(0.004, 0.02)), dice)


def mm_hmm(seed: int) -> bytes:
    """A hum through the nose, up in its second half: 380 to 560 ms."""
    dice = np.random.default_rng(seed)
    pitch = dice.uniform(100, 230)
    first, second = (_hum(dice, pitch * rise, dice.uniform(0.16, 0.24)) for rise in (1.0, dice.uniform(1.05, 1.3)))
    return _pcm(np.concatenate([first, np.zeros(round(dice.uniform(0.05, 0.08) * RATE)), second]), dice)


NOISES: dict[str, Callable[[int], bytes]] = {"cough": cough, "click": click, "mm-hmm": mm_hmm}


def _burst(dice: np.random.Generator) -> Samples:
    seconds = dice.uniform(0.2, 0.35)
    spectrum = np.fft.rfft(dice.standard_normal(round(seconds * RATE)))
    hertz = np.fft.rfftfreq(round(seconds * RATE), 1 / RATE)
    spectrum *= np.exp(-(((hertz - 1_200) / 900) ** 2)) + 0.1 * ((hertz > 300) & (hertz < 4_000))
    time = np.arange(round(seconds * RATE)) / RATE
    burst: Samples = np.fft.irfft(spectrum, len(time))
    swell: Samples = (1 - np.exp(-time / 0.01)) * np.exp(-time / (seconds / 3))
    return np.multiply(burst, swell)


def _hum(dice: np.random.Generator, pitch: float, seconds: float) -> Samples:
    time = np.arange(round(seconds * RATE)) / RATE
    phase = 2 * np.pi * pitch * time * (1 + 0.03 * time / seconds)
    hum: Samples = np.zeros(len(time))
    for number in range(1, 12):
        hum += np.sin(number * phase) / number * np.exp(-number * pitch / 350)
    hum *= np.hanning(len(time)) ** 0.5
    hum *= 1 + 0.02 * dice.standard_normal(len(time))
    return hum


def _pcm(samples: Samples, dice: np.random.Generator) -> bytes:
    loud = samples / np.abs(samples).max() * dice.uniform(0.2, 0.6)
    return np.asarray(np.clip(loud, -1, 1) * 32_767).astype("<i2").tobytes()

"""Voices of different people are further from each other than utterances of the same one."""

from __future__ import annotations

import math

import numpy as np

from voice_actors.offline.hearing.voiceprint import voiceprint


def hum(pitch: float, seconds: float = 1.0) -> np.ndarray:
    """A voice of a kind: a pitch with falling overtones, and a little noise."""
    time = np.arange(int(16_000 * seconds)) / 16_000
    tone = sum(np.sin(2 * np.pi * pitch * n * time) / n for n in range(1, 20))
    return (0.05 * tone + 0.001 * np.random.default_rng(1).standard_normal(len(time))).astype(np.float32)


def test_pitch_tells_voices_apart():
    """An octave is far, a hundredth of it is near; loudness does not matter."""
    low, higher, high = voiceprint(hum(110)), voiceprint(hum(111)), voiceprint(hum(220))
    assert math.dist(low, higher) < 0.3 * math.dist(low, high)
    assert math.dist(low, voiceprint(0.25 * hum(110))) < 0.1 * math.dist(low, high)


def test_what_has_no_voice_has_no_print():
    """Too short, silent, or noise without a pitch."""
    noise = 0.1 * np.random.default_rng(2).standard_normal(16_000)
    assert [(), (), ()] == [voiceprint(sound) for sound in (hum(110, 0.2), np.zeros(16_000), noise)]

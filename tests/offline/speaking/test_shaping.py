"""Synthetic speech becomes PCM."""

from __future__ import annotations

import numpy as np
import pytest

from voice_actors.offline.speaking.shaping import RATE, audible, shaped, silence


def samples_of(pcm: bytes) -> np.ndarray:
    return np.frombuffer(pcm, "<i2").astype(np.float32) / 32768


def test_silence_at_both_ends_is_left_out():
    """What is left begins and ends within 45 ms of the sound."""
    sound = np.zeros(RATE, np.float32)
    sound[8000:16_000] = 0.1
    begin, end = audible(sound)
    assert 0.035 * RATE <= 8000 - begin <= 0.045 * RATE
    assert 0.035 * RATE <= end - 16_000 <= 0.045 * RATE
    assert audible(np.zeros(RATE, np.float32)) == (0, 0)


def test_a_sentence_begins_and_ends_softly():
    """No click at the cuts, twice the loudness, and never clipped: what is too loud is bent, in its order."""
    quiet = samples_of(shaped(np.full(RATE, 0.2, np.float32)))
    assert len(quiet) == RATE
    assert quiet[[0, RATE // 2, RATE - 1]] == pytest.approx([0, 0.4, 0], abs=1e-3)
    levels = np.repeat(np.array([0.3, 0.4, 0.5, 0.8, -0.8], np.float32), 4800)
    loud = samples_of(shaped(levels))[2400::4800]
    assert loud[0] == pytest.approx(0.6, abs=1e-3)
    assert (np.diff(loud[:4]) > 0).all()
    assert loud.max() < 0.95
    assert loud[4] == pytest.approx(-loud[3], abs=1e-3)


def test_blocks_of_a_sentence_join_without_a_gap():
    """Only the sentence's own ends are cut and faded, not the seams between its blocks."""
    tone = np.sin(np.arange(RATE) * 2 * np.pi * 240 / RATE).astype(np.float32) * np.float32(0.2)
    first, middle, last = tone[:8000], tone[8000:16_000], tone[16_000:]
    joined = shaped(first, last=False) + shaped(middle, first=False, last=False) + shaped(last, first=False)
    assert samples_of(joined) == pytest.approx(samples_of(shaped(tone)), abs=1e-4)


def test_nothing_stays_nothing():
    """Empty sound is no error; silence has the length that was asked for."""
    assert shaped(np.zeros(0, np.float32)) == b""
    assert shaped(np.zeros(4800, np.float32)) == b""
    assert silence(0.1) == bytes(4800)

"""What Whisper sees of a sound."""

from __future__ import annotations

import math

import numpy as np
import pytest

from voice_actors.offline.hearing.spectrogram import log_mel, mel_filters, window_features, windows


def test_mel_bands_have_the_slaney_shape():
    """80 triangles of equal area that rise in frequency; linear below 1 kHz, where two bands span 74.7 Hz."""
    filters = mel_filters()
    assert (80, 201) == filters.shape
    peaks = filters.argmax(axis=1) * 40
    assert (np.diff(peaks) >= 0).all()
    top = 15 + 27 * math.log(8) / math.log(6.4)
    assert filters.sum(axis=1)[-10:] * 40 == pytest.approx(np.ones(10), rel=0.02)
    assert peaks[10] == pytest.approx(11 * top / 81 * 200 / 3, abs=40)


def test_a_tone_lights_its_own_band():
    """Energy at 1 kHz appears in the band around 1 kHz, in every frame."""
    features = log_mel(np.sin(np.arange(16_000) * 2 * np.pi * 1000 / 16_000).astype(np.float32))
    assert (80, 100) == features.shape
    band = int(mel_filters()[:, 25].argmax())
    assert set(features[:, 3:-3].argmax(axis=0)) == {band}


def test_features_do_not_depend_on_loudness_but_for_an_offset():
    """Half the loudness is 0.15 less everywhere: 6 dB in log10 of power, divided by four."""
    noise = np.random.default_rng(1).standard_normal(8000).astype(np.float32) * 0.1
    assert log_mel(noise) - log_mel(noise / 2) == pytest.approx(np.full((80, 50), math.log10(4) / 4), abs=1e-3)


@pytest.mark.parametrize("length", [1600, 16_000, 16_001, 40_123, 14 * 16_000, 15 * 16_000])
@pytest.mark.parametrize("loudness", [0.3, 1e-7])
def test_the_silence_behind_an_utterance_is_not_computed(length: int, loudness: float):
    """Features of a window are those of the sound filled up with silence to 15 s."""
    sound = np.random.default_rng(1).standard_normal(length).astype(np.float32) * np.float32(loudness)
    whole = log_mel(np.pad(sound, (0, 15 * 16_000 - length)))
    assert window_features(sound)[:, :-2] == pytest.approx(whole[:, :-2], abs=1e-5)
    assert window_features(sound).shape == (80, 1500)


def test_a_long_utterance_is_cut_where_it_is_quiet():
    """Windows hold at most 14 s, follow one another without a gap, and are cut in pauses."""
    samples = np.ones(16_000 * 40, np.float32)
    samples[16_000 * 12 : 16_000 * 12 + 8000] = 0
    parts = list(windows(samples))
    assert np.array_equal(samples, np.concatenate(parts))
    assert max(map(len, parts)) <= 14 * 16_000
    assert 12 * 16_000 <= len(parts[0]) <= 12 * 16_000 + 8000


@pytest.mark.parametrize("length", [0, 1, 1599])
def test_too_little_sound_holds_no_words(length: int):
    """Less than a tenth of a second is not even looked at."""
    assert list(windows(np.zeros(length, np.float32))) == []

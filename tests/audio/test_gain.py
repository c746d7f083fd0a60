"""From loud to quiet and back without a click."""

from __future__ import annotations

from array import array

import pytest

from voice_actors.audio.gain import DUCKED, UNITY, Gain, faded
from voice_actors.audio.pcm import level_dbfs, packed, samples

LOUD = packed(array("h", [16_000] * 240))


def test_full_level_is_the_very_same_audio():
    """Nothing is computed, and nothing is rounded."""
    assert Gain(1, 120).apply(LOUD, UNITY) is LOUD


def test_ducking_is_18_db_and_a_ramp_of_small_steps():
    """5 ms from silence to full; the way to an eighth is shorter. No step is larger than the ramp's."""
    gain = Gain(1, 120)
    down = samples(gain.apply(LOUD, DUCKED))
    assert level_dbfs(LOUD) - 18.06 == pytest.approx(level_dbfs(gain.apply(LOUD, DUCKED)), abs=0.05)
    up = samples(gain.apply(LOUD, UNITY))
    assert (2_000, 16_000) == (down[-1], up[-1])
    steps = [abs(a - b) for values in (down, up) for a, b in zip(values, values[1:], strict=False)]
    assert max(steps) <= 16_000 / 120 + 1
    assert 104 <= sum(step > 0 for step in steps) / 2 <= 106


def test_all_channels_have_the_same_gain():
    """Left and right of a frame move together."""
    both = packed(array("h", [16_000, -16_000] * 120))
    values = samples(Gain(2, 120).apply(both, DUCKED))
    assert all(abs(left + right) <= 1 for left, right in zip(values[::2], values[1::2], strict=True))


def test_silence_hides_a_step():
    """What begins after a pause begins at its own level."""
    gain = Gain(1, 120)
    gain.apply(b"", DUCKED)
    assert {2_000} == set(samples(gain.apply(LOUD, DUCKED)))


@pytest.mark.parametrize("channels", [1, 2])
def test_a_fade_ends_in_nothing(channels):
    """It never rises, starts near the gain that was, and its last frame is silent."""
    values = samples(faded(LOUD, channels, UNITY // 2))[::channels]
    assert 7_800 <= values[0] <= 8_000
    assert 0 == values[-1]
    assert list(values) == sorted(values, reverse=True)

"""What a canceller leaves in its first seconds: scraps of an echo are held back, the user is not."""

from __future__ import annotations

import numpy as np
import pytest

from voice_actors.audio.first_echo import ECHOES, LEARNS, FirstEcho

SILENCE = bytes(320)
FRAME = 0.01


def sound(level, seed=1):
    """10 ms at 16 kHz."""
    return np.round(np.random.default_rng(seed).standard_normal(160) * level).astype("<i2").tobytes()


def test_a_scrap_of_an_echo_is_held_back():
    """10 dB down is a scrap of what was played, also some time after it; unless nothing was played so recently."""
    first = FirstEcho(FRAME)
    assert SILENCE == first.hold_back(sound(2_000), sound(1_000), sound(300))
    for _ in range(round(ECHOES / FRAME) - 2):
        assert SILENCE == first.hold_back(SILENCE, sound(1_000), sound(300))
    for _ in range(3):
        kept = first.hold_back(SILENCE, sound(1_000), sound(300))
    assert sound(300) == kept


def test_the_user_is_heard():
    """As loud as the echo, or alone: of a voice the canceller takes little."""
    first = FirstEcho(FRAME)
    assert sound(900) == first.hold_back(sound(2_000), sound(1_400), sound(900))
    assert sound(900) == first.hold_back(SILENCE, sound(900), sound(900))


def test_it_is_over_once_the_canceller_had_time_to_learn():
    """That is counted in sound, not in silence."""
    first = FirstEcho(FRAME)
    for _ in range(10_000):
        first.hold_back(SILENCE, sound(10), sound(10))
    assert not first.over
    for _ in range(round(LEARNS / FRAME) + 1):
        assert not first.over
        first.hold_back(sound(2_000), sound(1_000), sound(10))
    assert first.over


@pytest.mark.parametrize("level", [0, 5])
def test_a_loudspeaker_that_is_all_but_silent_makes_no_echo(level):
    """What is captured meanwhile is somebody else's."""
    assert sound(300) == FirstEcho(FRAME).hold_back(sound(level), sound(1_000), sound(300))

"""The time of a device's blocks."""

from __future__ import annotations

import random

import pytest

from voice_actors.audio.block_clock import APART, BlockClock


def test_late_callbacks_do_not_move_the_blocks():
    """Callbacks up to 8 ms late: every block lies exactly one block after the one before."""
    dice, clock = random.Random(1), BlockClock(0.01)
    times = [clock.time_of(n, 50 + n * 0.01 + dice.uniform(0, 0.008)) for n in range(1_000)]
    assert times == pytest.approx([times[0] + n * 0.01 for n in range(1_000)], abs=1e-9)
    assert 0 <= times[0] - 50 <= 0.008


@pytest.mark.parametrize("drift", [-100e-6, 100e-6])
def test_a_device_whose_crystal_differs_is_followed(drift):
    """100 millionths faster or slower: after an hour never further off than APART, and moved only a few times."""
    clock, zeros = BlockClock(0.01), set()
    for n in range(360_000):
        due = n * 0.01 * (1 + drift)
        assert abs(clock.time_of(n, due) - due) <= APART + 1e-9
        zeros.add(clock._zero)
    print(f"moved {len(zeros) - 1} times")
    assert len(zeros) <= 14


def test_a_device_that_stood_still_starts_anew():
    """After a suspension the clock is believed, not the count."""
    clock = BlockClock(0.01)
    clock.time_of(0, 5.0)
    assert pytest.approx(65.0) == clock.time_of(1, 65.0)

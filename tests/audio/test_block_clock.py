"""The time of a device's blocks."""

from __future__ import annotations

import random

import pytest

from voice_actors.audio.block_clock import EARLY, LATE, WINDOW, BlockClock


def test_late_callbacks_do_not_move_the_blocks():
    """Callbacks up to 8 ms late, and now and then 100 ms: every block lies exactly one block after the one before."""
    dice, clock = random.Random(1), BlockClock(0.01)
    late = [dice.uniform(0, 0.008) + (0.1 if n % 40 == 39 else 0) for n in range(1_000)]
    times = [clock.time_of(n, 50 + n * 0.01 + late[n]) for n in range(1_000)]
    settled = times[WINDOW:]
    assert settled == pytest.approx([settled[0] + n * 0.01 for n in range(len(settled))], abs=1e-9)
    assert 0 <= times[0] - 50 <= 0.008


def test_a_clock_that_began_on_a_busy_moment_is_set_right():
    """The first block is heard of 60 ms late: with the next one that is known, and nothing lies ahead of its time."""
    clock = BlockClock(0.01)
    times = [clock.time_of(n, 50 + n * 0.01 + (0.06 if n == 0 else 0.001)) for n in range(10)]
    assert all(abs(at - 50 - n * 0.01) <= EARLY for n, at in enumerate(times) if n)


@pytest.mark.parametrize("drift", [-100e-6, 100e-6])
def test_a_device_whose_crystal_differs_is_followed(drift):
    """100 millionths faster or slower: for an hour never further off than LATE and a second's drift."""
    clock, zeros = BlockClock(0.01), set()
    for n in range(360_000):
        due = n * 0.01 * (1 + drift)
        assert abs(clock.time_of(n, due) - due) <= LATE + 0.001
        zeros.add(clock._zero)
    print(f"moved {len(zeros) - 1} times")
    assert len(zeros) <= 80


def test_a_device_that_stood_still_starts_anew_at_once():
    """After a suspension, or a loss and a return, with the count going on or beginning again."""
    for begins in (1, 0):
        clock = BlockClock(0.01)
        clock.time_of(0, 5.0)
        times = [clock.time_of(n, 65.0 + n * 0.01) for n in range(begins, begins + 10)]
        assert times == pytest.approx([65.0 + n * 0.01 for n in range(begins, begins + 10)], abs=1e-9)


def test_a_machine_that_stood_still_is_no_device_that_did():
    """A second without the interpreter's lock, then all its blocks in a burst: the last of them lies where it should."""
    clock = BlockClock(0.01)
    for n in range(100):
        clock.time_of(n, 5.0 + n * 0.01)
    burst = [clock.time_of(n, max(7.0, 5.0 + n * 0.01)) for n in range(100, 200)]
    after = [clock.time_of(n, max(7.0, 5.0 + n * 0.01)) for n in range(200, 210)]
    print(f"off by {burst[0] - 6.0:.2f} s at first, by {burst[-1] - 6.99:.3f} s at the end of the burst")
    assert after == pytest.approx([5.0 + n * 0.01 for n in range(200, 210)], abs=EARLY)

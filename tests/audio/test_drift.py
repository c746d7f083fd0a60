"""How far a device's clock is off, from chunks that come early and late."""

from __future__ import annotations

import random

import pytest

from voice_actors.audio.drift import Drift


def heard(drift: Drift, seconds: float, ppm: float, jitter: float, seed: int, jump: float = 0.0) -> None:
    dice = random.Random(seed)
    for chunk in range(int(seconds / 0.02)):
        into = chunk * 0.02
        drift.note(into, into * ppm / 1e6 + jump + abs(dice.gauss(0, jitter)))


@pytest.mark.parametrize("ppm", [-200.0, -20.0, 0.0, 50.0, 300.0])
def test_a_minute_of_jitter_of_3_ms_tells_the_crystal_to_within_40_millionths(ppm):
    """Ordinary crystals are within 100."""
    drift = Drift()
    heard(drift, 60, ppm, 0.003, seed=1)
    assert drift.ppm is not None
    print(f"{ppm:g} ppm: measured {drift.ppm:.1f}")
    assert abs(drift.ppm - ppm) < 40


def test_jumps_between_stretches_are_no_drift():
    """A muted minute, or a device that came back, begins anew."""
    drift = Drift()
    for number, jump in enumerate((0.0, 5.0, -3.0, 0.3)):
        heard(drift, 30, 100.0, 0.001, seed=number, jump=jump)
    assert drift.ppm == pytest.approx(100.0, abs=20)


def test_a_few_seconds_say_nothing():
    """Their jitter is greater than what a crystal does."""
    drift = Drift()
    assert drift.ppm is None
    for _ in range(10):
        heard(drift, 1.2, 100.0, 0.001, seed=1)
    assert drift.ppm is None

"""The simulated room."""

import numpy as np
import pytest

from benchmarks.room import RATE, Acoustics, Room


async def test_what_is_played_comes_back_as_late_and_as_loud_as_the_room_has_it(autojump_clock):
    """60 ms later and 6 dB down, of an impulse-like sound; what a person says is added to it."""
    room = Room(Acoustics("a", 60, 0.2, -6, seed=1), seconds=5)
    noise = np.random.default_rng(1).normal(0, 4_000, 24_000).astype("<i2")
    for block in range(100):
        room.hear(room.begun + block * 0.01, noise[block * 240 : (block + 1) * 240].tobytes())
    heard = np.concatenate([np.frombuffer(room.take(320), "<i2") for _ in range(60)])
    begins = np.flatnonzero(np.abs(heard) > 300)[0] / RATE
    assert pytest.approx(0.060, abs=0.003) == begins
    loud = heard[RATE // 5 : RATE].astype(float)
    played = 4_000 * np.sqrt(16 / 24)  # what of white noise lies below 8 kHz
    assert pytest.approx(-6, abs=1) == 20 * np.log10(np.sqrt((loud**2).mean()) / played)
    assert room.echo_alone(20, 320)
    assert pytest.approx(0.02) == room.say(np.full(320, 5_000, "<i2").tobytes())
    room.take(320)
    assert not room.echo_alone(60, 320)

"""How long replies wait before they begin."""

from __future__ import annotations

import random

import pytest

from voice_actors.audio.jitter import LEAST, MOST, JitterBuffer

CHUNK = 0.04


def arrive(jitter: JitterBuffer, times: list[float]) -> tuple[float, float]:
    """Chunks of 40 ms that come at these seconds: how long the reply waited, and the silence in its middle."""
    jitter.begin()
    start = min(times[0] + jitter.hold, _more_by(times, jitter.hold))
    dry, silence = start, 0.0
    for number, at in enumerate(times):
        jitter.came(at, CHUNK, awaited=at > dry - 0.2 or not number)
        silence += max(0.0, at - dry)
        dry = max(dry, at) + CHUNK
    return start - times[0], silence


def _more_by(times: list[float], hold: float) -> float:
    """When as much more has come."""
    return next((at for number, at in enumerate(times) if number * CHUNK >= hold), times[-1])


def test_a_steady_network_never_waits():
    """Chunks in real time that are up to 8 ms late, and chunks in a burst: a hundred replies, no ms of delay."""
    dice, jitter = random.Random(1), JitterBuffer()
    for number in range(100):
        speed = 1.0 if number % 2 else 0.25
        times = [at * CHUNK * speed + dice.uniform(0, 0.008) for at in range(50)]
        assert 0.0 == arrive(jitter, times)[0]


def test_one_hiccup_costs_the_next_reply_half_of_it_and_is_forgotten():
    """It grows towards what was needed, and shrinks by a tenth at a time."""
    jitter = JitterBuffer()
    arrive(jitter, [0.0, CHUNK + 0.2])
    waits = []
    for _ in range(30):
        jitter.begin()
        waits.append(jitter.hold)
        jitter.came(0.0, 1.0, awaited=True)
    assert pytest.approx([0.1, 0.09, 0.081], abs=1e-6) == waits[:3]
    assert waits == sorted(waits, reverse=True)
    assert 0.0 == waits[-1]


def test_what_had_come_before_it_was_asked_for_is_not_late():
    """While the loudspeaker is full nobody asks, and that says nothing about the network."""
    jitter = JitterBuffer()
    jitter.begin()
    jitter.came(0.0, CHUNK, awaited=True)
    jitter.came(5.0, CHUNK, awaited=False)
    jitter.begin()
    assert 0.0 == jitter.hold


def test_no_network_makes_a_reply_wait_longer_than_most():
    """Nor for less than a block."""
    jitter = JitterBuffer()
    for _ in range(20):
        arrive(jitter, [0.0, 5.0])
    jitter.begin()
    assert MOST * 0.99 <= jitter.hold <= MOST
    jitter.depth = LEAST * 0.9
    assert 0.0 == jitter.hold


def test_an_unsteady_network_has_fewer_holes():
    """200 replies of 2 s in real time, each chunk 0 to 120 ms late: the silence inside, without and with holding back."""
    results = {}
    for learns in (False, True):
        dice, jitter = random.Random(2), JitterBuffer()
        waited = silent = holes = 0.0
        for _ in range(200):
            late = [dice.choice([0.0, 0.0, 0.0, dice.uniform(0, 0.12)]) for _ in range(50)]
            times = [at * CHUNK + late[at] for at in range(50)]
            times = [max(times[: at + 1]) for at in range(50)]  # in order, as on TCP
            wait, silence = arrive(jitter if learns else JitterBuffer(), times)
            waited, silent, holes = waited + wait, silent + silence, holes + (silence > 0.001)
        results[learns] = waited / 200, silent / 200
        print(
            f"{learns=}: {waited * 5:.0f} ms waited, {silent * 5:.0f} ms of silence inside, holes in {holes / 2:.0f} %"
        )
    assert results[True][1] < results[False][1] / 5
    assert results[True][0] < 0.12

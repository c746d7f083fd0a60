"""What is on its way from the device's buffer to the ear."""

from __future__ import annotations

import pytest

from voice_actors.audio.in_flight import InFlight, delay_of
from voice_actors.audio.playback import Playback


def taken(blocks: int, delay: float = 0.03) -> tuple[InFlight, Playback]:
    """So many blocks of 10 ms, one every 10 ms from 0 on."""
    flight, reply = InFlight(), Playback()
    for number in range(blocks):
        flight.took(number / 100, delay, 0.01, [(reply, 480)])
        reply.played += 480
    return flight, reply


def test_what_has_not_sounded_is_told_to_the_sample():
    """Ten blocks with 30 ms of latency: at each moment what lies ahead, nothing in the end, and only this reply's."""
    flight, reply = taken(10)
    assert 4_800 == flight.unsounded(reply, 0.0)
    assert [1_440, 1_200, 960, 0] == [flight.unsounded(reply, at) for at in (0.1, 0.105, 0.11, 0.13)]
    assert pytest.approx(0.13) == flight.sounds_until(reply)
    assert (0, float("-inf")) == (flight.unsounded(Playback(), 0.0), flight.sounds_until(Playback()))


def test_a_lost_device_takes_what_it_held_with_it():
    """Counted once, for each reply by itself, as of half a block after the last; it is not on its way any more."""
    flight, reply = taken(10)
    next_one = Playback()
    flight.took(0.1, 0.03, 0.01, [(reply, 240), (next_one, 240)])
    flight.lose()
    flight.lose()
    assert (1_200 + 240, 240) == (reply.lost, next_one.lost)
    assert 0 == flight.unsounded(reply, 0.0)


def test_half_a_sample_is_none():
    """The count is in whole samples wherever the moment falls."""
    flight, reply = taken(1)
    assert all(flight.unsounded(reply, 0.03 + at / 96_000) % 2 == 0 for at in range(960))


@pytest.mark.parametrize(
    ("dac", "current", "delay"),
    [(10.03, 10.0, 0.03), (0.0, 10.0, 0.02), (10.0, 10.0, 0.02), (1_000.0, 10.0, 0.02)],
)
def test_senseless_times_are_replaced_by_the_latency(dac, current, delay):
    """Some host APIs leave a time at 0, or give it by another clock."""
    assert pytest.approx(delay) == delay_of(dac, current, 0.02)

"""When the user was last loud."""

from __future__ import annotations

import math
import random
from array import array

import pytest

from voice_actors.session.voiced import Voiced


def tone(dbfs, ms=20):
    """A voice-like hum of 150 Hz, by its root mean square."""
    peak = 32_768 * 10 ** (dbfs / 20) * math.sqrt(2)
    return array("h", [round(peak * math.sin(2 * math.pi * 150 * n / 16_000)) for n in range(16 * ms)]).tobytes()


def noise(dbfs, dice, ms=20):
    peak = 32_768 * 10 ** (dbfs / 20) * math.sqrt(3)
    return array("h", [round(dice.uniform(-peak, peak)) for _ in range(16 * ms)]).tobytes()


@pytest.mark.parametrize("room", [None, -70, -55, -45])
def test_the_last_loud_chunk_is_found(room):
    """In digital silence, and in rooms whose noise stays 15 dB under the voice; again after a second of silence."""
    dice, voiced, at, expected = random.Random(1), Voiced(), 0.0, []
    for _ in range(3):
        for dbfs, chunks in ((room, 50), (-28, 60)):
            for _ in range(chunks):
                at += 0.02
                voiced.hear(bytes(640) if dbfs is None else noise(room, dice) if dbfs == room else tone(dbfs), at)
            if dbfs == -28:
                expected.append(at)
                assert expected[-1] == voiced.at
    for _ in range(100):
        at += 0.02
        voiced.hear(bytes(640) if room is None else noise(room, dice), at)
    print(f"room {room} dBFS: last loud at {voiced.at:.2f} s of {at:.2f} s")
    assert expected[-1] == voiced.at


def test_silence_and_nothing_are_no_voice():
    """Nor an odd byte, nor a quiet hum."""
    voiced = Voiced()
    for pcm in (b"", b"\x01", bytes(640), tone(-60)):
        voiced.hear(pcm, 1.0)
    assert voiced.at is None


def test_a_room_that_becomes_loud_is_a_room_after_a_while():
    """A fan of -40 dBFS is taken for a voice at first, and not for more than a quarter of a minute."""
    dice, voiced, at = random.Random(2), Voiced(), 0.0
    for pcm in [noise(-75, dice)] * 50 + [noise(-40, dice) for _ in range(1_500)]:
        at += 0.02
        voiced.hear(pcm, at)
    print(f"taken for a voice until {voiced.at - 1:.1f} s after it began")
    assert voiced.at - 1 < 15
    voiced.hear(tone(-25), at + 1)
    assert at + 1 == voiced.at

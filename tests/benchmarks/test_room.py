"""The simulated room."""

import numpy as np
import pytest
import trio

from benchmarks.room import RATE, Acoustics, Room
from voice_actors.audio.playback import Playback


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


async def test_a_room_that_is_late_is_late_as_a_whole(autojump_clock):
    """Whoever reads the microphone late gets every echo all the same, where it belongs, and is told when that was."""
    room, reply, told = Room(Acoustics("a", 60, 0.2, -6, seed=1), seconds=5), Playback(), []
    noise = np.random.default_rng(1).normal(0, 4_000, 4_800).astype("<i2").tobytes()
    async with room.speaker.open() as loudspeaker, room.microphone.open(20) as microphone:
        loudspeaker.tell_played(lambda at, pcm: told.append((at - room.begun, len(pcm))))
        await loudspeaker.write(noise, reply)
        await trio.sleep(0.5)
        heard = np.frombuffer(b"".join([await microphone.read() for _ in range(25)]), "<i2")
        assert pytest.approx(0.5) == microphone.captured_at - room.begun
    assert pytest.approx(0.060, abs=0.003) == np.flatnonzero(np.abs(heard) > 300)[0] / RATE
    assert [(pytest.approx(block * 0.01), 480) for block in range(20)] == told
    assert reply.settled

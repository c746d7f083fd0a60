"""The loudspeaker's actor."""

from __future__ import annotations

import contextlib

import pytest
import trio

from voice_actors import messages as m
from voice_actors.actors.speaker import SpeakerActor
from voice_actors.audio.in_flight import InFlight
from voice_actors.audio.memory import MemorySpeaker
from voice_actors.broadcast import Tap, Wanted
from voice_actors.lanes import Overflow, Reply, Turn, open_lane

MS = 48


def make():
    turns, to_speaker = open_lane[Turn]("turns", 16)
    facts, told = open_lane[m.Event]("facts", 1_000)
    heard, audio = open_lane[m.AudioEvent]("audio", 10_000, Overflow.DROP_OLDEST)
    wanted = Wanted(1)
    device = MemorySpeaker()
    played, _echo = open_lane[m.Played]("played", 10, Overflow.DROP_OLDEST)
    return SpeakerActor(device, to_speaker, facts, Tap(heard, wanted), played), device, turns, told, audio


async def test_turns_are_played_one_after_the_other(autojump_clock):
    """In order, each to its end, and each with its figures."""
    actor, device, turns, told, _audio = make()
    for number in (1, 2):
        reply = Reply.begin(number)
        await reply.say(bytes([number, 0]) * 24 * 300)
        reply.end()
        turns.send_nowait(reply.turn)
    turns.close()
    await actor.run()

    assert b"\x01\x00" * 24 * 300 + b"\x02\x00" * 24 * 300 == device.pcm()
    assert [(1, 300.0, 0.0, False), (2, 300.0, 0.0, False)] == [
        (e.turn, e.heard_ms, e.dropped_ms, e.interrupted) async for e in told
    ]


async def test_what_was_heard_is_told_exactly(autojump_clock):
    """Heard audio for the recording is what the device played, byte for byte, also of a cut reply, and at its time."""
    actor, device, turns, told, audio = make()
    reply = Reply.begin(1)
    await reply.say(bytes(range(1, 241)) * 200 * 5)
    turns.send_nowait(reply.turn)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(actor.run)
        await trio.sleep(0.503)
        reply.cut("enough")
        turns.close()
    heard = [event async for event in audio]
    (ended,) = [event async for event in told]

    assert device.pcm() == b"".join(event.pcm for event in heard)
    assert len(device.pcm()) == ended.heard_ms * MS
    assert ended.interrupted
    assert 5_000 == ended.heard_ms + ended.dropped_ms
    assert all(event.at <= 0.52 for event in heard)


async def test_a_shutdown_in_mid_turn_tells_how_far_it_got(autojump_clock):
    """The turn's last figures reach the recorder although everything is being cancelled."""
    actor, device, turns, told, _audio = make()
    reply = Reply.begin(1)
    await reply.say(b"\x01\x01" * 24_000)
    turns.send_nowait(reply.turn)
    with trio.move_on_after(0.25):
        await actor.run()
    (ended,) = [event async for event in told]

    assert len(device.pcm()) == ended.heard_ms * MS
    assert ended.interrupted
    assert reply.turn.ended.is_set()


async def test_a_turn_without_audio_ends(autojump_clock):
    """Text only, or nothing at all."""
    actor, _device, turns, told, _audio = make()
    reply = Reply.begin(1)
    reply.end()
    turns.send_nowait(reply.turn)
    turns.close()
    await actor.run()

    assert [(0.0, False)] == [(e.heard_ms, e.interrupted) async for e in told]


async def test_a_late_cut_after_the_last_audio_arrived(autojump_clock):
    """TurnComplete has come, the audio still plays: it can still be cut."""
    actor, device, turns, told, _audio = make()
    reply = Reply.begin(1)
    await reply.say(b"\x01\x01" * 24 * 150)  # fits into the device's ring, so only drain() waits
    reply.end()
    turns.send_nowait(reply.turn)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(actor.run)
        await trio.sleep(0.055)
        reply.cut("late")
        turns.close()
    (ended,) = [event async for event in told]

    assert ended.interrupted
    assert len(device.pcm()) < 100 * MS
    assert 150.0 == ended.heard_ms + ended.dropped_ms


async def test_what_the_device_takes_is_told_to_the_microphone(autojump_clock):
    """Byte for byte and at its time, where echo matters; nothing at all where it does not."""
    for matters in (True, False):
        turns, to_speaker = open_lane[Turn]("turns", 16)
        facts, _told = open_lane[m.Event]("facts", 1_000)
        heard, _audio = open_lane[m.AudioEvent]("audio", 10_000, Overflow.DROP_OLDEST)
        played, echo = open_lane[m.Played]("played", 1_000, Overflow.DROP_OLDEST)
        device = MemorySpeaker()
        reply = Reply.begin(1)
        await reply.say(bytes(range(1, 241)) * 200)
        reply.end()
        turns.send_nowait(reply.turn)
        turns.close()
        await SpeakerActor(device, to_speaker, facts, Tap(heard, Wanted()), played, echo_matters=matters).run()
        blocks = [block async for block in echo]
        assert (device.played if matters else []) == [(block.at, block.pcm) for block in blocks]


async def test_a_loudspeaker_that_does_not_tell_is_an_oddity(autojump_clock):
    """The call goes on, and the transcript says why there is an echo."""

    class Silent:
        name = "my own loudspeaker"

        @contextlib.asynccontextmanager
        async def open(self):
            yield object()

    turns, to_speaker = open_lane[Turn]("turns", 16)
    facts, told = open_lane[m.Event]("facts", 1_000)
    heard, _audio = open_lane[m.AudioEvent]("audio", 10, Overflow.DROP_OLDEST)
    played, _echo = open_lane[m.Played]("played", 10, Overflow.DROP_OLDEST)
    turns.close()
    await SpeakerActor(Silent(), to_speaker, facts, Tap(heard, Wanted()), played, echo_matters=True).run()
    (oddity,) = [event async for event in told]
    assert "my own loudspeaker" in oddity.what


class Delayed(MemorySpeaker):
    """A loudspeaker whose device makes audio heard `delay` seconds after it took it, as real ones do."""

    def __init__(self, delay=0.03):
        super().__init__()
        self.flight, self.delay = InFlight(), delay

    @contextlib.asynccontextmanager
    async def open(self):
        async with super().open() as stream:
            stream.unsounded = lambda playback: self.flight.unsounded(playback, trio.current_time())
            stream._rings_for = lambda playback: self.flight.sounds_until(playback) - trio.current_time()
            self.ring = stream._ring
            yield stream

    def _hear(self, at, pcm):
        super()._hear(at, pcm)
        self.flight.took(at, self.delay, 0.01, self.ring.taken)


async def test_heard_is_what_has_left_the_loudspeaker(autojump_clock):
    """Not what its device has taken: the audio's times are those of the ear, and a shutdown loses what was on its way."""
    for cut in (True, False):
        actor, _device, turns, told, audio = make()
        actor.speaker = device = Delayed()
        reply = Reply.begin(1)
        await reply.say(bytes(range(1, 241)) * 200 * 5)
        turns.send_nowait(reply.turn)
        began = trio.current_time()
        with trio.move_on_after(0.503 if not cut else 5):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(actor.run)
                if cut:
                    await trio.sleep(0.503)
                    reply.cut("enough")
                    turns.close()
        heard = [event async for event in audio]
        (ended,) = [event async for event in told]
        taken = len(device.pcm()) / MS
        assert pytest.approx(taken if cut else 473, abs=0.1) == ended.heard_ms
        assert pytest.approx(5_000) == ended.heard_ms + ended.dropped_ms
        assert device.pcm().startswith(b"".join(event.pcm for event in heard))
        assert pytest.approx(ended.heard_ms) == sum(len(event.pcm) for event in heard) / MS
        for count, event in enumerate(heard, 1):
            until = sum(len(earlier.pcm) for earlier in heard[:count]) / MS / 1000
            assert pytest.approx(began + 0.03 + until, abs=0.011) == event.at


async def test_a_lost_device_takes_its_last_words_with_it(autojump_clock):
    """They left the ring and were in nobody's ear, the last half block and 30 ms before it: not heard, but dropped."""
    actor, _device, turns, told, _audio = make()
    actor.speaker = device = Delayed()
    reply = Reply.begin(1)
    await reply.say(bytes(48 * 1_000))
    reply.end()
    turns.send_nowait(reply.turn)
    turns.close()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(actor.run)
        await trio.sleep(0.505)
        device.flight.lose()
    (ended,) = [event async for event in told]
    assert (965.0, 35.0, False) == (ended.heard_ms, ended.dropped_ms, ended.interrupted)

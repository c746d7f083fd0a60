"""The loudspeaker's actor."""

from __future__ import annotations

import contextlib
import math

import pytest
import trio

from voice_actors import messages as m
from voice_actors.actors.speaker import SpeakerActor
from voice_actors.audio.in_flight import InFlight
from voice_actors.audio.memory import MemorySpeaker
from voice_actors.audio.pcm import samples
from voice_actors.broadcast import Tap, Wanted
from voice_actors.errors import DeviceError
from voice_actors.lanes import Overflow, open_lane
from voice_actors.testing.fragile import FragileSpeaker
from voice_actors.turns import Reply, Turn

MS = 48


def make():
    turns, to_speaker = open_lane[Turn]("turns", 16)
    facts, told = open_lane[m.Event]("facts", 1_000)
    heard, audio = open_lane[m.AudioEvent]("audio", 10_000, Overflow.DROP_OLDEST)
    wanted = Wanted(1)
    device = MemorySpeaker()
    played, _echo = open_lane[m.Played]("played", 10, Overflow.DROP_OLDEST)
    _orders, to_obey = open_lane[m.SpeakerOrder]("orders", 16)
    return SpeakerActor(device, to_speaker, facts, Tap(heard, wanted), played, to_obey), device, turns, told, audio


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


@pytest.mark.parametrize("paced", [True, False])
async def test_the_moment_of_the_first_sample_is_told(autojump_clock, paced):
    """As the device had it, and not where nothing was heard."""
    actor, _, turns, told, _audio = make()
    actor.speaker = device = MemorySpeaker(paced=paced)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(actor.run)
        await trio.sleep(0.503)
        for number, ms in ((1, 300), (2, 0)):
            reply = Reply.begin(number)
            await reply.say(b"\x01\x00" * 24 * ms)
            reply.end()
            turns.send_nowait(reply.turn)
        turns.close()
    first, second = [event.sounded_at async for event in told]
    print(f"handed over at 0.503 s, heard at {first:.3f} s")
    assert (device.played[0][0], None) == (first, second)


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
        _orders, to_obey = open_lane[m.SpeakerOrder]("orders", 16)
        actor = SpeakerActor(device, to_speaker, facts, Tap(heard, Wanted()), played, to_obey, echo_matters=matters)
        await actor.run()
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
    _orders, to_obey = open_lane[m.SpeakerOrder]("orders", 16)
    await SpeakerActor(Silent(), to_speaker, facts, Tap(heard, Wanted()), played, to_obey, echo_matters=True).run()
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


def loudness_at(device, times):
    """The peak of what the device played at these times, 0 to 1; 0 for silence."""
    found = []
    for wanted in times:
        pcm = next((pcm for at, pcm in device.played if at <= wanted < at + 0.01), b"")
        found.append(round(max(samples(pcm), default=0) / 16_000, 3))
    return found


async def test_a_ducked_reply_steps_back_and_goes_on_from_where_it_was(autojump_clock):
    """Quiet within a block, silent after a quarter of a second, and whole: nothing is lost, it only ends later."""
    actor, device, turns, told, _audio = make()
    orders, actor.orders = open_lane[m.SpeakerOrder]("orders", 16)
    reply = Reply.begin(1)
    await reply.say(b"\x80\x3e" * 24 * 1_500)
    reply.end()
    turns.send_nowait(reply.turn)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(actor.run)
        began = trio.current_time()
        for wait, order in ((0.301, m.Duck()), (0.1, m.Unduck()), (0.3, m.Duck()), (0.5, m.Unduck())):
            await trio.sleep(wait)
            orders.send_nowait(order)
        assert -math.inf == actor.level().peak_dbfs
        await trio.sleep(0.1)
        assert pytest.approx(-6.23, abs=0.01) == actor.level().peak_dbfs
        turns.close()
        orders.close()
        await reply.turn.ended.wait()
    ended = told.receive_nowait()

    seen = loudness_at(device, [began + at for at in (0.295, 0.325, 0.395, 0.425, 0.725, 0.945, 1.0, 1.195, 1.225)])
    assert [1.0, 0.125, 0.125, 1.0, 0.125, 0.125, 0.0, 0.0, 1.0] == seen
    assert (1_500.0, 0.0, False, 0) == (ended.heard_ms, ended.dropped_ms, ended.interrupted, ended.underruns)
    assert pytest.approx(began + 1.5 + 0.25, abs=0.03) == ended.at


async def test_a_cut_while_ducked_flushes_and_the_next_reply_is_as_loud_as_ever(autojump_clock):
    """The interruption was one: what was held back is dropped, and nobody has to take the ducking back."""
    actor, device, turns, told, _audio = make()
    orders, actor.orders = open_lane[m.SpeakerOrder]("orders", 16)
    first, second = Reply.begin(1), Reply.begin(2)
    for reply in (first, second):
        await reply.say(b"\x80\x3e" * 24 * 1_000)
        turns.send_nowait(reply.turn)
    second.end()
    turns.close()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(actor.run)
        await trio.sleep(0.301)
        orders.send_nowait(m.Duck())
        await trio.sleep(0.5)
        first.cut("it was one")
        orders.close()
    ends = [event async for event in told]
    assert [True, False] == [event.interrupted for event in ends]
    assert 550 <= ends[0].heard_ms <= 570
    assert 1_000.0 == ends[1].heard_ms
    assert {16_000} == set(samples(device.pcm()[-48_000 + 240 * 2 :]))


async def test_a_late_network_is_counted_and_learnt(autojump_clock):
    """60 ms of silence in the middle of the first reply; the second one is held back for half of that, and tells."""
    actor, device, turns, told, _audio = make()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(actor.run)
        for number in (1, 2):
            reply = Reply.begin(number)
            began = trio.current_time()
            turns.send_nowait(reply.turn)
            for wait in (0.0, 0.1, 0.16, 0.1):
                await trio.sleep(wait)
                await reply.say(bytes(range(1, 241)) * 20)
            reply.end()
            await reply.turn.ended.wait()
            first = next(at for at, _ in device.played if at >= began - 1e-9)
            print(f"reply {number} waited {first - began:.3f} s")
        assert pytest.approx(30, abs=5) == actor.statistics().hold_ms
        turns.close()
        nursery.cancel_scope.cancel("enough")
    ends = [event async for event in told]
    assert [1, 1] == [event.underruns for event in ends]
    assert [60.0, 30.0] == pytest.approx([event.concealed_ms for event in ends], abs=10)
    assert [400.0, 400.0] == [event.heard_ms for event in ends]


async def test_replies_that_wait_when_the_loudspeaker_fails_have_an_end(autojump_clock):
    """Nothing of them was heard, and nobody waits for them any more."""
    actor, _, turns, told, _audio = make()
    actor.speaker = device = FragileSpeaker()
    device.fail()
    replies = [Reply.begin(number) for number in (1, 2, 3)]
    for reply in replies:
        await reply.say(b"\1\0" * 24 * 300)
        turns.send_nowait(reply.turn)
    with pytest.raises(DeviceError):
        await actor.run()

    ended = [(e.turn, e.heard_ms, e.dropped_ms) async for e in told]
    print(ended)
    assert [(number, 0.0, 300.0) for number in (1, 2, 3)] == ended
    assert all(reply.turn.ended.is_set() for reply in replies)
    with pytest.raises(trio.BrokenResourceError):
        turns.send_nowait(Reply.begin(4).turn)

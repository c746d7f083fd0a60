"""What is sent of the microphone, and the marks of the wire that come of it."""

from __future__ import annotations

import random

import attrs
import pytest
import trio

from voice_actors import messages as m
from voice_actors.config import Activity
from voice_actors.errors import LinkLost
from voice_actors.gemini import events as wire
from voice_actors.gemini import server
from voice_actors.session.activity import Marks, Open, PushToTalk, gate_for


def chunk(number, activity=None):
    return m.AudioChunk(bytes([number % 256, number // 256]) * 320, number * 0.02, activity)


def numbers(messages):
    """Which chunks these are, and None for each end."""
    return [round(g.captured_at / 0.02) if isinstance(g, m.AudioChunk) else None for g in messages]


def ptt(**settings):
    gate = gate_for(Activity("push-to-talk", **settings), 20)
    assert isinstance(gate, PushToTalk)
    return gate


def test_without_a_key_everything_is_sent_as_it_is():
    """The server's detection wants it all."""
    gate = gate_for(Activity(), 20)

    assert isinstance(gate, Open)
    assert [chunk(1)] == list(gate.take(chunk(1)))
    assert [m.MicrophonePaused()] == list(gate.stop())


def test_the_pre_roll_comes_first_then_all_until_the_post_roll():
    """Pressed after chunk 40 and let go after chunk 50: 300 ms from before and 100 ms from after are sent."""
    gate, sent = ptt(), []
    for number in range(1, 100):
        if number == 41:
            gate.press(0.80, pressed=True)
        if number == 51:
            gate.press(1.0, pressed=False)
        sent += gate.take(chunk(number))

    assert [*range(26, 56), None] == numbers(sent)
    assert {1} == {g.activity for g in sent[:-1]}
    assert m.MicrophonePaused(marked=True) == sent[-1]


def test_pressed_again_within_the_post_roll_it_goes_on():
    """No second activity, and nothing is sent twice."""
    gate, sent = ptt(pre_roll_ms=0), []
    for number in range(1, 40):
        if number in {5, 12}:
            gate.press(number * 0.02, pressed=True)
        if number in {10, 20}:
            gate.press(number * 0.02, pressed=False)
        sent += gate.take(chunk(number))

    assert [*range(5, 26), None] == numbers(sent)


def test_a_second_activity_has_a_number_of_its_own_and_no_audio_of_the_first():
    """The pre-roll begins anew after what was sent."""
    gate, sent = ptt(post_roll_ms=0), []
    for number in range(1, 30):
        if number in {5, 15}:
            gate.press(number * 0.02, pressed=True)
        if number in {10, 25}:
            gate.press(number * 0.02, pressed=False)
        sent += gate.take(chunk(number))

    assert [*range(1, 11), None, *range(11, 26), None] == numbers(sent)
    assert [1] * 10 + [2] * 15 == [g.activity for g in sent if isinstance(g, m.AudioChunk)]


def test_a_stop_lets_go_of_the_key_and_forgets_what_was_said_before():
    """What was captured before a mute is not sent after it."""
    gate = ptt()
    gate.take(chunk(1))
    gate.press(0.02, pressed=True)
    gate.take(chunk(2))

    assert [m.MicrophonePaused(marked=True)] == list(gate.stop())
    assert gate.since is None
    assert [] == list(gate.take(chunk(3)))
    gate.press(0.06, pressed=True)
    assert [3, 4] == numbers(gate.take(chunk(4)))


def test_let_go_before_the_next_chunk_nothing_was_pressed():
    """A key that bounces."""
    gate = ptt()
    gate.press(0.0, pressed=True)
    gate.press(0.0, pressed=False)

    assert [] == list(gate.take(chunk(1)))


@attrs.define(eq=False)
class Wire:
    """A link that keeps what was sent, and is lost after `breaks_after` frames."""

    breaks_after: float = float("inf")
    frames: list = attrs.field(factory=list)

    async def send(self, frame):
        await trio.lowlevel.checkpoint()
        if len(self.frames) >= self.breaks_after:
            raise LinkLost("gone")
        self.frames.append(frame)

    def heard(self):
        return [type(server.decode(f)).__name__ for f in self.frames]


async def sent(*messages):
    link = Wire()
    marks = Marks(link.send)
    for message in messages:
        await marks.send(message)
    await marks.end()
    return link.heard()


async def test_unmarked_audio_pauses_by_the_end_of_the_stream():
    """As the server's own detection wants it."""
    assert ["AudioIn", "AudioStreamEnd", "AudioIn"] == await sent(chunk(1), m.MicrophonePaused(), chunk(2))


async def test_marks_come_of_the_numbers():
    """A start before the first chunk of an activity and an end behind its last, whichever of them arrive."""
    pause = m.MicrophonePaused(marked=True)

    assert ["ActivityStart", "AudioIn", "AudioIn", "ActivityEnd"] == await sent(chunk(1, 1), chunk(2, 1), pause)
    assert ["ActivityStart", "AudioIn", "ActivityEnd"] * 2 == await sent(chunk(1, 1), chunk(2, 2), pause, pause)
    assert [] == await sent(pause)
    assert ["ActivityStart", "AudioIn", "ActivityEnd"] == await sent(chunk(1, 1))


@pytest.mark.parametrize("seed", range(50))
async def test_whatever_is_dropped_every_start_has_its_one_end(seed):
    """Presses, mutes and lost messages at random: starts and ends alternate, and audio lies between them only."""
    dice, gate, messages = random.Random(seed), ptt(), []
    for number in range(1_000):
        if dice.random() < 0.05:
            gate.press(number * 0.02, pressed=dice.random() < 0.5)
        if dice.random() < 0.01:
            messages += gate.stop()
        messages += gate.take(chunk(number))
    kept = [message for message in messages if dice.random() < 0.9]
    told = await sent(*kept)
    marks = [name for name in told if name != "AudioIn"]

    assert ["ActivityStart", "ActivityEnd"] * (len(marks) // 2) == marks
    assert marks
    speaking = False
    for name in told:
        speaking = name == "ActivityStart" or (speaking and name != "ActivityEnd")
        assert name == "ActivityEnd" or speaking


async def test_a_lost_link_gets_no_end_and_the_next_one_a_start_of_its_own():
    """The message under way is sent again on the new link, where nothing is open yet."""
    old, new = Wire(breaks_after=2), Wire()
    marks = Marks(old.send)
    await marks.send(chunk(1, 7))
    with pytest.raises(LinkLost):
        await marks.send(chunk(2, 7))
    await marks.end()
    again = Marks(new.send)
    await again.send(chunk(2, 7))
    await again.send(m.MicrophonePaused(marked=True))

    assert ["ActivityStart", "AudioIn"] == old.heard()
    assert ["ActivityStart", "AudioIn", "ActivityEnd"] == new.heard()


async def test_a_link_that_is_left_within_an_activity_gets_its_end():
    """Also by whoever is being cancelled."""
    link = Wire()
    marks = Marks(link.send)
    with trio.CancelScope() as scope:
        try:
            await marks.send(chunk(1, 1))
            scope.cancel("the test leaves")
            await trio.sleep_forever()
        finally:
            with trio.move_on_after(1, shield=True):
                await marks.end()

    assert ["ActivityStart", "AudioIn", "ActivityEnd"] == link.heard()
    assert wire.ActivityEnd() == server.decode(link.frames[-1])

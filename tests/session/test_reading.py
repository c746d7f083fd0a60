"""What the session makes of a link's messages, and how much nonsense it puts up with."""

from __future__ import annotations

import contextlib

import pytest
import trio

from voice_actors.errors import RemoteProtocolError
from voice_actors.gemini.events import GoAway, Interrupted
from voice_actors.lanes import open_lane
from voice_actors.messages import Event, Oddity
from voice_actors.session.reading import GARBAGE, Reading

SAYS_TWO_THINGS = '{"serverContent":{"interrupted":true},"goAway":{"timeLeft":"5s"}}'
MOST, WITHIN = GARBAGE


class Frames:
    """A link's receiving half."""

    def __init__(self, *frames):
        self.frames = list(frames)

    async def receive(self):
        await trio.lowlevel.checkpoint()
        return self.frames.pop(0)


def reading_of():
    facts, told = open_lane[Event]("facts", 100)
    heard = []
    return Reading(facts, lambda: heard.append(trio.current_time())), told, heard


async def test_one_message_may_say_several_things(autojump_clock):
    """All of them come at once, and that something was heard is told once."""
    reading, told, heard = reading_of()
    assert {Interrupted, GoAway} == {type(event) for event in await reading.events(Frames(SAYS_TWO_THINGS))}
    assert (1, 0) == (len(heard), told.statistics().waiting)


async def test_what_nobody_understands_is_skipped_and_told(autojump_clock):
    """It counts as a sign of life; what it held is not repeated to anybody."""
    reading, told, heard = reading_of()
    assert () == await reading.events(Frames('{"secret":'))
    oddity = told.receive_nowait()
    assert isinstance(oddity, Oddity)
    assert "secret" not in oddity.what
    assert 1 == len(heard)


@pytest.mark.parametrize(("apart", "ends"), [(WITHIN / MOST, True), (WITHIN / (MOST - 1), False)])
async def test_too_much_in_a_short_time_ends_the_link(autojump_clock, apart, ends):
    """So many within so many seconds, on whatever link; one that comes a little slower is borne for ever."""
    reading, _, _ = reading_of()
    survived = 0
    with pytest.raises(RemoteProtocolError) if ends else contextlib.nullcontext():
        for _ in range(10 * MOST):
            await reading.events(Frames("{"))
            survived += 1
            await trio.sleep(apart)
    assert (MOST - 1 if ends else 10 * MOST) == survived
    print(f"{apart:.2f} s apart: {survived} borne")


async def test_what_is_unknown_is_counted(autojump_clock):
    """A field of tomorrow is passed over."""
    reading, _, _ = reading_of()
    await reading.events(Frames('{"ofTomorrow":{}}'))
    assert {"ofTomorrow": 1} == reading.oddities.counts

"""Transparent resumption: what a saved session does not hold is said again on the next link, once and in order."""

from __future__ import annotations

import pytest
import trio

from voice_actors.config import Connection
from voice_actors.errors import LinkLost
from voice_actors.gemini import events as wire
from voice_actors.session.replay import Replay

VERTEX = {
    "connection": Connection(api_key="k", vertexai=True),
    "live": {"session_resumption": {"transparent": True}},
}


class Wire:
    """Takes so many frames."""

    def __init__(self, room=1_000):
        self.taken, self.room = [], room

    async def send(self, frame):
        await trio.lowlevel.checkpoint()
        if len(self.taken) == self.room:
            raise LinkLost("gone")
        self.taken.append(frame)


async def sent(replay, *frames):
    replay.on = True
    send = replay.over(Wire().send)
    for frame in frames:
        await send(frame)


async def test_only_what_came_after_the_index_is_said_again():
    """And counts anew on the next link."""
    replay, first, second = Replay(), Wire(), Wire()
    await sent(replay, "a", "b", "c", "d")
    replay.saved(1)
    await replay.say_again(first.send)
    assert ["c", "d"] == first.taken
    await replay.over(first.send)("e")
    replay.saved(0)
    await replay.say_again(second.send)
    assert ["d", "e"] == second.taken
    replay.saved(1)
    await replay.say_again(third := Wire().send)
    assert [] == third.__self__.taken


async def test_a_link_that_fails_meanwhile_loses_nothing_and_changes_no_order():
    """What it took may be in no saved session either."""
    replay, second = Replay(), Wire()
    await sent(replay, "a", "b", "c")
    with pytest.raises(LinkLost):
        await replay.say_again(Wire(room=1).send)
    await replay.say_again(second.send)
    assert ["a", "b", "c"] == second.taken


async def test_it_is_bounded_and_a_new_session_knows_nothing_of_it():
    """The oldest make room, and are counted."""
    replay, after = Replay(limit=3), Wire()
    await sent(replay, "a", "b", "c", "d")
    assert 1 == replay.dropped
    replay.saved(0)
    await replay.say_again(after.send)
    assert ["b", "c", "d"] == after.taken
    replay.forget()
    await replay.say_again(fresh := Wire().send)
    assert [] == fresh.__self__.taken


def test_without_transparent_mode_nothing_is_kept():
    """The way is the link's own."""
    link = Wire()
    assert link.send == Replay().over(link.send)


@pytest.mark.parametrize("breaks", [True, False], ids=["a break", "a hand-over"])
async def test_a_text_that_the_saved_session_does_not_hold_reaches_the_next_link(breaks, rig, autojump_clock):
    """Once, and before what is typed later; what it holds is not said again."""

    def texts(link):
        return [event.turns[0]["parts"][0]["text"] for event in link.heard if isinstance(event, wire.ClientContent)]

    async def script(link):
        await link.accept_setup()
        await link.say(wire.SessionResumptionUpdate("h", resumable=True))
        if link.number == 0:
            await link.hear_until(wire.ClientContent)
            await link.say(wire.SessionResumptionUpdate("h1", resumable=True, last_consumed_index=0))
            await link.hear_until(wire.ClientContent)
            await link.speak(100)
            await link.say(wire.TurnComplete())
            await trio.sleep(5)
            if breaks:
                link.end()
        while True:
            await link.hear()

    async with rig(script, **VERTEX) as r:
        for text in ("one", "two"):
            await r.agent.say(text)
            await trio.sleep(2)
        if not breaks:
            await r.agent.rotate()
        await trio.sleep(10)
        await r.agent.say("three")
        await trio.sleep(2)
        links = r.server.links
    assert 2 == len(links)
    assert {"handle": "h1", "transparent": True} == links[1].heard[0].body["sessionResumption"]
    assert (["one", "two"], ["two", "three"]) == tuple(texts(link) for link in links)


async def test_without_an_index_nothing_that_was_sent_is_said_again(rig, autojump_clock):
    """As on the Developer API, which has no such mode."""

    async def script(link):
        await link.accept_setup()
        await link.say(wire.SessionResumptionUpdate("h", resumable=True))
        if link.number == 0:
            await link.hear_until(wire.ClientContent)
            await trio.sleep(6)
            link.end()
        while True:
            await link.hear()

    async with rig(script) as r:
        await r.agent.say("one")
        await trio.sleep(30)
        links = r.server.links
    assert 2 == len(links)
    assert not [event for event in links[1].heard if isinstance(event, wire.ClientContent)]

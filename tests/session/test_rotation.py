"""When a link that works is left for a new one, and what the conversation notices of it: nothing."""

from __future__ import annotations

from array import array

import pytest
import trio

from voice_actors import messages as m
from voice_actors.deadlines import Deadlines
from voice_actors.gemini import events as wire
from voice_actors.testing import MemoryMicrophone, ScriptedLink

MS = 48  # bytes of 24 kHz audio in a millisecond
LOUD = array("h", [8_000, -8_000] * 8_000).tobytes()  # a second at 16 kHz
SILENT = bytes(32_000)


async def resumable(link: ScriptedLink) -> None:
    await link.accept_setup()
    await link.say(wire.SessionResumptionUpdate(f"h{link.number}", resumable=True))
    while True:
        await link.hear()


def handle_of(link: ScriptedLink) -> str | None:
    return link.heard[0].body["sessionResumption"].get("handle")


async def test_an_old_link_is_replaced_unasked(rig, autojump_clock):
    """Faults, row 7: some servers close without a warning. Every nine minutes, each time by the newest handle."""
    async with rig(resumable, microphone=MemoryMicrophone(SILENT)) as r:
        await trio.sleep(3_600)
        links, events = r.server.links, r.agent.export_events()
    assert [None, "h0", "h1", "h2", "h3", "h4", "h5"] == [handle_of(link) for link in links]
    assert not [event for event in events if isinstance(event, m.Disconnected)]
    assert 0 == r.agent.statistics().reconnects
    print(f"{len(links)} links in an hour")


async def test_age_alone_does_not_cost_a_session(rig, autojump_clock):
    """A server that gives no handle keeps its link."""

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        while True:
            await link.hear()

    async with rig(script, microphone=MemoryMicrophone(SILENT)) as r:
        await trio.sleep(3_600)
        assert 1 == len(r.server.links)


async def test_the_program_asks_for_a_new_link(rig, autojump_clock):
    """It comes at the next quiet moment, goes on with the session, and tells how long there was none."""
    async with rig(resumable) as r:
        await trio.sleep(1)
        await r.agent.rotate()
        await trio.sleep(5)
        connected = [event for event in r.agent.export_events() if isinstance(event, m.Connected)]
        await trio.sleep(100)
        assert 2 == len(r.server.links)  # once for each time that it is asked
    assert [(False, 0.0), (True, 0.0)] == [(event.resumed, event.away) for event in connected]
    assert connected[1].at - 1 <= 2


async def test_a_link_is_left_when_nobody_speaks_and_no_tool_works(rig, autojump_clock):
    """A reply of 4 s, then a tool of 3 s and its reply of 2 s: all of it on the first link, heard to the end."""
    left: list[float] = []

    async def slow() -> str:
        """Take three seconds."""
        await trio.sleep(3)
        return "done"

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await link.say(wire.SessionResumptionUpdate("h", resumable=True))
        if link.number == 0:
            await trio.sleep(1)
            await link.speak(4_000)
            await trio.sleep(4)
            await link.say(wire.TurnComplete())
            await link.say(wire.ToolCall((wire.FunctionCall("c1", "slow", {}),)))
            await link.hear_answer()
            await link.speak(2_000)
            await trio.sleep(2)
            await link.say(wire.TurnComplete())
            await link.say(wire.SessionResumptionUpdate("newest", resumable=True))
        try:
            while True:
                await link.hear()
        finally:
            left.append(trio.current_time())

    async with rig(script, tools=[slow]) as r:
        await trio.sleep(1.5)
        await r.agent.rotate()
        await trio.sleep(30)
        links = r.server.links
    assert 6_000 * MS == len(r.speaker.pcm())
    assert "newest" == handle_of(links[1])
    assert 10.0 <= left[0] <= 12.0


async def test_a_link_is_not_left_while_the_user_speaks(rig, autojump_clock):
    """Three seconds of voice after a request: the link is left half a second after them."""
    left: list[float] = []

    async def script(link: ScriptedLink) -> None:
        try:
            await resumable(link)
        finally:
            left.append(trio.current_time())

    microphone = MemoryMicrophone(SILENT + LOUD * 3 + SILENT * 10)
    async with rig(script, microphone=microphone) as r:
        await trio.sleep(1.1)
        await r.agent.rotate()
        await trio.sleep(20)
    print(f"left {left[0] - 4:.2f} s after the last loud sample")
    assert 4.4 <= left[0] <= 5.2
    sent = [event.pcm for link in r.server.links for event in link.heard if isinstance(event, wire.AudioIn)]
    assert SILENT + LOUD * 3 + SILENT * 10 == b"".join(sent)


@pytest.mark.parametrize(("announced", "left_at"), [(None, 41), (30.0, 27), (3.0, 2)])
async def test_a_link_is_left_at_the_last_moment_where_none_is_quiet(announced, left_at, rig, autojump_clock):
    """Faults, rows 5 and 6: a user who never stops is heard whole; we leave by a timer of our own all the same."""
    left: list[float] = []

    async def script(link: ScriptedLink) -> None:
        try:
            await link.accept_setup()
            await link.say(wire.SessionResumptionUpdate("h", resumable=True))
            while len(link.heard) < 100:
                await link.hear()
            if announced is not None and link.number == 0:
                await link.say(wire.GoAway(announced))
            while True:
                await link.hear()
        finally:
            left.append(trio.current_time())

    microphone = MemoryMicrophone(LOUD * 100)
    async with rig(script, microphone=microphone, deadlines=Deadlines(quiet=40.0)) as r:
        await trio.sleep(1)
        if announced is None:
            await r.agent.rotate()
        await trio.sleep(110)
    sent = b"".join(event.pcm for link in r.server.links for event in link.heard if isinstance(event, wire.AudioIn))
    assert LOUD * 100 == sent
    assert abs(left[0] - left_at) < 0.1


async def test_a_link_is_not_left_while_the_server_says_that_it_cannot_be_resumed(rig, autojump_clock):
    """An older handle would lose what came after it."""

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await link.say(wire.SessionResumptionUpdate(f"h{link.number}", resumable=True))
        if link.number == 0:
            await link.say(wire.SessionResumptionUpdate(None, resumable=False))
            await trio.sleep(20)
            await link.say(wire.SessionResumptionUpdate("newer", resumable=True))
        while True:
            await link.hear()

    async with rig(script) as r:
        await r.agent.rotate()
        await trio.sleep(19)
        assert 1 == len(r.server.links)
        await trio.sleep(5)
        assert "newer" == handle_of(r.server.links[1])


async def test_typed_text_during_a_hand_over_reaches_the_new_link(rig, autojump_clock):
    """The server takes three seconds for the new setup."""

    async def script(link: ScriptedLink) -> None:
        await trio.sleep(3 * link.number)
        await resumable(link)

    async with rig(script) as r:
        await r.agent.rotate()
        await trio.sleep(2)
        await r.agent.say("are you there?")
        await trio.sleep(5)
        (connected,) = [e for e in r.agent.export_events() if isinstance(e, m.Connected) and e.resumed]
        assert "are you there?" in str(r.server.links[1].heard)
    assert 3.0 == connected.away

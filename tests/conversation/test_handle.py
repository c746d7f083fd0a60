"""What the embedding program may do with a conversation, during it and afterwards."""

from __future__ import annotations

import pytest
import trio

from voice_actors import messages as m
from voice_actors.gemini import events as wire


async def chatty(link):
    await link.accept_setup()
    for number in range(3):
        await link.say(wire.InputTranscription(f"question {number}"))
        await link.say(wire.OutputTranscription(f"answer {number}"))
        await link.say(wire.TurnComplete())


async def test_exports_are_chosen_and_are_the_callers_own(rig, autojump_clock):
    """The newest, newest last; whatever is done to the list, the next export is whole."""
    async with rig(chatty) as r:
        await r.agent.wait_idle()
        texts = [message.text for message in r.agent.export_messages(limit=3)]
        assert ["answer 1", "question 2", "answer 2"] == texts
        assert [] == r.agent.export_events(limit=0) == r.agent.export_messages(limit=0)
        before = r.agent.export_events()
        r.agent.export_events(filter=lambda events: events.clear() or events)
        r.agent.export_events().clear()
        assert before == r.agent.export_events()
        said = r.agent.export_events(limit=2, filter=lambda events: [e for e in events if isinstance(e, m.UserSaid)])
        assert ["question 1", "question 2"] == [event.text for event in said]


async def test_only_so_much_is_kept(rig, autojump_clock):
    """`keep_events`, the newest; the rest is in the transcript, where there is one."""
    async with rig(chatty, keep_events=2) as r:
        await r.agent.wait_idle()
        assert 2 == len(r.agent.export_events())
        assert r.agent.export_events()[-1].at >= r.agent.export_events()[0].at


async def test_afterwards_it_can_still_be_asked_and_says_no_to_the_rest(rig, autojump_clock):
    """Its record stays; nobody is left to say anything to, and a microphone that is gone is mute already."""
    async with rig(chatty) as r:
        await r.agent.wait_idle()
    agent = r.agent
    await agent.wait_ended()
    assert isinstance(agent.export_events()[-1], m.Ended)
    assert 6 == len(agent.export_messages())
    assert 0 == agent.statistics().reconnects
    assert [] == [event async for event in agent.events()]
    await agent.mute()
    for command in (lambda: agent.say("anyone?"), agent.interrupt):
        with pytest.raises(trio.ClosedResourceError):
            await command()


async def test_a_subscriber_may_leave_twice(rig, autojump_clock):
    """And audio is made for as long as anyone wants it, no longer."""

    async def script(link):
        await link.accept_setup()
        while True:
            await link.speak(20)
            await trio.sleep(1)

    async with rig(script) as r:
        one, two = r.agent.events(audio=True), r.agent.events(audio=True)
        one.close()
        one.close()
        await trio.sleep(5)
        assert r.agent._wanted
        two.close()
        assert not r.agent._wanted
        lane = r.agent.statistics().lanes["audio to recorder"]
        assert lane.sent >= 5
        await trio.sleep(5)
        assert lane.sent == r.agent.statistics().lanes["audio to recorder"].sent


async def test_a_program_that_talks_while_the_link_is_down_loses_nothing(rig, autojump_clock):
    """The lane is bounded: what fits goes out on the next link, and what was not taken is not sent."""

    async def script(link):
        if link.number:
            await trio.sleep(3)
        await link.accept_setup()
        if not link.number:
            await trio.sleep(6)
            link.end()
        while True:
            await link.hear()

    async with rig(script) as r:
        await trio.sleep(7)
        taken = 0
        with trio.move_on_after(1):
            while True:
                await r.agent.say(f"text {taken}")
                taken += 1
        assert 16 <= taken <= 40
        await trio.sleep(10)
    heard = [event for event in r.server.links[1].heard if isinstance(event, wire.ClientContent)]
    assert [f"text {number}" for number in range(taken)] == [event.turns[0]["parts"][0]["text"] for event in heard]

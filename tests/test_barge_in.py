"""What an interruption means to the tools that run: on with it, away with it, or tell it later."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from voice_actors import messages as m
from voice_actors import tool
from voice_actors.actors.tools import GRACE
from voice_actors.gemini import events as wire

SECONDS = 5.0


async def listens(link):
    await link.accept_setup()
    while True:
        await link.hear()


def work(**options):
    """A tool of 5 s, and what happened to it."""
    seen = []

    async def work() -> str:
        """Work."""
        seen.append("began")
        try:
            await trio.sleep(SECONDS)
            seen.append("done")
        finally:
            seen.append("left")
        return "result"

    return tool(work, **options), seen


def sent(r, kind):
    return [event for event in r.server.links[0].heard if isinstance(event, kind)]


async def interrupted_by_the_user(r):
    await r.server.links[0].say(wire.Interrupted())


async def interrupted_by_the_program(r):
    await r.agent.interrupt()


async def interrupted_in_writing(r):
    await r.agent.say("stop that")


ALL = [interrupted_by_the_user, interrupted_by_the_program, interrupted_in_writing]


async def under_way(r):
    await r.server.links[0].say(wire.ToolCall((wire.FunctionCall("a", "work", {}),)))
    await trio.sleep(1)


@pytest.mark.parametrize("interruption", ALL, ids=lambda how: how.__name__)
async def test_continue_goes_on_and_is_answered(interruption, rig, autojump_clock):
    """As if nothing had happened."""
    one, seen = work()
    async with rig(listens, tools=[one]) as r:
        await under_way(r)
        await interruption(r)
        await trio.sleep(SECONDS)
        [answer] = sent(r, wire.ToolResponse)
    assert ["began", "done", "left"] == seen
    assert {"output": "result"} == answer.responses[0].response


@pytest.mark.parametrize("interruption", ALL, ids=lambda how: how.__name__)
@pytest.mark.parametrize(("behavior", "scheduling"), [("blocking", None), ("non-blocking", "SILENT")])
async def test_cancel_stops_and_the_model_is_told_without_a_reply(
    interruption, behavior, scheduling, rig, autojump_clock
):
    """At once; it gets one answer, since a model that waits for none would wait for ever."""
    one, seen = work(on_barge_in="cancel", behavior=behavior)
    async with rig(listens, tools=[one]) as r:
        await under_way(r)
        await interruption(r)
        await trio.sleep(0)
        await trio.testing.wait_all_tasks_blocked()
        assert ["began", "left"] == seen
        await trio.sleep(SECONDS)
        [answer] = sent(r, wire.ToolResponse)
        [fact] = [event for event in r.agent.export_events() if isinstance(event, m.ToolAnswered)]
    assert ("a", {"error": "work was stopped: the user interrupted"}, scheduling) == (
        answer.responses[0].id,
        answer.responses[0].response,
        answer.responses[0].scheduling,
    )
    assert "interrupted" == fact.outcome


@pytest.mark.parametrize("late", [0, GRACE / 2])
async def test_what_the_server_withdraws_with_its_interruption_is_not_answered(late, rig, autojump_clock):
    """Two messages, of which the second may take a moment."""
    one, seen = work(on_barge_in="cancel")
    async with rig(listens, tools=[one]) as r:
        await under_way(r)
        await interrupted_by_the_user(r)
        await trio.sleep(late)
        await r.server.links[0].say(wire.ToolCallCancellation(("a",)))
        await trio.sleep(SECONDS)
        assert [] == sent(r, wire.ToolResponse)
        assert ["a"] == [event.id for event in r.agent.export_events() if isinstance(event, m.ToolWithdrawn)]
    assert ["began", "left"] == seen


@pytest.mark.parametrize("withdrawn", [False, True])
async def test_tell_when_idle_is_told_whether_or_not_the_server_still_waits(withdrawn, rig, autojump_clock):
    """As the answer where it does; else in words, once nobody speaks."""
    one, seen = work(on_barge_in="tell-when-idle")
    async with rig(listens, tools=[one]) as r:
        await under_way(r)
        await interrupted_by_the_user(r)
        if withdrawn:
            await r.server.links[0].say(wire.ToolCallCancellation(("a",)))
        await r.server.links[0].speak(10_000)  # a reply that plays until long after the tool is done
        await r.server.links[0].say(wire.TurnComplete())
        await trio.sleep(SECONDS + 1)
        assert [] == sent(r, wire.ClientContent)
        await trio.sleep(SECONDS + 1)
        answers, words = sent(r, wire.ToolResponse), sent(r, wire.ClientContent)
    assert ["began", "done", "left"] == seen
    assert (0, 1) == (len(answers), len(words)) if withdrawn else (1, 0) == (len(answers), len(words))
    if withdrawn:
        assert "result" in words[0].turns[0]["parts"][0]["text"]


async def test_without_an_interruption_a_withdrawal_stops_what_has_not_begun(rig, autojump_clock):
    """A question to a person is no work to be finished."""
    one, seen = work(on_barge_in="tell-when-idle", consent="ask")
    async with rig(listens, tools=[one]) as r:
        await under_way(r)
        await r.server.links[0].say(wire.ToolCallCancellation(("a",)))
        await trio.sleep(1)
        assert [] == r.agent.consents_asked()
        await trio.sleep(100)
        assert [] == sent(r, wire.ToolResponse)
    assert [] == seen


async def test_an_interruption_withdraws_the_question_of_what_it_cancels(rig, autojump_clock):
    """Nobody needs to be asked any more."""
    one, seen = work(on_barge_in="cancel", consent="ask")
    async with rig(listens, tools=[one]) as r:
        await under_way(r)
        await r.agent.interrupt()
        await trio.sleep(1)
        assert [] == r.agent.consents_asked()
        await r.agent.answer_consent("a", allow=True, by="me")
        await trio.sleep(SECONDS)
        [answer] = sent(r, wire.ToolResponse)
    assert [] == seen
    assert ["error"] == list(answer.responses[0].response)

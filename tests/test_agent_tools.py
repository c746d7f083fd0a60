"""The model's calls in the whole agent: answered once, withdrawn, or outliving the link that they came by."""

from __future__ import annotations

import pytest
import trio

from tests.facts import MS, kinds
from voice_actors.gemini import events as wire
from voice_actors.gemini.link import classify_close
from voice_actors.testing import MemoryMicrophone, ScriptedLink


async def test_a_tool_is_called_and_answered(rig, autojump_clock):
    """The call's arguments reach the function and its result reaches the model, while the microphone goes on."""
    answers: list[wire.FunctionResponse] = []

    async def weather(city: str) -> dict[str, str]:
        """Current weather in a city."""
        await trio.sleep(2)
        return {"sky": f"clear over {city}"}

    async def script(link: ScriptedLink) -> None:
        setup = await link.accept_setup()
        declared = setup.body["tools"][-1]["functionDeclarations"]
        assert ["weather"] == [function["name"] for function in declared]
        await link.say(wire.ToolCall((wire.FunctionCall("c1", "weather", {"city": "Oslo"}),)))
        answers.extend((await link.hear_answer()).responses)

    async with rig(script, tools=[weather], microphone=MemoryMicrophone(b"\0\0" * 16_000 * 4)) as r:
        await trio.sleep(3)
        heard = r.server.links[0].heard
        audio_before_answer = sum(isinstance(event, wire.AudioIn) for event in heard)

    assert [("c1", "weather", {"sky": "clear over Oslo"})] == [(a.id, a.name, dict(a.response)) for a in answers]
    assert 99 <= audio_before_answer
    print(f"{audio_before_answer} chunks of 20 ms passed while the tool worked for 2 s")


async def test_an_unknown_tool_is_answered_with_an_error(rig, autojump_clock):
    """Nothing dies: the model is told, and the conversation goes on."""
    answers: list[wire.FunctionResponse] = []

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await link.say(wire.ToolCall((wire.FunctionCall("c1", "nonsense", {}),)))
        answers.extend((await link.hear_answer()).responses)
        await link.speak(100)
        await link.say(wire.TurnComplete())

    async with rig(script) as r:
        await r.agent.wait_idle()

    assert "error" in answers[0].response
    assert 100 * MS == len(r.speaker.pcm())


async def test_a_call_sent_twice_is_executed_and_answered_once(rig, autojump_clock):
    """Mirrored in modelTurn, or sent again after its answer: one execution, one answer, and no lasting business."""
    ran: list[int] = []

    def count() -> int:
        """Count."""
        ran.append(1)
        return len(ran)

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        call = wire.ToolCall((wire.FunctionCall("c1", "count", {}),))
        await link.say(call)
        await link.say(call)
        await link.hear_answer()
        await link.say(call)
        while True:
            await link.hear()

    async with rig(script, tools=[count]) as r:
        with trio.fail_after(100):
            await r.agent.wait_idle()
        answers = [e for e in r.server.links[0].heard if isinstance(e, wire.ToolResponse)]

    assert [1] == ran
    assert 1 == len(answers)


async def test_a_withdrawn_call_is_stopped_and_not_answered(rig, autojump_clock):
    """ToolCallCancellation cancels the tool's own scope; the server never sees that id again."""
    stopped: list[float] = []

    async def slow() -> str:
        """Take long."""
        try:
            await trio.sleep(60)
        finally:
            stopped.append(trio.current_time())
        return "never"

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await link.say(wire.ToolCall((wire.FunctionCall("c1", "slow", {}),)))
        await trio.sleep(1)
        await link.say(wire.ToolCallCancellation(("c1",)))
        while True:
            await link.hear()

    async with rig(script, tools=[slow]) as r:
        await trio.sleep(100)
        heard = r.server.links[0].heard

    assert [1.0] == [round(at, 3) for at in stopped]
    assert [] == [event for event in heard if isinstance(event, wire.ToolResponse)]


async def test_a_tool_result_outlives_its_link(rig, autojump_clock):
    """The link is lost while the tool works: a session that knows the call gets the answer, once."""
    answers: list[str | None] = []

    async def slow() -> str:
        """Take five seconds."""
        await trio.sleep(5)
        return "done"

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        if link.number == 0:
            await link.say(wire.ToolCall((wire.FunctionCall("c1", "slow", {}),)))
            await link.say(wire.SessionResumptionUpdate("h1", resumable=True))
            await trio.sleep(2)
            link.end()
        while True:
            answers.extend(a.id for a in (await link.hear_answer()).responses)

    async with rig(script, tools=[slow]):
        await trio.sleep(30)

    assert ["c1"] == answers


@pytest.mark.parametrize("forgotten", [False, True])
async def test_a_result_whose_session_is_gone_is_told_in_words(rig, autojump_clock, forgotten):
    """The handle is older than the call, or no longer good: an answer would meet a session that never saw the id."""

    async def slow() -> str:
        """Take five seconds."""
        await trio.sleep(5)
        return "done"

    async def script(link: ScriptedLink) -> None:
        if forgotten and link.number == 1:
            await link.hear()
            link.end(lambda: classify_close(1008, "BidiGenerateContent session not found"))
            return
        await link.accept_setup()
        if link.number == 0:
            await link.say(wire.SessionResumptionUpdate("h1", resumable=True))
            await link.say(wire.ToolCall((wire.FunctionCall("c1", "slow", {}),)))
            if forgotten:
                await link.say(wire.SessionResumptionUpdate("h2", resumable=True))
            await trio.sleep(2)
            link.end()
        while True:
            await link.hear()

    async with rig(script, tools=[slow]) as r:
        await trio.sleep(30)
        heard = [event for link in r.server.links for event in link.heard]
        facts = kinds(r.agent.export_events())

    [told] = [event for event in heard if isinstance(event, wire.ClientContent)]
    assert "done" in told.turns[0]["parts"][0]["text"]
    assert [] == [event for event in heard if isinstance(event, wire.ToolResponse)]
    assert 1 == facts.count("ToolToldInWords")

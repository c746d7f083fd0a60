"""What is wrong with tools in LlamaIndex's GeminiLiveVoiceAgent 0.5.0, row by row, and must be right here."""

from __future__ import annotations

import json
import threading

import trio
from pydantic import BaseModel

from tests.conformance.rows import first, seen, until_turn_ends
from voice_actors import messages as m
from voice_actors.gemini import events as wire
from voice_actors.testing import ScriptedLink


class Place(BaseModel):
    city: str


async def test_d3_a_blocking_tool_does_not_stall_the_microphone(rig):
    """A plain function that blocks its thread: chunks go on leaving meanwhile (there, 2,042 ms without one)."""
    release, began = threading.Event(), threading.Event()

    def blocks() -> str:
        """Block."""
        began.set()
        release.wait(20)
        return "done"

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await link.say(wire.ToolCall((wire.FunctionCall("1", "blocks", {}),)))
        while not began.is_set():
            await link.hear_until(wire.AudioIn)
        for _ in range(25):
            await link.hear_until(wire.AudioIn)
        release.set()
        await link.hear_answer()

    async with rig(script, tools=[blocks]) as r:
        with trio.fail_after(30):
            answered = await first(r.agent, m.ToolAnswered)
    assert "ok" == answered.outcome


async def test_d4_unknown_tools_exceptions_and_bad_arguments_are_answers(rig, autojump_clock):
    """Each is an error object to the model, and the session goes on."""

    def breaks() -> None:
        """Break."""
        raise RuntimeError("no such luck")

    def wants(number: int) -> int:
        """Want a number."""
        return number

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        calls = [
            ("1", "unknown", {}),
            ("2", "breaks", {}),
            ("3", "wants", {"number": "many"}),
            ("4", "wants", {"number": 4}),
        ]
        await link.say(wire.ToolCall([wire.FunctionCall(*call) for call in calls]))
        for _ in calls:
            await link.hear_answer()
        await link.speak(100)
        await link.say(wire.TurnComplete())

    async with rig(script, tools=[breaks, wants]) as r:
        await until_turn_ends(r.agent)
        outcomes = {event.id: event.outcome for event in seen(r.agent, m.ToolAnswered)}
    assert {"1": "unknown", "2": "error", "3": "bad_arguments", "4": "ok"} == outcomes


async def test_d13_nested_parameters_are_declared_with_their_references(rig, autojump_clock):
    """A pydantic model as a parameter: `$ref` and `$defs` go into parametersJsonSchema, which takes them."""

    def go(place: Place) -> str:
        """Go somewhere."""
        return place.city

    async def script(link: ScriptedLink) -> None:
        setup = await link.accept_setup()
        (function,) = setup.body["tools"][0]["functionDeclarations"]
        assert "$ref" in json.dumps(function["parametersJsonSchema"])
        await link.say(wire.ToolCall((wire.FunctionCall("1", "go", {"place": {"city": "Oslo"}}),)))
        await link.hear_answer()

    async with rig(script, tools=[go]) as r:
        answered = await first(r.agent, m.ToolAnswered)
    assert {"output": "Oslo"} == dict(answered.response)


async def test_d20_parallel_calls_run_side_by_side_and_a_withdrawn_one_stops(rig, autojump_clock):
    """Three calls of 1 s take 1 s; the fourth, withdrawn, answers nothing; text beside audio is kept."""

    async def slow() -> str:
        """Take a second."""
        await trio.sleep(1)
        return "done"

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await link.say(wire.ToolCall([wire.FunctionCall(str(n), "slow", {}) for n in range(4)]))
        await link.say(wire.ToolCallCancellation(("3",)))
        await link.say(wire.TextOut("beside"), wire.AudioOut(b"\1\1" * 2_400))
        await link.say(wire.TurnComplete())
        while True:
            await link.hear()

    async with rig(script, tools=[slow]) as r:
        await trio.sleep(1.5)
        answers = [a.id for e in r.server.links[0].heard if isinstance(e, wire.ToolResponse) for a in e.responses]
        texts = [event.text for event in seen(r.agent, m.TextReceived)]
    assert ["0", "1", "2"] == sorted(answers)
    assert ["beside"] == texts
    assert 4_800 == len(r.speaker.pcm())


async def test_d22_a_tool_s_output_is_json_not_its_str(rig, autojump_clock):
    """The sister package sends `str(output)`; here structure stays structure."""

    def table() -> list[dict[str, int]]:
        """A table."""
        return [{"a": 1}, {"a": 2}]

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await link.say(wire.ToolCall((wire.FunctionCall("1", "table", {}),)))
        await link.hear_answer()

    async with rig(script, tools=[table]) as r:
        answered = await first(r.agent, m.ToolAnswered)
    assert {"output": [{"a": 1}, {"a": 2}]} == dict(answered.response)

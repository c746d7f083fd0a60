"""Other tools and instructions in the middle of a conversation."""

from __future__ import annotations

import pytest
import trio

from voice_actors import messages as m
from voice_actors import tool
from voice_actors.agent import open_voice_agent
from voice_actors.config import AgentConfig
from voice_actors.errors import ConfigError
from voice_actors.gemini import events as wire
from voice_actors.record.saved import Transcript
from voice_actors.testing import MemoryMicrophone, MemorySpeaker, open_offline_server, words_in

CHANGING, FIXED = "gemini-3.8-live", "gemini-3.1-flash-live-preview"


async def resumable(link):
    await link.accept_setup()
    await link.say(wire.SessionResumptionUpdate(f"h{link.number}", resumable=True))
    while True:
        await link.hear()


async def forgetful(link):
    await link.accept_setup()
    while True:
        await link.hear()


def names(body):
    return [function["name"] for one in body.get("tools", ()) for function in one.get("functionDeclarations", ())]


async def old(seconds: float = 0) -> str:
    """The old tool."""
    await trio.sleep(seconds)
    return "old"


async def new() -> str:
    """The new tool."""
    await trio.lowlevel.checkpoint()
    return "new"


def call(id_, name, **args):
    return wire.ToolCall((wire.FunctionCall(id_, name, args),))


def answers(r):
    return [
        (response.id, dict(response.response))
        for link in r.server.links
        for event in link.heard
        if isinstance(event, wire.ToolResponse)
        for response in event.responses
    ]


def happened(r, kind):
    return [event for event in r.agent.export_events() if isinstance(event, kind)]


async def test_a_model_that_can_is_told_within_its_session(rig, autojump_clock, tmp_path):
    """In one message, of what has changed only; the transcript has it too."""
    path = tmp_path / "t.jsonl"
    async with rig(resumable, model=CHANGING, tools=[old], instructions="be long", transcript=path) as r:
        await r.agent.update(instructions="be short")
        await r.agent.update(tools=[new])
        await r.agent.update(tools=[])
        await trio.sleep(100)
        [link] = r.server.links
        assert r.agent.config.tools == ()
    updates = [event for event in link.heard if isinstance(event, wire.ContextUpdate)]
    assert ["be short"] == [one.system_instruction["parts"][0]["text"] for one in updates if one.system_instruction]
    assert [None, ["new"], []] == [None if one.tools is None else names({"tools": one.tools}) for one in updates]
    told = [event for event in Transcript.load(path).events if isinstance(event, m.Updated)]
    assert [(None, "be short"), (["new"], None), ([], None)] == [(event.tools, event.instructions) for event in told]


@pytest.mark.parametrize(("script", "resumed"), [(resumable, True), (forgetful, False)])
async def test_a_model_that_cannot_is_met_on_a_new_connection(script, resumed, rig, autojump_clock):
    """Soon; by its handle where it has one, else in a new session that is told what was said. Once for two changes."""
    async with rig(script, model=FIXED, tools=[old], instructions="be long") as r:
        await r.agent.say("My name is Ada.")
        await trio.sleep(0.1)  # so that what follows is an answer to it
        await r.server.links[0].say(wire.AudioOut(bytes(4_800)), wire.OutputTranscription("Hello Ada."))
        await r.server.links[0].say(wire.TurnComplete())
        await trio.sleep(1)
        await r.agent.update(instructions="be short")
        await r.agent.update(tools=[new])
        changed = trio.current_time()
        await trio.sleep(100)
        first, second = r.server.links
        told, connected = happened(r, m.Updated), happened(r, m.Connected)
        assert [] == happened(r, m.Disconnected)
    assert connected[1].at - changed <= 1
    assert [["old"], ["new"]] == [names(link.heard[0].body) for link in (first, second)]
    assert "be short" == second.heard[0].body["systemInstruction"]["parts"][0]["text"]
    assert ("h0" if resumed else None) == second.heard[0].body["sessionResumption"].get("handle")
    assert [False, resumed] == [event.resumed for event in connected]
    if not resumed:
        history = next(event for event in second.heard if isinstance(event, wire.ClientContent))
        assert "My name is Ada." in str(history.turns)
    assert [(None, "be short"), (("new",), None)] == [(event.tools, event.instructions) for event in told]


@pytest.mark.parametrize("model", [CHANGING, FIXED])
async def test_a_call_under_way_ends_by_its_old_tool(model, rig, autojump_clock):
    """What comes after the change is run by the new one, also under the old name; what is gone is not there."""

    async def replaced(seconds: float = 0) -> str:
        """Another tool of the same name."""
        await trio.lowlevel.checkpoint()
        return "replaced"

    async with rig(resumable, model=model, tools=[old, tool(new, name="gone")]) as r:
        await r.server.links[-1].say(call("a", "old", seconds=20))
        await trio.sleep(1)
        await r.agent.update(tools=[tool(replaced, name="old"), new])
        await trio.sleep(100)
        for number, name in enumerate(("old", "new", "gone")):
            await r.server.links[-1].say(call(str(number), name))
        await trio.sleep(1)
    found = dict(answers(r))
    assert "there is no tool named 'gone'" in found.pop("2")["error"]
    assert {"a": {"output": "old"}, "0": {"output": "replaced"}, "1": {"output": "new"}} == found
    assert 4 == len(answers(r))


async def test_what_cannot_work_changes_nothing(rig, autojump_clock):
    """The error names it, and the conversation goes on with what it had."""
    async with rig(resumable, tools=[old], live={"system_instruction": "be long"}) as r:
        with pytest.raises(ConfigError, match="instructions"):
            await r.agent.update(instructions="be short")
        with pytest.raises(ConfigError, match="two tools"):
            await r.agent.update(tools=[new, new])
        await trio.sleep(1)
        await r.server.links[0].say(call("a", "old"))
        await trio.sleep(1)
        assert [("a", {"output": "old"})] == answers(r)
        assert [] == happened(r, m.Updated)


async def test_a_change_survives_a_link_that_is_lost_before_it_was_sent(rig, autojump_clock):
    """The next link begins with it, and later ones too."""
    async with rig(resumable, model=CHANGING, tools=[old]) as r:
        r.server.links[0].end()
        await r.agent.update(tools=[new])
        await trio.sleep(100)
        await r.agent.rotate()
        await trio.sleep(100)
        assert [["old"], ["new"], ["new"]] == [names(link.heard[0].body) for link in r.server.links]
        assert [("new",)] == [event.tools for event in happened(r, m.Updated)]


async def test_the_offline_server_calls_a_tool_that_it_was_given_later(autojump_clock):
    """Asked for what only the new tool knows."""

    async def get_weather(city: str) -> str:
        """The weather in a city."""
        await trio.lowlevel.checkpoint()
        return f"frogs in {city}"

    async with open_offline_server() as server:
        speaker = MemorySpeaker()
        config = AgentConfig(connection=server.connection, microphone=MemoryMicrophone(), speaker=speaker)
        async with open_voice_agent(config, dial=server.dial) as agent:
            await agent.update(tools=[get_weather])
            await agent.say("what is the weather in Oslo?")
            await agent.wait_idle()
        assert not server.complaints
    assert "frogs" in words_in(speaker.pcm())


async def test_a_tool_that_comes_later_fits_the_model_as_the_first_ones_do(rig, autojump_clock):
    """A model that waits for answers is told no schedule, whenever its tool was declared."""
    async with rig(resumable, model=FIXED, tools=[tool(old, scheduling="SILENT")]) as r:
        await r.server.links[0].say(call("a", "old"))
        await trio.sleep(1)
        await r.agent.update(tools=[tool(new, scheduling="SILENT")])
        await trio.sleep(5)
        await r.server.links[-1].say(call("b", "new"))
        await trio.sleep(1)
        told = [
            (one.id, one.scheduling)
            for link in r.server.links
            for event in link.heard
            if isinstance(event, wire.ToolResponse)
            for one in event.responses
        ]
    assert [("a", None), ("b", None)] == told

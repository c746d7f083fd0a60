"""Every public behaviour of LlamaIndex's GeminiLiveVoiceAgent 0.5.0, row by row: we match it or do better.

These are the S rows; the D rows, its defects, are in test_llama_index_defects.py and test_llama_index_tool_defects.py.
The command line's part of a row (typed lines, quitting, Ctrl-C) is tested with the command line, in tests/cli.
"""

from __future__ import annotations

import json

import pytest
import trio

import voice_actors
from tests.conformance.rows import first, listens, seen, speaks, until_turn_ends
from tests.facts import MS
from voice_actors import messages as m
from voice_actors.agent import open_voice_agent
from voice_actors.audio.ends import Loudspeaker, Microphone
from voice_actors.config import AgentConfig, Connection, connection_from_environment
from voice_actors.gemini import events as wire
from voice_actors.testing import MemoryMicrophone, MemorySpeaker, ScriptedLink, ScriptedServer


async def test_s1_choose_model_interface_key_and_tools(rig, autojump_clock):
    """`GeminiLiveVoiceAgent(model, interface, api_key, tools)`: all four, and what the setup says is what was chosen."""

    def hello() -> str:
        """Say hello."""
        return "hello"

    async def script(link: ScriptedLink) -> None:
        setup = await link.accept_setup()
        assert "models/gemini-2.5-flash-native-audio-preview-12-2025" == setup.body["model"]
        assert "hello" == setup.body["tools"][0]["functionDeclarations"][0]["name"]

    async with rig(script, model="gemini-2.5-flash-native-audio-preview-12-2025", tools=[hello]) as r:
        assert r.microphone is r.agent.config.microphone
    assert "k" == connection_from_environment({"GOOGLE_API_KEY": "k"}).api_key


async def test_s2_the_connection_can_be_replaced(autojump_clock):
    """`agent._client = ...` pre-sets a private attribute there; here `dial` takes anything that opens a link."""
    server = ScriptedServer(listens)
    config = AgentConfig(connection=Connection(api_key="k"), microphone=MemoryMicrophone(), speaker=MemorySpeaker())
    async with open_voice_agent(config, dial=server.dial):
        assert 1 == len(server.links)


async def test_s3_what_was_chosen_can_be_read_back(rig):
    """`.model .tools .interface .api_key`: on the agent's frozen config; and the key is never shown."""
    async with rig(listens, connection=Connection(api_key="very-secret")) as r:
        config = r.agent.config
        assert voice_actors.config.DEFAULT_MODEL == config.model
        assert r.speaker is config.speaker
        assert "very-secret" not in repr(config)


async def test_s4_start_connects_opens_audio_and_runs_until_left(rig, autojump_clock):
    """Inside the block the session exists, the devices are open; after it everything is closed."""
    async with rig(listens) as r:
        assert ["s1"] == [event.session_id for event in seen(r.agent, m.Connected)]
        await trio.sleep(0.1)
    with pytest.raises((trio.ClosedResourceError, trio.BrokenResourceError)):
        await r.agent.say("anyone there?")


async def test_s5_typed_text_is_a_user_turn(rig, autojump_clock):
    """What is typed reaches the model as it is; an empty line is the command line's business."""
    async with rig(listens) as r:
        await r.agent.say("what is two and two?")
        await trio.sleep(0.1)
        (content,) = [e for e in r.server.links[0].heard if isinstance(e, wire.ClientContent)]

    assert content.turn_complete
    assert "what is two and two?" == content.turns[0]["parts"][0]["text"]


async def test_s6_the_microphone_s_queue_goes_to_the_socket(rig, autojump_clock):
    """In order and complete."""
    voice = bytes(range(1, 201)) * 160
    async with rig(listens, microphone=MemoryMicrophone(voice)) as r:
        await trio.sleep(3)
        heard = b"".join(e.pcm for e in r.server.links[0].heard if isinstance(e, wire.AudioIn))

    assert voice == heard


async def test_s7_audio_text_and_tool_calls_are_received(rig, autojump_clock):
    """Audio to the loudspeaker, text to the messages, tool calls run and answered."""

    def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await link.say(wire.ToolCall((wire.FunctionCall("1", "add", {"a": 2, "b": 3}),)))
        answer = (await link.hear_answer()).responses[0]
        await link.say(wire.TextOut(f"it is {answer.response['output']}"))
        await link.speak(100)
        await link.say(wire.TurnComplete())

    async with rig(script, tools=[add]) as r:
        await until_turn_ends(r.agent)
        messages = r.agent.export_messages()

    assert 100 * MS == len(r.speaker.pcm())
    assert ("agent", "it is 5") == (messages[-1].role, messages[-1].text)


async def test_s8_interrupt_and_stop(rig, autojump_clock):
    """Interrupting silences the reply; stopping is leaving the block, at once, in mid-speech."""
    async with rig(speaks(60_000)) as r:
        await trio.sleep(1)
        await r.agent.interrupt()
        await trio.sleep(1)
        heard = len(r.speaker.pcm()) / MS
        before = trio.current_time()

    assert 900 <= heard <= 1_020
    assert before == trio.current_time()


async def test_s9_tools_answer_in_the_form_of_llama_index(rig, autojump_clock):
    """A LlamaIndex tool is taken as it is and answers `{"result": raw_output}`, as there."""

    class Metadata:
        name = "shout"
        description = "Shout a word."

        def get_name(self) -> str:
            return self.name

        def get_parameters_dict(self) -> dict:
            return {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]}

    class Output:
        def __init__(self, raw_output: str) -> None:
            self.raw_output, self.content, self.is_error = raw_output, raw_output, False

    class ShoutTool:
        metadata = Metadata()

        def call(self, word: str) -> Output:
            return Output(word.upper())

        __call__ = call

        async def acall(self, word: str) -> Output:
            return self.call(word)

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await link.say(wire.ToolCall((wire.FunctionCall("1", "shout", {"word": "hey"}),)))
        await link.hear_answer()

    async with rig(script, tools=[ShoutTool()]) as r:
        answered = await first(r.agent, m.ToolAnswered)
        assert {"result": "HEY"} == dict(answered.response)


async def test_s10_events_of_audio_text_and_tools_both_ways(rig, autojump_clock):
    """AudioReceived, TextReceived, ToolCall, ToolCallResult; and AudioSent and TextSent, which it never emits."""

    def ping() -> str:
        """Ping."""
        return "pong"

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await link.hear_until(wire.ClientContent)
        await link.say(wire.ToolCall((wire.FunctionCall("1", "ping", {}),)))
        await link.hear_answer()
        await link.say(wire.TextOut("written"))
        await link.speak(100)
        await link.say(wire.TurnComplete())
        while True:
            await link.hear()

    async with rig(script, tools=[ping]) as r:
        events = r.agent.events(audio=True)
        await r.agent.say("go")
        await until_turn_ends(r.agent)
    got = {type(event).__name__ for event in [event async for event in events]}

    assert {"AudioReceived", "TextReceived", "ToolCalled", "ToolAnswered", "AudioSent", "TextSent"} <= got


async def test_s11_messages_and_events_are_exported_with_filter_and_limit(rig, autojump_clock):
    """A filter takes and returns a list; a limit keeps the newest, newest last."""
    async with rig(speaks(100)) as r:
        await r.agent.say("one")
        await r.agent.say("two")
        await until_turn_ends(r.agent)
        assert ["two"] == [
            x.text for x in r.agent.export_messages(limit=1, filter=lambda all_: [x for x in all_ if x.role == "user"])
        ]
        assert [m.TurnEnded] == [
            type(e)
            for e in r.agent.export_events(limit=1, filter=lambda all_: [e for e in all_ if isinstance(e, m.TurnEnded)])
        ]


async def test_s12_bring_your_own_audio_interface(rig, autojump_clock):
    """Any object that meets the two protocols: here one that hears itself speak."""
    from contextlib import asynccontextmanager

    from voice_actors.audio.ends import EndStatistics

    class Mine:
        name = "mine"
        played = b""

        @asynccontextmanager
        async def open(self, chunk_ms: int = 20):
            yield self

        async def read(self) -> bytes:
            await trio.sleep(0.02)
            return bytes(640)

        async def write(self, pcm, playback) -> None:
            await trio.lowlevel.checkpoint()
            self.played += pcm
            playback.written += len(pcm)
            playback.played += len(pcm)

        async def drain(self, playback) -> None:
            await trio.lowlevel.checkpoint()

        def statistics(self) -> EndStatistics:
            return EndStatistics()

    mine = Mine()
    async with rig(speaks(100), microphone=mine, speaker=mine) as r:
        await until_turn_ends(r.agent)
    assert 100 * MS == len(mine.played)


def test_s13_the_abstract_surface_is_two_protocols():
    """BaseVoiceAgentInterface and friends: `Microphone` and `Loudspeaker`, checked by structure, not by ancestry."""
    assert isinstance(MemoryMicrophone(), Microphone)
    assert isinstance(MemorySpeaker(), Loudspeaker)
    assert not isinstance(object(), Microphone)


async def test_s14_everything_about_the_session_is_configured_at_the_start(rig, autojump_clock):
    """Instructions, voice, temperature, turn detection: by name, or as google-genai's own config."""
    setups: list[wire.Setup] = []

    async def script(link: ScriptedLink) -> None:
        setups.append(await link.accept_setup())

    live = {"temperature": 0.3, "realtime_input_config": {"automatic_activity_detection": {"silence_duration_ms": 700}}}
    async with rig(script, instructions="Be brief.", voice="Kore", language="en-US", live=live):
        await trio.sleep(0.1)
    body = setups[0].body

    assert "Be brief." == body["systemInstruction"]["parts"][0]["text"]
    assert 0.3 == body["generationConfig"]["temperature"]
    assert "Kore" == body["generationConfig"]["speechConfig"]["voiceConfig"]["prebuiltVoiceConfig"]["voiceName"]
    assert 700 == body["realtimeInputConfig"]["automaticActivityDetection"]["silenceDurationMs"]


async def test_s15_exports_print_without_stripping_audio_first(rig, autojump_clock):
    """The README there strips audio from what it prints; here audio is never in it, and it is JSON at once."""
    from voice_actors.record.transcripts import fields_of

    async with rig(speaks(10_000)) as r:
        await trio.sleep(1)
        text = json.dumps([fields_of(event) for event in r.agent.export_events()], default=str)
    assert len(text) < 5_000

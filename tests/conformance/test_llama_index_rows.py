"""Every public behaviour of LlamaIndex's GeminiLiveVoiceAgent 0.5.0, row by row, and none of its defects.

S rows are behaviours that we match or better; D rows are defects, measured there, in which we must be right. The command
line's part of a row (typed lines, quitting, Ctrl-C) is tested with the command line, in tests/cli.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import threading
import tracemalloc

import pytest
import trio
from pydantic import BaseModel

import voice_actors
from voice_actors import messages as m
from voice_actors.agent import open_voice_agent
from voice_actors.audio.ends import Loudspeaker, Microphone
from voice_actors.config import AgentConfig, Connection, connection_from_environment
from voice_actors.deadlines import Deadlines
from voice_actors.errors import AgentFailed, LinkGivenUp, LinkLost, Refused
from voice_actors.gemini import events as wire
from voice_actors.testing import MemoryMicrophone, MemorySpeaker, ScriptedLink, ScriptedServer

MS = 48


class Place(BaseModel):
    city: str


async def listens(link: ScriptedLink) -> None:
    await link.accept_setup("s1")
    while True:
        await link.hear()


def speaks(ms: float, words: str = "Hello there."):
    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await link.say(wire.OutputTranscription(words))
        await link.speak(ms)
        await link.say(wire.TurnComplete())
        while True:
            await link.hear()

    return script


def seen(agent, kind):
    return [event for event in agent.export_events() if isinstance(event, kind)]


# ---- behaviours --------------------------------------------------------------------------------------------------


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
        await _until_turn_ends(r.agent)
        messages = r.agent.export_messages()

    assert 100 * MS == len(r.speaker.pcm())
    assert ("agent", "it is 5") == (messages[-1].role, messages[-1].text)


async def _until_turn_ends(agent) -> None:
    with trio.fail_after(60):
        while not seen(agent, m.TurnEnded):
            await trio.sleep(0.05)


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
        answered = await _first(r.agent, m.ToolAnswered)
        assert {"result": "HEY"} == dict(answered.response)


async def _first(agent, kind):
    with trio.fail_after(60):
        while not seen(agent, kind):
            await trio.sleep(0.05)
    return seen(agent, kind)[0]


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
        await _until_turn_ends(r.agent)
    got = {type(event).__name__ for event in [event async for event in events]}

    assert {"AudioReceived", "TextReceived", "ToolCalled", "ToolAnswered", "AudioSent", "TextSent"} <= got


async def test_s11_messages_and_events_are_exported_with_filter_and_limit(rig, autojump_clock):
    """A filter takes and returns a list; a limit keeps the newest, newest last."""
    async with rig(speaks(100)) as r:
        await r.agent.say("one")
        await r.agent.say("two")
        await _until_turn_ends(r.agent)
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
        await _until_turn_ends(r.agent)
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


# ---- defects -----------------------------------------------------------------------------------------------------


async def test_d1_the_end_of_a_turn_drops_nothing(rig, autojump_clock):
    """TurnComplete with 10 s still to play: all 250 chunks are heard (there 5 of 250)."""
    async with rig(speaks(10_000)) as r:
        await _until_turn_ends(r.agent)
    assert 10_000 * MS == len(r.speaker.pcm())


async def test_d2_interrupted_is_read(rig, autojump_clock):
    """At the message, not when the turn ends."""

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await link.speak(10_000)
        await trio.sleep(2)
        await link.say(wire.Interrupted())
        await trio.sleep_forever()

    async with rig(script) as r:
        ended = await _first(r.agent, m.TurnEnded)
    assert ended.interrupted
    assert 1_900 <= ended.heard_ms <= 2_020


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
            answered = await _first(r.agent, m.ToolAnswered)
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
        await _until_turn_ends(r.agent)
        outcomes = {event.id: event.outcome for event in seen(r.agent, m.ToolAnswered)}
    assert {"1": "unknown", "2": "error", "3": "bad_arguments", "4": "ok"} == outcomes


async def test_d5_failures_are_raised_with_their_cause(rig, autojump_clock):
    """A server that closes is told, tried again, and in the end raised; never a normal return."""

    async def script(link: ScriptedLink) -> None:
        if link.number == 0:
            await link.accept_setup()
            await trio.sleep(10)
        link.end(lambda: LinkLost("1011 Internal error encountered.", code=1011, reason="Internal error encountered."))

    with pytest.raises(AgentFailed, match="Internal error") as caught:
        async with rig(script):
            await trio.sleep_forever()
    assert isinstance(caught.value.__cause__, LinkGivenUp)
    assert 1011 == caught.value.__cause__.code


async def test_d6_nothing_hangs_after_a_failure(rig, autojump_clock):
    """A refusal in mid-call ends the block at once; there a thread waits for Enter."""

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await trio.sleep(3)
        link.end(lambda: Refused("quota", code=1011, reason="RESOURCE_EXHAUSTED"))

    with pytest.raises(AgentFailed, match="quota"):
        async with rig(script):
            await trio.sleep_forever()
    assert 3.0 == trio.current_time()


async def test_d7_quitting_says_nothing_to_the_model(rig, autojump_clock):
    """There `q` is also sent as a user turn; here leaving the block sends no word."""
    async with rig(listens) as r:
        await trio.sleep(0.1)
    assert [] == [e for e in r.server.links[0].heard if isinstance(e, wire.ClientContent | wire.TextIn)]


async def test_d8_stopping_works_before_anything_was_heard_or_said(rig):
    """No exception is needed to make the end work."""
    async with rig(listens):
        ...


async def test_d9_memory_does_not_grow_with_speech(rig, autojump_clock):
    """Ten minutes of speech leave next to nothing behind (there 1.1 MB every 10 s)."""
    grown: list[int] = []

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        for minute in range(10):
            await link.speak(60_000, chunk_ms=200)
            await link.say(wire.TurnComplete())
            await trio.sleep(61)
            if minute in {1, 9}:
                grown.append(tracemalloc.get_traced_memory()[0])
        await trio.sleep_forever()

    class Nowhere(MemorySpeaker):
        def _hear(self, at: float, pcm: bytes) -> None:
            """Keep nothing: the loudspeaker in memory is a test's tool."""

    tracemalloc.start()
    try:
        async with rig(script, speaker=Nowhere(block_ms=100), microphone=MemoryMicrophone(b"\0\0")):
            await trio.sleep(620)
    finally:
        tracemalloc.stop()
    assert grown[1] - grown[0] < 500_000
    print(f"8 minutes of speech left {(grown[1] - grown[0]) / 1000:.0f} kB behind")


async def test_d10_the_user_s_side_is_recorded_too(rig, autojump_clock):
    """What the user said, typed, and how long tools took, are in the exports."""

    async def script(link: ScriptedLink) -> None:
        setup = await link.accept_setup()
        assert {} == setup.body["inputAudioTranscription"] == setup.body["outputAudioTranscription"]
        await link.say(wire.InputTranscription("what is the time?"))

    async with rig(script) as r:
        await trio.sleep(0.1)
        assert [("user", "what is the time?")] == [(x.role, x.text) for x in r.agent.export_messages()]


async def test_d11_there_is_configuration(rig, autojump_clock):
    """Also compression, resumption, thinking: whatever the service takes."""

    async def script(link: ScriptedLink) -> None:
        setup = await link.accept_setup()
        assert "contextWindowCompression" in setup.body
        assert {} == setup.body["sessionResumption"]

    async with rig(script, live={"context_window_compression": {"sliding_window": {}}}):
        await trio.sleep(0.1)


@pytest.mark.parametrize(
    ("link_age", "resumes"),
    [pytest.param(math.inf, 5, id="at goAway"), pytest.param(Deadlines().link_age, 6, id="before it")],
)
async def test_d12_the_ten_minute_limit_is_survived(rig, autojump_clock, link_age, resumes):
    """GoAway every ten minutes for an hour: resumed each time, none of it noticed by the program."""

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await link.say(wire.SessionResumptionUpdate(f"h{link.number}", resumable=True))
        await trio.sleep(600)
        await link.say(wire.GoAway(50))
        await trio.sleep_forever()

    async with rig(script, deadlines=Deadlines(link_age=link_age)) as r:
        await trio.sleep(3_600)
        connected = seen(r.agent, m.Connected)
    assert [False] + [True] * resumes == [event.resumed for event in connected]


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
        answered = await _first(r.agent, m.ToolAnswered)
    assert {"output": "Oslo"} == dict(answered.response)


def test_d14_the_python_that_is_required_is_the_python_that_works():
    """ExceptionGroup needs 3.11, and 3.11 is what the package asks for."""
    from importlib.metadata import metadata

    assert ">=3.11" == metadata("voice-actors")["Requires-Python"]


def test_d15_importing_has_no_side_effects():
    """No sound library, no google-genai, no numpy, no logging set up, nothing printed."""
    code = (
        "import logging, sys, voice_actors; from voice_actors import open_voice_agent;"
        "print(sorted({'sounddevice', 'numpy', 'google.genai', 'pyaudio'} & set(sys.modules)), logging.root.handlers)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ("[] []\n", "") == (done.stdout, done.stderr)


async def test_d16_both_audio_ends_are_closed(autojump_clock):
    """Also when the conversation fails; each exactly once."""
    from contextlib import asynccontextmanager

    closed: list[str] = []

    class Watched:
        def __init__(self, inner, label: str) -> None:
            self.inner, self.name = inner, label

        @asynccontextmanager
        async def open(self, *args):
            async with self.inner.open(*args) as stream:
                try:
                    yield stream
                finally:
                    closed.append(self.name)

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        link.end(lambda: Refused("no"))

    config = AgentConfig(
        connection=Connection(api_key="k"),
        microphone=Watched(MemoryMicrophone(), "microphone"),
        speaker=Watched(MemorySpeaker(), "speaker"),
    )
    with pytest.raises(AgentFailed):
        async with open_voice_agent(config, dial=ScriptedServer(script).dial):
            await trio.sleep_forever()
    assert ["microphone", "speaker"] == sorted(closed)


async def test_d17_no_deprecated_message_is_sent(rig, autojump_clock):
    """Audio goes as realtimeInput.audio; mediaChunks never."""
    frames: list[str] = []

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        wire_receive = link._wire.receive
        for _ in range(3):
            frames.append(await wire_receive())

    async with rig(script):
        await trio.sleep(1)
    assert 3 == len(frames)
    assert all('"realtimeInput"' in frame and '"audio"' in frame and "edia" not in frame for frame in frames)


async def test_d18_exports_are_copies_and_limits_mean_what_they_say(rig, autojump_clock):
    """0 means none, a large limit means all, the newest are kept, and the list is the caller's own."""
    async with rig(listens) as r:
        for word in ("one", "two", "three"):
            await r.agent.say(word)
        await trio.sleep(0.1)
        exported = r.agent.export_messages()
        exported.clear()
        assert [] == r.agent.export_messages(limit=0)
        assert ["two", "three"] == [x.text for x in r.agent.export_messages(limit=2)]
        assert 3 == len(r.agent.export_messages(limit=99))


async def test_d19_chunks_are_20_ms_and_no_thread_is_hopped(rig, autojump_clock):
    """64 ms blocks and a thread for each there; here 20 ms, and the count of threads does not change."""
    before = threading.active_count()
    async with rig(listens) as r:
        await trio.sleep(1)
        chunks = [e for e in r.server.links[0].heard if isinstance(e, wire.AudioIn)]
        during = threading.active_count()
    assert {640} == {len(chunk.pcm) for chunk in chunks}
    assert before == during


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


def test_d21_importing_is_light():
    """Few modules and no heavy ones; the benchmarks put figures beside it."""
    code = "import sys, voice_actors.agent; print(len(sys.modules), [n for n in ('pydantic', 'google.genai', 'numpy') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    count, heavy = done.stdout.split(maxsplit=1)

    assert "[]" == heavy.strip()
    assert int(count) < 900


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
        answered = await _first(r.agent, m.ToolAnswered)
    assert {"output": [{"a": 1}, {"a": 2}]} == dict(answered.response)

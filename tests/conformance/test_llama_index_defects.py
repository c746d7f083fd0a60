"""What is wrong in LlamaIndex's GeminiLiveVoiceAgent 0.5.0, row by row, measured there, and must be right here.

These are the D rows; those about tools are in test_llama_index_tool_defects.py. The command line's part of a row (typed
lines, quitting, Ctrl-C) is tested with the command line, in tests/cli.
"""

from __future__ import annotations

import math
import subprocess
import sys
import threading
import tracemalloc

import pytest
import trio

from tests.conformance.rows import first, listens, seen, speaks, until_turn_ends
from tests.facts import MS
from voice_actors import messages as m
from voice_actors.agent import open_voice_agent
from voice_actors.config import AgentConfig, Connection
from voice_actors.deadlines import Deadlines
from voice_actors.errors import AgentFailed, LinkGivenUp, LinkLost, Refused
from voice_actors.gemini import events as wire
from voice_actors.testing import MemoryMicrophone, MemorySpeaker, ScriptedLink, ScriptedServer


async def test_d1_the_end_of_a_turn_drops_nothing(rig, autojump_clock):
    """TurnComplete with 10 s still to play: all 250 chunks are heard (there 5 of 250)."""
    async with rig(speaks(10_000)) as r:
        await until_turn_ends(r.agent)
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
        ended = await first(r.agent, m.TurnEnded)
    assert ended.interrupted
    assert 1_900 <= ended.heard_ms <= 2_020


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


def test_d21_importing_is_light():
    """Few modules and no heavy ones; the benchmarks put figures beside it."""
    code = "import sys, voice_actors.agent; print(len(sys.modules), [n for n in ('pydantic', 'google.genai', 'numpy') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    count, heavy = done.stdout.split(maxsplit=1)

    assert "[]" == heavy.strip()
    assert int(count) < 900

"""The whole agent against a server in memory, in virtual time: how it begins, listens, tells and ends."""

from __future__ import annotations

import json
import math
import stat

import attrs
import pytest
import trio

from tests.facts import MS, kinds
from voice_actors import Transcript
from voice_actors import messages as m
from voice_actors.agent import run_voice_agent
from voice_actors.config import AgentConfig, Connection
from voice_actors.errors import ConfigError, LinkLost, Refused
from voice_actors.gemini import events as wire
from voice_actors.testing import MemoryMicrophone, MemorySpeaker, ScriptedLink, ScriptedServer


async def accepts(link: ScriptedLink) -> None:
    await link.accept_setup("s1")
    while True:
        await link.hear()


async def test_the_program_can_show_how_loud_the_agent_is(rig, autojump_clock):
    """A level while it speaks, silence before and after."""

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await trio.sleep(0.1)
        await link.speak(500, sample=b"\x00\x40")
        await link.say(wire.TurnComplete())

    async with rig(script) as r:
        levels = [r.agent.speaker_level.peak_dbfs]
        await trio.sleep(0.4)
        levels.append(r.agent.speaker_level.peak_dbfs)
        await r.agent.wait_idle()
        levels.append(r.agent.speaker_level.peak_dbfs)

    assert [-math.inf, pytest.approx(-6.02, abs=0.01), -math.inf] == levels


async def test_the_microphone_reaches_the_model(rig, autojump_clock):
    """Every sample, in order, in chunks of the chosen length; its end is told to the server and to the program."""
    voice = bytes(range(250)) * 128  # 1 s at 16 kHz
    heard = bytearray()

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        while not isinstance(event := await link.hear(), wire.AudioStreamEnd):
            assert isinstance(event, wire.AudioIn)
            assert 640 == len(event.pcm)
            heard.extend(event.pcm)

    async with rig(script, microphone=MemoryMicrophone(voice)) as r:
        async for event in r.agent.events():
            if isinstance(event, m.MicrophoneEnded):
                break

    assert voice == bytes(heard)


async def test_muting(rig, autojump_clock):
    """Muted, nothing is sent and the server is told to finish; unmuted, the voice goes on."""
    microphone = MemoryMicrophone(b"\x01\x00" * 16_000 * 3, paced=True)

    async with rig(accepts, microphone=microphone) as r:
        await trio.sleep(1)
        await r.agent.mute()
        await trio.sleep(1)
        during = len(r.server.links[0].heard)
        assert isinstance(r.server.links[0].heard[-1], wire.AudioStreamEnd)
        await r.agent.unmute()
        await trio.sleep(0.5)
        assert during + 20 < len(r.server.links[0].heard)
        await trio.sleep(2)
        await r.agent.mute()  # its source has ended
        assert r.agent.muted


async def test_typed_text_goes_the_way_that_the_model_takes(rig, autojump_clock):
    """RealtimeInput for 3.1, clientContent for others; and the program sees what was sent."""
    for model, kind in (
        ("gemini-3.1-flash-live-preview", wire.TextIn),
        ("gemini-2.5-flash-native-audio-preview-12-2025", wire.ClientContent),
    ):
        async with rig(accepts, model=model) as r:
            await r.agent.say("hello there")
            await trio.sleep(0.1)
            assert 1 == sum(isinstance(event, kind) for event in r.server.links[0].heard)
            assert ["hello there"] == [e.text for e in r.agent.export_events() if isinstance(e, m.TextSent)]


async def test_no_answer_to_the_setup_is_a_typed_error_within_its_deadline(autojump_clock):
    """A server that accepts and says nothing (google-genai hangs)."""

    async def silent(link: ScriptedLink) -> None:
        await trio.sleep_forever()

    config = AgentConfig(connection=Connection(api_key="k"), microphone=MemoryMicrophone(), speaker=MemorySpeaker())
    with pytest.raises(LinkLost, match="did not answer the setup within 10 s"):
        async with _open(config, silent):
            raise AssertionError("never ready")
    assert 10.0 == trio.current_time()


def _open(config: AgentConfig, script):
    from voice_actors.agent import open_voice_agent

    return open_voice_agent(config, dial=ScriptedServer(script).dial)


async def test_a_refusal_at_the_start_is_told_as_it_is(autojump_clock):
    """A wrong model or setting: `Refused`, bare, with the server's reason."""

    async def refuses(link: ScriptedLink) -> None:
        await link.hear()
        link.end(
            lambda: Refused(
                "1007 Request contains an invalid argument.", code=1007, reason="Request contains an invalid argument."
            )
        )

    config = AgentConfig(connection=Connection(api_key="k"), microphone=MemoryMicrophone(), speaker=MemorySpeaker())
    with pytest.raises(Refused, match="invalid argument") as caught:
        async with _open(config, refuses):
            raise AssertionError("never ready")
    assert 1007 == caught.value.code


async def test_the_transcript_has_every_line_and_the_last_says_why(rig, autojump_clock, tmp_path):
    """One file, numbered without gaps, private, ending in `Ended`; what is said on the way down is in it."""
    path = tmp_path / "t.jsonl"

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup("s1")
        await link.say(wire.InputTranscription("hello"))
        await link.say(
            wire.OutputTranscription("Hi."),
        )
        await link.speak(60_000)

    async with rig(script, transcript=path) as r:
        await trio.sleep(1)
    lines = [json.loads(line) for line in path.read_text().splitlines()]

    assert list(range(len(lines))) == [line["seq"] for line in lines]
    assert "Ended" == lines[-1]["event"]
    assert "closed" == lines[-1]["reason"]
    (ended,) = [line for line in lines if line["event"] == "TurnEnded"]
    assert 60_000 == ended["heard_ms"] + ended["dropped_ms"]
    assert len(r.speaker.pcm()) / MS == ended["heard_ms"]
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


async def test_a_transcript_that_cannot_be_written_is_said_at_once(tmp_path):
    """A bad path is a setting that cannot work, before anything is connected."""
    config = AgentConfig(
        connection=Connection(api_key="k"),
        microphone=MemoryMicrophone(),
        speaker=MemorySpeaker(),
        transcript=tmp_path / "no" / "t",
    )
    with pytest.raises(ConfigError, match="cannot write the transcript"):
        async with _open(config, accepts):
            raise AssertionError("never ready")


async def test_nursery_start_returns_the_agent(autojump_clock):
    """`await nursery.start(run_voice_agent, config)` is the other way in."""
    server = ScriptedServer(accepts)
    config = AgentConfig(connection=Connection(api_key="k"), microphone=MemoryMicrophone(), speaker=MemorySpeaker())
    async with trio.open_nursery() as nursery:
        agent = await nursery.start(
            lambda *, task_status: run_voice_agent(config, dial=server.dial, task_status=task_status)
        )
        await agent.say("hi")
        await trio.sleep(0.1)
        assert any(isinstance(event, wire.ClientContent) for event in server.links[0].heard)
        nursery.cancel_scope.cancel()
    await agent.wait_ended()


async def test_events_audio_only_for_those_who_ask(rig, autojump_clock):
    """Sent, received and heard audio for one subscriber, none for the other, and none kept in memory."""

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await trio.sleep(0.1)
        await link.speak(200)
        await link.say(wire.TurnComplete())
        while True:
            await link.hear()

    async with rig(script, microphone=MemoryMicrophone(b"\x01\x01" * 16_000)) as r:
        plain, loud = r.agent.events(), r.agent.events(audio=True)
        await r.agent.wait_idle()
        kept = kinds(r.agent.export_events())
    with loud:
        heard = [event async for event in loud]
    seen = kinds([event async for event in plain])

    assert not {"AudioSent", "AudioReceived", "AudioHeard"} & set(seen + kept)
    assert 200 * MS == sum(len(e.pcm) for e in heard if isinstance(e, m.AudioReceived))
    assert 200 * MS == sum(len(e.pcm) for e in heard if isinstance(e, m.AudioHeard))
    assert 0 < sum(isinstance(e, m.AudioSent) for e in heard)
    assert "Ended" == seen[-1]


async def test_a_user_s_exception_leaves_bare_and_a_timeout_passes(rig, autojump_clock):
    """ValueError is ValueError; `move_on_after` around the block works."""
    with pytest.raises(ValueError, match="mine"):
        async with rig(accepts):
            raise ValueError("mine")
    with trio.move_on_after(5) as scope:
        async with rig(accepts):
            await trio.sleep_forever()
    assert scope.cancelled_caught


async def test_every_turn_is_timed_from_the_users_last_sound_to_the_replys_first(rig, autojump_clock, tmp_path):
    """A spoken question, one in writing that is cut, in events, percentiles and the transcript alike."""

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await trio.sleep_until(began + 1.5)
        await link.say(wire.VoiceActivity("ACTIVITY_END"))
        await trio.sleep(0.25)
        await link.speak(500)
        await link.say(wire.TurnComplete())
        await link.hear_until((wire.TextIn, wire.ClientContent))
        await trio.sleep(0.3)
        await link.speak(5_000)
        await trio.sleep(1)
        await link.say(wire.Interrupted(), wire.TurnComplete())

    began, path = trio.current_time(), tmp_path / "t.jsonl"
    question = bytes(16_000) + b"\x00\x10\x00\xf0" * 4_000 + bytes(64_000)  # loud from 0.5 s to 1 s
    async with rig(script, microphone=MemoryMicrophone(question), transcript=path) as r:
        await r.agent.wait_idle(quiet=3)
        await r.agent.say("And now?")
        await r.agent.wait_idle()
        spoken, typed = [e for e in r.agent.export_events() if isinstance(e, m.TurnLatency)]
        figures = r.agent.latency()

    print(spoken, typed, figures, sep="\n")
    assert ("voice", None) == (spoken.by, spoken.silence_ms)
    assert pytest.approx(500, abs=25) == spoken.end_of_speech_ms
    assert pytest.approx(250, abs=1) == spoken.first_byte_ms
    assert 0 <= spoken.playout_ms <= 10
    assert ("text", None) == (typed.by, typed.end_of_speech_ms)
    assert pytest.approx(300, abs=1) == typed.first_byte_ms
    assert 0 <= typed.silence_ms <= 10
    assert (2, max(spoken.response_ms, typed.response_ms)) >= (
        figures["response_ms"].count,
        figures["response_ms"].p95,
    )
    assert [spoken, typed] == [
        attrs.evolve(e, tool_ms=tuple(e.tool_ms), at=pytest.approx(e.at, abs=1e-5))
        for e in Transcript.load(path).events
        if isinstance(e, m.TurnLatency)
    ]

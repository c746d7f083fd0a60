"""The user's voice found at the microphone, and barge-in in two stages, through the whole agent."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
import trio

from voice_actors import messages as m
from voice_actors.audio.voice import LoudnessScorer, load_scorer, load_silero
from voice_actors.config import Activity
from voice_actors.gemini import events as wire
from voice_actors.offline.speaking.shaping import audible
from voice_actors.offline.speaking.synthesis import load_voice, stretched
from voice_actors.testing import MemoryMicrophone

SILENCE = bytes(32_000)


@pytest.fixture(scope="module", autouse=True)
def silero():
    """Loaded before the clock is a virtual one."""
    load_silero()


@pytest.fixture(scope="module")
def words() -> bytes:
    """A question of about a second and a half, 16 kHz."""
    samples = load_voice().hibari("Wait, what about tomorrow?", seed=0)
    begin, end = audible(samples)
    samples = stretched(samples[begin:end], (end - begin) * 2 // 3)
    return (np.clip(samples * (0.4 / np.abs(samples).max()), -1, 1) * 32_767).astype("<i2").tobytes()


@pytest.fixture(scope="module")
def cough() -> bytes:
    """A quarter of a second of breath."""
    dice = np.random.default_rng(3)
    breath = dice.standard_normal(4_000) * np.exp(-np.arange(4_000) / 1_200)
    return (breath / np.abs(breath).max() * 12_000).astype("<i2").tobytes()


class Server:
    """Hears what is said on the wire, and tells a story of so many seconds when it begins."""

    def __init__(self, story_s: float = 0.0, *, interrupts: bool = True) -> None:
        self.heard: list[wire.ClientEvent] = []
        self.story_s, self.interrupts = story_s, interrupts

    async def script(self, link):
        setup = await link.accept_setup()
        self.detection = setup.body.get("realtimeInputConfig", {}).get("automaticActivityDetection", {})
        if self.story_s:
            await link.say(wire.OutputTranscription("Once upon a time."))
            await link.speak(self.story_s * 1_000)
            await link.say(wire.TurnComplete())
        while True:
            event = await link.hear()
            self.heard.append(event)
            if isinstance(event, wire.ActivityStart) and self.interrupts:
                await link.say(wire.Interrupted(), wire.TurnComplete())

    @property
    def marks(self) -> list[str]:
        return [type(event).__name__ for event in self.heard if not isinstance(event, wire.AudioIn)]

    @property
    def audio(self) -> bytes:
        return b"".join(event.pcm for event in self.heard if isinstance(event, wire.AudioIn))


def seen(r, kind):
    return [event for event in r.agent.export_events() if isinstance(event, kind)]


async def test_an_utterance_is_marked_and_whole_and_silence_stays_here(rig, autojump_clock, words):
    """Every sample of the words is between the marks, with 300 ms from before; of eight seconds less than four are sent."""
    server = Server()
    pcm = 2 * SILENCE + words + 4 * SILENCE
    async with rig(server.script, microphone=MemoryMicrophone(pcm), activity=Activity("local")) as r:
        await trio.sleep(9)
        started, ended = seen(r, m.ActivityStarted), seen(r, m.ActivityEnded)
        level = r.agent.microphone_level
    assert {"disabled": True} == server.detection
    assert ["ActivityStart", "ActivityEnd"] == server.marks
    assert server.audio in pcm
    assert words.strip(b"\0") in server.audio
    assert len(server.audio) < len(words) + 32_000
    assert ("voice", "voice") == (started[0].by, ended[0].by)
    assert -float("inf") == level.rms_dbfs
    onset = started[0].at - seen(r, m.Connected)[0].at
    print(
        f"sent {len(server.audio) / 32_000:.1f} of {len(pcm) / 32_000:.1f} s; onset noticed at {onset:.2f} s of 2.0 s"
    )
    assert 1.9 < onset < 2.2


async def test_suppressed_silence_leaves_the_marks_to_the_server(rig, autojump_clock, words):
    """No marks, a second of silence behind the words, and then the end of the stream is told once."""
    server = Server()
    pcm = 3 * SILENCE + words + 6 * SILENCE
    async with rig(server.script, microphone=MemoryMicrophone(pcm), activity=Activity(send_silence=False)) as r:
        await trio.sleep(12)
    assert {} == server.detection
    assert {"AudioStreamEnd"} == set(server.marks)
    tail = len(server.audio) - len(server.audio.rstrip(b"\0"))
    print(
        f"sent {len(server.audio) / 32_000:.1f} of {len(pcm) / 32_000:.1f} s, {tail / 32:.0f} ms of it behind the words"
    )
    assert 28_000 < tail < 40_000
    assert seen(r, m.ActivityStarted)


async def test_a_cough_makes_the_reply_step_back_and_go_on(rig, autojump_clock, cough):
    """It is heard whole, and later by no more than the cough; the server hears nothing."""
    server = Server(4.0)
    pcm = SILENCE + cough + 8 * SILENCE
    activity = Activity("local", barge_in="two-stage")
    async with rig(server.script, microphone=MemoryMicrophone(pcm), activity=activity) as r:
        await trio.sleep(8)
        (ended,) = seen(r, m.TurnEnded)
        verdicts, figures = seen(r, m.ReplyDucked), r.agent.statistics()
    assert (0, len(verdicts)) == (figures.barge_ins, figures.false_barge_ins)
    assert [] == server.marks
    assert not ended.interrupted
    assert 4_000 == ended.heard_ms
    print(f"verdicts after a cough: {[(verdict.confirmed, verdict.ducked_ms) for verdict in verdicts]}")
    assert all(not verdict.confirmed and verdict.ducked_ms < 650 for verdict in verdicts)


async def test_words_cut_the_reply(rig, autojump_clock, words):
    """At first it steps back, and with the server's word it is cut; the server hears all of the words."""
    server = Server(8.0)
    pcm = 2 * SILENCE + words + 8 * SILENCE
    activity = Activity("local", barge_in="two-stage")
    async with rig(server.script, microphone=MemoryMicrophone(pcm), activity=activity) as r:
        await trio.sleep(8)
        (ended,) = seen(r, m.TurnEnded)
        verdicts, figures = seen(r, m.ReplyDucked), r.agent.statistics()
    assert (1, 0) == (figures.barge_ins, figures.false_barge_ins)
    assert ended.interrupted
    assert [True] == [verdict.confirmed for verdict in verdicts]
    assert ["ActivityStart", "ActivityEnd"] == server.marks
    assert words.strip(b"\0") in server.audio
    # Stepped back with the first voice, so that most of the reply's time since then was not taken from the user.
    print(
        f"heard {ended.heard_ms:.0f} ms of a reply that words interrupted at 2000 ms; {verdicts[0].ducked_ms:.0f} ms ducked"
    )
    assert ended.heard_ms < 2_000 + 600


async def test_a_server_that_is_not_interrupted_goes_on_in_the_end(rig, autojump_clock, words):
    """Where activity handling forbids interruption: every sample of the reply is heard."""
    server = Server(5.0, interrupts=False)
    pcm = 2 * SILENCE + words + 10 * SILENCE
    activity = Activity("local", barge_in="two-stage")
    async with rig(server.script, microphone=MemoryMicrophone(pcm), activity=activity) as r:
        await trio.sleep(12)
        (ended,) = seen(r, m.TurnEnded)
        verdicts = seen(r, m.ReplyDucked)
    assert not ended.interrupted
    assert 5_000 == ended.heard_ms
    assert verdicts
    assert not any(verdict.confirmed for verdict in verdicts)


async def test_muting_in_the_middle_of_words_ends_the_activity_and_lets_the_reply_go_on(rig, autojump_clock, words):
    """Nothing is left open on the wire, nothing quiet at the loudspeaker."""
    server = Server(5.0, interrupts=False)
    pcm = SILENCE + words + 8 * SILENCE
    activity = Activity("local", barge_in="two-stage")
    async with rig(server.script, microphone=MemoryMicrophone(pcm), activity=activity) as r:
        await trio.sleep(2.0)
        await r.agent.mute()
        await trio.sleep(9)
        (ended,) = seen(r, m.TurnEnded)
    assert 5_000 == ended.heard_ms
    assert server.marks.count("ActivityStart") == server.marks.count("ActivityEnd")


def test_without_silero_loudness_decides_and_that_is_said(monkeypatch, caplog):
    """In one line that names what to install."""
    real = importlib.util.find_spec
    monkeypatch.setattr("voice_actors.weights.find_spec", lambda name: None if "silero" in name else real(name))
    monkeypatch.setattr("voice_actors.audio.voice.load_silero", load_silero.__wrapped__)
    monkeypatch.setattr(
        "voice_actors.audio.voice._say_that_silero_is_missing", lambda why: caplog.messages or print(why)
    )
    assert isinstance(load_scorer(), LoudnessScorer)

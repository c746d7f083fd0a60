"""Every ready fault script against the agent of this package: it gets over it, or ends with the error that says why."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest
import trio

from voice_actors import messages as m
from voice_actors.agent import open_voice_agent
from voice_actors.config import AgentConfig, Connection
from voice_actors.errors import (
    AgentFailed,
    ConfigError,
    LinkGivenUp,
    LinkLost,
    Refused,
    RemoteProtocolError,
    VoiceActorsError,
)
from voice_actors.gemini.link import open_link
from voice_actors.offline.complaints import UNANSWERED, UNKNOWN_CALL
from voice_actors.offline.faults.catalogue import CATALOGUE, find_script, join_scripts
from voice_actors.offline.faults.script import Script
from voice_actors.offline.parts import (
    Activity,
    ActivitySettings,
    Answered,
    Call,
    Dialogue,
    Say,
    SpeechEnded,
    SpeechStarted,
    Spoken,
    Thought,
    UserTurn,
)
from voice_actors.offline.server import OfflineServer, open_offline_server
from voice_actors.offline.settings import OfflineSettings, Pace
from voice_actors.testing import MemorySpeaker

PATIENCE = 400.0
"""Seconds of virtual time, far more than any script needs: a guard against a hang."""
VOICE = bytes(32_000 * 1) + b"\x07\x00" * 320 + bytes(32_000 * 250)
"""A word over the first reply, then silence; 16 kHz."""
QUESTIONS = ("what is it", "call the clock", "and again", "are you there")


@attrs.define(eq=False)
class ToyListener:
    """Anything but zeros is speech, zeros end it."""

    utterance: bytes = b""

    def feed(self, pcm: bytes) -> Sequence[Activity]:
        if any(pcm):
            started = () if self.utterance else (SpeechStarted(0.0),)
            self.utterance += pcm
            return started
        return self.finish()

    def finish(self) -> Sequence[Activity]:
        pcm, self.utterance = self.utterance, b""
        return (SpeechEnded(1.0, pcm),) if pcm else ()


class ToyEars:
    def listen(self, settings: ActivitySettings) -> ToyListener:
        return ToyListener()

    async def recognise(self, pcm: bytes) -> str:
        return f"sentence {struct.unpack('<h', pcm[:2])[0]}"


class ToyMind:
    """Calls the clock when that is asked for, and answers everything else."""

    async def respond(self, dialogue: Dialogue) -> AsyncIterator[Thought]:
        last = dialogue.entries[-1]
        if isinstance(last, Answered):
            yield Say(f"it is {last.response}")
        elif isinstance(last, UserTurn) and "clock" in last.text:
            yield Call("clock", {})
        elif isinstance(last, UserTurn):
            yield Say(f"the answer to {last.text}")


class ToyMouth:
    """Two seconds of voice for each sentence."""

    async def speak(self, text: str, voice: str | None) -> AsyncIterator[Spoken]:
        yield Spoken(text, b"\x01\x00" * 48_000)


class Outcome:
    """What became of a conversation."""

    def __init__(self) -> None:
        self.events: list[m.Event] = []
        self.error: VoiceActorsError | None = None
        self.runs = 0
        self.played = 0
        self.links = 0
        self.took = 0.0
        self.complaints: dict[str, int] = {}

    def kinds(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


def settings(**more: Any) -> OfflineSettings:
    return OfflineSettings(
        **{"port": None, "ears": ToyEars(), "mind": ToyMind(), "mouth": ToyMouth(), "pace": Pace(), **more}
    )


async def converse(script: Script | None, *, microphone: Any, questions: Sequence[str] = QUESTIONS) -> Outcome:
    """A typed conversation of a few questions, one of which needs a tool, with a microphone that is open."""
    call = Outcome()

    async def clock() -> str:
        """The time of day."""
        call.runs += 1
        await trio.sleep(0.3)
        return "noon"

    speaker = MemorySpeaker()
    config = AgentConfig(
        connection=Connection(api_key="k"), tools=[clock], microphone=microphone, speaker=speaker, keep_events=100_000
    )
    began = trio.current_time()
    async with open_offline_server(settings(script=script)) as server:

        @asynccontextmanager
        async def dial() -> AsyncIterator[Any]:
            call.links += 1
            async with open_link("ws://memory/ws", {"x-goog-api-key": "k"}, stream=server.dial()) as link:
                yield link

        agent = None
        try:
            with trio.fail_after(PATIENCE):
                async with open_voice_agent(config, dial=dial) as agent:
                    for question in questions:
                        await agent.say(question)
                        with trio.move_on_after(20):
                            await agent.wait_idle(quiet=4)
                        await trio.sleep(8)
                    await trio.sleep(90)
        except VoiceActorsError as error:
            call.error = error
        if agent is not None:
            call.events = agent.export_events()
        await all_gone(server)
        call.complaints = dict(server.complaints)
    call.played, call.took = len(speaker.pcm()), trio.current_time() - began
    return call


async def all_gone(server: OfflineServer) -> None:
    with trio.fail_after(PATIENCE):
        while server.clients:
            await trio.sleep(1)


GIVES_UP = {
    "close-1009": (AgentFailed, Refused),
    "quota": (AgentFailed, Refused),
    "token-used-up": (AgentFailed, Refused),
    "model-not-found": (Refused, None),
    "http-401": (Refused, None),
    "http-403": (Refused, None),
    "setup-never": (LinkLost, None),
    "setup-close": (LinkLost, None),
    "storm": (AgentFailed, LinkGivenUp),
    "garbage-flood": (AgentFailed, RemoteProtocolError),
}
"""Where trying again would not help: the error, and its cause where it comes as AgentFailed."""


MAY_COMPLAIN = {"never-idle": {UNANSWERED}}
"""Where the script itself takes an answer away."""


@pytest.mark.parametrize("name", CATALOGUE)
async def test_the_agent_gets_over_it_or_says_why_not(autojump_clock, name):
    """No hang, no foreign exception: the conversation goes on, or ends with the typed error; the transcript is whole."""
    from voice_actors.testing import MemoryMicrophone

    call = await converse(find_script(name), microphone=MemoryMicrophone(VOICE))
    expected, cause = GIVES_UP.get(name, (type(None), None))
    print(
        f"| {name:24} | {call.links} links | {len(call.kinds(m.AgentSaid)):3} words | {call.runs} runs | "
        f"{call.played / 48_000:5.1f} s heard | {type(call.error).__name__}: {call.error} "
        f"({type(call.error.__cause__).__name__ if call.error else ''})"
    )
    assert isinstance(call.error, expected), call.error
    if cause is not None:
        assert isinstance(call.error.__cause__, cause)
    if call.events:
        assert isinstance(call.events[-1], m.Ended)
        assert sorted(event.at for event in call.events) == [event.at for event in call.events]
    started, ended = (sorted(event.turn for event in call.kinds(kind)) for kind in (m.TurnStarted, m.TurnEnded))
    assert started == ended
    called = sorted(event.id for event in call.kinds(m.ToolCalled))
    assert called == sorted(event.id for event in (*call.kinds(m.ToolAnswered), *call.kinds(m.ToolWithdrawn)))
    if call.error is None:
        assert [event.text for event in call.kinds(m.TextSent)] == list(QUESTIONS)
        assert call.runs == sum(event.name == "clock" for event in call.kinds(m.ToolCalled))
    # An answer goes to the session that resumes, which began before the call: better than never.
    assert call.complaints.keys() <= {UNKNOWN_CALL, *MAY_COMPLAIN.get(name, ())}, call.complaints
    assert call.complaints.get(UNKNOWN_CALL, 0) < call.links


def test_a_name_that_is_wrong_is_answered_with_the_one_that_is_near():
    """So that a person can mend it."""
    with pytest.raises(ConfigError, match="did you mean goaway-silent"):
        find_script("go-away-silent")
    with pytest.raises(ConfigError, match="--faults"):
        find_script("xyzzy")


def test_several_scripts_are_one():
    """The faults of all, in the order of the names; none is None."""
    joined = join_scripts(["stall", "slow-pong"])
    assert joined is not None
    assert joined.faults == (*find_script("stall").faults, *find_script("slow-pong").faults)
    assert join_scripts([]) is None


def test_every_entry_says_what_it_does():
    """In a line that fits a terminal beside its name."""
    assert all(entry.what and len(entry.what) < 70 for entry in CATALOGUE.values())
    assert all(name == entry.name == name.lower() for name, entry in CATALOGUE.items())

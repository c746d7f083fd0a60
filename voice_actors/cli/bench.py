"""`voice-actors bench`: how fast a spoken conversation is here, in parts, with the offline server or with a real key.

A synthetic person speaks in real time, asks questions, asks for what needs a tool, and speaks over a long answer. What
they wait for is read off the conversation's own `TurnLatency`; the way from the microphone to the wire is measured at
its two ends.
"""

from __future__ import annotations

import argparse
import sys
from array import array
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING

import attrs
import trio

from voice_actors.agent import open_voice_agent
from voice_actors.audio.ends import EndStatistics, MicrophoneStream
from voice_actors.cli.bench_report import Findings, findings_of, printed, written
from voice_actors.cli.demo import weather
from voice_actors.cli.person import BREATH, Person, enough_of
from voice_actors.config import DEFAULT_MODEL, AgentConfig, Connection, connection_from_environment
from voice_actors.conversation.handle import VoiceAgent
from voice_actors.conversation.model import Dial, dial_model
from voice_actors.errors import ConfigError
from voice_actors.gemini.client import encode_audio
from voice_actors.gemini.link import Link

if TYPE_CHECKING:
    from voice_actors.audio.memory import MemoryMicrophone

VOICE = "Charon"
QUESTIONS = (
    "What is seventeen times three?",
    "How are you today?",
    "What is one hundred minus eleven?",
    "My name is Oliver.",
    "What is my name?",
    "What can you do?",
)
NEEDS_TOOL = "What is the weather like in Oslo today?"
STORY = "Tell me a long story about a lighthouse."
OVER_IT = "Stop, stop. What is twelve times thirty?"
LISTENS_MS = 1_500.0
"""How much of the story is heard before somebody speaks over it."""
VOICED = 300
"""Samples louder than this are of the person's voice; of 32,768."""
AUDIO = encode_audio(b"").partition('"data"')[0]
"""How a frame with a chunk of the microphone begins."""


@attrs.frozen
class Plan:
    """How often each thing is done."""

    questions: int
    tools: int
    interruptions: int

    @property
    def lines(self) -> tuple[str, ...]:
        """Everything that is said."""
        return (*QUESTIONS[: self.questions], NEEDS_TOOL, STORY, OVER_IT)


QUICK, WHOLE = Plan(2, 1, 1), Plan(6, 3, 3)


async def run(args: argparse.Namespace) -> int:
    """Measure, print, write; the exit code is 1 where something that was to be measured did not happen."""
    if args.json is not None and not args.json.parent.is_dir():
        raise ConfigError(f"--json {args.json}: there is no such folder")
    plan = QUICK if args.quick else WHOLE
    async with _model(offline=args.offline) as (where, connection):
        print(f"talking with {where}, about {30 if args.quick else 90} seconds ...", file=sys.stderr, flush=True)
        findings = await _measure(connection, args.model or DEFAULT_MODEL, plan)
    print(printed(findings, where))
    if args.json is not None:
        written(findings, where, args.model or DEFAULT_MODEL, args.json)
    for fault in findings.faults:
        print(f"voice-actors: {fault}", file=sys.stderr)
    return 1 if findings.faults else 0


@asynccontextmanager
async def _model(*, offline: bool) -> AsyncGenerator[tuple[str, Connection]]:
    found = connection_from_environment()
    if not offline and (found.api_key or found.vertexai or found.base_url):
        yield found.base_url or ("Vertex AI" if found.vertexai else "the Gemini API"), found
        return
    from voice_actors.offline.server import open_offline_server

    async with open_offline_server() as server:
        yield "the offline server, in this process", server.connection


async def _measure(connection: Connection, model: str, plan: Plan) -> Findings:
    from voice_actors.audio.memory import MemoryMicrophone, MemorySpeaker

    lines = await _spoken(plan.lines)
    microphone, wire = MemoryMicrophone(name="a synthetic person"), Wire()
    config = AgentConfig(
        connection=connection,
        model=model,
        tools=[weather],
        microphone=TimedMicrophone(microphone, wire),
        speaker=MemorySpeaker(keep_ms=1_000),
    )
    async with open_voice_agent(config, dial=wire.timed(dial_model(config))) as agent:
        over = await _converse(agent, Person(microphone, lines), plan)
        events = agent.export_events()
    return findings_of(events, wire.took_ms, over, plan.questions, plan.tools, plan.interruptions)


async def _spoken(texts: tuple[str, ...]) -> dict[str, bytes]:
    """Each from its first loud sample to its last, 24 kHz 16-bit mono."""
    from voice_actors.offline.speaking.mouth import best_mouth

    mouth = await best_mouth()
    return {text: trimmed(b"".join([piece.pcm async for piece in mouth.speak(text, VOICE)])) for text in texts}


def trimmed(pcm: bytes) -> bytes:
    """Without the silence around it."""
    samples = array("h", pcm)
    loud = [at for at, value in enumerate(samples) if abs(value) > VOICED]
    return samples[loud[0] : loud[-1] + 1].tobytes() if loud else b""


async def _converse(agent: VoiceAgent, person: Person, plan: Plan) -> list[float]:
    """The person's side; gives when they began to speak over each story, seconds on trio's clock."""
    await trio.sleep(BREATH)
    for text in (*QUESTIONS[: plan.questions], *[NEEDS_TOOL] * plan.tools):
        await person.ask(agent, text)
    over: list[float] = []
    for _ in range(plan.interruptions):
        with agent.events(audio=True) as story:
            await person.say(STORY)
            await enough_of(story, LISTENS_MS)
        over.append(trio.current_time())
        await person.ask(agent, OVER_IT)
    return over


# ---- microphone to wire ------------------------------------------------------------------------------------------


@attrs.define(eq=False)
class Wire:
    """When chunks came from the microphone, and how long each then took to be written."""

    took_ms: list[float] = attrs.field(factory=list[float], init=False)
    _under_way: deque[float] = attrs.field(factory=deque[float], init=False)

    def captured(self) -> None:
        """A chunk has come."""
        self._under_way.append(trio.current_time())

    def sent(self) -> None:
        """The oldest has been written."""
        if self._under_way:
            self.took_ms.append((trio.current_time() - self._under_way.popleft()) * 1000)

    def timed(self, dial: Dial) -> Dial:
        """The same links, listened to."""

        @asynccontextmanager
        async def dialled() -> AsyncGenerator[Link]:
            async with dial() as link:
                yield TimedLink(link, self)

        return dialled


@attrs.frozen
class TimedLink:
    """A link whose chunks of audio are noted."""

    _link: Link
    _wire: Wire

    async def send(self, frame: str | bytes) -> None:
        """See `Link.send`."""
        await self._link.send(frame)
        if isinstance(frame, str) and frame.startswith(AUDIO):
            self._wire.sent()

    async def receive(self) -> str | bytes:
        """See `Link.receive`."""
        return await self._link.receive()

    @property
    def round_trip(self) -> float | None:
        """See `KnowsRoundTrip`."""
        return getattr(self._link, "round_trip", None)


@attrs.frozen
class TimedMicrophone:
    """A microphone whose chunks are noted."""

    _microphone: MemoryMicrophone
    _wire: Wire

    @property
    def name(self) -> str:
        """As its own."""
        return self._microphone.name

    def open(self, chunk_ms: int) -> AbstractAsyncContextManager[MicrophoneStream]:
        """See `Microphone.open`."""
        return self._opened(chunk_ms)

    @asynccontextmanager
    async def _opened(self, chunk_ms: int) -> AsyncGenerator[MicrophoneStream]:
        async with self._microphone.open(chunk_ms) as stream:
            yield _TimedStream(stream, self._wire)


@attrs.frozen
class _TimedStream:
    _stream: MicrophoneStream
    _wire: Wire

    async def read(self) -> bytes:
        pcm = await self._stream.read()
        self._wire.captured()
        return pcm

    def statistics(self) -> EndStatistics:
        return self._stream.statistics()

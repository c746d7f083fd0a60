"""What does a new connection cost the people who talk?

Calls of eight seconds, all at once, over loopback TLS and a route that takes 80 ms there and back, connecting included.
After two seconds the server says goAway: in silence, in a reply, or while a tool works; or soon the connection breaks.
Every chunk of the microphone is numbered, every sample of a reply is counted, and so are the answers of the tool.
"""

from __future__ import annotations

import contextlib
import math
import tempfile
from collections.abc import Mapping
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import attrs
import trio

from benchmarks.harness import Figure, Result, Say, Target, percentile
from benchmarks.processes import BenchmarkError
from voice_actors import AgentConfig, Connection, open_voice_agent
from voice_actors import messages as m
from voice_actors.audio.memory import MemoryMicrophone, MemorySpeaker
from voice_actors.errors import LinkError
from voice_actors.gemini import events as wire
from voice_actors.gemini import server as codec
from voice_actors.gemini.link import ServerLink, accept_link
from voice_actors.offline.certificates import LOOPBACK, loopback_certificates

ROUND_TRIP = 0.08
CHUNK_MS = 20
CHUNKS = 400
STRIKES_AT = 100
BREAKS_AT = 125
"""Half a second later: a reply has arrived by then, and plays."""
REPLY_MS = 2_000
BLOCK_MS = 10.0
CASES = ("goAway in silence", "goAway in a reply", "goAway during a tool", "a break in silence", "a break in a reply")


@attrs.define(eq=False)
class Call:
    """One conversation, as its server saw it over all of its connections, and what came of it."""

    case: str
    route: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    """Of the connection of the moment; cancelled, it is cut."""
    heard: list[int] = attrs.field(factory=list[int])
    """Numbers of the microphone's chunks."""
    links: int = 0
    answers: int = 0
    away_ms: float = math.nan
    played_ms: float = 0.0
    pause_ms: float = 0.0

    @property
    def lost_ms(self) -> float:
        """Of the microphone."""
        return CHUNK_MS * (CHUNKS - len(set(self.heard)))

    @property
    def twice_ms(self) -> float:
        """Of the microphone, heard once more."""
        return CHUNK_MS * (len(self.heard) - len(set(self.heard)))

    @property
    def reply_lost_ms(self) -> float:
        """Of the reply, where there is one."""
        return 0.0 if self.case.endswith("silence") else REPLY_MS - self.played_ms

    async def serve(self, link: ServerLink) -> None:
        """One connection, until the client leaves."""
        number, self.links = self.links, self.links + 1
        await link.receive()
        await link.send(codec.encode(wire.SetupComplete()))
        await link.send(codec.encode(wire.SessionResumptionUpdate(f"h{number}", resumable=True)))
        while True:
            event = codec.decode(await link.receive())
            if isinstance(event, wire.ToolResponse):
                self.answers += 1
                await self._reply(link)
            elif isinstance(event, wire.AudioIn):
                self.heard.append(int.from_bytes(event.pcm[:2], "little"))
                if not number:
                    await self._strike(link, self.heard[-1])

    async def _strike(self, link: ServerLink, chunk: int) -> None:
        if chunk == BREAKS_AT and self.case.startswith("a break"):
            await trio.sleep(ROUND_TRIP)  # what is said now is on its way, and nobody reads it
            self.route.cancel("the route breaks")
        if chunk != STRIKES_AT:
            return
        if self.case.endswith("reply"):
            await self._reply(link)
        if self.case.endswith("tool"):
            await link.send(codec.encode(wire.ToolCall((wire.FunctionCall("c1", "look_up", {}),))))
        if self.case.startswith("goAway"):
            await link.send(codec.encode(wire.GoAway(50.0)))

    async def _reply(self, link: ServerLink) -> None:
        for _ in range(0, REPLY_MS, 40):
            await link.send(codec.encode(wire.AudioOut(b"\x00\x10" * 40 * 24)))
        await link.send(codec.encode(wire.TurnComplete()))


# ---- a route that takes its time ---------------------------------------------------------------------------------


async def _carry(call: Call, port: int, client: trio.SocketStream) -> None:
    """A connection to the server behind `port`, until one side closes it or the route is cut."""
    server = await trio.open_tcp_stream("127.0.0.1", port)
    await trio.sleep(ROUND_TRIP)  # connecting
    with trio.CancelScope() as call.route:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_one_way, client, server, nursery.cancel_scope)
            nursery.start_soon(_one_way, server, client, nursery.cancel_scope)
    await trio.aclose_forcefully(server)
    await trio.sleep(ROUND_TRIP / 2)
    await trio.aclose_forcefully(client)


async def _one_way(source: trio.SocketStream, sink: trio.SocketStream, both: trio.CancelScope) -> None:
    sender, receiver = trio.open_memory_channel[tuple[float, bytes]](math.inf)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_read, source, sender)
        with contextlib.suppress(trio.BrokenResourceError):
            async for due, data in receiver:
                await trio.sleep_until(due)
                await sink.send_all(data)
    both.cancel("one side has closed")


async def _read(source: trio.SocketStream, sender: trio.MemorySendChannel[tuple[float, bytes]]) -> None:
    with sender, contextlib.suppress(trio.BrokenResourceError):
        async for data in source:
            sender.send_nowait((trio.current_time() + ROUND_TRIP / 2, bytes(data)))


async def _serve(call: Call, tls: Any, stream: trio.SocketStream) -> None:
    secured = trio.SSLStream(stream, tls, server_side=True, https_compatible=True)
    with contextlib.suppress(LinkError):  # how every client leaves
        async with accept_link(secured) as link:
            await call.serve(link)


# ---- the calls ---------------------------------------------------------------------------------------------------


async def look_up() -> str:
    """Look something up, which takes a second and a half."""
    await trio.sleep(1.5)
    return "found"


def _voice() -> bytes:
    """Chunks that begin with their number and are silent otherwise."""
    rest = bytes(32 * CHUNK_MS - 2)
    return b"".join(number.to_bytes(2, "little") + rest for number in range(CHUNKS))


async def _converse(call: Call, certificates: Any) -> None:
    async with trio.open_nursery() as nursery:
        near = await _listen(nursery, partial(_serve, call, certificates.server_context()))
        far = await _listen(nursery, partial(_carry, call, near))
        microphone, speaker = MemoryMicrophone(_voice()), MemorySpeaker(BLOCK_MS)
        config = AgentConfig(
            connection=Connection(
                api_key="benchmark", base_url=f"https://127.0.0.1:{far}", ca_file=str(certificates.bundle)
            ),
            tools=[look_up],
            microphone=microphone,
            speaker=speaker,
            chunk_ms=CHUNK_MS,
        )
        async with open_voice_agent(config) as agent:
            async for event in (events := agent.events()):
                if isinstance(event, m.Connected) and event.resumed:
                    call.away_ms = event.away * 1000
                elif isinstance(event, m.MicrophoneEnded):
                    break
            events.close()
            await trio.sleep(1)
        _count_played(call, speaker)
        nursery.cancel_scope.cancel("the call is over")


async def _listen(nursery: trio.Nursery, handler: Any) -> int:
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    nursery.start_soon(trio.serve_listeners, handler, listeners)
    port: int = listeners[0].socket.getsockname()[1]
    return port


def _count_played(call: Call, speaker: MemorySpeaker) -> None:
    played = speaker.played
    call.played_ms = len(speaker.pcm()) / 48
    steps = [(later - earlier) * 1000 for (earlier, _), (later, _) in pairwise(played)]
    call.pause_ms = max([round(step - BLOCK_MS, 3) for step in steps], default=0.0)


async def _all(each: int) -> list[Call]:
    calls = [Call(case) for case in CASES for _ in range(each)]
    with tempfile.TemporaryDirectory() as folder:
        certificates = loopback_certificates(LOOPBACK, Path(folder))
        async with trio.open_nursery() as nursery:
            for call in calls:
                nursery.start_soon(_converse, call, certificates)
                await trio.sleep(0.1)
    return calls


def measure(quick: bool, say: Say) -> Result:
    """Every case once, or six times."""
    each = 1 if quick else 6
    say(f"{each * len(CASES)} calls at once")
    calls = trio.run(_all, each)
    for call in calls:
        if math.isnan(call.away_ms) or call.links != 2 or call.answers != call.case.endswith("tool"):
            raise BenchmarkError(f"{call.case}: {call.links} connections, {call.answers} answers of the tool")
    by_case = {case: [call for call in calls if call.case == case] for case in CASES}
    figures = [figure for case, some in by_case.items() for figure in _figures(case, some)]
    return Result("a new connection, over loopback TLS with 80 ms of way", figures, _targets(by_case))


def _figures(case: str, calls: list[Call]) -> list[Figure]:
    found = [
        Figure(f"{case}: microphone lost", "ms", [call.lost_ms for call in calls]),
        Figure(f"{case}: microphone heard twice", "ms", [call.twice_ms for call in calls]),
        Figure(f"{case}: without a connection", "ms", [call.away_ms for call in calls]),
    ]
    if not case.endswith("silence"):
        found.append(Figure(f"{case}: reply lost", "ms", [call.reply_lost_ms for call in calls]))
        found.append(Figure(f"{case}: longest pause in the reply", "ms", [call.pause_ms for call in calls]))
    return found


def _targets(by_case: Mapping[str, list[Call]]) -> list[Target]:
    announced = [call for case, calls in by_case.items() for call in calls if case.startswith("goAway")]
    broken = [call for case, calls in by_case.items() for call in calls if not case.startswith("goAway")]
    silent = [call for case, calls in by_case.items() for call in calls if case.endswith("silence")]
    speaking = [call for case, calls in by_case.items() for call in calls if not case.endswith("silence")]
    return [
        _most("T14", "goAway: microphone lost", 0, [call.lost_ms for call in announced]),
        _most("T14", "goAway: reply lost", 0, [call.reply_lost_ms for call in announced]),
        _p95("H1", "audible gap in a reply, p95", 250, [call.pause_ms for call in speaking]),
        _most("H1", "heard where nobody speaks", 0, [call.played_ms + call.pause_ms for call in silent]),
        _most("H2", "a break: microphone lost", CHUNK_MS, [call.lost_ms for call in broken]),
        _p95("H2", "a break: resumed after, p95", 1_500, [call.away_ms for call in broken]),
    ]


def _most(number: str, what: str, target: float, samples: list[float]) -> Target:
    return Target(number, f"{what}, at most", target, max(samples), "ms", len(samples))


def _p95(number: str, what: str, target: float, samples: list[float]) -> Target:
    return Target(number, what, target, percentile(samples, 95), "ms", len(samples))

"""The server of the hand-over benchmark, behind a route that takes 80 ms there and back; every side meets this one.

The script: after a second of microphone it says goAway with ten seconds left, in silence, while a reply
arrives, or while a tool works, and closes at their end on whom has not left; or the route is cut. It has a port for
each call. A line on its standard input ends the calls, and it says in one line of JSON what it saw of them.
"""

from __future__ import annotations

import contextlib
import math
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import trio

from benchmarks.handover_job import CASES, numbers
from benchmarks.scripted_server import say
from voice_actors.errors import LinkError
from voice_actors.gemini import events as wire
from voice_actors.gemini import server as codec
from voice_actors.gemini.link import ServerLink, accept_link
from voice_actors.offline.certificates import LOOPBACK, loopback_certificates

ROUND_TRIP = 0.08
STRIKES_AT = 1_000
"""ms of microphone."""
BREAKS_AT = 1_700
"""By then a reply has arrived, and plays."""
REPLY_MS = 2_000
MESSAGE_MS = 40
FASTER = 4
"""So many times as fast as it plays is a reply sent."""
TIME_LEFT = 10.0
"""Seconds from goAway to the close."""
AWAY_AFTER_MS = 400
"""Of a reply, goAway."""
TOO_LATE = (
    "Connection aborted because the client failed to close the connection after receiving a GoAway signal "
    "once the session duration expired"
)


@attrs.define(eq=False)
class Connected:
    """One connection of a call."""

    handle: str | None
    """What it came back by."""
    began: float
    ended: float = math.inf


@attrs.define(eq=False)
class Call:
    """One conversation, as its server sees it over all of its connections."""

    case: str
    route: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    """Of the connection of the moment; cancelled, it is cut."""
    heard: list[int] = attrs.field(factory=list[int])
    """Numbers of the microphone's ms."""
    connections: list[Connected] = attrs.field(factory=list[Connected])
    answers: int = 0
    _struck: bool = False
    _broken: bool = False

    @property
    def away_ms(self) -> float:
        """Without a connection."""
        until, away = math.inf, 0.0
        for one in self.connections:
            away += max(0.0, one.began - until)
            until = one.ended if until == math.inf else max(until, one.ended)
        return away * 1000

    def seen(self) -> dict[str, Any]:
        """For the report."""
        return {
            "heard": sorted(set(self.heard)),
            "twice_ms": len(self.heard) - len(set(self.heard)),
            "links": len(self.connections),
            "handles": [one.handle for one in self.connections[1:]],
            "answers": self.answers,
            "away_ms": self.away_ms,
        }

    async def serve(self, link: ServerLink) -> None:
        """One connection, until the client leaves."""
        setup = codec.decode(await link.receive())
        assert isinstance(setup, wire.Setup)
        await link.send(codec.encode(wire.SetupComplete()))
        resumption: Any = setup.body.get("sessionResumption") or {}
        number, this = len(self.connections), Connected(resumption.get("handle"), trio.current_time())
        self.connections.append(this)
        await link.send(codec.encode(wire.SessionResumptionUpdate(f"h{number}", resumable=True)))
        try:
            async with trio.open_nursery() as nursery:
                await self._listen(link, nursery)
        finally:
            this.ended = trio.current_time()

    async def _listen(self, link: ServerLink, nursery: trio.Nursery) -> None:
        while True:
            event = codec.decode(await link.receive())
            if isinstance(event, wire.ToolResponse):
                self.answers += 1
                nursery.start_soon(self._reply, link)
            elif isinstance(event, wire.AudioIn):
                self.heard += numbers(event.pcm)
                await self._strike(link, nursery, self.heard[-1])

    async def _strike(self, link: ServerLink, nursery: trio.Nursery, ms: int) -> None:
        if ms >= BREAKS_AT and self.case.startswith("a break") and not self._broken:
            self._broken = True
            await trio.sleep(ROUND_TRIP)  # what is said now is on its way, and nobody reads it
            self.route.cancel("the route breaks")
        if ms < STRIKES_AT or self._struck:
            return
        self._struck = True
        if self.case.endswith("reply"):
            nursery.start_soon(self._reply, link)
            await trio.sleep(AWAY_AFTER_MS / FASTER / 1000)
        if self.case.endswith("tool"):
            await link.send(codec.encode(wire.ToolCall((wire.FunctionCall("c1", "look_up", {}),))))
        if self.case.startswith("goAway"):
            await link.send(codec.encode(wire.GoAway(TIME_LEFT)))
            nursery.start_soon(self._close, link)

    async def _close(self, link: ServerLink) -> None:
        await trio.sleep(TIME_LEFT)
        await link.close(1008, TOO_LATE)

    async def _reply(self, link: ServerLink) -> None:
        began = trio.current_time()
        for sent in range(0, REPLY_MS, MESSAGE_MS):
            await trio.sleep_until(began + sent / FASTER / 1000)
            await link.send(codec.encode(wire.AudioOut(b"\x00\x10" * MESSAGE_MS * 24)))
        await link.send(codec.encode(wire.TurnComplete()))


# ---- a route that takes its time ---------------------------------------------------------------------------------


async def _carry(line: Line, client: trio.SocketStream) -> None:
    """A connection to the server, until one side closes it or the route is cut."""
    server = await trio.open_tcp_stream("127.0.0.1", line.near)
    await trio.sleep(ROUND_TRIP)  # connecting
    with trio.CancelScope() as line.call.route:
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


# ---- the server --------------------------------------------------------------------------------------------------


@attrs.define(eq=False)
class Line:
    """A call's place."""

    call: Call
    near: int = 0
    """The server's own port."""
    port: int = 0
    """Where the route to it begins."""

    async def open(self, nursery: trio.Nursery, tls: Any) -> None:
        """From now on it can be called."""
        self.near = await _listen(nursery, partial(self._serve, tls))
        self.port = await _listen(nursery, partial(_carry, self))

    async def _serve(self, tls: Any, stream: trio.SocketStream) -> None:
        secured = trio.SSLStream(stream, tls, server_side=True, https_compatible=True)
        try:
            async with accept_link(secured) as link:
                await self.call.serve(link)
        except* LinkError:
            pass  # how every client leaves


async def _listen(nursery: trio.Nursery, handler: Any) -> int:
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    nursery.start_soon(trio.serve_listeners, handler, listeners)
    port: int = listeners[0].socket.getsockname()[1]
    return port


async def _answer(lines: Sequence[Line]) -> None:
    """Report on the calls so far whenever a line comes, until the input ends."""
    while await trio.to_thread.run_sync(sys.stdin.readline):
        say(calls={line.port: line.call.seen() for line in lines})
        for line in lines:
            line.call = Call(line.call.case)


async def main(each: int) -> None:
    """Every case so many times; until our input ends."""
    lines = [Line(Call(case)) for case in CASES for _ in range(each)]
    with tempfile.TemporaryDirectory() as folder:
        certificates = loopback_certificates(LOOPBACK, Path(folder))
        async with trio.open_nursery() as nursery:
            for line in lines:
                await line.open(nursery, certificates.server_context())
            say(lines=[(line.call.case, line.port) for line in lines], ca_file=str(certificates.bundle))
            await _answer(lines)
            nursery.cancel_scope.cancel("nobody wants us any more")


if __name__ == "__main__":
    trio.run(main, int(sys.argv[1]))

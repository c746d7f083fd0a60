"""The server of every comparison: loopback TLS, the real codec and link, and a reply as the job's script wants it.

It says where it is in its first line, and for each client that has left what it measured in one more: the age of each
microphone chunk on arrival, and how long each tool call took.
"""

from __future__ import annotations

import json
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import trio

from benchmarks.job import Script, age_ms, script_of, stamped
from voice_actors.errors import LinkError
from voice_actors.gemini import server as wire
from voice_actors.gemini.events import (
    AudioIn,
    FunctionCall,
    GenerationComplete,
    Interrupted,
    OutputTranscription,
    Setup,
    SetupComplete,
    ToolCall,
    ToolCallCancellation,
    ToolResponse,
    TurnComplete,
)
from voice_actors.gemini.link import ServerLink, accept_link
from voice_actors.offline.certificates import LOOPBACK, loopback_certificates


def say(**what: object) -> None:
    """One line of JSON."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


@attrs.define(eq=False)
class Busy:
    """A tool that blocks, or several: until all have answered and the microphone is heard again."""

    calls: set[str]
    began: float
    heard: float
    """When the last chunk came."""
    gap_ms: float = 0.0
    """The longest time between two chunks."""
    answered_ms: float = 0.0

    def chunk(self, now: float) -> bool:
        """A chunk came; True where this was the first one after the last answer."""
        self.gap_ms = max(self.gap_ms, (now - self.heard) * 1000)
        self.heard = now
        return not self.calls

    def answer(self, ids: set[str], now: float) -> None:
        """Answers came."""
        self.calls -= ids
        self.answered_ms = (now - self.began) * 1000


@attrs.define(eq=False)
class Session:
    """One client."""

    link: ServerLink
    script: Script
    nursery: trio.Nursery
    up_ms: list[float] = attrs.field(factory=list[float])
    tool_ms: list[float] = attrs.field(factory=list[float])
    withdrawn: list[float] = attrs.field(factory=list[float])
    """When each withdrawal was sent, monotonic seconds."""
    interrupted: list[float] = attrs.field(factory=list[float])
    """When each reply was interrupted, monotonic seconds."""
    busy: list[tuple[float, float]] = attrs.field(factory=list[tuple[float, float]])
    """For each time that tools blocked: the longest gap of the microphone, and until all had answered, ms."""
    _held: bytes = b""
    """The beginning of a chunk."""
    _blocked: Busy | None = None
    _chunks: int = 0
    _asked_at: float = 0.0

    async def serve(self) -> None:
        """Until the client leaves."""
        while True:
            event = wire.decode(await self.link.receive())
            if isinstance(event, AudioIn):
                self._hear(event.pcm)
            elif isinstance(event, ToolResponse):
                self.tool_ms.append((trio.current_time() - self._asked_at) * 1000)
                if self._blocked is not None:
                    self._blocked.answer({f"{one.id}" for one in event.responses}, trio.current_time())

    def _hear(self, pcm: bytes) -> None:
        """However it is cut: a chunk's age is taken with its last byte."""
        held = self._held + pcm if self._held else pcm
        size = self.script.chunk_bytes
        while len(held) >= size:
            self.up_ms.append(age_ms(held))
            self._count()
            self._watch_busy()
            held = held[size:]
        self._held = held

    def _watch_busy(self) -> None:
        if self._blocked is not None and self._blocked.chunk(trio.current_time()):
            self.busy.append((self._blocked.gap_ms, self._blocked.answered_ms))
            self._blocked = None

    def _count(self) -> None:
        self._chunks += 1
        if self._chunks in self.script.turns:
            self.nursery.start_soon(self._reply)
        if self._chunks % 5 == 0 and self._chunks // 5 <= self.script.tools:
            self.nursery.start_soon(self._ask)
        for at, seconds, many in self.script.busy:
            if self._chunks == at:
                self.nursery.start_soon(self._keep_busy, seconds, many)

    async def _keep_busy(self, seconds: float, many: int) -> None:
        calls = [FunctionCall(f"busy-{self._chunks}-{n}", "busy", {"seconds": seconds}) for n in range(many)]
        now = trio.current_time()
        self._blocked = Busy({f"{call.id}" for call in calls}, now, now)
        await self.link.send(wire.encode(ToolCall(tuple(calls))))

    async def _reply(self) -> None:
        script, began = self.script, trio.current_time()
        await self.link.send(wire.encode(OutputTranscription("So many words are spoken here")))
        audio = wire.encode_audio(stamped(script.message_ms * 48))
        for sent_ms in range(0, script.turn_ms, script.message_ms):
            if script.speed:
                await trio.sleep_until(began + sent_ms / 1000 / script.speed)
                audio = wire.encode_audio(stamped(script.message_ms * 48))
            await self.link.send(audio)
        if script.interrupt_after_ms:
            await trio.sleep_until(began + script.interrupt_after_ms / 1000)
            self.interrupted.append(wire_clock())
            await self.link.send(wire.encode(Interrupted(), OutputTranscription(str(self.interrupted[-1]))))
        else:
            await self.link.send(wire.encode(GenerationComplete()))
        await self.link.send(wire.encode(TurnComplete()))

    async def _ask(self) -> None:
        self._asked_at = trio.current_time()
        call = FunctionCall(f"call-{self._chunks}", "get_weather", {"city": "Oslo"})
        if not self.script.withdraw_after_ms:
            await self.link.send(wire.encode(ToolCall((call,))))
            return
        await self.link.send(wire.encode(ToolCall((attrs.evolve(call, name="linger", args={}),))))
        await trio.sleep(self.script.withdraw_after_ms / 1000)
        self.withdrawn.append(wire_clock())
        await self.link.send(wire.encode(ToolCallCancellation((f"{call.id}",))))


def wire_clock() -> float:
    """Seconds on the clock that all processes share."""
    import time

    return time.monotonic()


def _script(setup: Setup) -> Script:
    """What the client's instruction says; for clients that take none, what the command line said."""
    instruction: Any = setup.body.get("systemInstruction")
    text = instruction["parts"][0]["text"] if instruction else sys.argv[1]
    return script_of(json.loads(text[text.index("{") : text.rindex("}") + 1]))


async def serve(tls: Any, stream: trio.SocketStream) -> None:
    """One client on a socket."""
    secured = trio.SSLStream(stream, tls, server_side=True, https_compatible=True)
    try:
        async with accept_link(secured) as link:
            setup = wire.decode(await link.receive())
            assert isinstance(setup, Setup)
            await link.send(wire.encode(SetupComplete()))
            async with trio.open_nursery() as nursery:
                session = Session(link, _script(setup), nursery)
                try:
                    await session.serve()
                finally:
                    nursery.cancel_scope.cancel("the client has left")
                    say(
                        up_ms=session.up_ms,
                        tool_ms=session.tool_ms,
                        withdrawn=session.withdrawn,
                        interrupted=session.interrupted,
                        busy=session.busy,
                    )
    except* LinkError:
        pass  # how every client leaves


async def main() -> None:
    """Until our input ends."""
    with tempfile.TemporaryDirectory() as folder:
        certificates = loopback_certificates(LOOPBACK, Path(folder))
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        say(port=listeners[0].socket.getsockname()[1], ca_file=str(certificates.bundle))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.serve_listeners, partial(serve, certificates.server_context()), listeners)
            await trio.to_thread.run_sync(sys.stdin.read)
            nursery.cancel_scope.cancel("nobody wants us any more")


if __name__ == "__main__":
    trio.run(main)

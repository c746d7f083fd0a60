"""A Gemini Live server in memory that does what a function says, speaking the wire through the real codec."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeAlias, TypeVar

import attrs
import trio

from voice_actors.errors import LinkError, LinkLost
from voice_actors.gemini import server
from voice_actors.gemini.events import (
    OUTPUT_RATE,
    AudioOut,
    ClientEvent,
    ServerEvent,
    Setup,
    SetupComplete,
    ToolResponse,
)

E = TypeVar("E", bound=ClientEvent)

CAPACITY = 4_096
"""Frames under way in each direction."""


@attrs.define(eq=False)
class _Wire:
    """One end of a connection in memory; satisfies `voice_actors.gemini.link.Link`."""

    _outward: trio.MemorySendChannel[str | bytes]
    _inward: trio.MemoryReceiveChannel[str | bytes]
    verdict: Verdict

    async def send(self, frame: str | bytes) -> None:
        try:
            await self._outward.send(frame)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            raise self.verdict.error() from None

    async def receive(self) -> str | bytes:
        try:
            return await self._inward.receive()
        except (trio.EndOfChannel, trio.ClosedResourceError):
            raise self.verdict.error() from None

    def close(self) -> None:
        self._outward.close()
        self._inward.close()


@attrs.define(eq=False)
class Verdict:
    """How a connection ended."""

    make: Callable[[], LinkError] = attrs.field(default=lambda: LinkLost("the other side closed", code=1006))

    def error(self) -> LinkError:
        """A fresh exception for each who asks."""
        return self.make()


@attrs.define(eq=False)
class ScriptedLink:
    """The server's end of one connection, in a script's hands."""

    _wire: _Wire
    number: int
    """0 for the first connection that was dialled, and so on."""
    heard: list[ClientEvent] = attrs.field(factory=list[ClientEvent], init=False)
    """Everything the client said, in order."""

    async def hear(self) -> ClientEvent:
        """The client's next message.

        Raises:
            LinkLost: the client has gone.
        """
        event = server.decode(await self._wire.receive(), strict=True)
        self.heard.append(event)
        return event

    async def hear_until(self, kind: type[E]) -> E:
        """The client's next message of this kind; others are kept in `heard`."""
        while True:
            event = await self.hear()
            if isinstance(event, kind):
                return event

    async def accept_setup(self, session_id: str | None = None) -> Setup:
        """Hear the setup and complete it."""
        setup = await self.hear_until(Setup)
        await self.say(SetupComplete(session_id))
        return setup

    async def hear_answer(self) -> ToolResponse:
        """The client's next function responses."""
        return await self.hear_until(ToolResponse)

    async def say(self, *events: ServerEvent) -> None:
        """Send these events in one message."""
        await self._wire.send(server.encode(*events))

    async def say_raw(self, frame: str | bytes) -> None:
        """Send a frame as it is, sense or not."""
        await self._wire.send(frame)

    async def speak(self, ms: float, *, chunk_ms: float = 40, sample: bytes = b"\x00\x10") -> None:
        """A burst of reply audio of this length, every sample the same two bytes."""
        left = round(ms * OUTPUT_RATE / 1000)
        per_chunk = round(chunk_ms * OUTPUT_RATE / 1000)
        while left > 0:
            count = min(left, per_chunk)
            await self._wire.send(server.encode(AudioOut(sample * count)))
            left -= count

    def end(self, error: Callable[[], LinkError] | None = None) -> None:
        """Close the connection; the client meets the error that `error` makes (`LinkLost` with 1006 if left out)."""
        if error is not None:
            self._wire.verdict.make = error
        self._wire.close()


Script: TypeAlias = Callable[[ScriptedLink], Awaitable[None]]


@attrs.define(eq=False)
class ScriptedServer:
    """Give its `dial` to `open_voice_agent(config, dial=server.dial)`; the script runs once for every connection.

    When the script returns, the connection stays open and silent until the client leaves or `end` was called.
    """

    script: Script
    links: list[ScriptedLink] = attrs.field(factory=list[ScriptedLink], init=False)
    """Of every connection so far."""

    def dial(self) -> AbstractAsyncContextManager[_Wire]:
        """One connection."""
        return self._dial()

    @asynccontextmanager
    async def _dial(self) -> AsyncGenerator[_Wire]:
        up_in, up_out = trio.open_memory_channel[str | bytes](CAPACITY)
        down_in, down_out = trio.open_memory_channel[str | bytes](CAPACITY)
        verdict = Verdict()
        link = ScriptedLink(_Wire(down_in, up_out, verdict), len(self.links))
        client = _Wire(up_in, down_out, verdict)
        self.links.append(link)
        body_error: BaseException | None = None
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._run, link)
                try:
                    yield client
                except BaseException as error:
                    body_error = error
                    raise
                finally:
                    client.close()
                    nursery.cancel_scope.cancel("the client has left")
        except BaseExceptionGroup as group:
            _, others = group.split(lambda error: error is body_error)
            if isinstance(body_error, trio.Cancelled) or others is not None:
                raise  # we are being cancelled from outside, or the script itself failed, perhaps beside the client
        # Bare, as a link that needs no nursery would let it through.
        if body_error is not None and not isinstance(body_error, trio.Cancelled):
            raise body_error

    async def _run(self, link: ScriptedLink) -> None:
        with contextlib.suppress(LinkError):  # the client has left, or the script ended the link and went on
            try:
                await self.script(link)
            except BaseExceptionGroup as group:
                _, rest = group.split(LinkError)
                if rest is not None:
                    raise rest from group

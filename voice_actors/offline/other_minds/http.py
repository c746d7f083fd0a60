"""One HTTP/1.1 request to a program on the user's machine, its answer read as it comes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import attrs
import h11
import trio

from voice_actors.errors import LinkLost, RemoteProtocolError
from voice_actors.gemini._dial import close_at_once, open_tcp, start_tls, tls_context
from voice_actors.gemini._route import Address, split_url

SCHEMES = frozenset({"http", "https"})
_AT_ONCE = 64 * 1024


@attrs.frozen
class Ask:
    """A request. What may be secret is not in its repr."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)
    body: bytes = attrs.field(default=b"", repr=False)
    connect_within: float = 10.0
    """Seconds."""
    silence: float = 60.0
    """Seconds without a byte after which an answer is given up."""


@attrs.define(eq=False)
class Response:
    """An answer whose body is still to come."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    _exchange: _Exchange

    async def chunk(self) -> bytes:
        """Some more of the body; b"" at its end.

        Raises:
            LinkLost: the connection broke, or there was silence.
            RemoteProtocolError: that is no HTTP.

        """
        event = await self._exchange.next_event()
        return bytes(event.data) if isinstance(event, h11.Data) else b""

    async def read(self, limit: int = 2**20) -> bytes:
        """The rest of the body, to at most `limit` bytes.

        Raises:
            LinkLost: the connection broke, or there was silence.
            RemoteProtocolError: that is no HTTP, or the body is longer.

        """
        body = bytearray()
        while more := await self.chunk():
            body += more
            if len(body) > limit:
                raise RemoteProtocolError(f"the answer is longer than {limit} bytes")
        return bytes(body)


@attrs.define(eq=False)
class _Exchange:
    """One connection, used once."""

    stream: trio.abc.Stream
    silence: float
    wire: h11.Connection = attrs.field(factory=lambda: h11.Connection(h11.CLIENT))

    async def send(self, ask: Ask, target: str, host: str) -> None:
        own = {"host": host, "connection": "close", "content-length": str(len(ask.body))}
        request = h11.Request(method=ask.method, target=target, headers=[*own.items(), *ask.headers.items()])
        data = bytearray()
        for event in (request, h11.Data(data=ask.body), h11.EndOfMessage()):
            data += self.wire.send(event) or b""
        with trio.move_on_after(self.silence) as scope:
            try:
                await self.stream.send_all(data)
            except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
                raise LinkLost("the connection broke before the question was sent") from error
        if scope.cancelled_caught:
            raise LinkLost(f"the question was not taken within {self.silence:g} s")

    async def next_event(self) -> Any:
        while True:
            try:
                event = self.wire.next_event()
            except h11.RemoteProtocolError as error:
                raise RemoteProtocolError(f"that is no HTTP: {error}") from error
            if event is not h11.NEED_DATA:
                return event
            self.wire.receive_data(bytes(await self._receive()))

    async def _receive(self) -> bytes | bytearray:
        with trio.move_on_after(self.silence):
            try:
                return await self.stream.receive_some(_AT_ONCE)
            except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
                raise LinkLost("the connection broke before the answer was complete") from error
        raise LinkLost(f"nothing came for {self.silence:g} s")


@asynccontextmanager
async def asked(ask: Ask, stream: trio.abc.Stream | None = None) -> AsyncGenerator[Response]:
    """Send a request and yield the answer; leaving the block closes the connection. No scope is open in the block.

    `stream` is a connected byte stream to use in place of TCP and TLS.

    Raises:
        ConfigError: the URL cannot be used.
        LinkLost: nobody is there, or the connection broke.
        Refused: the server's certificate is not trusted.
        RemoteProtocolError: that is no HTTP.

    """
    address, parts = split_url(ask.url, what="mind's", schemes=SCHEMES)
    stream = stream or await _connected(address, ask.connect_within)
    try:
        exchange = _Exchange(stream, ask.silence)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        await exchange.send(ask, target, address.header)
        response = await exchange.next_event()
        while isinstance(response, h11.InformationalResponse):
            response = await exchange.next_event()
        if not isinstance(response, h11.Response):
            raise LinkLost("the connection was closed without an answer")
        headers = {name.decode("ascii"): value.decode("latin-1") for name, value in response.headers}
        yield Response(response.status_code, headers, exchange)
    finally:
        await close_at_once(stream)  # noqa: ASYNC102 - shielded, and takes no time


async def _connected(address: Address, within: float) -> trio.abc.Stream:
    with trio.move_on_after(within):
        stream = await open_tcp(address)
        if not address.secure:
            return stream
        try:
            return await start_tls(stream, address, await tls_context(None))
        except BaseException:
            await close_at_once(stream)  # noqa: ASYNC102 - shielded, and takes no time
            raise
    raise LinkLost(f"{address} did not answer within {within:g} s")

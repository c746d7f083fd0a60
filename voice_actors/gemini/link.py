"""The one place where a WebSocket is touched."""

from __future__ import annotations

import math
import ssl
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Protocol, TypeVar, runtime_checkable

import trio
import trio.abc

from voice_actors.errors import LinkLost
from voice_actors.gemini._dial import Progress, close_at_once, dial, tls_context
from voice_actors.gemini._link import AcceptedLink, WebSocketLink
from voice_actors.gemini._request import NotAnUpgrade, Rejection, Upgrade, answer_http, read_request
from voice_actors.gemini._route import plan_request, plan_route
from voice_actors.gemini._stream import STALLED_AFTER, WatchedStream
from voice_actors.gemini._verdict import classify_close, classify_http
from voice_actors.gemini._websocket import Socket
from voice_actors.gemini._wsproto import client_wire, server_wire

__all__ = [
    "KnowsRoundTrip",
    "Link",
    "NotAnUpgrade",
    "Rejection",
    "ServerLink",
    "Upgrade",
    "accept_link",
    "answer_http",
    "classify_close",
    "classify_http",
    "open_link",
]

_CLIENT_STALLED_AFTER = 60.0
"""Seconds without progress after which a server gives a write up: its client may read no faster than it plays."""


class Link(Protocol):
    """A connection that carries whole frames. One task may receive while others send; sends queue up in order."""

    async def send(self, frame: str | bytes) -> None:
        """Send one frame: text for `str`, binary for `bytes`.

        Cancelled in the middle of a write, the link is unusable from then on, since half a frame cannot be taken back.

        Raises:
            LinkLost: the connection is gone.
        """
        ...

    async def receive(self) -> str | bytes:
        """The next frame.

        Raises:
            LinkLost: the connection is gone, or was closed with a code that a new connection may mend.
            Refused: it was closed with a code that the same request would meet again.
            RemoteProtocolError: the peer broke the WebSocket rules.
        """
        ...


@runtime_checkable
class KnowsRoundTrip(Protocol):
    """A link that measures how far away the other side is."""

    @property
    def round_trip(self) -> float | None:
        """Seconds that the last answered ping took; None before the first."""
        ...


class ServerLink(Link, Protocol):
    """A link to a client that asked for it."""

    @property
    def upgrade(self) -> Upgrade:
        """What the client asked for."""
        ...

    async def close(self, code: int, reason: str) -> None:
        """Close with a code and a reason; the client's answer is waited for no longer than `close_within`."""
        ...


@asynccontextmanager
async def open_link(
    url: str,
    headers: Mapping[str, str],
    *,
    connect_within: float = 10.0,
    close_within: float = 2.0,
    ca_file: str | None = None,
    ssl_context: ssl.SSLContext | None = None,
    proxy: str | None = None,
    stream: trio.abc.Stream | None = None,
    max_message_bytes: int = 16 * 2**20,
    ping_every: float = 20.0,
    dead_after: float = 60.0,
) -> AsyncGenerator[Link, None]:
    """Connect to a `wss://` or `ws://` URL and yield the link; leaving the block closes it. Times are in seconds.

    Theory of operation: `connect_within` bounds everything up to the upgrade, `close_within` the goodbye (which a
    cancelled block says too). In between a reader runs beside the block: it answers pings, and reads 64 messages ahead.
    While the block receives, it reads for itself, and the reader rests; where the block then does something else, a
    ping waits for ten seconds at most. A link is over when the other side closes it or breaks the rules, when not a
    byte came for `dead_after` in spite of a ping each `ping_every` (the first comes at the beginning, to know the round
    trip), when a write made no progress for 3 s, or when one was
    cancelled half way. `send` and `receive` tell that; the block's own exceptions leave it as they are.

    `proxy` is `http://user:password@host:port` or `https://…` and is asked for a tunnel; None is no proxy. `stream` is
    a connected byte stream to use in place of TCP (to the proxy, if one is given); it is closed in any case. `ca_file`
    names authorities (PEM) to trust in place of the system's; `ssl_context` overrules it. Neither headers nor the
    URL's path and query are ever part of an error.

    Raises:
        LinkLost: no connection now; the message names the stage, `__cause__` the reason.
        Refused: the server or the proxy said no, or its certificate is not trusted.
        RemoteProtocolError: the other side does not speak the protocol.
        ConfigError: the URL, a header, the proxy or the CA file cannot be used.
    """
    route, request = plan_route(url, proxy), plan_request(url, headers)
    tls = await tls_context(ca_file) if ssl_context is None and route.secure else ssl_context
    deadline = trio.current_time() + connect_within
    progress = Progress(f"no answer within {connect_within:g} s", "DNS and TCP")
    with _by(deadline, progress):
        raw = await dial(route, tls, stream, progress)
    watched = WatchedStream(raw, stall=STALLED_AFTER, silence=dead_after)
    socket = Socket(watched, client_wire(), max_message_bytes, request)
    async with _running(WebSocketLink(socket, ping_every=ping_every), raw, close_within) as link:
        with _by(deadline, progress):
            await link.wait_upgraded()
        yield link


@asynccontextmanager
async def accept_link(
    stream: trio.abc.Stream,
    *,
    handshake_within: float = 10.0,
    close_within: float = 2.0,
    max_message_bytes: int = 16 * 2**20,
    ping_every: float | None = None,
    dead_after: float = math.inf,
    check: Callable[[Upgrade], Rejection | None] | None = None,
) -> AsyncGenerator[ServerLink, None]:
    """Read a client's request from `stream` and yield the link to it; leaving the block closes it. Times in seconds.

    The stream is closed in every case but one: a plain HTTP request raises `NotAnUpgrade` and leaves the stream to the
    caller, who answers it with `answer_http` or closes it. `check` may refuse an upgrade with an HTTP status. To drop a
    client without a goodbye, close the stream forcefully. A client that sends not a byte for `dead_after`, though it is
    pinged each `ping_every`, is gone.

    Raises:
        NotAnUpgrade: a plain HTTP request.
        Refused: `check` said no, and the client was told.
        LinkLost: the client went away, or did not say what it wants within `handshake_within`.
        RemoteProtocolError: the client does not speak the protocol.
    """
    deadline = trio.current_time() + handshake_within
    progress = Progress(f"the client did not finish its request within {handshake_within:g} s", "HTTP")
    async with _closed_on_failure(stream):
        with _by(deadline, progress):
            upgrade, received = await read_request(stream)
    watched = WatchedStream(stream, stall=_CLIENT_STALLED_AFTER, silence=dead_after, unread=received)
    socket = Socket(watched, server_wire(), max_message_bytes)
    async with _running(AcceptedLink(socket, upgrade, close_within, ping_every), stream, close_within) as link:
        with _by(deadline, progress):
            await link.wait_upgraded()
            await link.answer(check(upgrade) if check is not None else None)
        yield link


@contextmanager
def _by(deadline: float, progress: Progress) -> Generator[None, None, None]:
    with trio.CancelScope(deadline=deadline) as scope:
        yield
    if scope.cancelled_caught:
        raise LinkLost(str(progress)) from None  # the cancellation is not its cause, the silence is


@asynccontextmanager
async def _closed_on_failure(stream: trio.abc.Stream) -> AsyncGenerator[None, None]:
    kept = False
    try:
        yield
        kept = True
    except NotAnUpgrade:
        kept = True
        raise
    finally:
        if not kept:
            await close_at_once(stream)  # noqa: ASYNC102 - shielded, and takes no time


_AnyLink = TypeVar("_AnyLink", bound=WebSocketLink)


@asynccontextmanager
async def _running(link: _AnyLink, stream: trio.abc.Stream, close_within: float) -> AsyncGenerator[_AnyLink, None]:
    # The nursery is left by hand, shielded, and without the block's exception: `async with` would wrap that in a group.
    # The task inside never raises, so leaving the nursery raises nothing either.
    around = trio.open_nursery()
    nursery = await around.__aenter__()
    nursery.start_soon(link.run)
    try:
        yield link
    finally:
        nursery.cancel_scope.shield = True
        with trio.move_on_after(close_within, shield=True):
            await link.hang_up()
        link.stop()
        await around.__aexit__(None, None, None)  # noqa: ASYNC102 - shielded by the nursery's own scope, whose only task was stopped
        await close_at_once(stream)  # noqa: ASYNC102 - shielded, and takes no time

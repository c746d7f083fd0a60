"""The first request of a client, read before we know whether it wants a WebSocket."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import attrs
import h11
import trio
import trio.abc

from voice_actors.errors import LinkLost, RemoteProtocolError
from voice_actors.values import Value

_LONGEST_HEAD = 64 * 1024
_LONGEST_BODY = 1024 * 1024


def _names_only(headers: Mapping[str, str]) -> str:
    return repr(sorted(headers))


@attrs.frozen(eq=False, repr=False)
class Upgrade(Value):
    """A client's wish for a WebSocket."""

    path: str
    """As sent: nothing decoded, no slashes collapsed."""
    query: str = attrs.field(repr=lambda query: "'***'" if query else "''")
    """Without the question mark; may hold an API key."""
    headers: Mapping[str, str] = attrs.field(repr=_names_only)
    """Names in lower case; a header that came twice is joined by a comma."""


@attrs.frozen(eq=False, repr=False)
class Rejection(Value):
    """The HTTP answer to an upgrade that is not granted; the body is sent as JSON."""

    status: int
    """300 to 599."""
    body: str


class NotAnUpgrade(RemoteProtocolError):  # noqa: N818 - states what came
    """A complete HTTP request that asks for no WebSocket.

    The stream is left open and belongs to the caller: answer with `answer_http`, which closes it, or close it.
    `path` and `query` are as sent, `headers` as in `Upgrade`, `body` is complete (at most 1 MiB).
    """

    def __init__(self, method: str, upgrade: Upgrade, body: bytes) -> None:
        super().__init__(f"a plain HTTP request ({method})")
        self.method = method
        self.path = upgrade.path
        self.query = upgrade.query
        self.headers = upgrade.headers
        self.body = body


async def read_request(stream: trio.abc.Stream) -> tuple[Upgrade, bytes]:
    """Read the request on a fresh stream: what it asks for, and its bytes as they came.

    Raises:
        NotAnUpgrade: it is a plain HTTP request.
        LinkLost: the client went away.
        RemoteProtocolError: this is not HTTP, or longer than we take; the client has been told.
    """
    server = h11.Connection(h11.SERVER, max_incomplete_event_size=_LONGEST_HEAD)
    raw = bytearray()
    try:
        request = await _next_event(server, stream, raw)
        if not isinstance(request, h11.Request):
            raise LinkLost("the client went away before it asked for anything")
        upgrade = _upgrade(request)
        if request.method == b"GET" and "websocket" in upgrade.headers.get("upgrade", "").lower():
            return upgrade, bytes(raw)
        body = await _read_body(server, stream, raw)
    except h11.RemoteProtocolError as error:
        with trio.move_on_after(1):
            await answer_http(stream, error.error_status_hint, "{}")  # noqa: ASYNC120 - being cancelled matters more
        complaint = str(error).partition(":")[0]  # what follows quotes the request, and that may hold a key
        raise RemoteProtocolError(f"the client does not speak HTTP: {complaint}") from error
    except trio.BrokenResourceError as error:
        raise LinkLost("the client broke the connection during its request") from (error.__cause__ or error)
    raise NotAnUpgrade(request.method.decode("ascii"), upgrade, body)


def _upgrade(request: h11.Request) -> Upgrade:
    headers: dict[str, str] = {}
    for name, value in request.headers:
        key, text = name.decode("ascii").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    target = request.target.decode("ascii")
    try:
        # A path that begins with two slashes would be taken for a host.
        parts = urlsplit(target if "://" in target.partition("?")[0] else f"http://host{target}")
    except ValueError as error:
        raise h11.RemoteProtocolError("request target is not a URL") from error
    return Upgrade(path=parts.path, query=parts.query, headers=headers)


async def _read_body(server: h11.Connection, stream: trio.abc.Stream, raw: bytearray) -> bytes:
    body = bytearray()
    while isinstance(event := await _next_event(server, stream, raw), h11.Data):
        body += event.data
        if len(body) > _LONGEST_BODY:
            raise h11.RemoteProtocolError("request body too long", error_status_hint=413)
    if isinstance(event, h11.EndOfMessage):
        return bytes(body)
    raise LinkLost("the client went away in the middle of its request")


async def _next_event(server: h11.Connection, stream: trio.abc.Stream, raw: bytearray) -> object:
    while True:
        event = server.next_event()
        if event is not h11.NEED_DATA:
            return event
        data = bytes(await stream.receive_some(_LONGEST_HEAD))
        if len(raw) <= _LONGEST_HEAD:
            raw += data
        server.receive_data(data)


async def answer_http(
    stream: trio.abc.Stream, status: int, body: str | bytes, *, content_type: str = "application/json"
) -> None:
    """Answer a plain HTTP request with `status` and `body`, and close the stream.

    A client that is gone is no error; the caller bounds the time.
    """
    content = body.encode() if isinstance(body, str) else body
    server = h11.Connection(h11.SERVER)
    headers = [("Content-Type", content_type), ("Content-Length", str(len(content))), ("Connection", "close")]
    head = server.send(h11.Response(status_code=status, headers=headers)) or b""
    try:
        await stream.send_all(head + content)
        await stream.aclose()
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        await trio.aclose_forcefully(stream)

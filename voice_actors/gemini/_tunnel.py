"""Through a proxy: an HTTP CONNECT, and what each of its answers means."""

from __future__ import annotations

import h11
import trio
import trio.abc

from voice_actors.errors import LinkLost, Refused, RemoteProtocolError
from voice_actors.gemini._route import Route
from voice_actors.gemini._verdict import redact

_LONGEST_PROXY_ANSWER = 64 * 1024


async def open_tunnel(stream: trio.abc.Stream, route: Route) -> None:
    """Ask the proxy at the other end of `stream` for a connection to the target (HTTP CONNECT, RFC 9110, 9.3.6).

    Raises:
        Refused: the proxy wants other credentials, or does not connect to this target.
        LinkLost: the proxy cannot connect now, or broke the connection.
        RemoteProtocolError: the answer is not HTTP.
    """
    where, target = str(route.first), str(route.target)
    client = h11.Connection(h11.CLIENT)
    headers = [("Host", target), *route.credentials]
    request = client.send(h11.Request(method="CONNECT", target=target, headers=headers))
    try:
        await stream.send_all(request or b"")
        response = await _proxy_response(client, stream)
    except trio.BrokenResourceError as error:
        raise LinkLost(f"the proxy {where} broke the connection") from error
    except h11.RemoteProtocolError as error:
        raise RemoteProtocolError(f"the proxy {where} does not answer in HTTP") from error
    if not 200 <= response.status_code < 300:
        raise _proxy_refusal(where, response)


async def _proxy_response(client: h11.Connection, stream: trio.abc.Stream) -> h11.Response:
    received = 0
    while True:
        event = client.next_event()
        if isinstance(event, h11.Response):
            return event
        if event is h11.NEED_DATA:
            data = await stream.receive_some(4096)
            received += len(data)
            if not data or received > _LONGEST_PROXY_ANSWER:
                raise trio.BrokenResourceError("the answer has no end" if data else "no answer")
            client.receive_data(bytes(data))


def _proxy_refusal(where: str, response: h11.Response) -> LinkLost | Refused:
    status = response.status_code
    said = redact(response.reason.decode("latin-1"))
    if status == 407:
        text = f"the proxy {where} wants a user name and password (HTTP 407)"
        return Refused(text, status=status, kind="authentication")  # what it says of them is theirs and ours to know
    if status in {408, 425, 429} or status >= 500:
        text = f"the proxy {where} cannot connect now (HTTP {status} {said})"
        return LinkLost(text, status=status, reason=said, kind="unavailable")
    text = f"the proxy {where} does not connect us (HTTP {status} {said})"
    return Refused(text, status=status, reason=said, kind="endpoint")

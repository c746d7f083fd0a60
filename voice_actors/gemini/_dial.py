"""From a URL to a byte stream: TCP, through a proxy if there is one, and TLS; each step fails with a typed error."""

from __future__ import annotations

import base64
import functools
import os
import re
import socket
import ssl
from collections.abc import Mapping
from urllib.parse import SplitResult, unquote, urlsplit

import attrs
import h11
import trio
import trio.abc

from voice_actors.errors import ConfigError, LinkLost, LocalProtocolError, Refused, RemoteProtocolError
from voice_actors.gemini._prompt import prompt
from voice_actors.gemini._tls import TlsStream
from voice_actors.gemini._verdict import redact

_LONGEST_PROXY_ANSWER = 64 * 1024
_UNACKNOWLEDGED_MS = 2500
"""How long the kernel waits for an acknowledgement. It overshoots by a retransmission: measured, a route that goes dead
under a stream of speech is found out after 2.9 s."""
_TLS_ENDINGS = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
"""The TLS errors that mean a broken connection; any other is an answer that the next try would get again."""
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_SECURE = frozenset({"https", "wss"})


@attrs.frozen
class Address:
    """Where to connect, and whether TLS is spoken there."""

    host: str
    port: int
    secure: bool

    @property
    def header(self) -> str:
        """As in a Host header: without the port that the scheme implies."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@attrs.define(eq=False)
class Progress:
    """How far connecting has come, for the message of a deadline."""

    complaint: str
    stage: str

    def __str__(self) -> str:
        return f"{self.complaint} (stage: {self.stage})"


@attrs.frozen
class Request:
    """What the upgrade asks for, ready for the wire."""

    host: str
    """The value of the Host header."""
    target: str = attrs.field(repr=False)
    headers: list[tuple[bytes, bytes]] = attrs.field(repr=False)


@attrs.frozen
class Route:
    """Where to, and through which proxy."""

    target: Address
    proxy: Address | None = None
    credentials: list[tuple[str, str]] = attrs.field(factory=list[tuple[str, str]], repr=False)
    """The header that the proxy wants, if any."""

    @property
    def first(self) -> Address:
        """Where TCP goes."""
        return self.proxy or self.target

    @property
    def secure(self) -> bool:
        """Whether a TLS context is needed."""
        return self.target.secure or (self.proxy is not None and self.proxy.secure)


def plan_route(url: str, proxy: str | None) -> Route:
    """Read both URLs.

    Raises:
        ConfigError: one of them cannot be used.
    """
    target, _ = split_url(url, what="link", schemes=frozenset({"ws", "wss"}))
    if proxy is None:
        return Route(target)
    by, parts = split_url(proxy, what="proxy", schemes=frozenset({"http", "https"}))
    return Route(target, by, _proxy_credentials(parts))


def plan_request(url: str, headers: Mapping[str, str]) -> Request:
    """Put the upgrade together. White space around a value, as in a key read from a file, is dropped.

    Raises:
        ConfigError: a header cannot be sent; its value is not shown.
    """
    address, parts = split_url(url, what="link", schemes=frozenset({"ws", "wss"}))
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not target.isascii() or not target.isprintable() or " " in target:
        raise ConfigError("the link URL has characters in its path or query that have to be percent-encoded")
    encoded: list[tuple[bytes, bytes]] = []
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value.strip()):
            raise ConfigError(f"the header {redact(name)!r} cannot be sent: it has characters that HTTP does not allow")
        encoded.append((name.encode("ascii"), value.strip().encode("latin-1")))
    return Request(address.header, target, encoded)


async def dial(
    route: Route, tls: ssl.SSLContext | None, stream: trio.abc.Stream | None, progress: Progress
) -> trio.abc.Stream:
    """Connect as far as the byte stream on which the upgrade is said; `stream` is one to use in place of TCP.

    Raises:
        LinkLost, Refused, RemoteProtocolError: as the steps below say; nothing is left open then.
    """
    connected: trio.abc.Stream | None = stream
    done = False
    try:
        connected = stream or await open_tcp(route.first)
        secured = await _through_proxy(connected, route, tls, progress)
        if route.target.secure:
            progress.stage = "TLS"
            secured = await start_tls(secured, route.target, _needed(tls))
        progress.stage = "WebSocket upgrade"
        done = True
        return secured
    finally:
        if not done and connected is not None:
            await close_at_once(connected)  # noqa: ASYNC102 - shielded, and takes no time


async def _through_proxy(
    stream: trio.abc.Stream, route: Route, tls: ssl.SSLContext | None, progress: Progress
) -> trio.abc.Stream:
    if route.proxy is None:
        return stream
    if route.proxy.secure:
        progress.stage = "TLS with the proxy"
        stream = await start_tls(stream, route.proxy, _needed(tls))
    progress.stage = "proxy"
    await open_tunnel(stream, route)
    return stream


def _needed(tls: ssl.SSLContext | None) -> ssl.SSLContext:
    if tls is None:
        raise LocalProtocolError("TLS is to be spoken without a context")
    return tls


async def close_at_once(stream: trio.abc.Stream) -> None:
    """Close without a goodbye, even while cancelled."""
    with trio.CancelScope(shield=True):
        await trio.aclose_forcefully(stream)


def split_url(url: str, *, what: str, schemes: frozenset[str]) -> tuple[Address, SplitResult]:
    """Read a URL. No part of it but scheme, host and port is ever put into an error: the rest may hold secrets.

    Raises:
        ConfigError: the URL has another scheme, no host, or a port that is none.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ConfigError(f"the {what} URL cannot be read; it looks like {min(schemes)}://host:port") from error
    if parts.scheme not in schemes or not parts.hostname:
        raise ConfigError(f"the {what} URL has to be {' or '.join(f'{s}://host' for s in sorted(schemes))}")
    secure = parts.scheme in _SECURE
    return Address(parts.hostname, port or (443 if secure else 80), secure), parts


async def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """A context that verifies, against the system's authorities or those in `ca_file` (PEM).

    All links of a process share one for as long as the file is the same: the authorities take a megabyte and ten
    milliseconds each time they are read.

    Raises:
        ConfigError: the file cannot be read.
    """
    try:
        return await trio.to_thread.run_sync(lambda: _verifying(ca_file, _state_of(ca_file)))
    except OSError as error:  # ssl.SSLError, for a file that is not PEM, is one too
        raise ConfigError(f"ca_file {ca_file} cannot be used: {error.strerror or error}") from error


@functools.lru_cache(maxsize=8)
def _verifying(ca_file: str | None, _state: tuple[int, int]) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file)
    context.set_alpn_protocols(["http/1.1"])
    return context


def _state_of(ca_file: str | None) -> tuple[int, int]:
    """What changes when the file does; where the system's authorities are no file, they are as they were."""
    path = ca_file or ssl.get_default_verify_paths().cafile
    if not path:
        return (0, 0)
    status = os.stat(path)  # noqa: PTH116 - a path as people give it, not ours
    return (status.st_mtime_ns, status.st_size)


async def open_tcp(address: Address) -> trio.abc.Stream:
    """Connect, to the first of the host's addresses that answers.

    Raises:
        LinkLost: the name is not known, or nobody answers there.
    """
    try:
        stream = await trio.open_tcp_stream(address.host, address.port)
    except OSError as error:
        raise LinkLost(f"cannot connect to {address}: {error.strerror or error}") from error
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        # Linux: what nobody acknowledges for this long ends the connection. Without it a dead route goes unnoticed
        # until the send buffer is full, or for 15 minutes where little is sent.
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNACKNOWLEDGED_MS)
    return stream


async def start_tls(stream: trio.abc.Stream, address: Address, context: ssl.SSLContext) -> trio.abc.Stream:
    """Speak TLS, and finish its handshake here: later the certificate error would be lost.

    Raises:
        Refused: the certificate is not to be trusted, or the server does not speak TLS as we do.
        LinkLost: the connection broke.
    """
    try:
        secure = TlsStream(prompt(stream), context, address.host)
        await secure.do_handshake()
    except trio.BrokenResourceError as error:
        cause = error.__cause__ or error
        if isinstance(cause, ssl.SSLCertVerificationError):
            text = f"the certificate of {address} is not trusted: {cause.verify_message}"
            raise Refused(text, kind="trust") from cause
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, _TLS_ENDINGS):
            text = f"{address} does not speak TLS as we do: {cause.reason or cause}"
            raise Refused(text, kind="trust") from cause
        raise LinkLost(f"{address} broke the connection while TLS began") from cause
    except (ValueError, ssl.CertificateError) as error:  # a host name that no certificate can name
        raise Refused(f"TLS cannot be spoken with {address}: {error}", kind="trust") from error
    return secure


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


def _proxy_credentials(proxy: SplitResult) -> list[tuple[str, str]]:
    if proxy.username is None:
        return []
    plain = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return [("Proxy-Authorization", "Basic " + base64.b64encode(plain.encode()).decode())]


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

"""From a URL to a byte stream: TCP, through a proxy if there is one, and TLS; each step fails with a typed error."""

from __future__ import annotations

import functools
import os
import socket
import ssl
import threading

import attrs
import trio
import trio.abc

from voice_actors.errors import ConfigError, LinkLost, LocalProtocolError, Refused
from voice_actors.gemini._prompt import prompt
from voice_actors.gemini._route import Address, Route
from voice_actors.gemini._tls import TlsStream
from voice_actors.gemini._tunnel import open_tunnel

_UNACKNOWLEDGED_MS = 2500
"""How long the kernel waits for an acknowledgement. It overshoots by a retransmission: measured, a route that goes dead
under a stream of speech is found out after 2.9 s."""
_TLS_ENDINGS = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
"""The TLS errors that mean a broken connection; any other is an answer that the next try would get again."""


@attrs.define(eq=False, repr=False)
class Progress:
    """How far connecting has come, for the message of a deadline."""

    complaint: str
    stage: str

    def __str__(self) -> str:
        return f"{self.complaint} (stage: {self.stage})"


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


async def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """A context that verifies, against the system's authorities or those in `ca_file` (PEM).

    All links of a process share one for as long as the file is the same, also those that are dialled side by side: the
    authorities take a megabyte and ten milliseconds each time they are read.

    Raises:
        ConfigError: the file cannot be read.
    """
    try:
        return await trio.to_thread.run_sync(_shared, ca_file)
    except OSError as error:  # ssl.SSLError, for a file that is not PEM, is one too
        raise ConfigError(f"ca_file {ca_file} cannot be used: {error.strerror or error}") from error


_one_reads = threading.Lock()
"""A cache alone lets everybody read who asks before the first has read."""


def _shared(ca_file: str | None) -> ssl.SSLContext:
    with _one_reads:
        return _verifying(ca_file, _state_of(ca_file))


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

"""What only real sockets do: resets, certificates, names, proxies, descriptors. Loopback only."""

from __future__ import annotations

import base64
import gc
import os
import socket
import ssl
import struct
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
import trio
import trio.testing
import trustme

from voice_actors.errors import ConfigError, LinkLost, Refused, RemoteProtocolError
from voice_actors.gemini import _dial, _route
from voice_actors.gemini.link import accept_link, open_link

GUARD = 20  # seconds; a hang fails the test instead of stopping the run
PASSWORD = "p@ss:w0rd"


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


def client_context(authority):
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def server_context(authority, *names, **issued):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*(names or ("127.0.0.1",)), **issued).configure_cert(context)
    return context


@asynccontextmanager
async def listening(handler):
    """A TCP server on loopback; gives its port. Its own errors are part of the game."""

    async def guarded(stream):
        async with stream:
            try:
                await handler(stream)
            except (trio.BrokenResourceError, trio.ClosedResourceError, LinkLost, RemoteProtocolError):
                return

    async with trio.open_nursery() as nursery:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, guarded, listeners)
        yield listeners[0].socket.getsockname()[1]
        nursery.cancel_scope.cancel()


async def echo(stream):
    async with accept_link(stream) as link:
        while True:
            await link.send(await link.receive())


def over_tls(context, handler=echo):
    async def serve(stream):
        await handler(trio.SSLStream(stream, context, server_side=True, https_compatible=True))

    return serve


def reset(stream):
    """Close so that the peer gets RST, not FIN."""
    stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    stream.socket.close()


async def failure(url, kind, **settings):
    """Open a link that must fail, and give the error."""
    with trio.fail_after(GUARD):
        try:
            async with open_link(url, {"x-goog-api-key": "AIzaSecretSecretSecret"}, **settings):
                pytest.fail("there is a link")
        except (LinkLost, Refused, RemoteProtocolError) as error:
            print(f"| {type(error).__name__:20} | {type(error.__cause__).__name__:28} | {error}")
            assert kind is type(error)
            assert "Secret" not in str(error)
            return error


async def test_echo_over_tls(authority):
    """Frames cross real sockets and TLS, with the authority from a file too."""
    with authority.cert_pem.tempfile() as ca_file:
        async with listening(over_tls(server_context(authority))) as port:
            for settings in ({"ssl_context": client_context(authority)}, {"ca_file": ca_file}):
                async with open_link(f"wss://127.0.0.1:{port}/", {}, **settings) as link:
                    for frame in ("text", b"bytes", "x" * 500_000):
                        await link.send(frame)
                        assert frame == await link.receive()


async def test_a_certificate_of_an_unknown_authority_is_refused_at_once(authority):
    """With the reason in words and the ssl error as its cause."""
    async with listening(over_tls(server_context(authority))) as port:
        error = await failure(f"wss://127.0.0.1:{port}/", Refused, ssl_context=ssl.create_default_context())
    assert isinstance(error.__cause__, ssl.SSLCertVerificationError)
    assert "certificate" in str(error)


async def test_an_expired_certificate_is_refused(authority):
    """And said to be expired."""
    context = server_context(authority, not_after=datetime(2020, 1, 1, tzinfo=UTC))
    async with listening(over_tls(context)) as port:
        error = await failure(f"wss://127.0.0.1:{port}/", Refused, ssl_context=client_context(authority))
    assert isinstance(error.__cause__, ssl.SSLCertVerificationError)
    assert "expired" in str(error)


async def test_a_certificate_for_another_host_is_refused(authority):
    """And both names are told."""
    async with listening(over_tls(server_context(authority, "example.org"))) as port:
        error = await failure(f"wss://127.0.0.1:{port}/", Refused, ssl_context=client_context(authority))
    assert isinstance(error.__cause__, ssl.SSLCertVerificationError)
    assert "127.0.0.1" in str(error)


async def test_a_server_without_tls_is_refused(authority):
    """A plain answer to a TLS greeting is a wrong address, not a broken line."""

    async def plain(stream):
        await stream.receive_some()
        await stream.send_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await trio.sleep_forever()

    async with listening(plain) as port:
        error = await failure(f"wss://127.0.0.1:{port}/", Refused, ssl_context=client_context(authority))
    assert isinstance(error.__cause__, ssl.SSLError)


async def test_a_tls_server_asked_without_tls(authority):
    """The other way round it is no HTTP, or nothing at all."""
    async with listening(over_tls(server_context(authority))) as port:
        with trio.fail_after(GUARD), pytest.raises((LinkLost, RemoteProtocolError)):
            async with open_link(f"ws://127.0.0.1:{port}/", {}):
                pytest.fail("there is a link")


@pytest.mark.parametrize("how", ["closes", "resets"])
async def test_tls_broken_off_is_lost(authority, how):
    """A line that breaks while TLS begins may work next time."""

    async def server(stream):
        await stream.receive_some()
        if how == "resets":
            reset(stream)

    async with listening(server) as port:
        error = await failure(f"wss://127.0.0.1:{port}/", LinkLost, ssl_context=client_context(authority))
    assert error.__cause__ is not None


async def test_tls_silence_ends_with_the_deadline(authority, autojump_clock):
    """The stage is named."""
    here, _there = trio.testing.memory_stream_pair()
    with pytest.raises(LinkLost, match=r"within 10 s \(stage: TLS\)"):
        async with open_link("wss://peer/", {}, stream=here, ssl_context=client_context(authority)):
            pytest.fail("there is a link")


async def test_a_ca_file_that_cannot_be_used_is_a_setting(tmp_path):
    """Missing, or no PEM: the message names the file."""
    no_pem = tmp_path / "no.pem"
    no_pem.write_text("hello")
    for ca_file in (str(no_pem), str(tmp_path / "missing.pem")):
        with pytest.raises(ConfigError, match=r"\.pem"):
            async with open_link("wss://127.0.0.1:1/", {}, ca_file=ca_file):
                pytest.fail("there is a link")


async def test_a_port_where_nobody_listens():
    """Refused by the machine is lost for us: the server may be starting."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        error = await failure(f"ws://127.0.0.1:{taken.getsockname()[1]}/", LinkLost)
    assert isinstance(error.__cause__, OSError)


async def test_a_name_that_nobody_knows():
    """The resolver's error is the cause; `.invalid` is reserved by RFC 2606."""
    error = await failure("ws://no.such.host.invalid/", LinkLost)
    assert isinstance(error.__cause__, OSError)
    assert "no.such.host.invalid" in str(error)


async def test_a_resolver_that_never_answers(autojump_clock):
    """The deadline covers names too."""

    class Deaf(trio.abc.HostnameResolver):
        async def getaddrinfo(self, *args, **kwargs):
            await trio.sleep_forever()

        async def getnameinfo(self, *args, **kwargs):
            await trio.sleep_forever()

    trio.socket.set_custom_hostname_resolver(Deaf())
    with pytest.raises(LinkLost, match=r"within 10 s \(stage: DNS and TCP\)"):
        async with open_link("ws://some.host.invalid/", {}):
            pytest.fail("there is a link")


@pytest.mark.parametrize("how", ["closes", "resets"])
async def test_tcp_broken_off_in_the_handshake(how):
    """At once, and not after the deadline."""

    async def server(stream):
        await stream.receive_some()
        if how == "resets":
            reset(stream)

    async with listening(server) as port:
        await failure(f"ws://127.0.0.1:{port}/", LinkLost)


@pytest.mark.parametrize("how", ["closes", "resets"])
async def test_tcp_broken_off_in_the_conversation(how):
    """Who receives is told 1006; a reset is the cause."""

    async def server(stream):
        async with accept_link(stream) as link:
            await link.receive()
            if how == "resets":
                reset(stream)
            else:
                await trio.aclose_forcefully(stream)

    async with listening(server) as port:
        with trio.fail_after(GUARD):
            async with open_link(f"ws://127.0.0.1:{port}/", {}) as link:
                await link.send("now")
                with pytest.raises(LinkLost) as caught:
                    await link.receive()
                assert 1006 == caught.value.code
                if how == "resets":
                    assert isinstance(caught.value.__cause__, OSError)


@pytest.mark.slow
async def test_a_peer_that_never_reads_stalls_a_write_for_three_seconds_only():
    """On a real socket, with its real buffers full."""

    async def server(stream):
        stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        head = b""
        while b"\r\n\r\n" not in head:
            head += await stream.receive_some()
        key = next(line.split(b": ")[1] for line in head.split(b"\r\n") if b"Sec-WebSocket-Key" in line)
        import hashlib

        token = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        answer = b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
        await stream.send_all(answer + token + b"\r\n\r\n")
        await trio.sleep_forever()

    async with listening(server) as port:
        with trio.fail_after(GUARD):
            async with open_link(f"ws://127.0.0.1:{port}/", {}) as link:
                with pytest.raises(LinkLost):
                    while True:
                        await link.send(b"x" * 100_000)
                with pytest.raises(LinkLost):
                    await link.receive()


def tunnel(status=b"200 Connection established", wanted=None):
    """A CONNECT proxy that checks its credentials and then joins both sides."""
    asked = []

    async def serve(stream):
        head = b""
        while b"\r\n\r\n" not in head:
            head += await stream.receive_some()
        asked.append(head)
        if wanted is not None and b"Proxy-Authorization: Basic " + base64.b64encode(wanted) not in head:
            await stream.send_all(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 3\r\n\r\nno!")
            return
        if not status.startswith(b"200"):
            await stream.send_all(b"HTTP/1.1 " + status + b"\r\n\r\n")
            return
        host, _, port = head.split(b" ")[1].rpartition(b":")
        async with await trio.open_tcp_stream(host.decode(), int(port)) as onward:
            await stream.send_all(b"HTTP/1.1 " + status + b"\r\nX-Cache: none\r\n\r\n")
            async with trio.open_nursery() as nursery:

                async def pump(source, sink):
                    try:
                        async for data in source:
                            await sink.send_all(data)
                    except (trio.BrokenResourceError, trio.ClosedResourceError):
                        pass
                    nursery.cancel_scope.cancel()

                nursery.start_soon(pump, stream, onward)
                nursery.start_soon(pump, onward, stream)

    return serve, asked


@pytest.mark.parametrize("proxy_scheme", ["http", "https"])
@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_through_a_proxy(authority, scheme, proxy_scheme):
    """A tunnel for plain and for TLS, through a plain and through a TLS proxy, with credentials that need quoting."""
    context = server_context(authority)
    serve, asked = tunnel(wanted=b"me:" + PASSWORD.encode())
    if proxy_scheme == "https":
        serve = over_tls(context, serve)
    server = over_tls(context) if scheme == "wss" else echo
    async with listening(server) as port, listening(serve) as proxy_port:
        proxy = f"{proxy_scheme}://me:p%40ss%3Aw0rd@127.0.0.1:{proxy_port}"
        with trio.fail_after(GUARD):
            async with open_link(
                f"{scheme}://127.0.0.1:{port}/", {}, proxy=proxy, ssl_context=client_context(authority)
            ) as link:
                await link.send("through")
                assert "through" == await link.receive()
    assert asked[0].startswith(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\n" % port)


@pytest.mark.parametrize(
    ("status", "kind", "number"),
    [
        (b"403 Forbidden", Refused, 403),
        (b"404 Not Found", Refused, 404),
        (b"429 Slow Down", LinkLost, 429),
        (b"502 Bad Gateway", LinkLost, 502),
        (b"504 Gateway Timeout", LinkLost, 504),
    ],
)
async def test_a_proxy_that_says_no(status, kind, number):
    """Its status tells whether to try again; the message says that it was the proxy."""
    serve, _ = tunnel(status)
    async with listening(serve) as port:
        error = await failure("ws://peer/", kind, proxy=f"http://127.0.0.1:{port}")
    assert number == error.status
    assert "proxy" in str(error)


async def test_a_proxy_that_wants_credentials():
    """Neither the password nor the user is shown."""
    serve, _ = tunnel(wanted=b"other:one")
    async with listening(serve) as port:
        error = await failure("ws://peer/", Refused, proxy=f"http://me:hunter2@127.0.0.1:{port}")
    assert 407 == error.status
    assert "hunter2" not in str(error) + repr(error) + repr(error.__cause__)


@pytest.mark.parametrize(
    ("name", "answer", "kind"),
    [
        ("garbage", b"\x05\x00 what\r\n\r\n", RemoteProtocolError),
        ("header flood", b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 20_000, RemoteProtocolError),
        ("information without end", b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000, LinkLost),
        ("half an answer, then FIN", b"HTTP/1.1 200", LinkLost),
        ("nothing, then FIN", b"", LinkLost),
    ],
)
async def test_a_proxy_that_talks_nonsense(autojump_clock, name, answer, kind):
    """Typed, at once, and the stream is closed."""
    here, there = trio.testing.memory_stream_pair()
    async with trio.open_nursery() as nursery:

        async def serve():
            await there.receive_some()
            await there.send_all(answer)
            if kind is LinkLost:
                await there.aclose()

        nursery.start_soon(serve)
        with pytest.raises((LinkLost, RemoteProtocolError)) as caught:
            async with open_link("ws://peer/", {}, stream=here, proxy="http://proxy:1"):
                pytest.fail("there is a link")
        print(f"| proxy: {name} | {caught.value!r}")
        assert kind is type(caught.value)
    with pytest.raises(trio.ClosedResourceError):
        await here.send_all(b"x")


async def test_a_silent_proxy_ends_with_the_deadline(autojump_clock):
    """The stage is named."""
    here, _there = trio.testing.memory_stream_pair()
    with pytest.raises(LinkLost, match=r"within 10 s \(stage: proxy\)"):
        async with open_link("ws://peer/", {}, stream=here, proxy="http://me:hidden@proxy:1"):
            pytest.fail("there is a link")


def open_descriptors():
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="counts descriptors as Linux shows them")
@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_fifty_links_leave_no_descriptor(authority, scheme):
    """Opened and closed, refused, reset, cancelled: the number of descriptors is the same as before."""
    context = server_context(authority)

    async def moody(stream):
        moody.count += 1
        match moody.count % 4:
            case 0:
                await stream.receive_some()
                if isinstance(stream, trio.SocketStream):
                    reset(stream)
            case 1:
                await echo(stream)
            case 2:
                await stream.receive_some()
                await stream.send_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            case _:
                async with accept_link(stream) as link:
                    await link.close(1011, "bye")

    moody.count = 0
    async with listening(over_tls(context, moody) if scheme == "wss" else moody) as port:
        outcomes = set()
        before = None
        for number in range(50):
            with trio.move_on_after(GUARD) as scope:
                try:
                    url = f"{scheme}://127.0.0.1:{port}/"
                    async with open_link(url, {}, ssl_context=client_context(authority)) as link:
                        await link.send("x")
                        if number % 3 == 0:
                            scope.cancel()
                        await link.receive()
                        outcomes.add("echo")
                except (LinkLost, Refused, RemoteProtocolError) as error:
                    outcomes.add(type(error).__name__)
            if number == 4:  # by now pipes of the event loop and files of the resolver are open
                await trio.testing.wait_all_tasks_blocked(0.01)
                before = open_descriptors()
        await trio.testing.wait_all_tasks_blocked(0.01)
        assert open_descriptors() <= before
    assert {"echo", "LinkLost", "Refused"} == outcomes


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="a setting of Linux")
async def test_unacknowledged_data_ends_a_connection_in_time():
    """The kernel is told how long a dead route may swallow what we say."""
    async with listening(echo) as port:
        stream = await _dial.open_tcp(_route.Address("127.0.0.1", port, secure=False))
        async with stream:
            assert 2500 == stream.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)

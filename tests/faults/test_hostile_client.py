"""A client may do anything: the server gets a typed error, in time, and nothing is left open. All in virtual time."""

from __future__ import annotations

import struct

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from voice_actors.errors import LinkLost, Refused, RemoteProtocolError
from voice_actors.gemini.link import NotAnUpgrade, Rejection, accept_link, answer_http

HANDSHAKE_WITHIN, CLOSE_WITHIN = 10.0, 2.0
LARGEST = 2**20
HEAD = (
    b"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
GOOD = HEAD + b"\r\n"


def frame(opcode, payload=b"", *, fin=True, rsv=0, masked=True):
    """A frame with a mask of zeros, right or wrong as wanted."""
    first = (fin << 7) | (rsv << 4) | opcode
    length = len(payload)
    if length < 126:
        head = struct.pack("!BB", first, (masked << 7) | length)
    else:
        head = struct.pack("!BBQ", first, (masked << 7) | 127, length)
    return head + (b"\0\0\0\0" if masked else b"") + payload


async def accepting(client, body=None, **settings):
    """Run `client` against a server; gives our error, what the client was told, and the time that was needed."""
    here, there = trio.testing.memory_stream_pair()
    told = bytearray()
    ended = None
    began = trio.current_time()
    async with trio.open_nursery() as nursery:

        async def listen():
            try:
                async for data in here:
                    told.extend(data)
            except trio.ClosedResourceError:
                return

        async def talk():
            try:
                await client(here)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                return

        nursery.start_soon(talk)
        nursery.start_soon(listen)
        try:
            async with accept_link(there, max_message_bytes=LARGEST, **settings) as link:
                if body is not None:
                    await body(link)
        except (LinkLost, Refused, RemoteProtocolError) as error:
            ended = error
        elapsed = trio.current_time() - began
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    if not isinstance(ended, NotAnUpgrade):
        with pytest.raises((trio.ClosedResourceError, trio.BrokenResourceError)):
            await there.send_all(b"x")
    return ended, bytes(told), elapsed


def saying(data, *, then_close=False):
    async def client(stream):
        await stream.send_all(data)
        if then_close:
            await stream.send_stream.aclose()

    return client


async def drips(stream):
    for byte in GOOD:
        await stream.send_all(bytes([byte]))
        await trio.sleep(0.5)


async def floods_headers(stream):
    await stream.send_all(b"GET / HTTP/1.1\r\n")
    while True:
        await stream.send_all(b"x-flood: " + b"y" * 4000 + b"\r\n")
        await trio.sleep(0.001)


async def floods_body(stream):
    await stream.send_all(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        await stream.send_all(b"1000\r\n" + b"x" * 4096 + b"\r\n")
        await trio.sleep(0.001)


REQUESTS = [
    ("silence", saying(b""), LinkLost, b"", HANDSHAKE_WITHIN),
    ("FIN at once", saying(b"", then_close=True), LinkLost, b"", 0),
    ("FIN in the request", saying(b"GET / HT", then_close=True), RemoteProtocolError, b"HTTP/1.1 400", 0),
    ("drips", drips, LinkLost, b"", HANDSHAKE_WITHIN),
    ("garbage", saying(b"\x16\x03\x01\x02\x00 hello\r\n\r\n"), RemoteProtocolError, b"HTTP/1.1 400", 0),
    ("header flood", floods_headers, RemoteProtocolError, b"HTTP/1.1 431", 1),
    ("body flood", floods_body, RemoteProtocolError, b"HTTP/1.1 413", 1),
    (
        "POST cut short",
        saying(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab", then_close=True),
        RemoteProtocolError,
        b"HTTP/1.1 400",
        0,
    ),
    ("no key", saying(GOOD.replace(b"-Key", b"-Kez")), RemoteProtocolError, b"HTTP/1.1 400", 0),
    ("old version", saying(GOOD.replace(b"13", b"8")), RemoteProtocolError, b"HTTP/1.1 426", 0),
    ("no Connection", saying(GOOD.replace(b"Connection", b"Konnection")), RemoteProtocolError, b"HTTP/1.1 400", 0),
    ("no Host", saying(GOOD.replace(b"Host: x\r\n", b"")), RemoteProtocolError, b"HTTP/1.1 400", 0),
    ("host that is no name", saying(GOOD.replace(b": x", b": xn--\xff")), RemoteProtocolError, b"HTTP/1.1 400", 0),
    ("target that is no URL", saying(GOOD.replace(b"/ws", b"http://[x/")), RemoteProtocolError, b"HTTP/1.1 400", 0),
    ("GET without upgrade", saying(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"), NotAnUpgrade, b"", 0),
]


@pytest.mark.parametrize(("scenario", "client", "kind", "told", "within"), REQUESTS, ids=[row[0] for row in REQUESTS])
async def test_bad_requests(autojump_clock, scenario, client, kind, told, within):
    """The right error in time; the client is told what it can understand."""
    error, answer, elapsed = await accepting(client)
    print(f"| {scenario:25} | {type(error).__name__:20} | {elapsed:6.2f} s | {answer[:30]!r:34} | {error}")
    assert kind is type(error)
    assert elapsed <= within
    assert answer.startswith(told)


FRAMES = [
    ("no mask", frame(1, b"hi", masked=False), RemoteProtocolError, None),
    ("reserved bit", frame(1, b"hi", rsv=2), RemoteProtocolError, None),
    ("bad opcode", frame(5), RemoteProtocolError, None),
    ("bad UTF-8", frame(1, b"\xc3\x28"), RemoteProtocolError, None),
    ("stray continuation", frame(0), RemoteProtocolError, None),
    ("close of 1 byte", frame(8, b"x"), RemoteProtocolError, None),
    ("message too long", frame(2, b"x" * (LARGEST + 1)), LinkLost, 1009),
    ("close", frame(8, struct.pack("!H", 1000)), LinkLost, 1000),
    ("close and more", frame(8, struct.pack("!H", 1001)) + frame(1, b"x") * 100, LinkLost, 1001),
]


@pytest.mark.parametrize(("scenario", "data", "kind", "code"), FRAMES, ids=[row[0] for row in FRAMES])
async def test_bad_frames(autojump_clock, scenario, data, kind, code):
    """`receive` tells the right error at once, and leaving takes no time though the client stays."""

    async def client(stream):
        await stream.send_all(GOOD)
        await trio.sleep(1)
        await stream.send_all(data)

    async def body(link):
        with pytest.raises((LinkLost, RemoteProtocolError)) as caught:
            await link.receive()
        assert kind is type(caught.value)
        assert code == getattr(caught.value, "code", None)

    error, _, elapsed = await accepting(client, body)
    assert error is None
    assert elapsed <= 1 + CLOSE_WITHIN


async def test_a_client_that_never_answers_our_close(autojump_clock):
    """Closing with a code takes no longer than `close_within`."""

    async def body(link):
        await link.close(1008, "models/x is not found")

    error, told, elapsed = await accepting(saying(GOOD), body)
    assert error is None
    assert elapsed <= CLOSE_WITHIN
    assert told.endswith(b"\x88\x17\x03\xf0models/x is not found")


async def test_a_rejected_client_is_told_why(autojump_clock):
    """Status and JSON body, and the connection is closed."""
    error, told, elapsed = await accepting(saying(GOOD), check=lambda _: Rejection(401, '{"why": 1}'))
    assert (Refused, 401, 0) == (type(error), error.status, elapsed)
    assert told.startswith(b"HTTP/1.1 401")
    assert told.endswith(b'\r\n\r\n{"why": 1}')


async def test_a_failing_check_is_the_servers_own_error(autojump_clock):
    """It comes out bare, and the stream is closed."""

    def check(_):
        raise ZeroDivisionError

    with pytest.RaisesGroup(ZeroDivisionError):  # the group is that of the test's own nursery
        await accepting(saying(GOOD), check=check)


async def test_answering_a_client_that_is_gone_is_no_error(autojump_clock):
    """There is nobody left to tell."""
    here, there = trio.testing.memory_stream_pair()
    await here.aclose()
    await answer_http(there, 200, "{}")
    await answer_http(there, 200, b"{}")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.booleans())
def test_no_bytes_make_anything_but_typed_errors(data, after_the_upgrade):
    """Whatever comes, as a request or as frames: our errors, bounded time."""

    async def client(stream):
        if after_the_upgrade:
            await stream.send_all(GOOD)
            await trio.sleep(1)
        await stream.send_all(data)
        await trio.sleep(1)
        await stream.send_stream.aclose()

    async def body(link):
        with pytest.raises((LinkLost, RemoteProtocolError)):
            while True:
                await link.receive()

    async def main():
        _, _, elapsed = await accepting(client, body)
        assert elapsed <= HANDSHAKE_WITHIN + CLOSE_WITHIN

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


async def test_a_client_that_resets_before_its_answer(autojump_clock):
    """The 101 cannot be written: the link is lost before it began."""

    async def client(stream):
        await stream.send_all(GOOD)
        await stream.aclose()

    error, _, elapsed = await accepting(client)
    assert (LinkLost, 0) == (type(error), elapsed)

"""A server may do anything: each misdeed is a typed error, in time, and the stream is closed. All in virtual time."""

from __future__ import annotations

import base64
import hashlib
import struct

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from voice_actors.errors import LinkLost, Refused, RemoteProtocolError
from voice_actors.gemini.link import open_link

CONNECT_WITHIN, CLOSE_WITHIN, STALL, DEAD = 10.0, 2.0, 3.0, 60.0
LARGEST = 2**20


def frame(opcode, payload=b"", *, fin=True, rsv=0, masked=False, claim=None):
    """A frame as bytes, right or wrong as wanted; `claim` is the length that the header tells."""
    length = len(payload) if claim is None else claim
    first = (fin << 7) | (rsv << 4) | opcode
    if length < 126:
        head = struct.pack("!BB", first, (masked << 7) | length)
    elif length < 65536:
        head = struct.pack("!BBH", first, (masked << 7) | 126, length)
    else:
        head = struct.pack("!BBQ", first, (masked << 7) | 127, length)
    return head + (b"\0\0\0\0" if masked else b"") + payload


def close(code, reason=b""):
    return frame(8, struct.pack("!H", code) + reason)


async def request(stream):
    head = b""
    while b"\r\n\r\n" not in head:
        data = await stream.receive_some()
        assert data
        head += data
    return head


def accept_key(head):
    key = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key")).split(b": ")[1]
    return base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())


async def upgraded(stream, key=None, extra=b""):
    head = await request(stream)
    answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    answer += b"Sec-WebSocket-Accept: " + (key or accept_key(head)) + b"\r\n" + extra + b"\r\n"
    await stream.send_all(answer)


def answering(data, *, then_close=False):
    """A server that answers the upgrade with these bytes and leaves TCP open, or not."""

    async def server(stream):
        await request(stream)
        await stream.send_all(data)
        if then_close:
            await stream.aclose()
        await trio.sleep_forever()

    return server


def sending(data, *, then_close=False):
    """A server that upgrades, sends these bytes and leaves TCP open, or not."""

    async def server(stream):
        await upgraded(stream)
        await stream.send_all(data)
        if then_close:
            await stream.aclose()
        await trio.sleep_forever()

    return server


async def silent(stream):
    await trio.sleep_forever()


async def hangs_up_at_once(stream):
    await stream.aclose()


async def hangs_up_after_the_request(stream):
    await request(stream)
    await stream.aclose()


async def endless_body(stream):
    await request(stream)
    await stream.send_all(b"HTTP/1.1 503 Service Unavailable\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        await stream.send_all(b"400\r\n" + b"x" * 1024 + b"\r\n")
        await trio.sleep(0.001)


async def dripping_body(stream):
    await request(stream)
    await stream.send_all(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 1000000\r\n\r\nno room")
    while True:
        await stream.send_all(b".")
        await trio.sleep(0.5)


async def dripping_head(stream):
    await request(stream)
    for byte in b"HTTP/1.1 101 Switching Protocols\r\nX: " + b"y" * 1000:
        await stream.send_all(bytes([byte]))
        await trio.sleep(0.5)


async def header_flood(stream):
    await request(stream)
    await stream.send_all(b"HTTP/1.1 101 Switching Protocols\r\n")
    while True:
        await stream.send_all(b"x-flood: " + b"y" * 1000 + b"\r\n")
        await trio.sleep(0.001)


async def informational_flood(stream):
    await request(stream)
    while True:
        await stream.send_all(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
        await trio.sleep(0.001)


async def wrong_key(stream):
    await upgraded(stream, key=b"bm90IHRoZSByaWdodCBrZXk=")
    await trio.sleep_forever()


async def unasked_extension(stream):
    await upgraded(stream, extra=b"Sec-WebSocket-Extensions: permessage-deflate\r\n")
    await trio.sleep_forever()


async def unasked_subprotocol(stream):
    await upgraded(stream, extra=b"Sec-WebSocket-Protocol: chat\r\n")
    await trio.sleep_forever()


async def fragment_flood(stream):
    await upgraded(stream)
    await stream.send_all(frame(2, b"x", fin=False))
    while True:
        await stream.send_all(frame(0, b"x" * 1000, fin=False) * 64)
        await trio.sleep(0.001)


async def empty_fragment_flood(stream):
    await upgraded(stream)
    await stream.send_all(frame(2, b"", fin=False))
    for _ in range(100):
        await stream.send_all(frame(0, b"", fin=False) * 1000)
        await trio.sleep(0.001)
    await stream.aclose()


OPENING = [
    ("TCP accepted, then silence", silent, LinkLost, None, CONNECT_WITHIN),
    ("TCP closed at once", hangs_up_at_once, LinkLost, None, 0),
    ("TCP closed in the handshake", hangs_up_after_the_request, LinkLost, None, 0),
    ("503, endless body", endless_body, LinkLost, 503, 1),
    ("503, body that drips", dripping_body, LinkLost, 503, 1.001),
    ("101, header that drips", dripping_head, LinkLost, None, CONNECT_WITHIN),
    ("101, header flood", header_flood, RemoteProtocolError, None, 1),
    ("100 Continue flood", informational_flood, Refused, 100, 1),
    ("429 without length", answering(b"HTTP/1.1 429 Too Many\r\n\r\nslow down"), LinkLost, 429, 1.001),
    (
        "429 without length, closed",
        answering(b"HTTP/1.1 429 Too Many\r\n\r\nslow down", then_close=True),
        LinkLost,
        429,
        0,
    ),
    ("401", answering(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno"), Refused, 401, 0),
    ("404", answering(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), Refused, 404, 0),
    ("302 of a captive portal", answering(b"HTTP/1.1 302 Found\r\nLocation: /login\r\n\r\n"), Refused, 302, 1.001),
    ("200 and a page", answering(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>"), Refused, 200, 0),
    ("garbage", answering(b"\x16\x03\x01 what is this\r\n\r\n"), RemoteProtocolError, None, 0),
    ("SSH banner, then silence", answering(b"SSH-2.0-OpenSSH_9.6\r\n"), LinkLost, None, CONNECT_WITHIN),
    ("binary without line ends", answering(bytes(range(256)) * 2000), RemoteProtocolError, None, 0),
    ("wrong accept key", wrong_key, RemoteProtocolError, None, 0),
    (
        "101 without upgrade",
        answering(b"HTTP/1.1 101 Switching Protocols\r\nConnection: x\r\n\r\n"),
        RemoteProtocolError,
        None,
        0,
    ),
    ("extension nobody asked for", unasked_extension, RemoteProtocolError, None, 0),
    ("subprotocol nobody asked for", unasked_subprotocol, RemoteProtocolError, None, 0),
]

OPEN = [
    ("reserved bit", sending(frame(1, b"hi", rsv=4)), RemoteProtocolError, None, 0),
    ("bad opcode", sending(frame(3, b"hi")), RemoteProtocolError, None, 0),
    ("masked frame", sending(frame(1, b"hi", masked=True)), RemoteProtocolError, None, 0),
    ("bad UTF-8", sending(frame(1, b"\xff\xfe")), RemoteProtocolError, None, 0),
    ("stray continuation", sending(frame(0, b"hi")), RemoteProtocolError, None, 0),
    (
        "new message inside another",
        sending(frame(1, b"a", fin=False) + frame(1, b"b")),
        RemoteProtocolError,
        None,
        0,
    ),
    ("fragmented ping", sending(frame(9, b"", fin=False)), RemoteProtocolError, None, 0),
    ("ping of 126 bytes", sending(frame(9, b"x" * 126)), RemoteProtocolError, None, 0),
    ("length in too many bytes", sending(b"\x82\x7e\x00\x01x"), RemoteProtocolError, None, 0),
    ("close of 1 byte", sending(frame(8, b"\x03")), RemoteProtocolError, None, 0),
    ("close code 1006 on the wire", sending(close(1006)), RemoteProtocolError, None, 0),
    ("close code 2999", sending(close(2999)), RemoteProtocolError, None, 0),
    ("close reason that is not text", sending(close(1000, b"\xff")), RemoteProtocolError, None, 0),
    ("close without code", sending(frame(8)), LinkLost, 1005, 0),
    ("close 1011, TCP left open", sending(close(1011, b"Internal error encountered.")), LinkLost, 1011, 0),
    ("close 1007, TCP left open", sending(close(1007, b"Request contains an invalid argument.")), Refused, 1007, 0),
    ("close 1011 of quota", sending(close(1011, b"You exceeded your current quota")), Refused, 1011, 0),
    ("close, then more frames", sending(close(1000) + frame(1, b"late") * 1000), LinkLost, 1000, 0),
    ("FIN between frames", sending(b"", then_close=True), LinkLost, 1006, 0),
    ("FIN inside a frame", sending(frame(2, b"x", claim=100), then_close=True), LinkLost, 1006, 0),
    ("length claim of 2^62, then silence", sending(frame(2, b"x", claim=2**62)), LinkLost, 1006, DEAD),
    ("length claim of 2^63", sending(frame(2, b"x", claim=2**63)), RemoteProtocolError, None, 0),
    ("message too long", sending(frame(2, b"x" * (LARGEST + 1))), LinkLost, 1009, 1),
    ("text too long in bytes, not in letters", sending(frame(1, "é".encode() * LARGEST)), LinkLost, 1009, 1),
    ("fragments without end", fragment_flood, LinkLost, 1009, 1),
    ("empty fragments", empty_fragment_flood, LinkLost, 1006, 1),
    ("silence, pings unanswered", sending(b""), LinkLost, 1006, DEAD),
]


def tell(scenario, error, elapsed, where):
    print(f"| {scenario:40} | {where:7} | {type(error).__name__:20} | {elapsed:6.2f} s | {error}")


async def run(server, body, **settings):
    """Connect to `server`, run `body` on the link, and check that the stream was closed; our errors come out bare."""
    here, there = trio.testing.memory_stream_pair()
    ended = None
    async with trio.open_nursery() as nursery:

        async def serve():
            try:
                await server(there)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                await trio.sleep_forever()

        nursery.start_soon(serve)
        try:
            async with open_link("ws://peer/?key=k", {}, stream=here, max_message_bytes=LARGEST, **settings) as link:
                await body(link)
        except (LinkLost, Refused, RemoteProtocolError) as error:
            ended = error
        nursery.cancel_scope.cancel()
    with pytest.raises((trio.ClosedResourceError, trio.BrokenResourceError)):
        await here.send_all(b"x")
    if ended is not None:
        raise ended


@pytest.mark.parametrize(("scenario", "server", "kind", "status", "within"), OPENING, ids=[row[0] for row in OPENING])
async def test_bad_answer_to_the_upgrade(autojump_clock, scenario, server, kind, status, within):
    """No link, the right error, in time; never an exception group."""

    async def body(link):
        pytest.fail("there is no link")

    began = trio.current_time()
    with pytest.raises((LinkLost, Refused, RemoteProtocolError)) as caught:
        await run(server, body)
    elapsed = trio.current_time() - began
    tell(scenario, caught.value, elapsed, "opening")
    assert kind is type(caught.value)
    assert status == getattr(caught.value, "status", None)
    assert elapsed <= within
    assert "k" != str(caught.value)


@pytest.mark.parametrize(("scenario", "server", "kind", "code", "within"), OPEN, ids=[row[0] for row in OPEN])
async def test_bad_frames(autojump_clock, scenario, server, kind, code, within):
    """`receive` and `send` tell the right error in time, and leaving the block is quick though TCP stays open."""
    left = 0.0

    async def body(link):
        nonlocal left
        began = trio.current_time()
        with pytest.raises((LinkLost, Refused, RemoteProtocolError)) as caught:
            while True:
                await link.receive()
        left = trio.current_time()
        tell(scenario, caught.value, left - began, "open")
        assert kind is type(caught.value)
        assert code == getattr(caught.value, "code", None)
        assert left - began <= within
        await trio.sleep(0)
        with pytest.raises(kind):
            await link.send("x")

    await run(server, body)
    assert trio.current_time() - left <= CLOSE_WITHIN


async def test_silence_is_named_with_its_stage(autojump_clock):
    """The message tells what was waited for, and how long."""
    with pytest.raises(LinkLost, match=r"no answer within 4 s \(stage: WebSocket upgrade\)"):
        await run(silent, None, connect_within=4)


async def test_frames_before_the_close_are_not_lost(autojump_clock):
    """What was sent in one go with the answer, and before the close, arrives."""

    async def server(stream):
        head = await request(stream)
        await stream.send_all(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept_key(head) + b"\r\n\r\n" + frame(2, b"a") + frame(1, b"b") + close(1011)
        )
        await trio.sleep_forever()

    got = []

    async def body(link):
        await trio.sleep(1)
        got.append(await link.receive())
        got.append(await link.receive())
        with pytest.raises(LinkLost):
            await link.receive()

    await run(server, body)
    assert [b"a", "b"] == got


async def test_the_server_is_told_which_rule_it_broke(autojump_clock):
    """A Close with 1002 or 1009 goes out before the link is left."""
    told = {}
    for name, data, code in (("bit", frame(1, b"", rsv=4), 1002), ("size", frame(2, b"x" * (LARGEST + 1)), 1009)):

        async def server(stream, name=name, data=data):
            await upgraded(stream)
            await stream.send_all(data)
            got = bytes(await stream.receive_some())
            mask, payload = got[2:6], got[6:]
            told[name] = struct.unpack("!H", bytes(a ^ b for a, b in zip(payload[:2], mask, strict=False)))[0]

        async def body(link):
            with pytest.raises((LinkLost, RemoteProtocolError)):
                await link.receive()
            await trio.testing.wait_all_tasks_blocked()

        await run(server, body)
        assert code == told[name]


async def test_a_peer_that_takes_no_data_is_lost(take_nothing, autojump_clock):
    """A write without progress ends the link for the sender, for those who wait behind it, and for the receiver."""
    ended = []

    async def body(link):
        take_nothing(link)

        async def expect(call):
            with pytest.raises(LinkLost, match="taken no data for 3 s") as caught:
                await call()
            ended.append((trio.current_time(), caught.value.code))

        async with trio.open_nursery() as nursery:
            began = trio.current_time()
            nursery.start_soon(expect, lambda: link.send("x" * 100))
            nursery.start_soon(expect, lambda: link.send("y"))
            nursery.start_soon(expect, link.receive)
        assert 3 == len(ended)
        assert {(began + STALL, 1006)} == set(ended)

    await run(sending(b""), body)


async def test_a_peer_that_pings_but_never_reads_is_lost(take_nothing, autojump_clock):
    """Pongs that pile up must not stop the reader for ever."""

    async def body(link):
        take_nothing(link)
        began = trio.current_time()
        with pytest.raises(LinkLost, match="taken no data"):
            await link.receive()
        assert trio.current_time() - began <= STALL + 1

    async def server(stream):
        await upgraded(stream)
        while True:
            await trio.sleep(1)
            await stream.send_all(frame(9, b"are you there"))

    await run(server, body)


async def test_a_slow_peer_is_not_a_stalled_one(autojump_clock):
    """A large message may take long as long as each 16 KiB take less than the limit."""
    received = bytearray()

    async def body(link):
        async def slowly():
            await trio.sleep(2.5)

        link._socket.watched._inner.send_stream.send_all_hook = slowly
        await link.send(b"x" * 200_000)
        link._socket.watched._inner.send_stream.send_all_hook = None
        assert trio.current_time() >= 30
        await trio.testing.wait_all_tasks_blocked()

    async def server(stream):
        await upgraded(stream)
        async for data in stream:
            received.extend(data)

    await run(server, body)
    assert len(received) > 200_000


async def test_a_pong_after_half_a_minute_is_soon_enough(autojump_clock):
    """The service has been seen to take 8 to 30 s for a pong: no reason to hang up."""

    async def server(stream):
        await upgraded(stream)
        for _ in range(20):
            await trio.sleep(30)
            await stream.send_all(frame(10, b"voice"))
        await stream.send_all(frame(1, b"well"))
        await trio.sleep_forever()

    async def body(link):
        assert "well" == await link.receive()
        assert trio.current_time() >= 600

    await run(server, body)


@pytest.mark.parametrize("misdeed", ["silent", "floods", "pings", "unread"])
async def test_leaving_is_bounded_whatever_the_server_does(take_nothing, autojump_clock, misdeed):
    """A server that never answers our Close costs `close_within`, not more."""

    async def server(stream):
        await upgraded(stream)
        while True:
            if misdeed == "floods":
                await stream.send_all(frame(2, b"x" * 100))
            elif misdeed == "pings":
                await stream.send_all(frame(9))
            await trio.sleep(0.01)

    left = 0.0

    async def body(link):
        nonlocal left
        await trio.sleep(1)
        if misdeed == "unread":
            take_nothing(link)
        left = trio.current_time()

    await run(server, body)
    assert 0 <= trio.current_time() - left <= CLOSE_WITHIN + 0.01


async def test_a_peer_that_closes_and_takes_no_answer_is_let_go_of(take_nothing, autojump_clock):
    """In no more time than a goodbye may take, however long the answer to its Close would; `run` sees the stream closed."""
    left = 0.0

    async def server(stream):
        await upgraded(stream)
        await trio.sleep(1)
        await stream.send_all(close(1011))
        await trio.sleep_forever()

    async def body(link):
        nonlocal left
        take_nothing(link)
        with pytest.raises(LinkLost):
            await link.receive()
        left = trio.current_time()

    await run(server, body, close_within=0.1)
    assert trio.current_time() - left == pytest.approx(0.1)


async def test_an_error_of_a_cancelled_block_is_told_though_no_goodbye_is_answered(autojump_clock):
    """The cancellation does not come in between while the link is left."""

    async def body(link):
        try:
            await link.receive()
        finally:
            raise ValueError("late")

    with pytest.RaisesGroup(pytest.RaisesExc(ValueError, match="late")), trio.move_on_after(1):
        await run(sending(b""), body)
    assert trio.current_time() <= 1 + CLOSE_WITHIN


async def test_a_cancelled_connect_leaves_nothing_open(autojump_clock):
    """Cancelled in the handshake, the stream is closed at once and the cancellation goes on its way."""
    with trio.move_on_after(1) as scope:
        await run(silent, None)
    assert scope.cancelled_caught
    assert trio.current_time() <= scope.deadline + CLOSE_WITHIN


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=200), max_size=4), st.booleans())
def test_no_bytes_make_anything_but_typed_errors(pieces, after_the_upgrade):
    """Whatever comes in place of an answer or of frames: our errors, in bounded time."""

    async def server(stream):
        await (upgraded(stream) if after_the_upgrade else request(stream))
        for piece in pieces:
            await stream.send_all(piece)
            await trio.sleep(0.1)
        await stream.aclose()

    async def body(link):
        with pytest.raises((LinkLost, Refused, RemoteProtocolError)):
            while True:
                await link.receive()

    async def main():
        began = trio.current_time()
        try:
            await run(server, body)
        except (LinkLost, Refused, RemoteProtocolError):
            assert not after_the_upgrade
        assert trio.current_time() - began <= CONNECT_WITHIN + CLOSE_WITHIN

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))

"""TLS over a byte stream: against trio's own at the other end, however the records come, and however it ends."""

from __future__ import annotations

import ssl
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing
import trustme

from tests.gemini.streams import SlowStream
from voice_actors.gemini._tls import TlsStream

AUTHORITY = trustme.CA()
SERVER = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
AUTHORITY.issue_cert("peer").configure_cert(SERVER)


def trusting() -> ssl.SSLContext:
    """A client's context."""
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    return context


@asynccontextmanager
async def connected(*, version=None):
    """Our end, trio's end, and the two plain streams below them."""
    context = trusting()
    if version is not None:
        context.maximum_version = version
    here, there = trio.testing.memory_stream_pair()
    ours = TlsStream(here, context, "peer")
    theirs = trio.SSLStream(there, SERVER, server_side=True, https_compatible=True)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(theirs.do_handshake)
        nursery.start_soon(ours.do_handshake)
    yield ours, theirs, here, there


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_both_ways_at_once_and_in_order(version, autojump_clock):
    """A megabyte each way, in pieces of any size; small ones and an empty one."""
    sent = [bytes([number % 251]) * size for number, size in enumerate([1, 0, 16_384, 16_385, 500_000, 7, 483_223])]
    got: dict[str, bytearray] = {"ours": bytearray(), "theirs": bytearray()}
    async with connected(version=version) as (ours, theirs, *_), trio.open_nursery() as nursery:

        async def write(stream: trio.abc.Stream) -> None:
            for piece in sent:
                await stream.send_all(piece)

        async def read(stream: trio.abc.Stream, into: bytearray) -> None:
            while len(into) < sum(map(len, sent)):
                into += await stream.receive_some()

        for name, stream in (("ours", ours), ("theirs", theirs)):
            nursery.start_soon(write, stream)
            nursery.start_soon(read, stream, got[name])
    assert [b"".join(sent)] * 2 == [bytes(got["ours"]), bytes(got["theirs"])]


async def test_all_records_that_have_come_are_read_at_once(autojump_clock):
    """That is what it is for; `max_bytes` still holds."""
    async with connected() as (ours, theirs, *_):
        for number in range(5):
            await theirs.send_all(b"record %d " % number)
        assert b"rec" == await ours.receive_some(3)
        assert b"ord 0 record 1 record 2 record 3 record 4 " == await ours.receive_some()
        with pytest.raises(ValueError, match="max_bytes"):
            await ours.receive_some(0)


async def test_a_record_in_pieces_is_waited_for(autojump_clock):
    """Half of it is nothing yet."""
    context, (here, there), (relay, far) = (
        trusting(),
        trio.testing.memory_stream_pair(),
        trio.testing.memory_stream_pair(),
    )
    ours, theirs = TlsStream(here, context, "peer"), trio.SSLStream(far, SERVER, server_side=True)

    async def drip() -> None:
        while data := await relay.receive_some():
            for place in range(0, len(data), 10):
                await trio.sleep(0.001)
                await there.send_all(data[place : place + 10])

    async def back() -> None:
        while data := await there.receive_some():
            await relay.send_all(data)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(drip)
        nursery.start_soon(back)
        async with trio.open_nursery() as shaking:
            shaking.start_soon(theirs.do_handshake)
            shaking.start_soon(ours.do_handshake)
        await theirs.send_all(b"whole")
        assert b"whole" == await ours.receive_some()
        nursery.cancel_scope.cancel("seen")


@pytest.mark.parametrize("announced", [True, False])
async def test_the_end_comes_after_what_was_said(announced, autojump_clock):
    """Announced by the peer or not, once or asked for again."""
    async with connected() as (ours, theirs, _, there):
        await theirs.send_all(b"last ")
        await theirs.send_all(b"words")
        if announced:
            theirs._https_compatible = False  # trio's switch for saying goodbye
            await theirs.aclose()
        else:
            await there.aclose()
        assert b"last words" == await ours.receive_some()
        assert b"" == await ours.receive_some()
        assert b"" == await ours.receive_some()


async def test_what_is_no_tls_breaks_it_for_good(autojump_clock):
    """The cause says what it was; nothing is written any more."""
    async with connected() as (ours, _, _, there):
        await there.send_all(b"\x17\x03\x03\x00\x20" + bytes(32))
        with pytest.raises(trio.BrokenResourceError) as caught:
            await ours.receive_some()
        assert isinstance(caught.value.__cause__, ssl.SSLError)
        with pytest.raises(trio.BrokenResourceError):
            await ours.send_all(b"x")
        with pytest.raises(trio.BrokenResourceError):
            await ours.receive_some()


async def test_a_certificate_for_another_host_is_the_cause(autojump_clock):
    """As `start_tls` looks for it."""
    here, there = trio.testing.memory_stream_pair()
    ours, theirs = TlsStream(here, trusting(), "another"), trio.SSLStream(there, SERVER, server_side=True)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(theirs.do_handshake)
        with pytest.raises(trio.BrokenResourceError) as caught:
            await ours.do_handshake()
        nursery.cancel_scope.cancel("seen")
    assert isinstance(caught.value.__cause__, ssl.SSLCertVerificationError)


async def test_a_peer_that_leaves_in_the_handshake_is_the_cause(autojump_clock):
    """An end, not a distrust."""
    here, there = trio.testing.memory_stream_pair()
    await there.aclose()
    with pytest.raises(trio.BrokenResourceError):
        await TlsStream(here, trusting(), "peer").do_handshake()


async def test_writers_queue_up_and_one_that_is_cut_off_breaks_it(autojump_clock):
    """One that is cancelled before its turn has done no harm."""
    here, there = trio.testing.memory_stream_pair()
    narrow = SlowStream(here)
    ours, theirs = TlsStream(narrow, trusting(), "peer"), trio.SSLStream(there, SERVER, server_side=True)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(theirs.do_handshake)
        nursery.start_soon(ours.do_handshake)
    narrow.delay = 1.0
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ours.send_all, b"one ")
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(ours.send_all, b"two")
        with trio.move_on_after(0.5) as gave_up:
            await ours.send_all(b"never")
    assert gave_up.cancelled_caught
    got = b""
    while len(got) < 7:
        got += await theirs.receive_some()
    assert b"one two" == got
    with trio.move_on_after(0.5) as gave_up:
        await ours.send_all(b"cut off")
    assert gave_up.cancelled_caught
    with pytest.raises(trio.BrokenResourceError):
        await ours.send_all(b"more")


async def test_a_writer_lets_others_run(autojump_clock):
    """And whoever waits for room gets it."""
    async with connected() as (ours, *_):
        others = 0

        async def other() -> None:
            nonlocal others
            while True:
                others += 1
                await trio.lowlevel.checkpoint()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(other)
            for _ in range(80):
                await ours.send_all(b"chunk")
            nursery.cancel_scope.cancel("seen")
        assert others >= 10
        await ours.wait_send_all_might_not_block()


async def test_a_closed_one_says_so(autojump_clock):
    """As every stream of trio's."""
    async with connected() as (ours, theirs, *_):
        await ours.aclose()
        await ours.aclose()
        with pytest.raises(trio.ClosedResourceError):
            await ours.send_all(b"x")
        with pytest.raises(trio.ClosedResourceError):
            await ours.receive_some()
        assert b"" == await theirs.receive_some()

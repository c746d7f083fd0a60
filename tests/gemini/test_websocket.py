"""The mended WebSocket: messages in several frames, who has the scheduler meanwhile, pings, and what follows a goodbye."""

from __future__ import annotations

import base64
import hashlib
import itertools
import struct
from contextlib import asynccontextmanager
from itertools import groupby

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from tests.gemini.streams import PoliteStream
from tests.steps import Steps
from voice_actors.errors import LinkLost
from voice_actors.gemini.link import accept_link, open_link

LARGEST = 1_000
TEXT, BINARY, MORE, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10


def frame(opcode, payload=b"", *, fin=True):
    """One frame of a server."""
    length = len(payload)
    head = (
        struct.pack("!BB", (fin << 7) | opcode, length)
        if length < 126
        else struct.pack("!BBH", (fin << 7) | opcode, 126, length)
    )
    return head + payload


@asynccontextmanager
async def linked(**settings):
    """A client's link, and the stream of a server that has said yes to it and leaves the rest to the test."""
    here, there = trio.testing.memory_stream_pair()

    async def upgrade():
        head = b""
        while b"\r\n\r\n" not in head:
            head += await there.receive_some()
        key = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key")).split(b": ")[
            1
        ]
        accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        await there.send_all(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )

    async with trio.open_nursery() as nursery:
        nursery.start_soon(upgrade)
        async with open_link("ws://peer/", {}, stream=here, **{"max_message_bytes": LARGEST, **settings}) as link:
            yield link, there


async def test_a_message_in_several_frames_arrives_whole(autojump_clock):
    """Letters that a frame's end cuts through, empty frames, a ping in between; whole messages keep their places."""
    sent = [
        frame(TEXT, b"Gr\xc3", fin=False)
        + frame(PING, b"?")
        + frame(MORE, b"\xbc\xc3\x9f", fin=False)
        + frame(MORE, b"e"),
        frame(TEXT, b"whole"),
        frame(BINARY, b"\xff", fin=False) + frame(MORE, b"", fin=False) + frame(MORE, b"\x00"),
        frame(TEXT, b"", fin=False) + frame(MORE, b"late"),
        frame(BINARY, b"", fin=False) + frame(MORE, b""),
        frame(TEXT, b"last"),
    ]
    async with linked() as (link, server):
        await server.send_all(b"".join(sent))
        assert ["Grüße", "whole", b"\xff\x00", "late", b"", "last"] == [await link.receive() for _ in sent]


@pytest.mark.parametrize("letter", [b"x", "é".encode(), "☎".encode()])
@pytest.mark.parametrize("kind", [TEXT, BINARY])
async def test_a_message_may_be_as_long_as_is_allowed_and_no_longer(kind, letter, autojump_clock):
    """Counted in bytes, frame by frame, for each message anew."""
    longest = letter * (LARGEST // len(letter))
    longest += b"." * (LARGEST - len(longest))
    cut = len(letter) * 100 + 1
    whole = frame(kind, longest[:cut], fin=False) + frame(MORE, longest[cut:])
    async with linked() as (link, server):
        await server.send_all(whole * 2)
        wanted = longest if kind == BINARY else longest.decode()
        assert [wanted] * 2 == [await link.receive(), await link.receive()]
        await server.send_all(frame(kind, longest[:cut], fin=False) + frame(MORE, longest[cut:] + b"."))
        with pytest.raises(LinkLost, match="longer than we take") as caught:
            await link.receive()
        assert 1009 == caught.value.code


async def test_a_reader_of_much_lets_others_live_and_does_not_stop_for_each_message(autojump_clock):
    """Sixty messages that are there already: others have their turn between them, though not after each."""
    turns = 0

    async def live():
        nonlocal turns
        while True:
            turns += 1
            await trio.lowlevel.checkpoint()

    async with linked() as (link, server), trio.open_nursery() as nursery:
        await server.send_all(frame(TEXT, b"x") * 60)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(live)
        await trio.lowlevel.checkpoint()
        at = []
        for _ in range(60):
            await link.receive()
            at.append(turns)
        nursery.cancel_scope.cancel("seen enough")
    in_a_row = [len(list(some)) for _, some in groupby(at)]
    print(f"messages between two turns of another task: {in_a_row}")
    assert 2 <= max(in_a_row) <= 20


async def test_ten_thousand_frames_of_one_message_let_others_live(autojump_clock):
    """They come in one read."""
    turns = 0

    async def live():
        nonlocal turns
        while True:
            turns += 1
            await trio.lowlevel.checkpoint()

    async with linked() as (link, server), trio.open_nursery() as nursery:
        await trio.testing.wait_all_tasks_blocked()
        await server.send_all(frame(TEXT, b"", fin=False) + frame(MORE, b"", fin=False) * 10_000 + frame(MORE, b"end"))
        nursery.start_soon(live)
        assert "end" == await link.receive()
        print(f"another task had {turns} turns meanwhile")
        nursery.cancel_scope.cancel("seen enough")
    assert turns >= 1_000


async def test_only_the_answer_to_a_ping_tells_the_round_trip(autojump_clock):
    """The first one; a pong that nobody asked for, or that comes a second time, says nothing."""
    async with linked(ping_every=1_000.0) as (link, server):
        for number in range(3):
            await server.send_all(frame(PONG, b"voice %d" % number))
        await trio.testing.wait_all_tasks_blocked()
        assert link.round_trip is None
        await trio.sleep(1)
        ping = await server.receive_some()
        said = bytes(a ^ b for a, b in zip(ping[6:], ping[2:6] * 32, strict=False))
        await server.send_all(frame(PONG, b"not " + said))
        await trio.testing.wait_all_tasks_blocked()
        assert link.round_trip is None
        await server.send_all(frame(PONG, said))
        await trio.testing.wait_all_tasks_blocked()
        first = link.round_trip
        await trio.sleep(50)
        await server.send_all(frame(PONG, said))
        await trio.testing.wait_all_tasks_blocked()
        assert (pytest.approx(0.8), first) == (first, link.round_trip)


async def test_nothing_follows_a_goodbye(autojump_clock):
    """Who still wants to send is told; on the wire the Close is the last (RFC 6455, 5.5.1)."""
    async with linked() as (link, server), trio.open_nursery() as nursery:
        nursery.start_soon(link.hang_up)
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(LinkLost, match="closed on this side"):
            await link.send("too late")
        got = bytes(await server.receive_some())
        assert (0x80 | CLOSE, 2 + 4 + 2) == (got[0], len(got))
        nursery.cancel_scope.cancel("seen")


async def test_a_link_that_ends_in_order_closes_its_stream_in_order(autojump_clock):
    """TLS has a goodbye of its own."""
    here, there = trio.testing.memory_stream_pair()
    stream = PoliteStream(here)

    async def serve():
        async with accept_link(there) as link:
            with pytest.raises(LinkLost):
                await link.receive()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        async with open_link("ws://peer/", {}, stream=stream):
            await trio.testing.wait_all_tasks_blocked()
    assert stream.goodbyes[0]


def client_frames(data):
    """Opcodes and payloads of what a client said, short frames only."""
    while data:
        size, key = data[1] & 0x7F, data[2:6]
        yield data[0] & 0x0F, bytes(a ^ b for a, b in zip(data[6 : 6 + size], key * 32, strict=False))
        data = data[6 + size :]


async def test_a_message_wakes_the_one_who_waits_for_it_and_nobody_else(autojump_clock):
    """From the second message on; and a ping meanwhile is answered by the reader."""
    async with linked(ping_every=1_000.0) as (link, server), trio.open_nursery() as nursery:
        got = []

        async def receive():
            while True:
                got.append(await link.receive())

        nursery.start_soon(receive)
        await trio.testing.wait_all_tasks_blocked()
        await server.send_all(frame(TEXT, b"0"))
        await trio.testing.wait_all_tasks_blocked()
        with Steps() as steps:
            for number in range(1, 50):
                await server.send_all(frame(TEXT, b"%d" % number))
                await trio.testing.wait_all_tasks_blocked()
        assert [str(number) for number in range(50)] == got
        assert {"receive"} == set(steps.names)
        print(f"49 messages: {len(steps.names)} steps of {set(steps.names)}")
        await server.send_all(frame(PING, b"there?") + frame(TEXT, b"one more"))
        await trio.testing.wait_all_tasks_blocked()
        assert [(PONG, b"there?")] == list(client_frames(bytes(await server.receive_some())))
        assert "one more" == got[-1]
        nursery.cancel_scope.cancel("seen")


async def test_a_ping_is_answered_while_the_program_is_busy(autojump_clock):
    """Ten seconds at most after it came, with messages before and behind it, which are all there afterwards."""
    async with linked(ping_every=1_000.0) as (link, server):
        for number in range(2):  # the second one is read by whoever waits for it
            async with trio.open_nursery() as nursery:
                nursery.start_soon(server.send_all, frame(TEXT, b"%d" % number))
                assert str(number) == await link.receive()
        await trio.sleep(1)
        await server.receive_some()  # our own first ping
        await trio.sleep(30)
        asked_at = trio.current_time()
        await server.send_all(frame(TEXT, b"2") + frame(PING, b"there?") + frame(TEXT, b"3"))
        assert [(PONG, b"there?")] == list(client_frames(bytes(await server.receive_some())))
        print(f"answered after {trio.current_time() - asked_at:.1f} s")
        assert trio.current_time() - asked_at <= 10
        assert ["2", "3"] == [await link.receive(), await link.receive()]


@given(
    st.lists(st.sampled_from(["text", "data", "ping", "parts"]), max_size=12),
    st.lists(st.integers(0, 10**6), max_size=6),
    st.lists(st.sampled_from([0.0, 0.5, 7.0]), min_size=1, max_size=6),
    st.lists(st.booleans(), min_size=1, max_size=5),
)
def test_whoever_reads_nothing_is_lost_and_all_in_order(kinds, cuts, pauses, cancels):
    """Messages whole and in parts, pings between, in any pieces and pauses; a receiver that is cancelled now and then."""
    wanted, data = [], b""
    for number, kind in enumerate(kinds):
        said = b"message %d" % number
        if kind == "parts":
            data += frame(TEXT, said[:4], fin=False) + frame(PING, b"within") + frame(MORE, said[4:])
        else:
            data += frame({"text": TEXT, "data": BINARY, "ping": PING}[kind], said)
        if kind != "ping":
            wanted.append(said if kind == "data" else said.decode())
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    got, answers = [], []

    async def converse():
        async with linked(ping_every=1_000.0) as (link, server), trio.open_nursery() as nursery:

            async def say():
                for number, (start, end) in enumerate(zip(places, places[1:], strict=False)):
                    await server.send_all(data[start:end])
                    await trio.sleep(pauses[number % len(pauses)])

            async def hear():
                while True:
                    answers.append(await server.receive_some())

            nursery.start_soon(say)
            nursery.start_soon(hear)
            turns = itertools.count()
            while len(got) < len(wanted):
                with trio.move_on_after(1.0 if cancels[next(turns) % len(cancels)] else 100.0):
                    got.append(await link.receive())
            await trio.sleep(50)
            nursery.cancel_scope.cancel("seen")

    trio.run(converse, clock=trio.testing.MockClock(autojump_threshold=0))
    assert wanted == got
    pongs = [said for opcode, said in client_frames(b"".join(answers)) if opcode == PONG]
    pinged = [
        b"within" if kind == "parts" else b"message %d" % n for n, kind in enumerate(kinds) if kind in {"ping", "parts"}
    ]
    assert pinged == pongs

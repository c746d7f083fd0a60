"""The link between two well-behaved sides, and how it ends."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing
from trio_websocket import WebSocketConnection
from wsproto import ConnectionType, WSConnection
from wsproto.events import CloseConnection, Request

from tests.gemini.streams import SlowStream
from voice_actors.errors import ConfigError, LinkLost, Refused
from voice_actors.gemini.link import NotAnUpgrade, Rejection, accept_link, answer_http, open_link

KEY = "AIzaSyD-very-secret-key-0123456789"


@asynccontextmanager
async def linked(url="ws://peer/live?alt=1", headers=None, check=None, client=None, server=None, far=0.0):
    """A client's and a server's link over two memory pipes."""
    here, there = trio.testing.memory_stream_pair()
    here = SlowStream(here, far) if far else here
    ready, done = trio.Event(), trio.Event()
    accepted = []

    async def serve():
        async with accept_link(there, check=check, **(server or {})) as link:
            accepted.append(link)
            ready.set()
            await done.wait()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        async with open_link(url, headers or {}, stream=here, **(client or {})) as link:
            await ready.wait()
            try:
                yield link, accepted[0]
            finally:
                done.set()


async def test_frames_arrive_whole_in_order_and_as_what_they_were(autojump_clock):
    """Text stays text, bytes stay bytes, empty and large frames too, both ways."""
    frames = ["", "é" * 70_000, b"", b"\x00\xff" * 200_000, "x"]
    async with linked() as (client, server), trio.open_nursery() as nursery:
        for sender, receiver in ((client, server), (server, client)):

            async def send(sender=sender):
                for frame in frames:
                    await sender.send(frame)

            nursery.start_soon(send)
            assert frames == [await receiver.receive() for _ in frames]


async def test_server_sees_what_the_client_asked_for(autojump_clock):
    """Path as sent, query, and headers in lower case; nothing of it in the repr but names."""
    async with linked("ws://peer:8000//ws/x.Y?key=k1", {"X-Goog-Api-Key": KEY + "\n"}) as (_, server):
        upgrade = server.upgrade
        assert "//ws/x.Y" == upgrade.path
        assert "key=k1" == upgrade.query
        assert KEY == upgrade.headers["x-goog-api-key"]
        assert "peer:8000" == upgrade.headers["host"]
        assert "sec-websocket-extensions" not in upgrade.headers
        assert KEY not in repr(upgrade)
        assert "k1" not in repr(upgrade)


async def test_default_ports_stay_out_of_the_host_header(autojump_clock):
    """As browsers do; some front ends compare it literally."""
    async with linked("ws://peer/") as (_, server):
        assert "peer" == server.upgrade.headers["host"]


async def test_server_closes_with_a_code_and_both_sides_leave(autojump_clock):
    """The client is told code and reason, after the frames that were sent before, again and again."""
    async with linked() as (client, server):
        await server.send("last")
        await server.close(1011, "Internal error encountered.")
        assert "last" == await client.receive()
        for _ in range(2):
            with pytest.raises(LinkLost) as caught:
                await client.receive()
            assert (1011, "Internal error encountered.") == (caught.value.code, caught.value.reason)
        with pytest.raises(LinkLost):
            await client.send("too late")
        with pytest.raises(LinkLost):
            await server.receive()


async def test_leaving_the_block_closes_with_1000(autojump_clock):
    """The server learns of it as a proper close, without waiting."""
    here, there = trio.testing.memory_stream_pair()
    codes = []

    async def serve():
        async with accept_link(there) as link:
            with pytest.raises(LinkLost) as caught:
                await link.receive()
            codes.append(caught.value.code)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        before = trio.current_time()
        async with open_link("ws://peer/", {}, stream=here):
            pass
        assert before == trio.current_time()
    assert [1000] == codes


async def test_a_close_is_answered_although_the_block_is_left_at_once(autojump_clock):
    """The answer is under way when the block hears that it is over; RFC 6455 wants it to arrive (section 5.5.1)."""
    here, there = trio.testing.memory_stream_pair()
    write_at_once = there.send_stream.send_all

    async def write_later(data):
        await trio.sleep(0.1)
        await write_at_once(data)

    there.send_stream.send_all = write_later

    async def serve():
        async with accept_link(there) as link:
            with pytest.raises(LinkLost):
                await link.receive()

    client = WSConnection(ConnectionType.CLIENT)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        await here.send_all(client.send(Request(host="peer", target="/")))
        client.receive_data(await here.receive_some())
        await here.send_all(client.send(CloseConnection(code=1000)))
        client.receive_data(await here.receive_some() or None)
    _, answer = client.events()
    assert CloseConnection(code=1000, reason="") == answer


async def test_a_cancelled_block_still_says_goodbye(autojump_clock):
    """Cancellation from outside ends in a proper close, at once."""
    codes = []
    here, there = trio.testing.memory_stream_pair()

    async def serve():
        async with accept_link(there) as link:
            try:
                await link.receive()
            except LinkLost as error:
                codes.append(error.code)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        with trio.move_on_after(5) as scope:
            async with open_link("ws://peer/", {}, stream=here) as link:
                await link.receive()
        assert scope.cancelled_caught
        assert scope.deadline == pytest.approx(trio.current_time())
    assert [1000] == codes


@pytest.mark.parametrize("error", [ValueError("mine"), KeyboardInterrupt("mine"), LinkLost("mine")])
async def test_the_blocks_own_error_comes_out_bare(autojump_clock, error):
    """No exception group, and the very same object, whatever state the link is in."""
    here, there = trio.testing.memory_stream_pair()

    async def serve():
        async with accept_link(there) as link:
            await link.close(1011, "")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        with pytest.raises(type(error), match="mine") as caught:
            async with open_link("ws://peer/", {}, stream=here):
                await trio.sleep(1)
                raise error
        assert caught.value is error


async def test_an_error_while_cancelled_is_not_masked(autojump_clock):
    """A block that fails on its way out of a cancellation keeps its error."""
    here, there = trio.testing.memory_stream_pair()
    async with trio.open_nursery() as nursery:

        async def serve():
            async with accept_link(there) as link:
                with pytest.raises(LinkLost):
                    await link.receive()

        nursery.start_soon(serve)
        with pytest.raises(ValueError, match="late"), trio.move_on_after(1):
            async with open_link("ws://peer/", {}, stream=here) as client:
                try:
                    await client.receive()
                finally:
                    raise ValueError("late")


async def test_sends_queue_up_in_order(autojump_clock):
    """Many tasks sending at once: each frame arrives whole, in the order of the calls."""
    async with linked() as (client, server), trio.open_nursery() as nursery:
        for number in range(20):
            nursery.start_soon(client.send, f"{number}:" + "x" * 30_000)
            await trio.testing.wait_all_tasks_blocked()
        numbers = [int(str(await server.receive()).partition(":")[0]) for _ in range(20)]
        assert list(range(20)) == numbers


async def test_pongs_go_out_while_nobody_receives(autojump_clock):
    """A client that is busy, with frames unread, still answers each ping."""
    here, there = trio.testing.memory_stream_pair()
    async with trio.open_nursery() as nursery:
        raw = WebSocketConnection(there, WSConnection(ConnectionType.SERVER))
        nursery.start_soon(raw._reader_task)

        async def serve():
            request = await raw._get_request()
            await request.accept()
            for _ in range(5):
                for _ in range(10):
                    await raw.send_message("unread")
                with trio.fail_after(1):
                    await raw.ping()
            await raw.aclose(1000)

        nursery.start_soon(serve)
        async with open_link("ws://peer/", {}, stream=here) as link:
            await trio.sleep(30)
            assert ["unread"] * 50 == [await link.receive() for _ in range(50)]
            with pytest.raises(LinkLost):
                await link.receive()


async def test_a_quiet_link_is_kept_alive_by_pings(autojump_clock):
    """An hour of silence is no reason to hang up, as long as pings are answered."""
    async with linked() as (client, server):
        await trio.sleep(3600)
        await server.send("still here")
        assert "still here" == await client.receive()


async def test_the_round_trip_is_measured_by_pings(autojump_clock):
    """By the newest that was answered, the first of them soon after the upgrade."""
    async with linked(far=0.04, client={"ping_every": 5.0}) as (client, _server):
        before = client.round_trip
        await trio.sleep(0.5)
        print(f"before the first pong: {before}, after: {client.round_trip * 1000:.1f} ms")
        assert (None, pytest.approx(0.04)) == (before, client.round_trip)


async def test_a_busy_application_is_not_a_dead_peer(autojump_clock):
    """With the read-ahead full, nothing is read for minutes; that is our doing, and no reason to hang up."""
    async with linked() as (client, server), trio.open_nursery() as nursery:

        async def send():
            for number in range(100):
                await server.send(f"{number}")

        nursery.start_soon(send)
        await trio.sleep(55)
        assert [f"{n}" for n in range(100)] == [await client.receive() for _ in range(100)]


async def test_check_refuses_with_a_status(autojump_clock):
    """The client is told what the server thinks, and the server's own block is not entered."""
    here, there = trio.testing.memory_stream_pair()

    async def serve():
        with pytest.raises(Refused) as caught:
            async with accept_link(there, check=lambda upgrade: Rejection(403, '{"error":{"message":"no such key"}}')):
                pytest.fail("entered")
        assert 403 == caught.value.status

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        with pytest.raises(Refused, match="no such key") as caught:
            async with open_link("ws://peer/", {}, stream=here):
                pytest.fail("entered")
        assert 403 == caught.value.status


async def test_a_plain_http_request_leaves_the_stream_to_the_caller(autojump_clock):
    """The whole request is handed over, and can be answered on the same stream."""
    here, there = trio.testing.memory_stream_pair()

    async def serve():
        with pytest.raises(NotAnUpgrade) as caught:
            async with accept_link(there):
                pytest.fail("entered")
        request = caught.value
        assert ("POST", "/v1beta/auth_tokens", "a=b", b'{"uses": 1}') == (
            request.method,
            request.path,
            request.query,
            request.body,
        )
        await answer_http(there, 200, '{"name": "auth_tokens/x"}')

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        await here.send_all(b"POST /v1beta/auth_tokens?a=b HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n")
        await trio.sleep(1)
        await here.send_all(b'{"uses": 1}')
        answer = b""
        while data := await here.receive_some():
            answer += data
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b'{"name": "auth_tokens/x"}')


async def test_a_cancelled_send_ends_the_link(take_nothing, autojump_clock):
    """Half a frame is out: the next call says so, a task that was receiving too, and leaving takes no time."""
    async with linked(server={"max_message_bytes": 2**30}) as (client, server):
        take_nothing(client)
        with trio.move_on_after(1) as scope:
            await client.send("x" * 100_000)
        assert scope.cancelled_caught
        for call in (client.send("more"), client.receive()):
            with pytest.raises(LinkLost, match="cancelled half way") as caught:
                await call
            assert 1006 == caught.value.code


async def test_a_send_that_was_cancelled_before_it_began_is_no_loss(autojump_clock):
    """Nothing is out, so the link goes on."""
    async with linked() as (client, server):
        with trio.CancelScope() as scope:
            scope.cancel()
            await client.send("never")
        await client.send("after")
        assert "after" == await server.receive()


@pytest.mark.parametrize("name", ["bad name", "x\n", ""])
async def test_a_header_that_cannot_be_sent_is_a_setting(name):
    """Found before connecting, and without showing the value."""
    with pytest.raises(ConfigError) as caught:
        async with open_link("ws://peer/", {name: KEY}):
            pytest.fail("entered")
    assert KEY not in str(caught.value)
    with pytest.raises(ConfigError) as caught:
        async with open_link("ws://peer/", {"x-goog-api-key": KEY + "\r\nx: y"}):
            pytest.fail("entered")
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("ftp://peer/?key=hidden", None),
        ("ws:///?key=hidden", None),
        ("ws://peer:99999/?key=hidden", None),
        ("ws://peer/ x?key=hidden", None),
        ("ws://peer/", "socks5://user:hidden@proxy:1"),
        ("ws://peer/", "http://user:hidden@:1"),
    ],
)
async def test_a_url_that_cannot_be_used_is_a_setting(url, proxy):
    """The error never quotes it, since a URL may hold a key or a password."""
    with pytest.raises(ConfigError) as caught:
        async with open_link(url, {}, proxy=proxy):
            pytest.fail("entered")
    assert "hidden" not in str(caught.value)


async def test_nothing_secret_is_logged(autojump_clock, caplog):
    """With every logger at DEBUG, the key appears nowhere."""
    caplog.set_level(logging.DEBUG)
    async with linked("ws://peer/?key=" + KEY, {"x-goog-api-key": KEY}) as (client, server):
        await client.send("x")
        await server.receive()
    assert KEY not in caplog.text


async def test_who_closes_is_told_so_and_nobody_else(autojump_clock):
    """Our own goodbye is no failure of the other side's; theirs keeps its code, though we say goodbye after it."""
    async with linked() as (client, server):
        await client.hang_up()
        with pytest.raises(LinkLost, match="closed on this side") as lost:
            await client.send("too late")
        assert (1000, "ended") == (lost.value.code, lost.value.kind)
        assert "closed on this side" not in str(server.verdict())
    async with linked() as (client, server):
        await server.close(1011, "out of order")
        with pytest.raises(LinkLost, match="out of order"):
            await client.receive()
        await client.hang_up()
        assert 1011 == client.verdict().code

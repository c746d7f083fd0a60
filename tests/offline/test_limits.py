"""What one client may ask of the server: it is slowed down, or let go, and the others never notice."""

from __future__ import annotations

from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, Ping, Pong, Request

from voice_actors.errors import LinkLost
from voice_actors.gemini import client as wire
from voice_actors.gemini import events as e
from voice_actors.gemini.link import open_link
from voice_actors.testing import open_offline_server

MODEL = "models/gemini-2.5-flash-native-audio-latest"
CHUNK = wire.encode(e.AudioIn(bytes(640)))


@asynccontextmanager
async def in_session(server):
    """A client whose setup is complete."""
    async with open_link("ws://memory/", {}, stream=server.stream()) as link:
        await link.send(wire.encode(e.Setup({"model": MODEL})))
        await link.receive()
        yield link


async def answered(link) -> float:
    """The seconds from a question to the end of its answer."""
    began = trio.current_time()
    await link.send(wire.encode(e.TextIn("hello")))
    while not any(isinstance(event, e.TurnComplete) for event in wire.decode(await link.receive())):
        continue
    return trio.current_time() - began


async def agree(_dialogue):
    """A mind that always takes as long."""
    yield "yes indeed"


async def all_gone(server) -> None:
    with trio.fail_after(600):
        while server.clients:
            await trio.sleep(1)


async def test_a_client_that_says_nothing_more_is_let_go(autojump_clock):
    """After `idle_within` seconds since its last message, with 1008; not before, however long the call is."""
    async with open_offline_server(idle_within=60.0) as server, in_session(server) as link:
        for _ in range(5):
            await trio.sleep(50)
            await link.send(CHUNK)
        began = trio.current_time()
        with pytest.raises(LinkLost) as caught:
            await link.receive()
        assert (1008, "The session was idle for too long.") == (caught.value.code, caught.value.reason)
        assert trio.current_time() - began == pytest.approx(60, abs=1)


async def test_a_client_that_is_gone_is_noticed(autojump_clock):
    """It answers no ping: after `dead_after` seconds it holds no place any more; one that answers holds it."""
    async with open_offline_server(dead_after=120.0) as server, in_session(server):
        stream = server.stream()
        peer = WSConnection(ConnectionType.CLIENT)
        await stream.send_all(peer.send(Request(host="memory", target="/")))
        peer.receive_data(await stream.receive_some())
        await stream.send_all(peer.send(_message(e.Setup({"model": MODEL}))))
        await trio.sleep(100)
        assert server.clients == 2
        await trio.sleep(30)
        assert server.clients == 1
        await trio.sleep(600)
        assert server.clients == 1


def _message(event):
    from wsproto.events import TextMessage

    return TextMessage(data=wire.encode(event))


@pytest.mark.parametrize(
    ("limits", "frames", "seconds"),
    [({"messages_per_second": 100.0}, 5_400, 50), ({"bytes_per_second": 40_000.0}, 2_000, 41)],
)
async def test_who_sends_too_fast_is_slowed_down(autojump_clock, limits, frames, seconds):
    """Nothing is lost and nothing is closed; the sender waits, and another client's answer takes as long as ever."""
    async with open_offline_server(mind=agree, **limits) as server, in_session(server) as patient:
        alone = await answered(patient)
        took = []

        async def flood():
            async with in_session(server) as link:
                began = trio.current_time()
                for _ in range(frames):
                    await link.send(CHUNK)
                await answered(link)
                took.append(trio.current_time() - began)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(flood)
            await trio.sleep(20)
            assert not took
            assert await answered(patient) == pytest.approx(alone, abs=0.01)
        print(f"{frames} frames of {len(CHUNK)} bytes took {took[0]:.1f} s; the other client's answer {alone:.1f} s")
        assert took[0] == pytest.approx(seconds, abs=seconds * 0.1 + alone)


async def test_speech_at_many_times_real_time_is_not_slowed_down(autojump_clock):
    """A program that sends a file: a minute of speech in chunks of 20 ms, all at once."""
    async with open_offline_server() as server, in_session(server) as link:
        began = trio.current_time()
        for _ in range(3_000):
            await link.send(CHUNK)
        assert trio.current_time() - began < 1


async def test_a_flood_of_pings_is_answered_in_its_time(autojump_clock):
    """Two hundred at once, then fifty a second: whoever sends them waits for them."""
    async with open_offline_server() as server:
        stream = server.stream()
        peer = WSConnection(ConnectionType.CLIENT)
        await stream.send_all(peer.send(Request(host="memory", target="/")))
        began, pongs = trio.current_time(), 0
        while pongs < 400:
            peer.receive_data(await stream.receive_some())
            for event in peer.events():
                if isinstance(event, AcceptConnection):
                    await stream.send_all(b"".join(peer.send(Ping()) for _ in range(400)))
                pongs += isinstance(event, Pong)
        assert trio.current_time() - began == pytest.approx(4, abs=0.2)
        await trio.aclose_forcefully(stream)
        await all_gone(server)

"""The socket under TLS: the kernel is asked first, and what it does not take is not lost."""

from __future__ import annotations

import socket
import struct
import sys

import pytest
import trio

from voice_actors.gemini._prompt import prompt

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows' sockets cannot be written to like files")


async def connected():
    """Both ends of a connection over loopback."""
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with listener:
        client = await trio.open_tcp_stream("127.0.0.1", listener.socket.getsockname()[1])
        return client, await listener.accept()


async def test_more_than_the_socket_takes_arrives_whole_and_in_order():
    """Eight megabytes at a reader who begins late."""
    here, there = await connected()
    sent = b"".join(number.to_bytes(4, "big") for number in range(2_000_000))
    got = bytearray()

    async def read() -> None:
        async for data in there:
            got.extend(data)

    async with here, there, trio.open_nursery() as nursery:
        stream = prompt(here)
        assert stream is not here

        async def write() -> None:
            await stream.send_all(sent)
            await stream.send_all(memoryview(b"end"))
            await stream.aclose()

        nursery.start_soon(write)
        await trio.testing.wait_all_tasks_blocked()
        assert not got
        nursery.start_soon(read)
    assert sent + b"end" == bytes(got)


async def test_a_small_write_does_not_visit_the_scheduler():
    """That is what it is for; the caller has a checkpoint of its own."""
    here, there = await connected()
    async with here, there:
        others = 0

        async def other() -> None:
            nonlocal others
            while True:
                others += 1
                await trio.lowlevel.checkpoint()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(other)
            await trio.lowlevel.checkpoint()
            before = others
            await prompt(here).send_all(b"chunk")
            assert before == others
            nursery.cancel_scope.cancel("seen")
        assert b"chunk" == await there.receive_some()


async def test_a_closed_socket_says_so():
    """In trio's own words, from either side."""
    here, there = await connected()
    stream = prompt(here)
    await stream.aclose()
    with pytest.raises(trio.ClosedResourceError):
        await stream.send_all(b"x")
    await there.aclose()
    here, there = await connected()
    await trio.aclose_forcefully(there)
    with pytest.raises(trio.BrokenResourceError):
        for _ in range(1_000):
            await prompt(here).send_all(bytes(100_000))
    await here.aclose()


async def test_what_comes_is_read_to_the_last_byte():
    """In pieces of every size, also of exactly what is read at once, then the end; and no read asks in vain."""
    here, there = await connected()
    stream, asked = prompt(here), 0
    sizes = [1, 3, 7, 65_536, 1, 200_000, 65_535, 65_536, 65_537, 2]

    async def count(max_bytes: int) -> bytes:
        nonlocal asked
        asked += 1
        return await trio.SocketStream.receive_some(here, max_bytes)

    here.receive_some = count
    for number, size in enumerate(sizes):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(there.send_all, bytes([number]) * size)
            got = b""
            while len(got) < size:
                got += await stream.receive_some()
        assert bytes([number]) * size == got
    assert b"ab" == await _after(there.send_all(b"abc"), stream.receive_some(2))
    assert b"c" == await stream.receive_some(2)
    await there.aclose()
    assert b"" == await stream.receive_some()
    print(f"{sum(sizes)} bytes; the socket was asked before it had told of bytes {asked} times")
    assert asked < 2 * len(sizes)
    await here.aclose()


async def _after(first, then):
    await first
    return await then


async def test_a_reader_that_was_woken_for_nothing_waits_on(monkeypatch):
    """The kernel may say that there is something, and then that there is not."""
    here, there = await connected()
    stream = prompt(here)
    await _after(there.send_all(b"x"), stream.receive_some())
    woken = []

    async def nothing(_sock) -> None:
        woken.append(await trio.lowlevel.checkpoint())

    async with here, there, trio.open_nursery() as nursery:
        with monkeypatch.context() as patched:
            patched.setattr(trio.lowlevel, "wait_readable", nothing)
            nursery.start_soon(_expect, stream, b"something")
            await trio.testing.wait_all_tasks_blocked()
        assert 1 == len(woken)
        await there.send_all(b"something")


async def _expect(stream, data):
    assert data == await stream.receive_some()


async def test_a_reader_learns_of_the_end_however_it_comes():
    """Closed here while it waits, or before; broken from there while it waits."""
    here, there = await connected()
    stream = prompt(here)
    await there.send_all(b"x")
    assert b"x" == await stream.receive_some()
    async with trio.open_nursery() as nursery:

        async def read() -> None:
            with pytest.raises(trio.ClosedResourceError):
                await stream.receive_some()

        nursery.start_soon(read)
        await trio.testing.wait_all_tasks_blocked()
        await stream.aclose()
    with pytest.raises(trio.ClosedResourceError):
        await stream.receive_some()
    await there.aclose()
    here, there = await connected()
    stream = prompt(here)
    await there.send_all(b"x")
    assert b"x" == await stream.receive_some()
    there.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    await there.aclose()
    with pytest.raises(trio.BrokenResourceError):
        await stream.receive_some()
    await here.aclose()


async def test_other_streams_stay_as_they_are():
    """In memory there is nothing to gain."""
    stream, _ = trio.testing.memory_stream_pair()
    assert stream is prompt(stream)

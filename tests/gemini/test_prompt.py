"""The socket under TLS: the kernel is asked first, and what it does not take is not lost."""

from __future__ import annotations

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


async def test_other_streams_stay_as_they_are():
    """In memory there is nothing to gain."""
    stream, _ = trio.testing.memory_stream_pair()
    assert stream is prompt(stream)

"""What stands under trio-websocket's reader hands messages over and lets everything else through."""

from __future__ import annotations

import trio
import trio.testing

from voice_actors.gemini._frames import Cutter, framed
from voice_actors.gemini._short_way import ShortWay

PING = b"\x89\x04ping"


async def test_messages_are_handed_over_and_the_rest_is_read(autojump_clock):
    """In the order in which they came; before it begins everything is read as it is."""
    here, there = trio.testing.memory_stream_pair()
    said: list[str | bytes] = []

    async def hear(message: str | bytes) -> None:
        said.append(message)
        await trio.lowlevel.checkpoint()

    short = ShortWay(here, hear)
    await there.send_all(b"HTTP/1.1 101\r\n\r\n")
    assert b"HTTP/1.1 101\r\n\r\n" == await short.receive_some()
    short.begin(Cutter(masked=False, longest=100))
    await there.send_all(framed("one", masked=False) + PING + framed(b"two", masked=False) + PING + PING)
    assert PING == await short.receive_some()
    assert ["one"] == said
    assert PING == await short.receive_some()
    assert ["one", b"two"] == said
    assert PING == await short.receive_some()
    await there.send_all(framed("three", masked=False))
    await there.aclose()
    assert b"" == await short.receive_some()
    assert ["one", b"two", "three"] == said


async def test_writes_and_the_close_go_through(autojump_clock):
    """It is the stream below in everything else."""
    here, there = trio.testing.memory_stream_pair()
    short = ShortWay(here, lambda _: trio.lowlevel.checkpoint())
    await short.wait_send_all_might_not_block()
    await short.send_all(b"out")
    assert b"out" == await there.receive_some()
    await short.aclose()
    assert b"" == await there.receive_some()

"""What stands under trio-websocket's reader hands messages over and lets everything else through."""

from __future__ import annotations

from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing

from voice_actors.gemini._frames import Cutter, framed
from voice_actors.gemini._short_way import LOOK_EVERY, ShortWay

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


@asynccontextmanager
async def rested(hand_over=None):
    """A short way whose reading was borrowed: the reader rests, and what it was given is noted."""
    here, there = trio.testing.memory_stream_pair()
    short, given = ShortWay(here, hand_over or (lambda _: trio.lowlevel.checkpoint())), []

    async def read() -> None:
        while data := await short.receive_some():
            given.append(bytes(data))
        given.append(b"")

    short.begin(Cutter(masked=False, longest=100))
    short.borrow()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(read)
        await trio.testing.wait_all_tasks_blocked()
        yield short, there, given
        nursery.cancel_scope.cancel("seen")


async def test_whoever_borrows_the_reading_reads_for_himself(autojump_clock):
    """Several messages in one read come one after the other, and the reader is not woken for any."""
    async with rested() as (short, there, given):
        await there.send_all(framed("one", masked=False) + framed("two", masked=False) + framed("", masked=False))
        assert short.cut_already() is None, "it has not been read"
        assert ["one", "two"] == [await short.read_message(), await short.read_message()]
        assert ["", None] == [short.cut_already(), short.cut_already()]
        async with trio.open_nursery() as nursery:
            nursery.start_soon(there.send_all, framed(b"three", masked=False))
            assert b"three" == await short.read_message()
        assert not given


async def test_what_is_no_message_ends_the_readers_rest(autojump_clock):
    """It sees that before anything that came after it, and then reads on until somebody borrows again."""
    handed = []

    async def hand_over(message: str | bytes) -> None:
        handed.append(message)
        short.borrow()
        await trio.lowlevel.checkpoint()

    async with rested(hand_over) as (short, there, given):
        await there.send_all(framed("one", masked=False) + PING + framed("two", masked=False) + PING)
        assert "one" == await short.read_message()
        assert short.cut_already() is None, "the ping is the reader's"
        assert [None, None] == [await short.read_message() for _ in range(2)]
        assert short.cut_already() is None, "and what comes after it, now that it reads"
        await trio.testing.wait_all_tasks_blocked()
        assert ([PING, PING], ["two"]) == (given, handed)
        await there.send_all(framed("three", masked=False))
        assert "three" == await short.read_message()


async def test_a_reader_that_nobody_replaces_goes_on(autojump_clock):
    """After its time, so that a ping is answered though a program is busy; at once, where the borrower was cancelled."""
    async with rested() as (short, there, given):
        await there.send_all(framed("one", masked=False))
        await trio.sleep(3)
        assert "one" == await short.read_message()
        await there.send_all(PING)
        await trio.sleep(2 * LOOK_EVERY - 3.1)
        assert not given
        await trio.sleep(0.2)
        assert [PING] == given
        assert await short.read_message() is None, "and then it is the one who reads"
    async with rested() as (short, there, given):
        with trio.move_on_after(100):
            await short.read_message()
        cancelled_at = trio.current_time()
        await there.send_all(PING)
        await trio.testing.wait_all_tasks_blocked()
        assert ([PING], cancelled_at) == (given, trio.current_time())


async def test_a_reader_goes_on_where_it_is_told_to(autojump_clock):
    """And not into the arms of whoever reads: that one calls it when there is something for it."""
    async with rested() as (short, there, given):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(short.read_message)
            await trio.testing.wait_all_tasks_blocked()
            short.give_back()
            await trio.testing.wait_all_tasks_blocked()
            await there.send_all(PING)
        await trio.testing.wait_all_tasks_blocked()
        assert [PING] == given
    async with rested() as (short, there, given):
        short.give_back()
        await there.send_all(PING)
        await trio.testing.wait_all_tasks_blocked()
        assert ([PING], 0.0) == (given, trio.current_time())


@pytest.mark.parametrize("broken", [False, True])
async def test_the_reader_meets_the_end(autojump_clock, broken):
    """Whoever finds it leaves it to the reader, which knows what it means."""
    async with rested() as (short, there, given):
        if broken:
            await trio.aclose_forcefully(there)
            assert await short.read_message() is None
        else:
            await there.aclose()
            assert await short.read_message() is None
        await trio.testing.wait_all_tasks_blocked()
        assert [b""] == given
        assert await short.read_message() is None

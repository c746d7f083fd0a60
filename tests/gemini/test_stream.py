"""WatchedStream: what breaks it, when, and in which words."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from voice_actors.gemini._stream import Allowance, WatchedStream


def pair(**watch):
    ours, theirs = trio.testing.lockstep_stream_pair()
    return WatchedStream(ours, **{"stall": 3.0, **watch}), theirs


async def test_a_write_without_progress_ends_after_its_time(autojump_clock):
    """Counted from the write's beginning, whenever the watchdog last looked."""
    stream, _ = pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(stream.watch)
        await trio.sleep(10.7)
        with pytest.raises(trio.BrokenResourceError, match="taken no data for 3 s"):
            await stream.send_all(b"x" * 10)
        assert 13.7 == trio.current_time()
    assert "taken no data" in stream.failure


async def test_a_slow_write_that_moves_goes_on(autojump_clock):
    """Each slice has the whole time, so a peer that takes a little now and then is not lost."""
    stream, theirs = pair()
    data = bytes(100_000)

    async def take_slowly():
        taken = 0
        while taken < len(data):
            await trio.sleep(2.9)
            taken += len(await theirs.receive_some(20_000))
        await trio.sleep(60)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(stream.watch)
        nursery.start_soon(take_slowly)
        await stream.send_all(data)
        assert trio.current_time() > 15
        await trio.sleep(30)  # nothing is written: nothing can stall
        assert not stream.failure
        nursery.cancel_scope.cancel("seen")


async def test_a_write_cancelled_before_its_first_byte_does_no_harm(autojump_clock):
    """The next one goes out as if nothing had been."""
    stream, theirs = pair()
    with trio.CancelScope() as scope:
        scope.cancel()
        await stream.send_all(b"never")
    assert not stream.failure
    async with trio.open_nursery() as nursery:
        nursery.start_soon(stream.send_all, b"after")
        assert b"after" == await theirs.receive_some()


async def test_a_write_cancelled_half_way_ends_it_for_good(autojump_clock):
    """What follows half a frame cannot be understood, and a read in progress is woken to say so."""
    stream, _ = pair()
    async with trio.open_nursery() as nursery:

        async def read():
            with pytest.raises(trio.BrokenResourceError, match="cancelled half way"):
                await stream.receive_some()

        nursery.start_soon(stream.watch)
        nursery.start_soon(read)
        with trio.move_on_after(1):
            await stream.send_all(b"x")
    with pytest.raises(trio.BrokenResourceError, match="cancelled half way"):
        await stream.send_all(b"y")


async def test_silence_ends_a_read(autojump_clock):
    """And not before its time, counted from the last byte; who does not read misses nothing."""
    stream, theirs = pair(silence=20.0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(stream.watch)
        await trio.sleep(30.5)
        nursery.start_soon(theirs.send_all, b"x")
        assert b"x" == await stream.receive_some()
        with pytest.raises(trio.BrokenResourceError, match="no sign of life from the other side for 20 s"):
            await stream.receive_some()
    assert 50.5 == trio.current_time()


async def test_a_deadline_ends_a_read_that_is_not_silent(autojump_clock):
    """A trickle of bytes does not put it off."""
    stream, theirs = pair(silence=20.0)
    stream.deadline = 5.0

    async def trickle():
        with pytest.raises((trio.BrokenResourceError, trio.ClosedResourceError)):
            while True:
                await theirs.send_all(b".")
                await trio.sleep(1)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(trickle)
        with pytest.raises(trio.BrokenResourceError):
            while True:
                await stream.receive_some()
        assert 5 == trio.current_time()
        await stream.aclose()


async def test_an_answer_without_end_is_not_read_to_its_end(autojump_clock):
    """`budget` bytes, and no more; what was read before counts for nothing."""
    stream, theirs = pair(unread=b"head")
    stream.budget = 10
    assert b"head" == await stream.receive_some()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(theirs.send_all, b"x" * 10)
        assert 10 == len(await stream.receive_some())
    with pytest.raises(trio.BrokenResourceError, match="the answer has no end"):
        await stream.receive_some()


async def test_only_the_first_failure_is_kept():
    """The later ones are its consequences."""
    stream, _ = pair()
    cause = OSError("reset")
    stream.fail("first", cause)
    stream.fail("second")
    assert ("first", cause) == (stream.failure, stream.cause)


async def test_an_allowance_is_spent_at_once_and_then_by_the_second(autojump_clock):
    """Who takes more waits for it; more than the burst is never saved up."""
    allowance = Allowance(rate=10.0, burst=5.0)
    for count in (4.0, 0.5, 0.5):
        await allowance.take(count)
    assert 0.0 == trio.current_time()
    await allowance.take()
    assert pytest.approx(0.1) == trio.current_time()
    await allowance.take(3)
    assert pytest.approx(0.4) == trio.current_time()
    await trio.sleep(100)
    began = trio.current_time()
    await allowance.take(7)
    assert pytest.approx(0.2) == trio.current_time() - began


@pytest.mark.parametrize("cause", [None, OSError("reset")])
async def test_why_a_write_broke_is_kept(cause):
    """The system's own error, where there is one."""
    ours, _ = trio.testing.memory_stream_pair()
    stream = WatchedStream(ours, stall=3.0)
    broken = trio.BrokenResourceError("below")

    async def break_off():
        raise broken from cause

    ours.send_stream.send_all_hook = break_off
    with pytest.raises(trio.BrokenResourceError):
        await stream.send_all(b"x")
    assert (cause or broken) is stream.cause
    assert "the connection broke while writing" == stream.failure


class Goodbyes(trio.abc.Stream):
    """Notes how it was closed."""

    closed = ""

    async def send_all(self, data):
        raise trio.BrokenResourceError

    async def wait_send_all_might_not_block(self): ...

    async def receive_some(self, max_bytes=None):
        return b""

    async def aclose(self):
        self.closed = "at once" if trio.current_effective_deadline() == float("-inf") else "politely"
        await trio.lowlevel.checkpoint()


async def test_a_whole_stream_is_closed_politely_and_a_broken_one_at_once():
    """A TLS goodbye after half a frame would be read as the rest of it."""
    inner = Goodbyes()
    stream = WatchedStream(inner, stall=3.0)
    await stream.aclose()
    assert "politely" == inner.closed
    with pytest.raises(trio.BrokenResourceError):
        await stream.send_all(b"x")
    await stream.aclose()
    assert "at once" == inner.closed

"""The loop's side of a loudspeaker: back-pressure, pacing, draining, cutting, failing."""

from __future__ import annotations

import pytest
import trio

from voice_actors.audio.pcm import Level
from voice_actors.audio.playback import Playback
from voice_actors.audio.playout import (
    HOLD_MS,
    OneAtATime,
    RingStream,
    play_at_once,
    play_by_clock,
)
from voice_actors.audio.ring import PlayoutRing
from voice_actors.audio.shaper import Shaper
from voice_actors.beside import beside
from voice_actors.errors import DeviceError

SECOND = b"\1\0" * 24_000


async def test_a_reply_takes_exactly_its_own_time(autojump_clock):
    """One second of audio, written at once, is drained one second later, block by block on the grid."""
    heard, reply = [], Playback()
    async with play_by_clock(lambda at, pcm: heard.append((at, pcm))) as stream:
        began = trio.current_time()
        await stream.write(SECOND, reply)
        await stream.drain(reply)
        assert pytest.approx(1.0, abs=1e-6) == trio.current_time() - began
    assert SECOND == b"".join(pcm for _, pcm in heard)
    assert [pytest.approx(began + n / 100) for n in range(100)] == [at for at, _ in heard]
    assert (48_000, 48_000, 0) == (reply.written, reply.played, reply.dropped)
    assert 24_000 == stream.statistics().frames


async def test_a_writer_waits_while_the_device_holds_enough(autojump_clock):
    """Of a second of audio 200 ms are taken ahead and no more."""
    reply, seen = Playback(), []
    async with play_by_clock(lambda _at, _pcm: seen.append((reply.written - reply.played) / 48)) as stream:
        await stream.write(SECOND, reply)
    assert max(seen) <= HOLD_MS
    assert min(seen[:-20]) >= 130


async def test_silence_begins_at_the_next_block_after_a_cut(autojump_clock):
    """Nothing of a cut reply is heard after the cut, its writer stops waiting, and its drain returns."""
    heard, reply, next_one = [], Playback(), Playback()
    async with play_by_clock(lambda at, pcm: heard.append((at, pcm))) as stream, trio.open_nursery() as nursery:
        nursery.start_soon(stream.write, SECOND, reply)
        await trio.sleep(0.305)
        reply.cut = True
        cut_at = trio.current_time()
        await stream.drain(reply)
        assert trio.current_time() - cut_at <= 0.01
        await stream.write(b"\2\0" * 240, next_one)
        await stream.drain(next_one)
    assert all(pcm[0] == 2 for at, pcm in heard if at > cut_at)
    assert reply.settled
    assert pytest.approx(310 * 48) == reply.played
    assert 0 == stream.statistics().underruns


async def test_a_cancelled_write_has_taken_only_what_it_counted(autojump_clock):
    """What a cancelled writer did not hand over is neither written nor heard."""
    heard, reply = [], Playback()
    async with play_by_clock(lambda _at, pcm: heard.append(pcm)) as stream:
        with trio.move_on_after(0.1) as scope:
            await stream.write(SECOND, reply)
        assert scope.cancelled_caught
        await stream.drain(reply)
    assert reply.written == reply.played == len(b"".join(heard)) < len(SECOND)


async def test_a_stall_in_a_reply_is_counted(autojump_clock):
    """The second half comes late: one underrun, and it starts on the grid again."""
    heard, reply = [], Playback()
    async with play_by_clock(lambda at, _pcm: heard.append(at)) as stream:
        await stream.write(bytes(480 * 5), reply)
        await trio.sleep(0.123)
        await stream.write(bytes(480), reply)
        await stream.drain(reply)
        assert (1, 80.0) == (stream.statistics().underruns, stream.statistics().concealed_ms)
    assert pytest.approx(0.13) == heard[-1] - heard[0]


async def test_the_level_is_that_of_the_last_moment(autojump_clock):
    """Of what is heard, so ducked it is lower; before and after a reply it is silence."""
    loud = b"\0\x40" * 24_000
    async with play_by_clock(lambda _at, _pcm: None) as stream:
        assert Level() == stream.level()
        reply = Playback()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(stream.write, loud, reply)
            await trio.sleep(0.305)
            assert pytest.approx(-6.02, abs=0.01) == stream.level().peak_dbfs == stream.level().rms_dbfs
            stream.duck(quiet=True)
            await trio.sleep(0.1)
            assert pytest.approx(-24.08, abs=0.01) == stream.level().peak_dbfs
            stream.duck(quiet=False)
        await stream.drain(reply)
        assert Level() == stream.level()


async def test_a_failed_device_says_so_to_everyone(autojump_clock):
    """Who waits, and who comes later, gets the device's error; it is not swallowed."""
    stream, reply = RingStream(PlayoutRing(), tail=0), Playback()
    gone = DeviceError("gone", device="x")

    async def wait_in(operation):
        with pytest.raises(DeviceError) as caught:
            await operation
        assert caught.value is gone

    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait_in, stream.write(SECOND, reply))
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(wait_in, stream.drain(reply))
        await trio.testing.wait_all_tasks_blocked()
        stream.fail(gone)
    await wait_in(stream.write(b"\0\0", Playback()))
    await wait_in(stream.drain(Playback()))


async def test_an_idle_loudspeaker_does_not_wake_up(autojump_clock):
    """With nothing to play nothing is scheduled: an hour passes in one step."""
    steps = []

    class Count(trio.abc.Instrument):
        def before_task_step(self, task):
            steps.append(task.name)

    async with play_by_clock(lambda _at, _pcm: None):
        await trio.testing.wait_all_tasks_blocked()
        trio.lowlevel.add_instrument(Count())
        await trio.sleep(3600)
    assert len(steps) < 20


async def test_a_shaped_reply_is_drained_to_its_last_byte(autojump_clock):
    """A device at 44.1 kHz stereo plays all of a reply, and the counts are the reply's own."""
    ring, reply = PlayoutRing(44_100, 2), Playback()
    stream = RingStream(ring, tail=0.01, shaper=Shaper(44_100, 2))
    heard = bytearray()

    async def device():
        while True:
            heard.extend(ring.take(441 * 4))
            stream.wake()
            await trio.sleep(0.01)

    async with beside(device):
        await stream.write(SECOND, reply)
        await stream.drain(reply)
        await trio.sleep(0.05)
    assert (48_000, 48_000) == (reply.written, reply.played)
    assert 44_100 * 4 == len(heard)


async def test_at_once_means_no_time_at_all(autojump_clock):
    """An unpaced loudspeaker takes everything immediately, except what belongs to a cut reply."""
    heard, reply = [], Playback()
    async with play_at_once(lambda _at, pcm: heard.append(pcm)) as stream:
        began = trio.current_time()
        await stream.write(SECOND, reply)
        await stream.drain(reply)
        reply.cut = True
        await stream.write(SECOND, reply)
        assert began == trio.current_time()
        assert 24_000 == stream.statistics().frames
        stream.fail(DeviceError("full", device="x"))
        with pytest.raises(DeviceError, match="full"):
            await stream.write(SECOND, reply)
        with pytest.raises(DeviceError, match="full"):
            await stream.drain(reply)
    assert [SECOND] == heard
    assert reply.settled


async def test_an_exception_of_the_body_comes_out_bare():
    """Whoever opens a loudspeaker sees its own exception, not a group."""
    with pytest.raises(KeyError, match="mine"):
        async with play_by_clock(lambda _at, _pcm: None):
            raise KeyError("mine")


async def test_leaving_takes_no_time(autojump_clock):
    """Half a second of audio is held when the block is left: nobody waits for it."""
    async with play_by_clock(lambda _at, _pcm: None) as stream:
        await stream.write(bytes(4800), Playback())
        began = trio.current_time()
    assert began == trio.current_time()


def test_an_end_may_be_open_once_at_a_time():
    """Opening twice says which one; after closing it may be opened again."""
    guard = OneAtATime()
    for _ in range(2):
        with guard.opened("mic"), pytest.raises(DeviceError, match="mic is open already"), guard.opened("mic"):
            ...

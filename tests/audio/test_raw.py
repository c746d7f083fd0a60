"""Raw streams in the place of sound devices."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys

import numpy as np
import pytest
import trio

from voice_actors.audio.playback import Playback
from voice_actors.audio.raw import RawMicrophone, RawSpeaker
from voice_actors.errors import DeviceError

CHUNK = 640


@pytest.fixture
def pipe():
    """Both ends of a pipe as unbuffered files."""
    reading, writing = os.pipe()
    with open(reading, "rb") as source, open(writing, "wb", buffering=0) as sink:
        yield source, sink


async def test_a_pipe_is_read_in_chunks_to_its_end(everything, pipe):
    """Pieces of any length become chunks; the end of the pipe is the end of the microphone."""
    source, sink = pipe
    audio = struct.pack("<1000h", *range(1000))

    def feed():
        for at in range(0, len(audio), 333):
            sink.write(audio[at : at + 333])
        sink.close()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.to_thread.run_sync, feed)
        chunks = await everything(RawMicrophone(source, paced=False))
    assert audio == b"".join(pcm for _, pcm in chunks)
    assert [CHUNK, CHUNK, CHUNK, 80] == [len(pcm) for _, pcm in chunks]


async def test_a_flood_from_a_pipe_is_slowed_to_real_time(everything, autojump_clock):
    """A file in a pipe is not said faster than real time, but for the one percent that keeps a live source short."""
    chunks = await everything(RawMicrophone(io.BytesIO(bytes(32_000))))
    assert 50 == len(chunks)
    assert all(pytest.approx(0.0198) == b - a for (a, _), (b, _) in zip(chunks[1:], chunks[2:]))


async def test_another_rate_is_converted(everything):
    """44.1 kHz from a stream becomes 16 kHz, as long as before."""
    chunks = await everything(RawMicrophone(io.BytesIO(bytes(88_200)), rate=44_100, paced=False))
    assert 32_000 == sum(len(pcm) for _, pcm in chunks)


async def test_a_silent_pipe_does_not_hold_up_the_exit(pipe):
    """Leaving the block while a thread waits for the pipe takes no time; a cancelled read loses nothing."""
    source, sink = pipe
    with trio.fail_after(5):
        async with RawMicrophone(source).open(20) as stream:
            with trio.move_on_after(0.01):
                await stream.read()
            sink.write(b"\1\0" * 320)
            assert b"\1\0" * 320 == await stream.read()
    sink.close()  # lets the thread go


def test_a_process_with_an_open_standard_input_exits():
    """The interpreter neither waits for the pipe nor aborts because a thread is still reading it."""
    code = (
        "import trio; from voice_actors.audio.raw import RawMicrophone\n"
        "async def main():\n"
        "    async with RawMicrophone().open(20) as stream:\n"
        "        await stream.read()\n"
        "trio.run(main)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdin.write(bytes(640))
        process.stdin.flush()
        assert 0 == process.wait(60)
        assert b"" == process.stderr.read()


async def test_a_closed_stream_is_a_device_error(tmp_path):
    """Reading what cannot be read says which stream and why."""
    with open(tmp_path / "a.raw", "wb") as file, pytest.raises(DeviceError, match=r"cannot read .*a\.raw"):
        async with RawMicrophone(file).open(20) as stream:
            await stream.read()


async def _until_longer(sink, by):
    """Threads write in their own time, so the clock says nothing about how far they are."""
    until = len(sink.getvalue()) + by
    while len(sink.getvalue()) < until:
        await trio.sleep(0.02)


async def test_raw_audio_is_written_without_a_pause(autojump_clock):
    """Silence, a reply, silence: the stream never stops, like a device's."""
    sink, reply = io.BytesIO(), Playback()
    async with RawSpeaker(sink).open() as stream:
        await _until_longer(sink, 4800)
        await stream.write(b"\1\0" * 2400, reply)
        await stream.drain(reply)
        await _until_longer(sink, 9600)
    before, said, after = sink.getvalue().partition(b"\1\0" * 2400)
    assert 4800 == len(said)
    assert bytes(len(before)) == before
    assert bytes(len(after)) == after
    assert min(len(before), len(after)) >= 3840
    assert 4800 == reply.played


async def test_raw_audio_at_another_rate(autojump_clock):
    """Twice the rate is twice the bytes."""
    sink, reply = io.BytesIO(), Playback()
    async with RawSpeaker(sink, rate=48_000).open() as stream:
        await stream.write(b"\0\1" * 4800, reply)
        await stream.drain(reply)
        while not sink.getvalue().endswith(bytes(100)):
            await trio.sleep(0.02)
    assert pytest.approx(9600, abs=50) == np.count_nonzero(np.frombuffer(sink.getvalue(), "<i2") > 128)


async def test_a_reader_that_went_away_is_a_device_error(pipe):
    """A broken pipe is reported to the writer, by name."""
    source, sink = pipe
    source.close()
    with pytest.raises(DeviceError, match="cannot write to .*Broken pipe"):
        async with RawSpeaker(sink).open() as stream:
            while True:
                await stream.write(bytes(4800), Playback())


async def test_a_reader_that_stands_still_does_not_hold_up_the_exit(pipe):
    """A full pipe blocks a thread, not the loop: the block is left at once."""
    source, sink = pipe
    os.set_blocking(sink.fileno(), True)
    sink.write(bytes(65_536))
    with trio.fail_after(5):
        async with RawSpeaker(sink).open() as stream:
            with trio.move_on_after(0.1) as scope:
                await stream.write(bytes(48_000), Playback())
            assert scope.cancelled_caught
    source.read(65_536)  # lets the thread go


@pytest.mark.parametrize("make", [RawMicrophone, RawSpeaker])
def test_an_impossible_rate_is_refused_early(make):
    """At construction, not in the middle of a call."""
    with pytest.raises(ValueError, match="sample rate of 1 Hz"):
        make(io.BytesIO(), rate=1)

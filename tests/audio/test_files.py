"""WAV files and nothing, in the place of sound devices."""

from __future__ import annotations

import io
import math
import os
import struct
import wave

import numpy as np
import pytest
import trio

from voice_actors.audio.ends import Loudspeaker, Microphone
from voice_actors.audio.files import NullSpeaker, WavMicrophone, WavSpeaker
from voice_actors.audio.playback import Playback
from voice_actors.audio.raw import RawMicrophone, RawSpeaker
from voice_actors.errors import DeviceError

CHUNK = 640


def write_wav(path, pcm, rate=16_000, channels=1, width=2):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(pcm)
    return path


def read_wav(path):
    with wave.open(str(path)) as file:
        assert (24_000, 1, 2) == (file.getframerate(), file.getnchannels(), file.getsampwidth())
        return file.readframes(file.getnframes())


def test_they_meet_the_protocols(tmp_path):
    """All are what the runtime expects of an audio end."""
    assert all(isinstance(end, Microphone) for end in (WavMicrophone("a.wav"), RawMicrophone(io.BytesIO())))
    speakers = (WavSpeaker("a.wav"), RawSpeaker(io.BytesIO()), NullSpeaker())
    assert all(isinstance(end, Loudspeaker) for end in speakers)


async def test_a_wav_file_is_said_in_real_time(everything, tmp_path, autojump_clock):
    """Chunks come every 20 ms, the last one shorter, and they are the file's audio."""
    audio = struct.pack("<700h", *range(700))
    chunks = await everything(WavMicrophone(write_wav(tmp_path / "a.wav", audio)))
    assert audio == b"".join(pcm for _, pcm in chunks)
    assert [CHUNK, CHUNK, 120] == [len(pcm) for _, pcm in chunks]
    assert [pytest.approx(0.02)] * 2 == [b - a for (a, _), (b, _) in zip(chunks, chunks[1:])]


async def test_a_long_file_is_read_piece_by_piece(everything, tmp_path, autojump_clock):
    """What lies beyond the first 30 s arrives just the same."""
    audio = (np.arange(16_000 * 33) % 30_011).astype("<i2").tobytes()
    chunks = await everything(WavMicrophone(write_wav(tmp_path / "a.wav", audio), paced=False), 100)
    assert audio == b"".join(pcm for _, pcm in chunks)


@pytest.mark.parametrize(("rate", "channels", "width"), [(44_100, 2, 2), (48_000, 1, 3), (8000, 1, 1), (24_000, 2, 4)])
async def test_any_rate_and_width_becomes_16_khz_mono(everything, tmp_path, rate, channels, width):
    """A 440 Hz tone at half scale is the same tone afterwards, as long as before."""
    wave_ = 0.5 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)
    values = np.round(wave_ * 2 ** (8 * width - 1)).astype("<i8").repeat(channels)
    raw = (values + 128).astype("u1").tobytes() if width == 1 else values.view("u1").reshape(-1, 8)[:, :width].tobytes()
    path = write_wav(tmp_path / "a.wav", raw, rate, channels, width)
    pcm = b"".join(pcm for _, pcm in await everything(WavMicrophone(path, paced=False)))
    heard = np.frombuffer(pcm, "<i2") / 32768
    assert 16_000 == len(heard)
    expected = 0.5 * np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000)
    error = (heard - expected)[800:-800]
    assert 20 * math.log10(np.sqrt((error**2).mean()) + 1e-12) < (-40 if width == 1 else -80)


async def test_a_file_that_is_no_wav_is_refused_at_opening(tmp_path):
    """One clear line, before anything is said."""
    (tmp_path / "a.wav").write_bytes(b"hello")
    with pytest.raises(DeviceError, match=r"a\.wav is not a WAV file; `ffmpeg -i "):
        await WavMicrophone(tmp_path / "a.wav").open(20).__aenter__()


async def test_a_wav_loudspeaker_writes_what_a_device_would_have_played(tmp_path, autojump_clock):
    """From opening to closing, silence included, to the millisecond."""
    path, reply = tmp_path / "a.wav", Playback()
    async with WavSpeaker(path).open() as stream:
        await trio.sleep(0.5)
        await stream.write(b"\1\0" * 12_000, reply)
        await stream.drain(reply)
        await trio.sleep(0.25)
    assert bytes(24_000) + b"\1\0" * 12_000 + bytes(12_000) == read_wav(path)
    assert 12_000 == stream.statistics().frames


async def test_a_wav_loudspeaker_plays_nothing_of_a_cut_reply(tmp_path, autojump_clock):
    """The file shows the interruption where it happened."""
    path, reply = tmp_path / "a.wav", Playback()
    async with WavSpeaker(path).open() as stream:
        with trio.move_on_after(0.3):
            await stream.write(b"\1\0" * 48_000, reply)
        reply.cut = True
        await stream.drain(reply)
        await trio.sleep(0.29)
    heard = read_wav(path)
    assert reply.played == 2 * heard.count(b"\1\0")
    assert 300 * 48 <= reply.played <= 310 * 48
    assert bytes(len(heard) - reply.played) == heard[reply.played :]


async def test_a_wav_loudspeaker_can_be_read_while_it_plays(tmp_path, autojump_clock):
    """At any moment a valid WAV file that lags by less than half a second, and never runs ahead of the clock."""
    path, reply = tmp_path / "a.wav", Playback()
    before = trio.current_time()
    async with WavSpeaker(path).open() as stream:
        assert b"" == read_wav(path)
        for second in range(1, 4):
            await stream.write(b"\1\0" * 24_000, reply)
            await stream.drain(reply)
            while len(read_wav(path)) < (second - 0.5) * 48_000:
                await trio.lowlevel.checkpoint()  # a thread writes, in real time
            assert len(read_wav(path)) <= round((trio.current_time() - before) * 48_000)


async def test_an_unpaced_wav_loudspeaker_writes_only_the_speech(tmp_path):
    """No pause between replies and no waiting: a minute of speech is written at once."""
    path, reply = tmp_path / "a.wav", Playback()
    async with WavSpeaker(path, paced=False).open() as stream:
        for value in range(60):
            await stream.write(bytes([value + 1, 0]) * 24_000, reply)
        await stream.drain(reply)
    assert b"".join(bytes([value + 1, 0]) * 24_000 for value in range(60)) == read_wav(path)


async def test_a_cancelled_wav_loudspeaker_still_finishes_its_file(tmp_path, autojump_clock):
    """What was heard before the cancellation is in the file."""
    path = tmp_path / "a.wav"
    with trio.CancelScope() as scope:
        async with WavSpeaker(path).open() as stream:
            scope.deadline = trio.current_time() + 0.1  # not before: opening takes a thread, which takes real time
            await stream.write(b"\1\0" * 48_000, Playback())
    assert 90 * 48 <= read_wav(path).count(b"\1\0") * 2 <= 110 * 48


async def test_an_unwritable_wav_file_is_refused_at_opening(tmp_path):
    """The path and the reason, before anything is played."""
    with pytest.raises(DeviceError, match="cannot write .*none"):
        await WavSpeaker(tmp_path / "none" / "a.wav").open().__aenter__()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has a disk that is always full")
async def test_a_disk_that_fills_up_is_reported_to_the_writer(tmp_path, autojump_clock):
    """The next write gets the error, and closing does not hide it behind another one."""
    path = tmp_path / "a.wav"
    with pytest.raises(DeviceError, match="No space left"):
        async with WavSpeaker(path).open() as stream:
            full = os.open("/dev/full", os.O_WRONLY)
            file = next(fd for fd in range(3, 256) if _is(fd, path))
            os.dup2(full, file)
            os.close(full)
            while True:
                await stream.write(b"\1\0" * 24_000, Playback())
                await trio.to_thread.run_sync(lambda: None)


def _is(descriptor, path):
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except OSError:
        return False


async def test_nothing_plays_in_real_time_too(autojump_clock):
    """Without a loudspeaker a reply takes as long as with one."""
    reply = Playback()
    async with NullSpeaker().open() as stream:
        began = trio.current_time()
        await stream.write(bytes(48_000), reply)
        await stream.drain(reply)
    assert pytest.approx(1.0) == trio.current_time() - began

"""Reading many kinds of WAV files, and writing ones that are right at any moment."""

from __future__ import annotations

import os
import stat
import struct
import sys
import wave

import pytest

from voice_actors.audio.wav import WavFormat, WavReader, WavWriter
from voice_actors.errors import DeviceError


def chunk(name, body):
    return struct.pack("<4sI", name, len(body)) + body + b"\0" * (len(body) % 2)


def fmt(tag=1, channels=1, rate=16_000, bits=16, extra=b""):
    align = channels * bits // 8
    return chunk(b"fmt ", struct.pack("<HHIIHH", tag, channels, rate, rate * align, align, bits) + extra)


def wav(*chunks, magic=b"RIFF"):
    body = b"".join(chunks)
    return struct.pack("<4sI4s", magic, 4 + len(body), b"WAVE") + body


def read(path, seconds=1.0):
    reader = WavReader(path)
    try:
        parts = []
        while raw := reader.read(seconds):
            parts.append(raw)
        return reader.format, b"".join(parts)
    finally:
        reader.close()


GUID = struct.pack("<HHI", 22, 24, 3)
TAIL = bytes.fromhex("000000001000800000aa00389b71")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (fmt(), WavFormat(16_000, 1, "s16")),
        (fmt(channels=2, rate=44_100), WavFormat(44_100, 2, "s16")),
        (fmt(bits=8), WavFormat(16_000, 1, "u8")),
        (fmt(bits=24, channels=6), WavFormat(16_000, 6, "s24")),
        (fmt(bits=32), WavFormat(16_000, 1, "s32")),
        (fmt(tag=3, bits=32, extra=b"\0\0"), WavFormat(16_000, 1, "f32")),
        (fmt(tag=3, bits=64), WavFormat(16_000, 1, "f64")),
        (fmt(tag=0xFFFE, bits=24, extra=GUID + b"\1\0" + TAIL), WavFormat(16_000, 1, "s24")),
        (fmt(tag=0xFFFE, bits=32, extra=GUID + b"\3\0" + TAIL), WavFormat(16_000, 1, "f32")),
        (chunk(b"LIST", b"odd") + fmt() + chunk(b"fact", bytes(4)), WavFormat(16_000, 1, "s16")),
    ],
)
def test_every_usual_kind_is_read(tmp_path, header, expected):
    """PCM and float, plain and extensible, with other chunks around them."""
    audio = bytes(range(144)) * 2
    path = tmp_path / "a.wav"
    path.write_bytes(wav(header, chunk(b"data", audio), chunk(b"LIST", b"after the audio")))
    assert (expected, audio) == read(path, 0.001)


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 1 << 20])
def test_a_header_that_was_never_finished_is_no_obstacle(tmp_path, size):
    """A recorder that was killed leaves sizes of 0, all ones or too much: what is there is read, in whole frames."""
    path = tmp_path / "a.wav"
    path.write_bytes(wav(fmt(), struct.pack("<4sI", b"data", size), b"abcdefg"))
    assert b"abcdef" == read(path)[1]
    path.write_bytes(wav(fmt(), struct.pack("<4sI", b"data", 0xFFFFFFFF), b"abcd", magic=b"RF64"))
    assert b"abcd" == read(path)[1]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not a WAV file"),
        (b"OggS" + bytes(60), "not a WAV file"),
        (b"RIFF\0\0\0\0AVI " + bytes(60), "not a WAV file"),
        (wav(), "without audio"),
        (wav(fmt()), "without audio"),
        (wav(chunk(b"data", b"abcd")), "without audio"),
        (wav(chunk(b"fmt ", bytes(8)), chunk(b"data", b"")), "damaged"),
        (wav(fmt(tag=0x55, bits=16), chunk(b"data", b"")), "0x0055 with 16 bits"),
        (wav(fmt(bits=12), chunk(b"data", b"")), "with 12 bits"),
        (wav(fmt(channels=0), chunk(b"data", b"")), "0 channels"),
        (wav(fmt(rate=1), chunk(b"data", b"")), "at 1 Hz"),
    ],
)
def test_what_cannot_be_read_is_named_in_one_line(tmp_path, content, words):
    """The error names the file and what is wrong with it, and leaves nothing open."""
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(DeviceError, match=words) as caught:
        WavReader(path)
    assert str(path) == caught.value.device
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    """No traceback of the operating system: the path and the reason."""
    with pytest.raises(DeviceError, match="cannot read .*none.wav: No such file"):
        WavReader(tmp_path / "none.wav")
    with pytest.raises(DeviceError, match="cannot read"):
        WavReader(tmp_path)


def test_a_growing_file_can_be_read_at_any_moment(tmp_path):
    """Before, between and after the appends the standard library reads everything that was appended."""
    path = tmp_path / "a.wav"
    writer = WavWriter(path, rate=24_000, channels=2)
    for count in range(4):
        with wave.open(str(path)) as seen:
            assert (24_000, 2, 2, count) == (
                seen.getframerate(),
                seen.getnchannels(),
                seen.getsampwidth(),
                seen.getnframes(),
            )
            assert b"abcd" * count == seen.readframes(100)
        assert count == writer.frames
        writer.append(b"abcd")
    writer.close()
    assert 44 + 16 == path.stat().st_size
    assert struct.unpack("<I", path.read_bytes()[4:8]) == (36 + 16,)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no file modes")
def test_a_private_file_is_for_its_owner_alone(tmp_path):
    """Recordings of people are not for everybody on the machine."""
    WavWriter(tmp_path / "a.wav", rate=24_000, private=True).close()
    assert 0o600 == stat.S_IMODE(os.stat(tmp_path / "a.wav").st_mode)


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    """A missing folder, and a disk that is full, are DeviceErrors with the path."""
    with pytest.raises(DeviceError, match="cannot write .*No such file"):
        WavWriter(tmp_path / "none" / "a.wav", rate=24_000)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has a disk that is always full")
def test_a_full_disk_is_named():
    """A header that cannot be written is reported, not swallowed."""
    with pytest.raises(DeviceError, match="cannot write /dev/full: No space left"):
        WavWriter("/dev/full", rate=24_000)

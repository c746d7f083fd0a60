"""Reading WAV files of many kinds, and writing them so that they can be read at any moment, even after a crash.

The format is Microsoft's "Multimedia Programming Interface and Data Specifications 1.0" and its WAVEFORMATEXTENSIBLE;
RF64 is EBU Tech 3306. The standard library's `wave` reads no float files and writes no header until the end.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import BinaryIO

import attrs

from voice_actors.audio.resample import RATES, SAMPLE_BYTES, SampleFormat
from voice_actors.errors import DeviceError
from voice_actors.values import Value

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_FORMATS: dict[tuple[int, int], SampleFormat] = {
    (_PCM, 8): "u8",
    (_PCM, 16): "s16",
    (_PCM, 24): "s24",
    (_PCM, 32): "s32",
    (_FLOAT, 32): "f32",
    (_FLOAT, 64): "f64",
}
_LARGEST = 0xFFFFFFFF
MOST_CHANNELS = 64
_HEADER = 44
"""Bytes before the audio in the files that we write."""


@attrs.frozen(eq=False, repr=False)
class WavFormat(Value):
    """How a WAV file stores sound."""

    rate: int
    """Hz."""
    channels: int
    sample_format: SampleFormat

    @property
    def frame_bytes(self) -> int:
        """One sample of every channel, bytes."""
        return self.channels * SAMPLE_BYTES[self.sample_format]


class WavReader:
    """An open WAV file, PCM of 8 to 32 bits or float. Blocks on the disk: use it in a thread."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Open the file and read its header.

        Raises:
            DeviceError: there is no such file, it is not a WAV file, or one of a kind that we cannot read.
        """
        self._path = os.fspath(path)
        try:
            self._file = Path(path).open("rb")  # noqa: SIM115 - closed by close(), or below
        except OSError as error:
            raise DeviceError(f"cannot read {self._path}: {error.strerror or error}", device=self._path) from error
        try:
            self.format, self._left = _read_header(self._file, self._path)
        except (DeviceError, OSError):
            self._file.close()
            raise

    def read(self, seconds: float) -> bytes:
        """The next `seconds` of audio as stored, whole frames, less at the end and b"" after it.

        A header that promises more than there is, or that was never finished, is not an error: what is there is read.

        Raises:
            DeviceError: the disk failed.
        """
        frame = self.format.frame_bytes
        size = min(max(1, round(seconds * self.format.rate)) * frame, self._left)
        try:
            raw = self._file.read(size)
        except OSError as error:
            raise DeviceError(f"cannot read {self._path}: {error.strerror or error}", device=self._path) from error
        self._left = self._left - len(raw) if len(raw) == size else 0
        return raw[: len(raw) - len(raw) % frame]

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def _read_header(file: BinaryIO, path: str) -> tuple[WavFormat, int]:
    """Up to the first byte of audio; gives the format and how many bytes of audio follow at most."""
    start = file.read(12)
    if start[:4] not in {b"RIFF", b"RF64"} or start[8:12] != b"WAVE":
        better = Path(path).with_suffix("").name + "-converted.wav"
        raise DeviceError(f"{path} is not a WAV file; `ffmpeg -i {path} {better}` makes one of most sound", device=path)
    found: WavFormat | None = None
    while len(header := file.read(8)) == 8:
        name, size = struct.unpack("<4sI", header)
        if name == b"data":
            if found is None:
                break
            return found, size if 0 < size < _LARGEST else 1 << 62
        body = file.read(size + size % 2)
        if name == b"fmt ":
            found = _parse_format(body, path)
    raise DeviceError(f"{path} is a WAV file without audio: its header is incomplete", device=path)


def _parse_format(body: bytes, path: str) -> WavFormat:
    if len(body) < 16:
        raise DeviceError(f"{path} is a damaged WAV file: its format chunk has {len(body)} bytes", device=path)
    tag, channels, rate, _, align, bits = struct.unpack_from("<HHIIHH", body)
    if tag == _EXTENSIBLE and len(body) >= 26:
        tag = int.from_bytes(body[24:26], "little")  # the sub-format's GUID begins with the plain tag
    kind = _FORMATS.get((tag, bits))
    if kind is None:
        raise DeviceError(
            f"{path} holds audio of WAV format {tag:#06x} with {bits} bits; PCM of 8, 16, 24 or 32 bits and 32-bit "
            "float can be read",
            device=path,
        )
    if not 1 <= channels <= MOST_CHANNELS or rate not in RATES or align != channels * bits // 8:
        raise DeviceError(
            f"{path} claims {channels} channels at {rate} Hz; up to {MOST_CHANNELS} at 8000 to 192000 Hz can be read",
            device=path,
        )
    return WavFormat(rate, channels, kind)


class WavWriter:
    """A 16-bit WAV file whose header is right after every `append`. Blocks on the disk: use it in a thread."""

    def __init__(self, path: str | os.PathLike[str], *, rate: int, channels: int = 1, private: bool = False) -> None:
        """Create the file or empty it; `private`: a new one can be read by its owner alone.

        Raises:
            DeviceError: it cannot be written.
        """
        self._path = os.fspath(path)
        self._rate, self._channels = rate, channels
        self._bytes = 0
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
        try:
            self._file = os.open(path, flags, 0o600 if private else 0o666)
        except OSError as error:
            raise self._refused(error) from error
        try:
            self._put(0, self._header())
        except DeviceError:
            self.close()
            raise

    @property
    def frames(self) -> int:
        """How many frames (one sample of every channel) the file has."""
        return self._bytes // (2 * self._channels)

    def append(self, pcm: bytes) -> None:
        """Write interleaved samples, then the header that counts them.

        Raises:
            DeviceError: the disk is full, or failed.
        """
        self.overwrite(self._bytes, pcm)

    def overwrite(self, at: int, pcm: bytes) -> None:
        """Write interleaved samples from byte `at` of the audio on, which lies in the file or at its end.

        Raises:
            DeviceError: the disk is full, or failed.
        """
        self._put(_HEADER + at, pcm)  # audio first: a header must never promise what is not there
        if at + len(pcm) > self._bytes:
            self._bytes = at + len(pcm)
            self._put(0, self._header())

    def close(self) -> None:
        """Let go of the file. May be called twice."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _header(self) -> bytes:
        return _header_of(self._rate, self._channels, self._bytes)

    def _put(self, at: int, content: bytes) -> None:
        """Straight to the file: a buffer that cannot be flushed would fail a second time at closing."""
        try:
            os.lseek(self._file, at, os.SEEK_SET)
            while content:
                content = content[os.write(self._file, content) :]
        except OSError as error:
            raise self._refused(error) from error

    def _refused(self, error: OSError) -> DeviceError:
        return DeviceError(f"cannot write {self._path}: {error.strerror or error}", device=self._path)


def mend(path: str | os.PathLike[str]) -> float:
    """Make a recording's header promise what the file has, cut a torn last frame; gives its length, seconds.

    For files as `WavWriter` writes them, where the audio is all that follows 44 bytes; others are left alone.

    Raises:
        DeviceError: it cannot be read or written, or another program wrote it.
    """
    name = os.fspath(path)
    try:
        with Path(path).open("r+b") as file:
            form, _ = _read_header(file, name)
            if file.tell() != _HEADER or form.sample_format != "s16":
                raise DeviceError(f"{name} was written by another program; there is nothing to mend", device=name)
            size = file.seek(0, os.SEEK_END) - _HEADER
            size -= size % form.frame_bytes
            file.truncate(_HEADER + size)
            file.seek(0)
            file.write(_header_of(form.rate, form.channels, size))
    except OSError as error:
        raise DeviceError(f"cannot mend {name}: {error.strerror or error}", device=name) from error
    return size / form.frame_bytes / form.rate


def _header_of(rate: int, channels: int, audio: int) -> bytes:
    size, frame = min(audio, _LARGEST - 36), 2 * channels
    form = struct.pack("<HHIIHH", _PCM, channels, rate, rate * frame, frame, 16)
    riff = struct.pack("<4sI8sI", b"RIFF", 36 + size, b"WAVEfmt ", len(form))
    return riff + form + struct.pack("<4sI", b"data", size)

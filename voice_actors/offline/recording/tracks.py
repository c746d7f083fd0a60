"""WAV files that are valid at any moment, on the time axis of a session. Blocks on the disk: for threads."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import BinaryIO

import attrs

from voice_actors.audio.resample import RATES, Resampler

SLACK = 0.2
"""Seconds that audio may be late and still follows what came before without a gap: jitter, not silence."""
LONGEST = 2**32 - 1 - 36
"""Bytes of audio that a WAV file can hold."""
_HEAD = 44
_SAMPLE = 2


@attrs.define(eq=False)
class Track:
    """One direction of a session, 16-bit mono. Silence is a hole in the file, and takes no room on most disks.

    The header never promises more than is there: it grows after the samples, and shrinks before them.
    """

    path: Path
    rate: int
    """Hz."""
    _file: BinaryIO | None = attrs.field(default=None, init=False)
    _samples: int = attrs.field(default=0, init=False)
    _foreign_rate: int = attrs.field(default=0, init=False)
    _resampler: Resampler | None = attrs.field(default=None, init=False)

    def open(self) -> None:
        """Create the file, readable by nobody else.

        Raises:
            OSError: it cannot be created, or is there.

        """
        self._file = private(self.path)
        self._file.write(self._header())

    def place(self, at: float, pcm: bytes, rate: int) -> None:
        """Write audio at `at` seconds, or behind what is there, whichever is later.

        What a WAV file has no room for is left out.

        Raises:
            OSError: the disk failed.

        """
        pcm = self._converted(pcm[: len(pcm) // _SAMPLE * _SAMPLE], rate)
        start = round(at * self.rate)
        if start < self._samples + SLACK * self.rate:
            start = self._samples
        if not pcm or self._file is None or start * _SAMPLE + len(pcm) > LONGEST:
            return
        self._file.seek(_HEAD + start * _SAMPLE)
        self._file.write(pcm)
        self._samples = start + len(pcm) // _SAMPLE
        self._seal()

    def cut(self, at: float) -> None:
        """Forget what would sound after `at` seconds.

        Raises:
            OSError: the disk failed.

        """
        kept = max(0, round(at * self.rate))
        if self._file is None or kept >= self._samples:
            return
        self._samples = kept
        self._seal()
        self._file.truncate(_HEAD + kept * _SAMPLE)

    def close(self) -> None:
        """Close the file.

        Raises:
            OSError: the disk failed.

        """
        if self._file is not None:
            self._file.close()

    def _seal(self) -> None:
        if self._file is not None:
            self._file.seek(0)
            self._file.write(self._header())

    def _header(self) -> bytes:
        size = self._samples * _SAMPLE
        form = struct.pack("<IHHIIHH", 16, 1, 1, self.rate, self.rate * _SAMPLE, _SAMPLE, 8 * _SAMPLE)
        return struct.pack("<4sI8s", b"RIFF", 36 + size, b"WAVEfmt ") + form + struct.pack("<4sI", b"data", size)

    def _converted(self, pcm: bytes, rate: int) -> bytes:
        if rate == self.rate:
            return pcm
        if rate not in RATES:
            return b""
        if self._resampler is None or rate != self._foreign_rate:
            self._foreign_rate, self._resampler = rate, Resampler(rate, self.rate)
        return self._resampler.feed(pcm)


def private(path: Path) -> BinaryIO:
    """A new file that only its owner can read and write, without a buffer that a crash could lose.

    Raises:
        OSError: it cannot be created, or is there.

    """
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "r+b", buffering=0)

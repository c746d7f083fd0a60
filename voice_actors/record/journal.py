"""The transcript's file: lines that a crash, a full disk or a failing one cannot take back.

The format, schema 1: UTF-8, one JSON object a line, ended by a newline. Every line has

- `seq`: 0 for the header, then 1, 2, 3 … without a gap;
- `at`: seconds on trio's clock, which never jumps; `wall`: seconds since 1970;
- `event`: the name of a class in `voice_actors.messages`, and that class's fields by their names;
- `crc`, always last: CRC-32 of the line's bytes before `,"crc"`, eight hexadecimal digits.

What a tool says while it works is a `ToolReported` between its `ToolCalled` and its `ToolAnswered`, by the same `id`.
After each `TurnEnded` stands a `TurnLatency`: how long the parts of that reply took, ms, null where one is unknown.
What was spent is in `TurnUsage` lines: tokens since the last of them, and of the call so far.

A header has the event `TranscriptStarted`, `schema` (a reader refuses a higher one than it knows) and `program`. An
event or a field that is only added leaves the schema as it is: a reader passes over events that it does not know, and
has its own default for a field that is not there. A file may hold several conversations, each behind its header. Files
without headers and checksums are of the time before schema 1 and are read as they are. A line is written by one
`write`, so that a killed process leaves whole lines, at worst a torn last one, which a reader leaves out.
"""

from __future__ import annotations

import json
import os
import stat
import zlib
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import outcome
import trio

from voice_actors.errors import ConfigError
from voice_actors.values import Value

SCHEMA = 1
HEADER = "TranscriptStarted"
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
_SEAL = len(',"crc":"00000000"}')


def sealed(line: bytes) -> bytes:
    """A line of JSON, with its newline, with its checksum added."""
    body = line.rstrip(b"\n").removesuffix(b"}")
    return b'%s,"crc":"%08x"}\n' % (body, zlib.crc32(body))


def header(*, at: float, wall: float, program: str) -> bytes:
    """The line before a conversation's first."""
    body = {"seq": 0, "at": round(at, 6), "wall": round(wall, 6), "event": HEADER, "schema": SCHEMA, "program": program}
    return sealed(json.dumps(body, separators=(",", ":")).encode())


@attrs.define(eq=False, repr=False)
class Journal:
    """An open transcript. Lines are complete in the system's hands, or not there at all."""

    path: Path
    put: Callable[[int, bytes], int] = os.write
    """Hands bytes to the system, which may take a part."""
    _file: int = attrs.field(init=False)
    _regular: bool = attrs.field(init=False)
    _size: int = attrs.field(init=False)
    _torn: bool = attrs.field(init=False)
    _syncing: bool = attrs.field(default=False, init=False)
    failed: OSError | None = attrs.field(default=None, init=False)
    """What a thread of `sync_soon` met."""

    def __attrs_post_init__(self) -> None:
        """Open the file for appending; a new one is for its owner alone.

        Raises:
            ConfigError: it cannot be written.
        """
        try:
            self._file = os.open(self.path, _FLAGS, 0o600)
        except OSError as error:
            raise ConfigError(f"cannot write the transcript {str(self.path)!r}: {error.strerror}") from error
        status = os.fstat(self._file)
        self._regular, self._size = stat.S_ISREG(status.st_mode), status.st_size
        self._torn = self._regular and self._size > 0 and not self._ends_a_line()

    def write(self, line: bytes) -> None:
        """Hand one line to the system: afterwards it outlives the process.

        Raises:
            OSError: the disk is full or failed, or did at the last sync; what it took of the line is taken back.
        """
        if self.failed is not None:
            raise self.failed
        if self._torn:
            line = b"\n" + line  # an earlier run died within a line: that line is lost, this one must not be
        try:
            taken = self.put(self._file, line)
            if taken != len(line):
                self._take_back(taken)
                raise OSError("the disk took only a part of a line")
        except OSError:
            self._regular = False  # what follows is not ours to judge
            raise
        self._size, self._torn = self._size + taken, False

    def sync(self) -> None:
        """Wait until the disk has what was written. Blocks for a fraction of a millisecond, or for seconds.

        Raises:
            OSError: the disk failed.
        """
        self.flush(self._file)

    def flush(self, file: int) -> None:
        """`sync` by a descriptor that stays open while the journal is closed."""
        if self._regular:
            getattr(os, "fdatasync", os.fsync)(file)

    def sync_soon(self, *, last: bool = False) -> None:
        """Let a thread do it that nobody waits for; how it went is in `failed`. One at a time, and one for the `last`.

        A thread that is waited for would let a virtual clock jump to its next deadline meanwhile.
        """
        if self._file < 0 or (self._syncing and not last):
            return
        self._syncing = True
        trio.lowlevel.start_thread_soon(partial(_sync_and_close, self, os.dup(self._file)), self._synced)

    def _synced(self, result: outcome.Outcome[None]) -> None:
        """In the thread: assignments only."""
        if isinstance(result, outcome.Error) and isinstance(result.error, OSError):
            self.failed = result.error
        self._syncing = False

    def close(self) -> None:
        """Let go of the file. May be called twice."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _ends_a_line(self) -> bool:
        os.lseek(self._file, -1, os.SEEK_END)  # where it stands does not matter: writes append
        return os.read(self._file, 1) == b"\n"

    def _take_back(self, taken: int) -> None:
        if self._regular and os.fstat(self._file).st_size == self._size + taken:
            os.ftruncate(self._file, self._size)


def _sync_and_close(journal: Journal, file: int) -> None:
    try:
        journal.flush(file)
    finally:
        os.close(file)


@attrs.frozen(eq=False, repr=False)
class Reading(Value):
    """What a transcript's file holds."""

    rows: list[dict[str, Any]]
    """Every good line, headers included."""
    bad: list[int]
    """Numbers, from 1, of lines that are torn or changed."""
    missing: list[tuple[int, int]]
    """First and last `seq` of each gap."""
    good_bytes: int
    """Up to the end of the last good line."""


def read(path: str | os.PathLike[str]) -> Reading:
    """Read a transcript, also one whose writer was killed. Blocks on the disk.

    Raises:
        ConfigError: it cannot be read, is no transcript, or was written by a later version.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot read the transcript {os.fspath(path)}: {error.strerror or error}") from error
    reading = _sorted_out(content)
    if content and not reading.rows:
        raise ConfigError(f"{os.fspath(path)} is no transcript: no line of it is an event")
    newest = max((int(row["schema"]) for row in reading.rows if row["event"] == HEADER), default=SCHEMA)
    if newest > SCHEMA:
        raise ConfigError(f"{os.fspath(path)} has schema {newest}; this version reads up to {SCHEMA}")
    return reading


def newest(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines of the newest conversation in a file, without its header: each begins with one, or without at 1."""
    first = max((at for at, row in enumerate(rows) if row["seq"] <= 1), default=0)
    return [row for row in rows[first:] if row["event"] != HEADER]


def _sorted_out(content: bytes) -> Reading:
    rows: list[dict[str, Any]] = []
    bad: list[int] = []
    at = good = 0
    with_header = False
    for number, line in enumerate(content.splitlines(keepends=True), start=1):
        at += len(line)
        if not line.strip():
            continue
        row = _row(line, must_be_sealed=with_header)
        if row is None:
            bad.append(number)
            continue
        with_header = with_header or row["event"] == HEADER
        good = at
        rows.append(row)
    return Reading(rows, bad, gaps(row["seq"] for row in rows), good)


def gaps(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """First and last of each run that is missing among `seq`s; at a smaller one the next conversation begins."""
    missing: list[tuple[int, int]] = []
    last = 0
    for seq in numbers:
        if seq > last + 1:
            missing.append((last + 1, seq - 1))
        last = seq
    return missing


def _row(line: bytes, *, must_be_sealed: bool) -> dict[str, Any] | None:
    """The line's object, or None where it is torn, changed, or no event."""
    body = line.rstrip(b"\r\n")
    seal = body[-_SEAL:]
    if not line.endswith(b"\n"):
        return None
    if (must_be_sealed or seal.startswith(b',"crc":"')) and seal != b',"crc":"%08x"}' % zlib.crc32(body[:-_SEAL]):
        return None
    try:
        row: Any = json.loads(body)
    except ValueError:
        return None
    known = isinstance(row, dict) and isinstance(row.get("seq"), int) and {"seq", "at", "event"} <= row.keys()  # pyright: ignore[reportUnknownMemberType]
    return row if known else None  # pyright: ignore[reportUnknownVariableType]


def mend(path: str | os.PathLike[str]) -> Reading:
    """Cut what stands behind the last good line, and say what the file holds; bad lines within stay where they are.

    Raises:
        ConfigError: as `read`, or the file cannot be written.
    """
    reading = read(path)
    try:
        if Path(path).stat().st_size > reading.good_bytes:
            os.truncate(path, reading.good_bytes)
    except OSError as error:
        raise ConfigError(f"cannot mend {os.fspath(path)}: {error.strerror or error}") from error
    return reading

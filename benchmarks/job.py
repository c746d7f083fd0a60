"""What each side of a comparison is asked to do, and the stamps in the audio that tell how old it is.

A stamp is the time in the first 8 bytes of a chunk's samples. The clock is the system's monotonic one, which all
processes of a machine share, so the age of a chunk needs no message and no agreement.
"""

from __future__ import annotations

import json
import struct
import sys
import time
from collections.abc import Iterator
from typing import Any

import attrs

CHUNK_MS = 20
INPUT_BYTES_PER_MS = 32
INPUT_BYTES = 640
"""Of a 20 ms chunk at 16 kHz."""
MODEL = "gemini-3.8-live"
PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
REPLY_EVERY = 100
"""Chunks between two replies where there are many sessions."""
UNPACED = "at once"
"""For our own program: a loudspeaker that takes what comes at once, since the others' have none."""
_STAMP = struct.Struct("<q")
_REST = bytes(INPUT_BYTES - _STAMP.size)


@attrs.frozen
class Script:
    """What the server does; it travels in the system instruction."""

    turns: tuple[int, ...] = ()
    """A spoken reply begins at each of these microphone chunks."""
    chunk_ms: int = CHUNK_MS
    """Of the microphone."""
    turn_ms: int = 2_000
    message_ms: int = 100
    speed: float = 4.0
    """Seconds of reply sent in each second; 0 is all at once."""
    interrupt_after_ms: float = 0.0
    """`interrupted` follows so long after the beginning of each reply; 0 never."""
    tools: int = 0
    """So many calls, each sent when the one before has been answered."""
    withdraw_after_ms: float = 0.0
    """Each call is of a tool that never answers, and is withdrawn so long after it was sent; 0 never."""

    busy: tuple[tuple[int, float, int], ...] = ()
    """Calls of a tool that blocks: at which chunk, for how many seconds, and how many at once."""

    @property
    def chunk_bytes(self) -> int:
        """Of a microphone chunk at 16 kHz."""
        return self.chunk_ms * INPUT_BYTES_PER_MS

    def as_json(self) -> str:
        """As it travels."""
        return json.dumps(attrs.asdict(self))


@attrs.frozen
class Job:
    """One session of one side."""

    port: int
    ca_file: str
    chunks: int
    script: Script

    def arguments(self) -> tuple[str, ...]:
        """For the side's command line."""
        return (json.dumps(attrs.asdict(self)),)


def job_of(arguments: list[str]) -> Job:
    """What the command line asks for."""
    fields: dict[str, Any] = json.loads(arguments[1])
    script = script_of(fields.pop("script"))
    return Job(**fields, script=script)


def script_of(fields: dict[str, Any]) -> Script:
    """A script that has travelled as JSON."""
    turns: Any = fields["turns"]
    busy: Any = fields["busy"]
    return attrs.evolve(Script(**fields), turns=tuple(turns), busy=tuple((at, long, many) for at, long, many in busy))


def block(seconds: float) -> str:
    """Sleep, and say so: what a tool of each side does, without computing."""
    time.sleep(seconds)  # blocking is what is measured
    return f"slept for {seconds} s"


def staggered(script: Script, number: int, sessions: int) -> Script:
    """The same for one of many sessions, so much later as its number says: they are not all answered at once."""
    later = REPLY_EVERY * number // sessions
    return attrs.evolve(script, turns=tuple(turn + later for turn in script.turns))


def instruction_of(script: Script) -> str:
    """A script as a system instruction."""
    return script.as_json()


def monotonic(at: float) -> float:
    """A time on trio's clock, which begins somewhere in each process, as one on the clock that all processes share."""
    import trio

    return at - trio.current_time() + time.monotonic()


def stamped(size: int = INPUT_BYTES) -> bytes:
    """A chunk of so many bytes that carries the time of this moment."""
    return _STAMP.pack(time.monotonic_ns()) + (_REST if size == INPUT_BYTES else bytes(size - _STAMP.size))


def age_ms(chunk: bytes, at: float | None = None) -> float:
    """How long ago a chunk was stamped, ms; `at` (monotonic seconds) in place of now."""
    now = time.monotonic_ns() if at is None else at * 1e9
    stamp: int = _STAMP.unpack_from(chunk)[0]
    return (now - stamp) / 1e6


def stamped_chunks(count: int, size: int = INPUT_BYTES) -> Iterator[bytes]:
    """Microphone chunks, each stamped in the moment in which it is asked for."""
    for _ in range(count):
        yield stamped(size)


@attrs.define
class Meter:
    """What a side measures about itself."""

    down_ms: list[float] = attrs.field(factory=list[float])
    """From the server's send to the side's loudspeaker, per message."""
    _cpu: float = 0.0
    _began: float = 0.0

    def begin(self) -> None:
        """The session is ready: what comes now is the conversation."""
        self._cpu, self._began = time.process_time(), time.monotonic()

    def report(self, **more: object) -> None:
        """Say it, as the side's last line."""
        from benchmarks.processes import resident_mb

        said = {
            "cpu": time.process_time() - self._cpu,
            "wall": time.monotonic() - self._began,
            "rss_mb": resident_mb(),
            "down_ms": self.down_ms,
        }
        sys.stdout.write(json.dumps(said | more) + "\n")
        sys.stdout.flush()

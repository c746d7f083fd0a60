"""What every side of the hand-over benchmark is asked for, and the numbers in its microphone that tell what was lost.

Each millisecond of the microphone carries its number, so that it is known in whatever pieces it comes: some clients cut
the microphone anew. Light, since other people's environments read it, too.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import attrs

CHUNK_MS = 20
CHUNKS = 700
CALL_MS = CHUNKS * CHUNK_MS
TOOL_S = 1.5
"""Seconds that the tool takes."""
CASES = ("goAway in silence", "goAway in a reply", "goAway during a tool", "a break in silence", "a break in a reply")
_MS_BYTES = 32
_REST = bytes(_MS_BYTES - 6)


def numbered(first: int, count: int) -> bytes:
    """So many ms of microphone, 16 kHz 16-bit mono, the first of which is number `first`; at -67 dBFS it is silent."""
    return b"".join(
        bytes((1 + (ms >> 10), 0, 1 + (ms >> 5 & 31), 0, 1 + (ms & 31), 0)) + _REST
        for ms in range(first, first + count)
    )


def numbers(pcm: bytes) -> list[int]:
    """Which ms these are.

    Raises:
        ValueError: they are no whole ms, or nothing that `numbered` made.
    """
    digits = [pcm[at::_MS_BYTES] for at in (0, 2, 4)]
    if len(pcm) % _MS_BYTES or not all(map(all, digits)):
        raise ValueError(f"{len(pcm)} bytes of microphone that are not numbered by the ms")
    return [(high - 1 << 10) + (middle - 1 << 5) + low - 1 for high, middle, low in zip(*digits, strict=True)]


@attrs.frozen
class Line:
    """Where one call is made, and what happens in it."""

    case: str
    port: int

    @property
    def base_url(self) -> str:
        """For the client."""
        return f"https://127.0.0.1:{self.port}"


@attrs.frozen
class HandoverJob:
    """Calls that one side makes, all at once."""

    ca_file: str
    lines: tuple[Line, ...]

    def arguments(self) -> tuple[str, ...]:
        """For the side's command line."""
        return (json.dumps(attrs.asdict(self)),)

    @classmethod
    def of(cls, arguments: Sequence[str]) -> HandoverJob:
        """What the command line asks for."""
        fields: dict[str, Any] = json.loads(arguments[1])
        lines: Any = fields["lines"]
        return cls(fields["ca_file"], tuple(Line(**line) for line in lines))


@attrs.frozen
class Heard:
    """What a side heard of one call."""

    port: int
    played_ms: float = 0.0
    pause_ms: float = 0.0
    """The longest one between two pieces."""
    trouble: str = ""
    """What ended the call before its time."""


def heard(port: int, pieces: Sequence[tuple[float, float]], trouble: str = "") -> Heard:
    """From pieces of a reply: when each began and ended to be heard, s."""
    played = sum(end - begin for begin, end in pieces) * 1000
    pauses = [(begin - end) * 1000 for (_, end), (begin, _) in pairwise(pieces)]
    return Heard(port, round(played, 3), max([round(pause, 3) for pause in pauses], default=0.0), trouble)


def report(calls: Sequence[Heard]) -> str:
    """A side's last line."""
    return json.dumps({"calls": [attrs.asdict(call) for call in calls]})

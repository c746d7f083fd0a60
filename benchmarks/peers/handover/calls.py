"""What every peer's program does in the hand-over benchmark: speak numbered ms at their pace, and play what arrives.

Run as `python -m benchmarks.peers.handover.NAME JOB`, it makes all of the job's calls at once, in one process. The
loudspeaker takes whatever it is given, and plays it to its end: nobody loses a reply by its own player here.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import attrs

from benchmarks.handover_job import CHUNK_MS, CHUNKS, TOOL_S, HandoverJob, Line, heard, numbered, report

LIMIT = 40.0
"""Seconds that a call may take."""


@attrs.define(eq=False)
class Call:
    """One of them."""

    line: Line
    pieces: list[tuple[float, float]] = attrs.field(factory=list[tuple[float, float]])
    """When each piece of a reply began and ended to be heard, monotonic seconds."""
    trouble: str = ""

    async def microphone(self) -> AsyncIterator[bytes]:
        """Numbered chunks, 16 kHz 16-bit mono, each when it is due."""
        clock = asyncio.get_running_loop().time
        due = clock()
        for number in range(CHUNKS):
            due += CHUNK_MS / 1000
            await asyncio.sleep(max(0.0, due - clock()))
            yield numbered(number * CHUNK_MS, CHUNK_MS)

    def hear(self, pcm: bytes) -> None:
        """Some of a reply, 24 kHz 16-bit mono: it is played when what came before has been."""
        now = time.monotonic()
        begin = max(now, self.pieces[-1][1]) if self.pieces else now
        self.pieces.append((begin, begin + len(pcm) / 48_000))


async def look_up() -> str:
    """Look something up, which takes its time."""
    await asyncio.sleep(TOOL_S)
    return "found"


async def _make(call: Call, wait: float, converse: Callable[[Call], Awaitable[None]]) -> None:
    await asyncio.sleep(wait)
    try:
        await asyncio.wait_for(converse(call), LIMIT)
    except Exception as error:
        call.trouble = f"{type(error).__name__}: {error}"[:200]


def make_calls(converse: Callable[[Call], Awaitable[None]]) -> None:
    """All calls of the job, one after another begun; then say what was heard of them, and leave."""

    async def all_of_them() -> None:
        await asyncio.gather(*(_make(call, 0.1 * number, converse) for number, call in enumerate(calls)))
        print(report([heard(call.line.port, call.pieces, call.trouble) for call in calls]), flush=True)
        os._exit(0)  # whatever a failed session has left running

    calls = [Call(line) for line in HandoverJob.of(sys.argv).lines]
    asyncio.run(all_of_them())

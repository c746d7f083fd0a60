"""What every peer's program does: speak stamped chunks at the conversation's pace, and note what arrives, and when.

Run as `python -m benchmarks.peers.NAME JOB`; it says one line of JSON at its end, as every side does.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator

import attrs

from benchmarks.job import CHUNK_MS, Job, Meter, age_ms, instruction_of, job_of, stamped


@attrs.define(eq=False)
class Call:
    """One session."""

    job: Job = attrs.field(factory=lambda: job_of(sys.argv))
    meter: Meter = attrs.field(factory=Meter)
    heard_bytes: int = 0
    _held: bytearray = attrs.field(factory=bytearray)

    @property
    def instruction(self) -> str:
        """What the server reads its script from."""
        return instruction_of(self.job.script)

    async def microphone(self) -> AsyncIterator[bytes]:
        """Stamped chunks, 16 kHz 16-bit mono, each when it is due; with the first one the conversation begins."""
        clock = asyncio.get_running_loop().time
        self.meter.begin()
        due = clock()
        for _ in range(self.job.chunks):
            due += CHUNK_MS / 1000
            await asyncio.sleep(max(0.0, due - clock()))
            yield stamped()

    def hear(self, pcm: bytes) -> None:
        """Some of a reply, 24 kHz 16-bit mono, however it is cut: a message's age is taken with its last byte."""
        size = self.job.script.message_ms * 48
        self.heard_bytes += len(pcm)
        self._held += pcm
        while len(self._held) >= size:
            self.meter.down_ms.append(age_ms(bytes(self._held[:8])))
            del self._held[:size]

    async def until_spoken(self, speaking: asyncio.Task[None]) -> None:
        """Until all chunks are out, and a moment longer for the last message."""
        await speaking
        await asyncio.sleep(0.3)

    def report(self) -> None:
        """Say what was measured."""
        self.meter.report(heard_ms=self.heard_bytes / 48)

"""What every peer's program does: speak stamped chunks at the conversation's pace, and note what arrives, and when.

Run as `python -m benchmarks.peers.NAME JOB`; it says one line of JSON at its end, as every side does.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator

import attrs

from benchmarks.job import CHUNK_MS, Job, Meter, age_ms, instruction_of, job_of, stamped

AHEAD = 1024 / 24_000
"""Seconds that a device takes ahead: PyAudio's own choice, a buffer of 1024 samples."""


@attrs.define(eq=False)
class Device:
    """A loudspeaker in real time behind a write that blocks, as PyAudio's does; 24 kHz 16-bit mono."""

    pieces: list[tuple[float, float]] = attrs.field(factory=list[tuple[float, float]])
    """When each piece began and ended to be heard, monotonic seconds."""

    def write(self, pcm: bytes) -> None:
        """Returns when no more of it is to be played than the device takes ahead."""
        now = time.monotonic()
        begin = max(now, self.pieces[-1][1]) if self.pieces else now
        end = begin + len(pcm) / 48_000
        self.pieces.append((begin, end))
        time.sleep(max(0.0, end - AHEAD - now))  # a write to a sound card blocks


@attrs.define(eq=False)
class Call:
    """One session."""

    job: Job = attrs.field(factory=lambda: job_of(sys.argv))
    meter: Meter = attrs.field(factory=Meter)
    heard_bytes: int = 0
    device: Device | None = attrs.field(factory=lambda: Device() if "device" in sys.argv[2:] else None)
    """Where what is heard is to be played in real time; else it is taken as it comes."""
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
        pieces = self.device.pieces if self.device is not None else []
        heard_ms = sum(end - begin for begin, end in pieces) * 1000 or self.heard_bytes / 48
        self.meter.report(heard_ms=heard_ms, pieces=pieces)

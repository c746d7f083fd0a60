"""What every client program does: say a question, keep what is answered, and say at the end what happened.

Run as `python CLIENT.py QUESTION ANSWER`: QUESTION is 16 kHz 16-bit mono, ANSWER becomes the same at 24 kHz; one line of
JSON on standard output has the tool calls. The server is found by the environment alone.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

CITY, WEATHER = "Oslo", "light rain and nine degrees"
CHUNK_MS = 40
CHUNK = 32 * CHUNK_MS
QUIET = 2.5
"""Seconds without audio, once the tool was called, that end the answer."""
PATIENCE = 60.0


class Call:
    """One conversation."""

    def __init__(self) -> None:
        self.question = Path(sys.argv[1]).read_bytes()
        self.heard = bytearray()
        self.called: list[str] = []
        self._last = time.monotonic()

    def get_weather(self, city: str) -> str:
        """The weather in a city."""
        self.called.append(city)
        self._last = time.monotonic()
        return WEATHER if city == CITY else "unknown"

    async def microphone(self) -> AsyncIterator[bytes]:
        """The question, then silence, in real time."""
        at = 0
        while True:
            chunk = self.question[at : at + CHUNK].ljust(CHUNK, b"\0")
            at += CHUNK
            yield chunk
            await asyncio.sleep(CHUNK_MS / 1000)

    def hear(self, pcm: bytes) -> None:
        """Some of the answer, 24 kHz."""
        if self.called:  # before, the model may say that it will look
            self.heard += pcm
        self._last = time.monotonic()

    async def over(self) -> None:
        """Wait until the tool was called and the answer has ended, or for too long."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            await asyncio.sleep(0.1)
            if self.called and self.heard and time.monotonic() - self._last > QUIET:
                return

    def report(self) -> None:
        """Keep the answer, and say what was called."""
        Path(sys.argv[2]).write_bytes(self.heard)
        print(json.dumps({"called": self.called, "bytes": len(self.heard)}), flush=True)

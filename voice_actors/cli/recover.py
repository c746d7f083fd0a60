"""`voice-actors recover`: mend what a crash left behind, and say what is missing."""

from __future__ import annotations

import argparse
from pathlib import Path

import trio


async def run(args: argparse.Namespace) -> int:
    """Mend each file and print one line about it.

    Raises:
        ConfigError, DeviceError: a file is neither a transcript nor a recording of ours, or cannot be read or written.
    """
    for path in args.files:
        print(await trio.to_thread.run_sync(_mended, path))
    return 0


def _mended(path: Path) -> str:
    before = path.stat().st_size if path.is_file() else 0
    words = _recording(path) if path.suffix.lower() == ".wav" else _transcript(path)
    cut = before - path.stat().st_size
    return f"{path}: {words}" + (f"; {cut} bytes of a torn end cut" if cut else "; its end is whole")


def _recording(path: Path) -> str:
    from voice_actors.audio.wav import mend

    return f"a recording of {mend(path):.2f} s"


def _transcript(path: Path) -> str:
    from voice_actors.record.journal import HEADER, mend

    reading = mend(path)
    torn = [number for number in reading.bad if number <= len(reading.rows)]
    facts = [f"a transcript of {sum(row['event'] != HEADER for row in reading.rows)} events"]
    facts += [f"{_span(first, last)} missing" for first, last in reading.missing]
    facts += [f"line {number} unreadable" for number in torn]
    if not reading.rows or reading.rows[-1]["event"] != "Ended":
        facts.append("the conversation's end was never written")
    return ", ".join(facts)


def _span(first: int, last: int) -> str:
    return f"event {first}" if first == last else f"events {first} to {last}"

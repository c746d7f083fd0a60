"""Does a call last? Twenty-four hours on a virtual clock, with a new connection every ten minutes.

The whole agent against a scripted server in memory that announces the end of each of its links, speaks a numbered
sentence every twenty seconds and hears a microphone that never pauses. The transcript is read back from its file and
must hold every sentence.
"""

from __future__ import annotations

from benchmarks.harness import Figure, Result, Say, Target
from benchmarks.processes import run

HOURS = 24
QUICK_HOURS = 2
SLOPE_MB = 1.0
SECONDS = 300.0


def measure(quick: bool, say: Say) -> Result:
    """A day; two hours where it has to be quick, and their time and growth as those of a day."""
    hours = QUICK_HOURS if quick else HOURS
    say(f"{hours} virtual hours")
    report = run("benchmarks.sides.day", str(hours)).report
    held: list[float] = report["held_mb"]
    slope = (held[-1] - held[0]) / (hours - 1)
    lost = float(report["lost"] + report["dropped"])
    return Result(
        f"{hours} hours of conversation in virtual time: {report['turns']} replies over {report['rotations'] + 1} "
        f"connections, {report['lines']} lines of transcript",
        [Figure("memory held, each hour", "MB", held)],
        [
            Target("D1", "memory that each hour adds", SLOPE_MB, slope, "MB", len(held)),
            Target("D2", "lines of the transcript that are lost", 0, lost, "", report["lines"]),
            Target("D3", "24 hours in virtual time", SECONDS, report["wall"] * HOURS / hours, "s", 1),
        ],
    )

"""How fast is a call in virtual time, and does it grow? A conversation of an hour in one process, on a virtual clock.

The whole agent against a scripted server in memory: a microphone that never pauses, and replies two thirds of the
time. Memory is what the process really holds, read each ten virtual minutes after a collection of garbage.
"""

from __future__ import annotations

from benchmarks.harness import Figure, Result, Say, Target
from benchmarks.processes import run

MINUTES = 60
CALL_MINUTES = 15
SLOPE_MB = 1.0
CALL_SECONDS = 5.0


def measure(quick: bool, say: Say) -> Result:
    """A call of a quarter of an hour, then a whole hour; both a quarter as long where it has to be quick."""
    rounds, minutes = (1, MINUTES // 4) if quick else (3, MINUTES)
    say(f"{CALL_MINUTES} virtual minutes")
    calls: list[float] = [run("benchmarks.sides.hour", str(CALL_MINUTES)).report["wall"] for _ in range(rounds)]
    say(f"{minutes} virtual minutes")
    report = run("benchmarks.sides.hour", str(minutes)).report
    held: list[float] = report["held_mb"]
    slope = (held[-1] - held[1]) / (len(held) - 2) * (MINUTES / report["every_minutes"])
    return Result(
        f"{minutes} minutes of conversation in virtual time, {report['spoken_minutes']:.0f} of them spoken replies",
        [
            Figure(f"a call of {CALL_MINUTES} minutes, real time", "s", calls),
            Figure("memory held, from beginning to end", "MB", held),
        ],
        [
            Target("T8", "memory that an hour of conversation adds", SLOPE_MB, slope, "MB", len(held)),
            Target("T17", f"a {CALL_MINUTES}-minute call in virtual time", CALL_SECONDS, min(calls), "s", len(calls)),
        ],
    )

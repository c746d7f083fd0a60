"""What does it cost that nothing of a conversation is lost? The recorder's work for each event, by its way to the disk.

Turns of ten events each, as fast as they can be taken, on this machine's own disk: without a transcript; with one that
outlives the process (`none`), one that reaches the disk once a turn (`turn`, the default), and one that is on the disk
before anybody is told (`line`). CPU is that of the whole process with its threads.
"""

from __future__ import annotations

from typing import Any

from benchmarks.harness import Figure, Result, Say
from benchmarks.processes import run

MODES = {
    "no transcript": "without one",
    "none": "written, sync none",
    "turn": "written, sync each turn",
    "line": "written, sync each line",
}


def measure(quick: bool, say: Say) -> Result:
    """The modes in turn, several times."""
    rounds, turns = (2, 20) if quick else (7, 100)
    cpu: dict[str, list[float]] = {mode: [] for mode in MODES}
    wall: dict[str, list[float]] = {mode: [] for mode in MODES}
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        found: dict[str, Any] = run("benchmarks.sides.durability", str(turns)).report["modes"]
        for mode in MODES:
            cpu[mode].append(found[mode]["cpu_us"])
            wall[mode].append(found[mode]["wall_us"])
    figures = [Figure(f"an event, {what}", "us CPU", cpu[mode]) for mode, what in MODES.items()]
    figures += [Figure(f"an event, {what}, until it is told", "us", wall[mode]) for mode, what in MODES.items()]
    return Result("what an event costs that must not be lost", figures)

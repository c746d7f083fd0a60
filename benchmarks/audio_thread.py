"""How late is the loudspeaker's thread while a tool computes?

A thread takes a block of 10 ms from a loudspeaker's ring when it is due, as PortAudio's callback does, in a process in
which an event loop and a tool run; what is measured is how long after that it has the block. Idle, with a tool that
computes in Python in a thread, with the same where Python's own switch interval of 5 ms is left as it is, and with one
that computes in a process.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

import attrs
import trio

from benchmarks.busy_tool import compute
from benchmarks.harness import Figure, Result, Say, Target, percentile
from voice_actors.audio.ring import PlayoutRing
from voice_actors.toolbox import Room, declare
from voice_actors.toolbox.options import Place, ToolOptions

BLOCK = 0.01
"""Seconds."""
SECONDS = 4.0


@attrs.frozen
class Case:
    """What runs beside the audio."""

    name: str
    run: Place | None = None
    fair: bool = True
    """In a tool's thread, where the interpreter is shared finely; not in any other thread."""


CASES: Sequence[Case] = (
    Case("idle"),
    Case("Python, in a tool's thread", "thread"),
    Case("Python, in any thread, switch interval 5 ms", "thread", fair=False),
    Case("Python, in a process", "process"),
)


def measure(quick: bool, say: Say) -> Result:
    """Each case in turn, again and again; every block counts."""
    rounds = 1 if quick else 5
    found: dict[str, list[float]] = {case.name: [] for case in CASES}
    for number in range(rounds):
        for case in CASES:
            say(f"{case.name}, {number + 1} of {rounds}")
            found[case.name] += trio.run(_play, case)
    figures = [Figure(name, "ms late", late) for name, late in found.items()]
    idle, thread, _, process = (percentile(late, 99) for late in found.values())
    blocks = len(found[CASES[0].name])
    targets = [
        Target("T18", "audio callback, a tool computes in a thread, p99", 3.0, thread, "ms", blocks),
        Target("T18", "audio callback, a tool computes in a process, p99, x idle", 2.0, process / idle, "x", blocks),
    ]
    return Result("the loudspeaker's thread beside a tool that computes", figures, targets)


async def _play(case: Case) -> list[float]:
    late: list[float] = []
    stop = threading.Event()
    device = threading.Thread(target=_pull, args=(late, stop), name="device")
    async with trio.open_nursery() as nursery:
        if case.run is not None:
            room = Room(trio.CapacityLimiter(1))
            await _start(case, room, 0.01)  # what has to be started is started
            nursery.start_soon(_start, case, room, SECONDS + 1)
            await trio.sleep(0.3)
        device.start()
        await trio.sleep(SECONDS)
        stop.set()
    device.join()
    return late


async def _start(case: Case, room: Room, seconds: float) -> None:
    if case.run is None:
        return
    if not case.fair:
        before = sys.getswitchinterval()
        sys.setswitchinterval(0.005)
        await trio.to_thread.run_sync(compute, seconds)
        sys.setswitchinterval(before)
        return
    computing: Callable[..., object] = compute
    await declare(computing, options=ToolOptions(run=case.run)).run({"seconds": seconds}, room)


def _pull(late: list[float], stop: threading.Event) -> None:
    ring = PlayoutRing()
    clock, due = time.perf_counter, time.perf_counter()
    take = partial(ring.pull, round(BLOCK * 48_000))
    while not stop.is_set():
        due = max(due + BLOCK, clock())  # one that was missed is not made up for
        time.sleep(max(0.0, due - clock()))  # as the device waits: its being late is what is measured
        take()
        late.append((clock() - due) * 1000)

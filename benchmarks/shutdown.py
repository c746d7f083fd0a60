"""How soon is it gone? Ctrl-C on `voice-actors talk`, from the signal to the process's end, in each state of a call.

Nobody types in any of them, so a thread waits for a line; the conversation is idle, or in the middle of a reply, or
waits for a tool that never answers, or for a server that has fallen silent.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping

from benchmarks.harness import Figure, Result, Say, Target, percentile
from benchmarks.processes import ROOT, BenchmarkError

TALK = ("talk", "--offline", "--mic", "null", "--speaker", "null", "--json")
STATES: Mapping[str, tuple[tuple[str, ...], str, str]] = {
    "idle": ((), "hello", "TurnEnded"),
    "in a reply": ((), "tell me a long story", "TurnStarted"),
    "a tool that hangs": (("--tools", "benchmarks.hung_tool:open_garage"), "open the garage", "ToolCalled"),
}
"""Options, what is typed, and the event at which Ctrl-C is pressed."""
WITHIN_MS = 250.0


def measure(quick: bool, say: Say) -> Result:
    """Each state several times."""
    rounds, took = (1 if quick else 8), {state: list[float]() for state in STATES}
    for number in range(rounds):
        for state in STATES:
            say(f"{state}, {number + 1} of {rounds}")
            took[state].append(_leave(state))
    whole = [ms for times in took.values() for ms in times]
    return Result(
        "from Ctrl-C to the end of the process",
        [Figure(state, "ms", times) for state, times in took.items()],
        [Target("T16", "SIGINT to exit, p95", WITHIN_MS, percentile(whole, 95), "ms", len(whole))],
    )


def _leave(state: str) -> float:
    options, typed, event = STATES[state]
    process = subprocess.Popen(
        [sys.executable, "-m", "voice_actors", *TALK, *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process, process.stdin, process.stdout:
        process.stdin.write(typed + "\n")
        process.stdin.flush()
        _wait_for(event, process.stdout.readline)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        code = process.wait(30)
        ended = time.monotonic()
    if code != 130:
        raise BenchmarkError(f"{state}: Ctrl-C ended it with exit code {code}")
    return (ended - began) * 1000


def _wait_for(event: str, next_line: Callable[[], str]) -> None:
    while line := next_line():
        if f'"event":"{event}"' in line:
            return
    raise BenchmarkError(f"{event} never came")

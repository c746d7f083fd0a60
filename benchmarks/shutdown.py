"""How soon is it gone? Ctrl-C on `voice-actors talk`, from the signal to the process's end, in each state of a call.

Nobody types in any of them, so a thread waits for a line. See `leaving.py` for the states.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.harness import Figure, Result, Say, Target, percentile
from benchmarks.leaving import STATES, Child, Scene, State, has_sound_server
from benchmarks.processes import ROOT, BenchmarkError
from voice_actors.record.journal import read

TALK = ("talk", "--mic", "null", "--speaker", "null", "--json")
QUICK = ("idle", "in a reply")
ROUNDS = 20
P95_MS, LONGEST_MS = 250.0, 1_000.0
_SECOND_AFTER = 0.05
"""Seconds between two Ctrl-C of somebody in a hurry."""


def measure(quick: bool, say: Say) -> Result:
    """Each state twenty times, or two of them once."""
    rounds, states = (1, [state for state in STATES if state.name in QUICK]) if quick else (ROUNDS, possible())
    took = {state.name: list[float]() for state in states}
    for number in range(rounds):
        for state in states:
            say(f"{state.name}, {number + 1} of {rounds}")
            took[state.name].append(leave_once(state))
    worst = max(percentile(times, 95) for times in took.values())
    longest = max(max(times) for times in took.values())
    count = sum(len(times) for times in took.values())
    return Result(
        "from Ctrl-C to the end of the process",
        [Figure(state, "ms", times) for state, times in took.items()],
        [
            Target("T16", "SIGINT to exit, p95 of the slowest state", P95_MS, worst, "ms", count),
            Target("T16", "SIGINT to exit, the longest of all", LONGEST_MS, longest, "ms", count),
        ],
        _left_out(states),
    )


def _left_out(states: list[State]) -> list[str]:
    names = [state.name for state in STATES if state not in states]
    return [f"left out: {', '.join(names)}"] if names else []


def possible() -> list[State]:
    """The states that this machine has."""
    return [state for state in STATES if state.name != "the device is gone" or has_sound_server()]


def leave_once(state: State) -> float:
    """One call; gives the milliseconds from the first signal to the end.

    Raises:
        BenchmarkError: it ended with another exit code than a signal's, or something was lost.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with state.scene(folder) as scene:
            code, took = _leave(state, scene, folder)
        if code != 128 + state.signals[-1]:
            raise BenchmarkError(f"{state.name}: it ended with exit code {code}")
        if state.whole and (lost := lost_in(folder)):
            raise BenchmarkError(f"{state.name}: {lost}")
    return took


def _leave(state: State, scene: Scene, folder: Path) -> tuple[int, float]:
    kept = ("--transcript", str(folder / "t.jsonl"), "--record", str(folder / "r.wav"))
    process = subprocess.Popen(
        [sys.executable, "-m", "voice_actors", *TALK, *kept, *scene.options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **scene.env},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process, process.stdin, process.stdout:
        try:
            scene.reach(Child(process))
            began = time.monotonic()
            _press(process, state.signals)
            return process.wait(60), (time.monotonic() - began) * 1000
        finally:
            process.kill()


def _press(process: subprocess.Popen[str], signals: tuple[signal.Signals, ...]) -> None:
    for number, one in enumerate(signals):
        if number:
            time.sleep(_SECOND_AFTER)  # a hand that presses twice
        process.send_signal(one)


def lost_in(folder: Path) -> str:
    """What is missing in the files of a call that was left; empty where nothing is."""
    transcript = read(folder / "t.jsonl")
    if transcript.bad or transcript.missing:
        return f"the transcript has bad lines {transcript.bad}, and lacks {transcript.missing}"
    if transcript.rows[-1]["event"] != "Ended":
        return f"the transcript ends with {transcript.rows[-1]['event']}"
    return _lost_of_recording(folder / "r.wav")


def _lost_of_recording(path: Path) -> str:
    size = path.stat().st_size
    said = int.from_bytes(path.read_bytes()[40:44], "little")
    return "" if said + 44 == size else f"the recording says that it has {said} bytes, and has {size - 44}"

"""What does it cost to begin? Imports, memory after them, and the command line's help, each in a fresh process."""

from __future__ import annotations

import attrs

from benchmarks.harness import Figure, Result, Say, Target, paired, percentile
from benchmarks.processes import Ran, run_python

_IMPORT = """
import json, time
began = time.perf_counter()
{statement}
took = time.perf_counter() - began
from benchmarks.processes import resident_mb
print(json.dumps({{"ms": took * 1000, "mb": resident_mb()}}))
"""
IMPORTS = {
    "import voice_actors": "import voice_actors",
    "the whole agent": "from voice_actors import open_voice_agent",
    "import google.genai": "import google.genai",
}
OURS = ("import voice_actors", "the whole agent")
HELP = "voice-actors --help"
_RUN_HELP = """
import json, subprocess, sys, time
began = time.perf_counter()
subprocess.run([sys.executable, "-m", "voice_actors", "--help"], check=True, stdout=subprocess.DEVNULL)
print(json.dumps({"ms": (time.perf_counter() - began) * 1000}))
"""


@attrs.define
class Runs:
    """All runs, by what was started."""

    of: dict[str, list[Ran]] = attrs.field(factory=lambda: {name: [] for name in (*IMPORTS, HELP)})

    def add_round(self) -> None:
        """Start each of them once."""
        for name, statement in IMPORTS.items():
            self.of[name].append(run_python(["-c", _IMPORT.format(statement=statement)]))
        self.of[HELP].append(run_python(["-c", _RUN_HELP]))

    def all(self, name: str, what: str) -> list[float]:
        """One figure of all runs."""
        return [float(ran.report[what]) for ran in self.of[name]]


def measure(quick: bool, say: Say) -> Result:
    """Start everything in turn; the first round fills the system's caches and is not counted."""
    rounds, runs = (3 if quick else 20), Runs()
    Runs().add_round()
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        runs.add_round()
    figures = [Figure(name, "ms", runs.all(name, "ms")) for name in runs.of]
    figures += [Figure(name, "MB", runs.all(name, "mb")) for name in IMPORTS]
    return Result("starting up", figures, _targets(runs, rounds))


def _targets(runs: Runs, rounds: int) -> list[Target]:
    def typical(name: str, what: str) -> float:
        return percentile(runs.all(name, what), 50)

    theirs = runs.all("import google.genai", "ms")
    return [
        *(Target("T9", name, 250, typical(name, "ms"), "ms", rounds) for name in OURS),
        Target("T9", "memory with the whole agent", 35, typical("the whole agent", "mb"), "MB", rounds),
        Target("T9", HELP, 300, typical(HELP, "ms"), "ms", rounds),
        *(paired("T9", f"{name} against google.genai", 0.5, runs.all(name, "ms"), theirs) for name in OURS),
    ]

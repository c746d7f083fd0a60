"""`python -m benchmarks`: every question, or `--only` some; `--help` says the rest."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.chart import chart
from benchmarks.faults import FOUND
from benchmarks.faults import write_readme as write_table
from benchmarks.harness import Result, compared, machine, printed, summed_up
from benchmarks.peers.environments import GOOGLE, PEERS
from benchmarks.processes import BenchmarkError
from benchmarks.results import put, write_readme

QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "start_up": ("T9",),
    "idle_cpu": ("T6", "T7"),
    "flood": ("T1", "T2"),
    "latency": ("T5",),
    "sessions": ("T3", "T4", "T7"),
    "footprint": ("T5", "T6", "T7", "T9"),
    "hour": ("T8", "T17"),
    "day": ("D1", "D2", "D3"),
    "interruption": ("T10", "T13"),
    "playout": ("T10", "T11"),
    "shutdown": ("T16",),
    "durability": (),
    "busy_tool": ("T12",),
    "audio_thread": ("T18",),
    "in_memory": (),
    "hops": ("T15",),
    "mind": (),
    "crowd": (),
    "ears": (),
    "echo": (),
    "barge_in": ("B1", "B2"),
    "handover": ("T14", "H1", "H2"),
    "faults": ("F1",),
}
"""A file each, with `measure(quick, say)`, and the targets that it answers."""
QUICK = ("start_up", "flood", "latency", "interruption", "shutdown")
"""What fits into a minute."""
WITH_PEERS = ("footprint", "playout", "busy_tool", "handover")
"""The questions that are put to the peers, too."""


def main() -> int:
    """0 where the run was sound, whatever its figures; 1 where a measured program failed."""
    options = _options()
    if options.readme:
        write_table()
        print(f"README.md and its chart are made from {write_readme().name} and {FOUND.name}")
        return 0
    found: dict[str, Result] = {}
    here, took = machine(), dict[str, float]()
    print(f"{here['cpu']}, {here['cores']} cores, load {here['load']}, {here['system']}, Python {here['python']}")
    for name in options.only or (QUICK if options.quick else QUESTIONS):
        began = time.monotonic()
        try:
            measure = import_module(f"benchmarks.{name}").measure
            with_peers = {"peers": options.peers} if name in WITH_PEERS else {}
            found[name] = measure(options.quick, partial(_progress, name), **with_peers)
        except BenchmarkError as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 1
        took[name] = time.monotonic() - began
        _progress("", "")
        print(printed(found[name]))
        if options.results is not None:
            put(options.results, {name: found[name]}, here)
    _conclude(_report(found, here), options)
    print(f"\ntook {sum(took.values()):.0f} s: {', '.join(f'{name} {long:.0f}' for name, long in took.items())}")
    return 0


def _conclude(report: dict[str, Any], options: argparse.Namespace) -> None:
    print(summed_up(report["targets"]))
    if options.compare is not None:
        print(compared(options.compare, report))
    if options.json is not None:
        options.json.write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    if options.chart is not None:
        options.chart.write_text(chart(report), "utf-8")


def _report(found: dict[str, Result], here: dict[str, object]) -> dict[str, Any]:
    results = {name: result.as_json() for name, result in found.items()}
    return {
        "machine": here | {"load_after": machine()["load"]},
        "targets": [target for result in results.values() for target in result["targets"]],
        "questions": results,
    }


def _progress(name: str, what: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{name}: {what}" if name else "\r\x1b[K", end="", file=sys.stderr, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m benchmarks", description="Measure latency, CPU and memory, side by side."
    )
    parser.add_argument("--quick", action="store_true", help=f"under a minute: {', '.join(QUICK)}, in short")
    names = ", ".join(f"{name} ({' '.join(targets)})" if targets else name for name, targets in QUESTIONS.items())
    parser.add_argument("--only", type=_names, metavar="NAME,...", help=f"questions or targets: {names}")
    parser.add_argument(
        "--peers",
        type=_peers,
        default=(),
        metavar="NAME,...",
        help=f"for {' and '.join(WITH_PEERS)}, in environments of their own: {', '.join(PEERS)}",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample and the targets")
    parser.add_argument("--chart", type=Path, metavar="FILE", help="draw the targets, as SVG")
    parser.add_argument("--results", type=Path, metavar="FILE", help="put the medians into the file that is committed")
    parser.add_argument("--readme", action="store_true", help="measure nothing; write README.md's figures anew")
    parser.add_argument("--compare", type=_earlier, metavar="FILE", help="set beside what --json wrote earlier")
    return parser.parse_args()


def _names(text: str) -> tuple[str, ...]:
    asked = text.split(",")
    known = {*QUESTIONS, *(target for targets in QUESTIONS.values() for target in targets)}
    if unknown := [name for name in asked if name not in known]:
        raise argparse.ArgumentTypeError(f"no such question: {', '.join(unknown)}")
    return tuple(name for name, targets in QUESTIONS.items() if {name, *targets} & set(asked))


def _peers(text: str) -> tuple[str, ...]:
    names = tuple(name for name in text.split(",") if name != GOOGLE.name)  # which is always measured
    if unknown := [name for name in names if name not in PEERS]:
        raise argparse.ArgumentTypeError(f"no such peer: {', '.join(unknown)}")
    return names


def _earlier(path: str) -> dict[str, Any]:
    try:
        report: dict[str, Any] = json.loads(Path(path).read_text("utf-8"))
        questions = report["questions"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise argparse.ArgumentTypeError(f"{path} is nothing that --json wrote ({error})") from error
    if not isinstance(questions, dict):
        raise argparse.ArgumentTypeError(f"{path} is nothing that --json wrote")
    return report


if __name__ == "__main__":
    sys.exit(main())

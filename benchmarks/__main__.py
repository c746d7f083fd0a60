"""`python -m benchmarks [--quick] [--only NAME,...] [--json FILE]`."""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from importlib import import_module
from pathlib import Path

from benchmarks.harness import Result, machine, printed
from benchmarks.processes import BenchmarkError

QUESTIONS = ("start_up", "idle_cpu", "interruption", "in_memory", "mind", "hops", "crowd", "ears")
"""A file each, with `measure(quick, say)`."""


def main() -> int:
    """0 where the run was sound, whatever its figures; 1 where a measured program failed."""
    options = _options()
    found: dict[str, Result] = {}
    here = machine()
    print(f"{here['cpu']}, {here['cores']} cores, load {here['load']}, {here['system']}, Python {here['python']}")
    for name in options.only:
        try:
            found[name] = import_module(f"benchmarks.{name}").measure(options.quick, partial(_progress, name))
        except BenchmarkError as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 1
        _progress("", "")
        print(printed(found[name]))
    if options.json is not None:
        options.json.write_text(json.dumps(_report(found, here), indent=1) + "\n", "utf-8")
    return 0


def _report(found: dict[str, Result], here: dict[str, object]) -> dict[str, object]:
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
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs: about two minutes")
    parser.add_argument("--only", type=_names, default=QUESTIONS, metavar="NAME,...", help=", ".join(QUESTIONS))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample and the targets")
    return parser.parse_args()


def _names(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if unknown := [name for name in names if name not in QUESTIONS]:
        raise argparse.ArgumentTypeError(f"no such question: {', '.join(unknown)}")
    return names


if __name__ == "__main__":
    sys.exit(main())

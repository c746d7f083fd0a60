"""What every benchmark says its findings with: samples, paired ratios, targets, and a description of the machine."""

from __future__ import annotations

import os
import platform
import random
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeAlias

import attrs

from voice_actors.record.latency import percentile as percentile_of

Say: TypeAlias = Callable[[str], None]
"""Tells whoever waits what is being done."""

PACKAGES = ("trio", "trio-websocket", "google-genai", "numpy", "ctranslate2", "onnxruntime")
_RESAMPLES = 2_000


@attrs.frozen
class Figure:
    """One thing that was measured, with every sample."""

    name: str
    unit: str
    samples: Sequence[float]

    def row(self) -> tuple[str, ...]:
        """For the table: name, median, p95, p99, count."""
        values = [shown(percentile(self.samples, q)) for q in (50, 95, 99)] if self.samples else ["-"] * 3
        return (f"{self.name}, {self.unit}", *values, str(len(self.samples)))


@attrs.frozen
class Target:
    """A line of the summary: what was wanted, and what was found."""

    id: str
    what: str
    target: float
    measured: float
    unit: str
    n: int
    low: float | None = None
    high: float | None = None
    """The middle 95 % of the median, by resampling the pairs; None where there is nothing to resample."""

    @property
    def ok(self) -> bool:
        """Whether the finding is within the target; all targets are upper bounds."""
        return self.measured <= self.target

    def row(self) -> tuple[str, ...]:
        """For the table."""
        spread = "" if self.low is None or self.high is None else f" ({shown(self.low)} to {shown(self.high)})"
        verdict = "met" if self.ok else "short"
        measured = f"{shown(self.measured)}{spread} {self.unit}"
        return (f"{self.id} {self.what}", f"<= {shown(self.target)}", measured, str(self.n), verdict)


_TARGET_FIELDS = tuple(field.name for field in attrs.fields(Target))


@attrs.frozen
class Result:
    """The answer to one question."""

    question: str
    figures: Sequence[Figure]
    targets: Sequence[Target] = ()
    notes: Sequence[str] = ()

    def as_json(self) -> dict[str, Any]:
        """Everything, samples included."""
        figures = [attrs.asdict(figure) | summary(figure.samples) for figure in self.figures]
        targets = [attrs.asdict(target) | {"ok": target.ok} for target in self.targets]
        return {"question": self.question, "figures": figures, "targets": targets, "notes": list(self.notes)}


def percentile(samples: Sequence[float], q: float) -> float:
    """The value below which `q` percent of the samples lie, interpolated."""
    return percentile_of(sorted(samples), q / 100)


def summary(samples: Sequence[float]) -> dict[str, float]:
    """Median, p95, p99 and count."""
    if not samples:
        return {"n": 0}
    return {"n": len(samples)} | {f"p{q}": percentile(samples, q) for q in (50, 95, 99)}


def paired(number: str, what: str, target: float, ours: Sequence[float], theirs: Sequence[float]) -> Target:
    """The median of the ratios ours/theirs, run by run, with its 95 % interval (bootstrap over the pairs)."""
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    dice = random.Random(1)
    medians = sorted(statistics.median(dice.choices(ratios, k=len(ratios))) for _ in range(_RESAMPLES))
    low, high = percentile(medians, 2.5), percentile(medians, 97.5)
    return Target(number, what, target, statistics.median(ratios), "x", len(ratios), low, high)


def shown(value: float) -> str:
    """Three significant digits, without an exponent."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns side by side, the first one flush left."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = [
        "  ".join(cell.rjust(width) if column else cell.ljust(width) for column, (cell, width) in enumerate(pairs))
        for pairs in (list(zip(row, widths, strict=True)) for row in (head, *rows))
    ]
    return "\n".join(line.rstrip() for line in (lines[0], "-" * len(lines[0]), *lines[1:]))


def printed(result: Result) -> str:
    """A result for a terminal."""
    parts = [f"\n== {result.question}"]
    if result.figures:
        parts.append(table(("", "median", "p95", "p99", "n"), [figure.row() for figure in result.figures]))
    if result.targets:
        rows = [target.row() for target in result.targets]
        parts.append("\n" + table(("target", "wanted", "measured", "n", ""), rows))
    return "\n".join([*parts, *result.notes])


def summed_up(targets: Sequence[Mapping[str, Any]]) -> str:
    """All targets of a run, one a line, in the order of their ids."""
    ordered = sorted(targets, key=lambda target: (_place(target["id"]), target["what"]))
    rows = [Target(**{name: target[name] for name in _TARGET_FIELDS}).row() for target in ordered]
    met = sum(bool(target["ok"]) for target in targets)
    head = f"\n== {met} of {len(targets)} targets met"
    return f"{head}\n{table(('target', 'wanted', 'measured', 'n', ''), rows)}" if rows else head


def _place(name: str) -> tuple[int, str]:
    """T2 before T10, and names without a number behind them."""
    return (int(name[1:]) if name[:1] == "T" and name[1:].isdigit() else sys.maxsize, name)


def compared(earlier: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """The medians of two runs side by side; only figures that both of them have."""
    before, after = _medians(earlier), _medians(now)
    rows = [
        (f"{name}, {unit}", shown(before[name, unit]), shown(value), f"{value / before[name, unit]:.2f}")
        for (name, unit), value in after.items()
        if before.get((name, unit))
    ]
    then = earlier.get("machine", {})
    same = all(then.get(key) == now["machine"].get(key) for key in ("cpu", "cores", "python"))
    note = "" if same else "\nTwo machines: only the ratios within each run can be compared."
    return f"\n== beside {then.get('when', 'an earlier run')}\n{table(('', 'then', 'now', 'x'), rows)}{note}"


def _medians(report: Mapping[str, Any]) -> dict[tuple[str, str], float]:
    return {
        (figure["name"], figure["unit"]): figure["p50"]
        for question in report["questions"].values()
        for figure in question["figures"]
        if figure.get("n")
    }


# ---- the machine -------------------------------------------------------------------------------------------------


def machine() -> dict[str, Any]:
    """What this was measured on, without names of people, hosts or folders."""
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "load": [round(load, 2) for load in os.getloadavg()] if hasattr(os, "getloadavg") else None,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
    }


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None

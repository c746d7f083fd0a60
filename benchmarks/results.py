"""The file of figures that is committed, and what README.md makes of it: a table and a chart.

`python -m benchmarks --only hops --results benchmarks/results/FILE.json` puts a question's medians into the file and
leaves the others as they are; `python -m benchmarks --readme` writes README.md and the chart anew from the newest file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from benchmarks.chart import chart
from benchmarks.harness import Result, shown

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "benchmarks" / "results"
README = ROOT / "README.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
BUSY = 1.0
"""Load of the machine when a question was begun, from which on other work was in its way."""
QUIET = "Nothing else of weight ran on the machine."
SHARED = "The machine was shared with other work meanwhile: ratios count, milliseconds are longer than on a quiet one."


@attrs.frozen
class Row:
    """A line of the table: which figure is ours, and which is theirs."""

    text: str
    question: str
    ours: str
    unit: str
    theirs: str | None = None


def _both(text: str, question: str, name: str, unit: str, end: str = "") -> Row:
    return Row(text, question, f"{name}ours{end}", unit, f"{name}google-genai{end}")


ROWS = (
    _both("CPU of a microphone chunk of 20 ms, in a flood", "flood", "microphone chunk of 20 ms: ", "us CPU"),
    _both("CPU of a reply message of 100 ms, in a flood", "flood", "reply message of 100 ms: ", "us CPU"),
    _both("microphone to server, over TLS", "latency", "microphone to server: ", "ms", ", medians of sessions"),
    _both("server to loudspeaker, over TLS", "latency", "server to loudspeaker: ", "ms", ", medians of sessions"),
    Row("import, ready for a conversation", "start_up", "the whole agent", "ms", "import google.genai"),
    Row("memory, ready for a conversation", "start_up", "the whole agent", "MB", "import google.genai"),
    _both("idle conversation over TLS, CPU", "idle_cpu", "idle: ", "ms CPU per s", ", conversation"),
    _both("the same, memory of the process", "idle_cpu", "idle: ", "MB", ", memory"),
    Row("`interrupted` sent, to acted on", "interruption", "`interrupted` sent to acted on", "ms"),
    Row("… to silence, with blocks of 10 ms", "interruption", "stale audio after `interrupted`", "ms"),
    _both("tool call, round trip", "interruption", "tool call sent to answer received, ", "ms", ", medians"),
    _both("`goAway` in a reply, 80 ms away: reply lost", "handover", "goAway in a reply: reply lost, ", "ms"),
    _both(
        "a broken connection, 80 ms away: microphone lost", "handover", "a break in silence: microphone lost, ", "ms"
    ),
    _both("… without a connection", "handover", "a break in silence: without a connection, ", "ms"),
    Row("Ctrl-C in a reply, to the end of the process", "shutdown", "in a reply", "ms"),
    Row(
        "offline server: last sample of a question, to first of the answer",
        "hops",
        "last sample said to first sample heard",
        "ms",
    ),
    Row("… of it, waiting for the user to go on", "hops", "server: silence, until the turn counts as over", "ms"),
)


def put(path: Path, found: Mapping[str, Result], here: Mapping[str, Any]) -> None:
    """Put these answers into the file, without their samples; what else it holds stays."""
    kept: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {"questions": {}}
    for name, result in found.items():
        answer = result.as_json()
        for figure in answer["figures"]:
            del figure["samples"]
        kept["questions"][name] = {"when": here["when"], "load": here["load"], **answer}
    kept["machine"] = {**here, "system": str(here["system"]).partition(" ")[0]}
    kept["note"] = QUIET if max(_loads(kept), default=0.0) < BUSY else SHARED
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _loads(results: Mapping[str, Any]) -> list[float]:
    return [question["load"][0] for question in results["questions"].values() if question["load"]]


def newest(folder: Path = FOLDER) -> Path:
    """The file that README.md is made from; their names begin with the date."""
    return max(folder.glob("[0-9]*.json"))


def drawing(results: Mapping[str, Any]) -> str:
    """The chart of all its targets, an SVG document."""
    targets = [target for question in results["questions"].values() for target in question["targets"]]
    return chart({"machine": results["machine"], "targets": targets})


def passage(results: Mapping[str, Any], name: str) -> str:
    """What stands between the marks in README.md; `name` is the file's, without `.json`."""
    here = results["machine"]
    loads = _loads(results) or [0.0]
    load = f"load {min(loads):.1f} to {max(loads):.1f}"
    packages = ", ".join(f"{package} {version}" for package, version in here["packages"].items() if version)
    head = (
        f"{here['cpu']}, {here['cores']} cores, {load}, {here['system']}, Python {here['python']}, {packages}; "
        f"{here['when'][:10]}. {results['note']}\n"
        f"Medians ([all figures](benchmarks/results/{name}.json)):"
    )
    rows = [line for row in ROWS if (line := _line(row, results["questions"])) is not None]
    table = ["| question | voice_actors | google-genai's own client |", "|---|---|---|", *rows]
    picture = f"![each target, and what was measured](benchmarks/results/{name}.svg)"
    return "\n".join([BEGIN, head, "", *table, "", picture, END])


def _line(row: Row, questions: Mapping[str, Any]) -> str | None:
    """None where it was not measured."""
    figures = {(f["name"], f["unit"]): f for f in questions.get(row.question, {"figures": ()})["figures"]}
    ours, theirs = figures.get((row.ours, row.unit)), figures.get((row.theirs, row.unit))
    if not ours:
        return None
    return f"| {row.text} | {_shown(ours, row.unit)} | {_shown(theirs, row.unit) if theirs else ''} |"


def _shown(figure: Mapping[str, Any], unit: str) -> str:
    if not figure["n"]:
        return "the session ends"
    return f"{shown(figure['p50'])} {unit.replace('us', 'µs')}"


def with_passage(readme: str, text: str) -> str:
    """README.md with this in the place of what stands between the marks.

    Raises:
        ValueError: a mark is missing.
    """
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"README.md has no place for the figures: {BEGIN} … {END}")
    return f"{before}{text}{after}"


def write_readme() -> Path:
    """Write README.md's passage and the chart anew; gives the file that they are made from."""
    path = newest()
    results = json.loads(path.read_text("utf-8"))
    README.write_text(with_passage(README.read_text("utf-8"), passage(results, path.stem)), "utf-8")
    path.with_suffix(".svg").write_text(drawing(results), "utf-8")
    return path

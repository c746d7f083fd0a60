"""What `voice-actors bench` found: figures from a conversation's events, as a table and as JSON."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import attrs

from voice_actors.cli.columns import columns, shown_ms
from voice_actors.errors import ConfigError
from voice_actors.messages import AudioLost, Event, ToolAnswered, ToolCalled, TurnEnded, TurnLatency
from voice_actors.record.latency import percentile

PACKAGES = ("voice-actors", "trio", "trio-websocket")


@attrs.frozen
class Figure:
    """One thing that was measured, with every sample, ms."""

    name: str
    samples: Sequence[float]

    def row(self) -> tuple[str, ...]:
        """For the table."""
        ordered = sorted(self.samples)
        return (self.name, *(shown_ms(percentile(ordered, share)) for share in (0.5, 0.95)), str(len(ordered)))

    def as_json(self) -> dict[str, Any]:
        """With every sample."""
        ordered = sorted(self.samples)
        found = {f"p{round(100 * share)}": round(percentile(ordered, share), 3) for share in (0.5, 0.95) if ordered}
        return {"name": self.name, "unit": "ms", "n": len(ordered), **found, "samples": [round(x, 3) for x in ordered]}


@attrs.frozen
class Findings:
    """All of it, and what was to happen and did not."""

    figures: Sequence[Figure]
    faults: Sequence[str]


def findings_of(
    events: Sequence[Event], wire_ms: Sequence[float], over: Sequence[float], questions: int, tools: int, cuts: int
) -> Findings:
    """From what happened; `over` tells when somebody began to speak over a reply, seconds on trio's clock."""
    turns = [event for event in events if isinstance(event, TurnLatency) and event.response_ms is not None]
    plain = [turn for turn in turns if not turn.tool_ms]
    with_tool = [turn for turn in turns if turn.tool_ms]
    called = {event.id: event.at for event in events if isinstance(event, ToolCalled)}
    answered = [event for event in events if isinstance(event, ToolAnswered) and event.id in called]
    ends = [event.at for event in events if isinstance(event, TurnEnded) and event.interrupted]
    silences = [turn for turn in turns if turn.silence_ms is not None]
    figures = [
        Figure("your last sound, to its first", _all(plain, "response_ms")),
        Figure("  until the end of speech is noticed", _all(plain, "end_of_speech_ms")),
        Figure("  until the reply begins to arrive", [_arrived_ms(turn) for turn in plain]),
        Figure("  from there until it is heard", _all(plain, "playout_ms")),
        Figure("the same where a tool is needed", _all(with_tool, "response_ms")),
        Figure("tool: call received, to answer handed over", [(e.at - called[e.id]) * 1000 for e in answered]),
        Figure("you speak over it, to silence", _silent_after(over, ends)),
        Figure("  of it, after the interruption is told", _all(silences, "silence_ms")),
        Figure("microphone to wire, a chunk", wire_ms),
        Figure("round trip of the link", _all(turns, "round_trip_ms")),
    ]
    wanted = {
        "questions were answered": (len(plain), questions + cuts),
        "questions were answered with the tool": (len(with_tool), tools),
        "replies fell silent when spoken over": (len(silences), cuts),
    }
    faults = [f"{found} of {most} {what}" for what, (found, most) in wanted.items() if found < most]
    lost = sum(event.ms for event in events if isinstance(event, AudioLost))
    return Findings(figures, [*faults, *([f"{lost:.0f} ms of audio were lost"] if lost else [])])


def _all(turns: Sequence[TurnLatency], part: str) -> list[float]:
    return [value for turn in turns if (value := getattr(turn, part)) is not None]


def _arrived_ms(turn: TurnLatency) -> float:
    return (turn.response_ms or 0.0) - (turn.playout_ms or 0.0)


def _silent_after(begins: Sequence[float], ends: Sequence[float]) -> list[float]:
    """From each begin to the next end, ms."""
    return [(min(later) - begin) * 1000 for begin in begins if (later := [end for end in ends if end > begin])]


def printed(findings: Findings, where: str) -> str:
    """A table of what happened; a server need not tell when it noticed the end of speech."""
    rows = [figure.row() for figure in findings.figures if figure.samples]
    return f"{where}\n{columns(('ms', 'p50', 'p95', 'n'), rows)}"


def written(findings: Findings, where: str, model: str, path: Path) -> None:
    """Everything as JSON, without names of people, hosts or folders.

    Raises:
        ConfigError: it cannot be written.
    """
    body = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "where": where,
        "model": model,
        "machine": {
            "cores": os.cpu_count(),
            "machine": platform.machine(),
            "system": f"{platform.system()} {platform.release()}",
            "python": platform.python_version(),
            "packages": {name: version(name) for name in PACKAGES},
        },
        "figures": [figure.as_json() for figure in findings.figures],
        "faults": list(findings.faults),
    }
    try:
        path.write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"--json {path}: cannot write there: {error.strerror or error}") from error

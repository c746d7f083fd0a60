"""The figures of `TurnLatency` as tables: one row per turn, and what half and 95 % of the turns took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from voice_actors.cli.columns import columns, shown_ms
from voice_actors.messages import TurnLatency
from voice_actors.record.latency import LatencySummary, Percentiles

HEADINGS: Final[Mapping[str, str]] = {
    "response_ms": "response",
    "end_of_speech_ms": "end of speech",
    "first_byte_ms": "first byte",
    "playout_ms": "playout",
    "silence_ms": "to silence",
    "tool_ms": "tools",
    "round_trip_ms": "round trip",
}
_ABOUT = """\
response: your last sound, or your text, to the reply's first sound; it is the sum of end of speech (until that is
noticed), first byte (until the reply begins to arrive) and playout. to silence: from an interruption. tools: all of
a turn. round trip: a ping's on the link. -: nobody knows, as when it is the model that notices and does not say so."""


def latency_table(turns: Sequence[TurnLatency]) -> str:
    """A row for each turn, then p50 and p95 of each column; ends without a newline."""
    summary = LatencySummary()
    for turn in turns:
        summary.add(turn)
    head = ("turn", "by", *HEADINGS.values())
    rows = [_row(turn) for turn in turns]
    feet = [_foot(share, summary.percentiles()) for share in ("p50", "p95")]
    return f"{columns(head, rows, feet)}\n\nms; {_ABOUT}"


def latency_lines(figures: Mapping[str, Percentiles]) -> list[str]:
    """For the end of a call: a line for each part that happened, nothing where no turn was timed."""
    told = [(heading, figures[name]) for name, heading in HEADINGS.items() if name in figures]
    if not told:
        return []
    rows = [(heading, shown_ms(one.p50), shown_ms(one.p95), str(one.count)) for heading, one in told]
    return columns(("latency, ms", "p50", "p95", "of"), rows).splitlines()


def _row(turn: TurnLatency) -> tuple[str, ...]:
    tools = sum(turn.tool_ms) if turn.tool_ms else None
    values = (tools if name == "tool_ms" else getattr(turn, name) for name in HEADINGS)
    return (str(turn.turn), turn.by or "-", *map(shown_ms, values))


def _foot(share: str, figures: Mapping[str, Percentiles]) -> tuple[str, ...]:
    shown = (shown_ms(getattr(figures[part], share) if part in figures else None) for part in HEADINGS)
    return (share, "", *shown)

"""How long each reply took and where the time went, read off the events of a conversation.

Theory of operation: every moment that counts is in an event already, each dated where it happened. `LatencyLedger`
takes the events in their order and gives a `TurnLatency` for each `TurnEnded`. It has no clock of its own, so it works
on a transcript as it does on a call. A part whose beginning or end is not known, or that would be negative, is None.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal, TypeAlias

import attrs

from voice_actors.messages import (
    ActivityEnded,
    ActivityStarted,
    Event,
    SpeechDetected,
    TextSent,
    ToolAnswered,
    TurnEnded,
    TurnGenerated,
    TurnInterrupted,
    TurnLatency,
    TurnStarted,
)
from voice_actors.values import Value

PARTS: Final = (
    "response_ms",
    "end_of_speech_ms",
    "first_byte_ms",
    "playout_ms",
    "silence_ms",
    "tool_ms",
    "round_trip_ms",
)
"""The fields of `TurnLatency` that are durations."""
RoundTrip: TypeAlias = Callable[[], float | None]
"""Tells what the link's last ping took, seconds; None where that is not known."""
RESERVOIR = 512
"""Values of each part that are kept for percentiles; of more, a fair sample."""


@attrs.frozen(eq=False, repr=False)
class Percentiles(Value):
    """What half, 95 % and 99 % of the values do not exceed, ms."""

    count: int
    """Values seen."""
    p50: float
    p95: float
    p99: float


@attrs.define(eq=False, repr=False)
class Reservoir:
    """A bounded, fair sample of any number of values (Vitter's algorithm R)."""

    _dice: random.Random | None = None
    """Made when one value has to make room: most conversations are over before, and its state takes 2.5 KB."""
    _kept: list[float] = attrs.field(factory=list[float], init=False)
    _seen: int = attrs.field(default=0, init=False)

    def add(self, value: float) -> None:
        """One more."""
        self._seen += 1
        if len(self._kept) < RESERVOIR:
            self._kept.append(value)
        elif (place := self._thrown()) < RESERVOIR:
            self._kept[place] = value

    def _thrown(self) -> int:
        if self._dice is None:
            self._dice = random.Random(0)
        return self._dice.randrange(self._seen)

    def percentiles(self) -> Percentiles | None:
        """Of what was added; None where nothing was."""
        if not self._kept:
            return None
        ordered = sorted(self._kept)
        return Percentiles(self._seen, *(percentile(ordered, share) for share in (0.5, 0.95, 0.99)))


def percentile(ordered: Sequence[float], share: float) -> float:
    """What this share (0 to 1) of the values, smallest first, does not exceed; interpolated between neighbours."""
    place = (len(ordered) - 1) * share
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


@attrs.define(eq=False, repr=False)
class LatencySummary:
    """Percentiles of the parts of all turns so far."""

    _parts: dict[str, Reservoir] = attrs.field(factory=dict[str, Reservoir], init=False)
    """Of those that have happened."""

    def add(self, turn: TurnLatency) -> None:
        """One more turn."""
        for name in PARTS:
            value = getattr(turn, name)
            for one in value if name == "tool_ms" else (value,):
                if one is not None:
                    self._parts.setdefault(name, Reservoir()).add(one)

    def percentiles(self) -> Mapping[str, Percentiles]:
        """By the names of `PARTS`; parts that never happened are left out."""
        found = {name: self._parts[name].percentiles() for name in PARTS if name in self._parts}
        return {name: figures for name, figures in found.items() if figures is not None}


# ---- one conversation --------------------------------------------------------------------------------------------


@attrs.frozen(eq=False, repr=False)
class _Asked(Value):
    """What the next reply answers."""

    by: Literal["voice", "text"]
    at: float
    voiced_at: float | None = None


@attrs.define(eq=False, repr=False)
class _Turn:
    """A reply that has not ended."""

    started_at: float | None = None
    asked: _Asked | None = None
    voiced_at: float | None = None
    round_trip_ms: float | None = None
    interrupted_at: float | None = None
    tools: list[float] = attrs.field(factory=list[float])


@attrs.define(eq=False, repr=False)
class LatencyLedger:
    """Takes every event of one conversation, in order."""

    summary: LatencySummary = attrs.field(factory=LatencySummary)
    _asked: _Asked | None = attrs.field(default=None, init=False)
    _answered_at: float = attrs.field(default=float("-inf"), init=False)
    """When the newest reply began: what was said before it is answered."""
    _tools: list[float] = attrs.field(factory=list[float], init=False)
    """Tools that worked for the next reply."""
    _open: int | None = attrs.field(default=None, init=False)
    """The reply of which more may arrive."""
    _turns: dict[int, _Turn] = attrs.field(factory=dict[int, _Turn], init=False)

    def observe(self, event: Event) -> TurnLatency | None:
        """Take the next event; gives the turn's figures where it ends one."""
        match event:
            case SpeechDetected(started=True) | ActivityStarted():
                self._asked = None  # they go on speaking: no reply answers what came before alone
            case SpeechDetected(at=at, voiced_at=voiced_at):
                self._asked = _Asked("voice", at, voiced_at)
            case ActivityEnded(at=at):
                self._asked = _Asked("voice", at)
            case TextSent(at=at):
                self._asked = _Asked("text", at)
            case ToolAnswered(took_ms=took_ms):
                open_turn = None if self._open is None else self._turns.get(self._open)
                (self._tools if open_turn is None else open_turn.tools).append(took_ms)
            case TurnStarted():
                self._start(event)
            case TurnGenerated(turn=turn):
                self._close(turn)
            case TurnInterrupted(turn=turn, at=at):
                self._close(turn)
                self._turns.setdefault(turn, _Turn()).interrupted_at = at
            case TurnEnded():
                return self._end(event)
            case _:
                ...
        return None

    def _start(self, event: TurnStarted) -> None:
        asked, heard = self._asked, event.voiced_at
        if asked is None and heard is not None and heard <= self._answered_at:
            heard = None  # they have said nothing since: this reply comes of the model's own accord
        self._turns[event.turn] = _Turn(event.at, asked, heard, event.round_trip_ms, tools=self._tools)
        self._asked, self._tools = None, []
        self._open, self._answered_at = event.turn, event.at

    def _close(self, turn: int) -> None:
        if self._open == turn:
            self._open = None

    def _end(self, event: TurnEnded) -> TurnLatency:
        self._close(event.turn)
        latency = _latency(self._turns.pop(event.turn, _Turn()), event)
        self.summary.add(latency)
        return latency


def _latency(turn: _Turn, ended: TurnEnded) -> TurnLatency:
    decided_at, said_at = _question(turn)
    sounded_at = ended.sounded_at
    return TurnLatency(
        turn=ended.turn,
        by=turn.asked.by if turn.asked is not None else None if said_at is None else "voice",
        response_ms=_ms(said_at, sounded_at),
        end_of_speech_ms=_ms(said_at, decided_at) if _spoken(turn) else None,
        first_byte_ms=_ms(decided_at, turn.started_at),
        playout_ms=_ms(turn.started_at, sounded_at),
        silence_ms=None if sounded_at is None else _ms(turn.interrupted_at, ended.at),
        tool_ms=tuple(turn.tools),
        round_trip_ms=turn.round_trip_ms,
        at=ended.at,
    )


def _spoken(turn: _Turn) -> bool:
    return turn.asked is not None and turn.asked.by == "voice"


def _question(turn: _Turn) -> tuple[float | None, float | None]:
    """When it was decided that the question is over, and when its last sample or its text left the user."""
    asked = turn.asked
    if asked is None:
        return None, turn.voiced_at
    if asked.by == "text":
        return asked.at, asked.at
    voiced_at = asked.voiced_at if asked.voiced_at is not None else turn.voiced_at
    if voiced_at is not None and voiced_at > asked.at:
        voiced_at = None  # something was loud after the question
    return asked.at, voiced_at


def _ms(begin: float | None, end: float | None) -> float | None:
    """From one moment to another; None where either is unknown, or they lie the wrong way round."""
    if begin is None or end is None or end < begin:
        return None
    return round((end - begin) * 1000, 3)

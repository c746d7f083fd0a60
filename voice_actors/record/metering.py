"""What a conversation spends, read off the service's own counts.

Theory of operation: the service reports once a reply, and counts all that the reply was prompted with (the whole
conversation so far) and all that it made of it. These are not running totals of the session: the next report counts
the conversation again, and so does the bill. So the call's usage is the sum of the reports, over all of its links.
(Seen on the real service by others: pydantic-ai#7269; a bill was within 3 % of that sum, Google's forum 173248.)

Some models report within a reply and once more at its end. A report with the same prompt as the one before it in the
same reply, and no less output, is taken for a newer one of the same generation, and only what it adds is counted. That
two such reports are one is a guess; where it fails, too much is counted and not too little.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import attrs

from voice_actors.messages import Connected, Event, ToolAnswered, TurnStarted, TurnUsage, UsageReported
from voice_actors.values import Value

if TYPE_CHECKING:
    from voice_actors.record.prices import ModelPrices


@attrs.frozen(eq=False, repr=False)
class Usage(Value):
    """Tokens of a call or a part of it, by modality, as in `TurnUsage`."""

    input: Mapping[str, int] = attrs.field(factory=dict[str, int])
    output: Mapping[str, int] = attrs.field(factory=dict[str, int])
    cached: int = 0
    """Of the input, what the service had cached."""
    cost: float | None = None
    """None where the settings have no price table."""

    @property
    def input_tokens(self) -> int:
        """Of all modalities."""
        return sum(self.input.values())

    @property
    def output_tokens(self) -> int:
        """Of all modalities, thoughts included."""
        return sum(self.output.values())

    @property
    def tokens(self) -> int:
        """Input and output."""
        return self.input_tokens + self.output_tokens

    def plus(self, spent: TurnUsage) -> Usage:
        """With what an event adds to it."""
        cost = self.cost if spent.cost is None else (self.cost or 0.0) + spent.cost
        cached = self.cached + spent.cached
        return Usage(_sum(self.input, spent.input), _sum(self.output, spent.output), cached, cost)


def usage_of(spent: Sequence[TurnUsage]) -> Usage:
    """All of them together."""
    total = Usage()
    for event in spent:
        total = total.plus(event)
    return total


@attrs.frozen(eq=False, repr=False)
class _Report(Value):
    input: Mapping[str, int]
    output: Mapping[str, int]
    cached: int

    def since(self, earlier: _Report) -> _Report:
        """What this has more than an earlier report of the same generation; the prompt is counted already."""
        cached = max(self.cached - earlier.cached, 0)
        return _Report({}, dict(Counter(self.output) - Counter(earlier.output)), cached)

    def continues(self, earlier: _Report) -> bool:
        """Both are of one generation."""
        return self.input == earlier.input and sum(self.output.values()) >= sum(earlier.output.values())


@attrs.define(eq=False, repr=False)
class Meter:
    """Takes the events of a conversation in their order."""

    prices: ModelPrices | None = None
    usage: Usage = attrs.field(factory=Usage, init=False)
    """Of the call so far."""
    _turn: int | None = attrs.field(default=None, init=False)
    _last: _Report | None = attrs.field(default=None, init=False)
    """Of the generation that goes on."""

    def observe(self, event: Event) -> TurnUsage | None:
        """Take the next event; gives what was spent, where it says so."""
        match event:
            case TurnStarted(turn=turn):
                self._turn, self._last = turn, None
            case Connected() | ToolAnswered():
                self._last = None
            case UsageReported(usage=body):
                return self._spend(_report(body), event.at)
            case _:
                ...
        return None

    def _spend(self, report: _Report, at: float) -> TurnUsage | None:
        earlier, self._last = self._last, report
        new = report if earlier is None or not report.continues(earlier) else report.since(earlier)
        if not (new.input or new.output):
            return None
        cost = None if self.prices is None else round(self.prices.cost(new.input, new.output), 9)
        spent = TurnUsage(
            turn=self._turn, input=new.input, output=new.output, cached=new.cached, cost=cost, call_tokens=0, at=at
        )
        self.usage = self.usage.plus(spent)
        call_cost = None if self.usage.cost is None else round(self.usage.cost, 9)
        return attrs.evolve(spent, call_tokens=self.usage.tokens, call_cost=call_cost)


# ---- a report ----------------------------------------------------------------------------------------------------


def _report(body: Mapping[str, Any]) -> _Report:
    asked = _side(body, "promptTokenCount", "promptTokensDetails")
    fetched = _side(body, "toolUsePromptTokenCount", "toolUsePromptTokensDetails")
    made = _side(body, "responseTokenCount", "responseTokensDetails")
    thought = {"THOUGHT": _count(body.get("thoughtsTokenCount"))}
    return _Report(_sum(asked, fetched), _sum(made, thought), _count(body.get("cachedContentTokenCount")))


def _side(body: Mapping[str, Any], total: str, details: str) -> dict[str, int]:
    """By modality; the service's details do not always add up to its total."""
    found: Counter[str] = Counter()
    for detail in _sequence(body.get(details)):
        if isinstance(detail, Mapping):
            row = cast("Mapping[str, Any]", detail)
            found[_modality(row.get("modality"))] += _count(row.get("tokenCount"))
    found["OTHER"] += max(_count(body.get(total)) - found.total(), 0)
    return dict(found)


def _sequence(value: Any) -> Sequence[Any]:
    return cast("Sequence[Any]", value) if isinstance(value, list | tuple) else ()


def _modality(value: Any) -> str:
    return value if isinstance(value, str) and value and not value.endswith("_UNSPECIFIED") else "OTHER"


def _count(value: Any) -> int:
    """Whole and not negative; whatever else a server may say is nothing. JSON may have it as a text."""
    if isinstance(value, str) and value.isdecimal() and len(value) < 20:
        return int(value)
    return max(value, 0) if isinstance(value, int) and not isinstance(value, bool) else 0


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    """Together, without what is nothing."""
    return {name: count for name, count in (Counter(one) + Counter(other)).items() if count}

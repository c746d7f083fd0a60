"""What a call spent, for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from voice_actors.cli.columns import columns
from voice_actors.cli.latency import latency_lines
from voice_actors.conversation.handle import VoiceAgent
from voice_actors.messages import TurnUsage
from voice_actors.record.metering import Usage, usage_of


def final_lines(agent: VoiceAgent) -> list[str]:
    """For the end of a call: how long replies took, and what they cost."""
    prices = agent.config.prices
    return [*latency_lines(agent.latency()), *usage_lines(agent.usage, "" if prices is None else prices.currency)]


def usage_lines(usage: Usage, currency: str = "") -> list[str]:
    """For the end of a call: one line, none where the service counted nothing."""
    if not usage.tokens:
        return []
    sides = (("in", usage.input_tokens, usage.input), ("out", usage.output_tokens, usage.output))
    told = "; ".join(f"{total:,} {side} ({_kinds(counts)})" for side, total, counts in sides if total)
    return [f"tokens: {usage.tokens:,}: {told}{_money(usage.cost, currency, ', ')}"]


def usage_table(spent: Sequence[TurnUsage], currency: str = "") -> str:
    """A row for each reply, then all together; ends without a newline."""
    turns: dict[int | None, list[TurnUsage]] = {}
    for event in spent:
        turns.setdefault(event.turn, []).append(event)
    rows = [_row("-" if turn is None else str(turn), usage_of(events)) for turn, events in turns.items()]
    total = usage_of(spent)
    made = columns(("turn", "input", "output", "cost"), rows, [_row("all", total)])
    return "\n".join([made, "", *usage_lines(total, currency)])


def _row(name: str, usage: Usage) -> tuple[str, ...]:
    return name, f"{usage.input_tokens:,}", f"{usage.output_tokens:,}", _money(usage.cost, "") or "-"


def _kinds(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name.lower()} {count:,}" for name, count in sorted(counts.items()))


def _money(cost: float | None, currency: str, before: str = "") -> str:
    return "" if cost is None else f"{before}{cost:.4f} {currency}".rstrip()

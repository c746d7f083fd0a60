"""What a reply's span says of it, by the names of the conventions where they have one."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

import attrs

from voice_actors.messages import TurnEnded, TurnLatency
from voice_actors.record.metering import Usage

Attributes: TypeAlias = dict[str, Any]


@attrs.define
class ReplySoFar:
    """A reply that has not ended."""

    started_at: float
    asked: str
    said: list[str] = attrs.field(factory=list[str])
    reason: str | None = None
    ended: TurnEnded | None = None
    usage: Usage = attrs.field(factory=Usage)

    @property
    def finish_reason(self) -> str:
        """Why the model stopped."""
        if self.ended is not None and self.ended.interrupted:
            return "interrupted"
        return self.reason or "stop"

    def messages(self) -> Attributes:
        """What was said by either side, by the conventions' JSON schemas."""
        answer = {"role": "assistant", "parts": _text("".join(self.said)), "finish_reason": self.finish_reason}
        question = {"role": "user", "parts": _text(self.asked)}
        return {
            "gen_ai.input.messages": as_json([question] if self.asked else []),
            "gen_ai.output.messages": as_json([answer]),
        }


def _text(text: str) -> list[dict[str, str]]:
    return [{"type": "text", "content": text}]


def as_json(value: object) -> str:
    """For attributes that hold what was said."""
    return json.dumps(value, ensure_ascii=False, default=str)


def seconds_of(ms: float | None) -> float | None:
    """None stays None."""
    return None if ms is None else ms / 1000


def parts_of(latency: TurnLatency, ended: TurnEnded | None) -> Attributes:
    """What the conventions have no names for; and one that they have."""
    parts: Attributes = {"voice_actors.turn": latency.turn}
    for name in ("response_ms", "end_of_speech_ms", "playout_ms", "silence_ms", "round_trip_ms"):
        if (value := getattr(latency, name)) is not None:
            parts[f"voice_actors.{name}"] = value
    if latency.first_byte_ms is not None:
        parts["gen_ai.response.time_to_first_chunk"] = latency.first_byte_ms / 1000
    if ended is not None:
        parts |= {"voice_actors.heard_ms": ended.heard_ms, "voice_actors.dropped_ms": ended.dropped_ms}
    return parts


def token_counts(usage: Usage) -> dict[str, int]:
    """By the conventions' names: what it thought is output, too. Nothing where nothing was counted."""
    if not usage.tokens:
        return {}
    counts = {"gen_ai.usage.input_tokens": usage.input_tokens, "gen_ai.usage.output_tokens": usage.output_tokens}
    if thought := usage.output.get("THOUGHT"):
        counts["gen_ai.usage.reasoning.output_tokens"] = thought
    if usage.cached:
        counts["gen_ai.usage.cache_read.input_tokens"] = usage.cached
    return counts

"""A mind that throws dice: says something, calls what the client declared, and sometimes what nobody did."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import attrs

from voice_actors.offline.parts import Answered, Call, Dialogue, Say, Thought

_DEEPEST = 4
"""Levels of a schema that are filled in; what lies deeper is left empty."""


@attrs.define(eq=False)
class DiceMind:
    """Answers everything, with calls of the declared functions, right arguments and wrong ones."""

    dice: random.Random

    async def respond(self, dialogue: Dialogue) -> AsyncIterator[Thought]:
        """One sentence, or some words and a call."""
        calling = bool(dialogue.functions) and self.dice.random() < self._eagerness(dialogue)
        if calling and self.dice.random() < 0.4:
            yield Say("one moment please")
        for _ in range(self.dice.choice((1, 1, 2)) if calling else 0):
            yield self._call(dialogue)
        if not calling:
            yield Say(" ".join(f"word{number}" for number in range(self.dice.randint(1, 16))))

    def _eagerness(self, dialogue: Dialogue) -> float:
        return 0.2 if isinstance(dialogue.entries[-1], Answered) else 0.5

    def _call(self, dialogue: Dialogue) -> Call:
        function = self.dice.choice(list(dialogue.functions))
        lot = self.dice.random()
        if lot < 0.05:
            return Call("function_of_nobody", {})
        if lot < 0.15:
            return Call(function["name"], {"nobody_declared_this": 1})
        return Call(function["name"], _object(function.get("parameters") or {}, self.dice, 0))


def value_for(schema: Mapping[str, Any], dice: random.Random, depth: int = 0) -> Any:
    """A value that a JSON Schema describes, as far as its type and choices go."""
    if choices := schema.get("enum"):
        return dice.choice(list(choices))
    if "const" in schema:
        return schema["const"]
    if either := schema.get("anyOf") or schema.get("oneOf"):
        return value_for(dice.choice(list(either)), dice, depth)
    match str(schema.get("type", "string")).lower():
        case "object":
            return _object(schema, dice, depth)
        case "array":
            items: Mapping[str, Any] = schema.get("items") or {}
            return [value_for(items, dice, depth + 1) for _ in range(dice.randrange(4) if depth < _DEEPEST else 0)]
        case "integer":
            return dice.randint(int(schema.get("minimum", -5)), int(schema.get("maximum", 1_000)))
        case "number":
            return dice.uniform(float(schema.get("minimum", -5)), float(schema.get("maximum", 1_000)))
        case "boolean":
            return dice.random() < 0.5
        case "null":
            return None
        case _:
            return dice.choice(("", "Oslo", "Ærø", "noon", "x" * 300))


def _object(schema: Mapping[str, Any], dice: random.Random, depth: int) -> dict[str, Any]:
    required: Sequence[str] = schema.get("required") or ()
    fields: Mapping[str, Any] = (schema.get("properties") or {}) if depth < _DEEPEST else {}
    return {
        name: value_for(field, dice, depth + 1)
        for name, field in fields.items()
        if name in required or dice.random() < 0.5
    }

"""Declared functions and their parameters as plain shapes, and whether a value fits them."""

from __future__ import annotations

import contextlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

import attrs

from voice_actors.offline.mind.text import split_name


@attrs.frozen
class Shape:
    """What values a schema lets through, as far as it is understood."""

    kind: str = "any"
    """string, integer, number, boolean, array, object, null or any."""
    choices: tuple[Any, ...] = ()
    """The values of an enum or const; where there are any, nothing else is let through."""
    text_format: str = ""
    description: str = ""
    items: Shape | None = None
    fields: tuple[Parameter, ...] = ()
    limits: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    """minimum, maxLength, pattern and the like, with the names that JSON Schema gives them."""
    nullable: bool = False
    also: tuple[Shape, ...] = ()
    """The parts of an `allOf`, each of which must let a value through as well."""

    def allows(self, value: Any) -> bool:
        """Whether a value fits: type, choices, limits, and all that is inside."""
        if not all(part.allows(value) for part in self.also):
            return False
        if value is None:
            return self.nullable or self.kind in {"null", "any"}
        if self.choices and not any(type(value) is type(choice) and value == choice for choice in self.choices):
            return False
        return of_kind(self.kind, value) and self._within(value) and self._inside(value)

    def _within(self, value: Any) -> bool:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return _in_range(value, self.limits)
        if isinstance(value, (str, list)):
            few, many = ("minLength", "maxLength") if isinstance(value, str) else ("minItems", "maxItems")
            size = len(cast("Sequence[Any]", value))
            if not _number(self.limits.get(few), 0) <= size <= _number(self.limits.get(many), math.inf):
                return False
        return not isinstance(value, str) or _matches(value, self.limits.get("pattern"))

    def _inside(self, value: Any) -> bool:
        if isinstance(value, list):
            items = cast("Sequence[Any]", value)
            shape = self.items
            unique = not self.limits.get("uniqueItems") or _unique(items)
            return unique and (shape is None or all(shape.allows(item) for item in items))
        if isinstance(value, dict):
            inside = cast("dict[str, Any]", value)
            known = {field.name: field for field in self.fields}
            whole = all(field.name in inside for field in self.fields if field.required)
            return whole and all(known[name].shape.allows(one) for name, one in inside.items() if name in known)
        return True


@attrs.frozen
class Parameter:
    """One parameter of a function, or one field of an object."""

    name: str
    shape: Shape
    required: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """The words of its name."""
        return split_name(self.name)

    @property
    def said(self) -> str:
        """The name as one says it."""
        return " ".join(self.words) or self.name


@attrs.frozen
class Tool:
    """A declared function."""

    name: str
    description: str
    parameters: tuple[Parameter, ...]

    @property
    def required(self) -> tuple[Parameter, ...]:
        """The parameters that must be given."""
        return tuple(parameter for parameter in self.parameters if parameter.required)


def of_kind(kind: str, value: Any) -> bool:
    """Whether a value is of this JSON type; any value is of kind "any"."""
    match kind:
        case "string":
            return isinstance(value, str)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        case "boolean":
            return isinstance(value, bool)
        case "array":
            return isinstance(value, list)
        case "object":
            return isinstance(value, dict)
        case "null":
            return value is None
        case _:
            return True


def _number(value: Any, otherwise: float) -> float:
    """Proto JSON writes 64-bit limits as strings ("minLength": "1")."""
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            value = float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or math.isnan(value):
        return otherwise
    return value


def _in_range(value: float, limits: Mapping[str, Any]) -> bool:
    low, high = limits.get("exclusiveMinimum"), limits.get("exclusiveMaximum")
    least, most = _number(limits.get("minimum"), -math.inf), _number(limits.get("maximum"), math.inf)
    # Draft 4 and OpenAPI 3.0 say exclusiveMinimum: true beside minimum; later drafts give the number itself.
    over = value > (least if low is True else _number(low, -math.inf))
    under = value < (most if high is True else _number(high, math.inf))
    step = _number(limits.get("multipleOf"), 0)
    whole = step <= 0 or math.isinf(step) or abs(value / step - round(value / step)) < 1e-9
    return least <= value <= most and (over or low in {None, False}) and (under or high in {None, False}) and whole


def _matches(value: str, pattern: Any) -> bool:
    if not isinstance(pattern, str):
        return True
    try:
        return re.search(pattern, value) is not None
    except (re.error, RecursionError, OverflowError):
        return False


def _unique(items: Sequence[Any]) -> bool:
    seen = {json.dumps(item, sort_keys=True, default=str) for item in items}
    return len(seen) == len(items)

"""Function declarations, read into plain shapes: `$ref`, `anyOf`, `allOf`, OpenAPI's upper-case types and all."""

from __future__ import annotations

import contextlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import attrs

from voice_actors.offline.mind.text import split_name

Schema = Mapping[str, Any]
_DEEPEST: Final = 6
_KINDS = frozenset({"string", "integer", "number", "boolean", "array", "object", "null"})


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

    def allows(self, value: Any) -> bool:
        """Whether a value fits: type, choices, limits, and all that is inside."""
        if value is None:
            return self.nullable or self.kind in {"null", "any"}
        if self.choices:
            return any(type(value) is type(choice) and value == choice for choice in self.choices)
        return _of_kind(self.kind, value) and self._within(value) and self._inside(value)

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


def _of_kind(kind: str, value: Any) -> bool:
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


def read_tools(declarations: Sequence[Mapping[str, Any]]) -> list[Tool]:
    """The declared functions that have a name; whatever else is odd about them is read as loosely as it can be."""
    return [tool for tool in map(_tool, declarations) if tool is not None]


def _tool(declaration: Any) -> Tool | None:
    fields = _mapping(declaration)
    name = fields.get("name")
    if not isinstance(name, str) or not name:
        return None
    nothing: dict[str, Any] = {}
    schema = next((found for key in _SCHEMA_KEYS if (found := _mapping(fields.get(key)))), nothing)
    shape = _shape(schema, schema, 0)
    return Tool(name, _text(fields.get("description")), shape.fields)


_SCHEMA_KEYS = ("parameters", "parametersJsonSchema", "parameters_json_schema")


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        return {}
    return {str(key): one for key, one in cast("Mapping[object, Any]", value).items()}


def _list(value: Any) -> list[Any]:
    return list(cast("Sequence[Any]", value)) if isinstance(value, (list, tuple)) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _shape(schema: Any, root: Schema, depth: int) -> Shape:
    """Read one schema. What refers to itself is cut off below `_DEEPEST`, where anything goes and nothing is filled."""
    fields = _merged(_mapping(schema), root, depth)
    if depth > _DEEPEST:
        return Shape("null", nullable=True)
    kind, nullable = _kind(fields)
    listed, unlike_null = _choices(fields)
    choices = tuple(choice for choice in listed if _of_kind(kind, choice))
    nullable = nullable or fields.get("nullable") is True or not unlike_null
    return Shape(
        kind="null" if listed and not choices else kind,  # an enum whose values its own type forbids
        choices=choices,
        text_format=_text(fields.get("format")),
        description=_text(fields.get("description")) or _text(fields.get("title")),
        items=_shape(fields["items"], root, depth + 1) if "items" in fields else None,
        fields=_fields(fields, root, depth),
        limits=fields,
        nullable=nullable,
    )


def _fields(schema: Schema, root: Schema, depth: int) -> tuple[Parameter, ...]:
    required = {name for name in _list(schema.get("required")) if isinstance(name, str)}
    inside = _mapping(schema.get("properties"))
    known = tuple(Parameter(name, _shape(one, root, depth + 1), name in required) for name, one in inside.items())
    # A required name without a schema takes anything, and so cannot be guessed: it is asked for as text.
    return known + tuple(Parameter(name, Shape("string"), required=True) for name in sorted(required - inside.keys()))


def _merged(schema: dict[str, Any], root: Schema, depth: int) -> dict[str, Any]:
    """Put `$ref`, `allOf` and the first usable of `anyOf` and `oneOf` in their place."""
    for _ in range(_DEEPEST):
        target = schema.get("$ref", schema.get("ref"))
        if isinstance(target, str):
            rest = {key: one for key, one in schema.items() if key not in {"$ref", "ref"}}
            schema = {**_resolve(target, root), **rest}
            continue
        several = next((key for key in ("allOf", "anyOf", "any_of", "oneOf") if _list(schema.get(key))), None)
        if several is None or depth > _DEEPEST:
            return schema
        rest = {key: one for key, one in schema.items() if key != several}
        options = [_merged(_mapping(one), root, depth + 1) for one in _list(schema[several])]
        schema = {**(_all(options) if several == "allOf" else _any(options)), **rest}
    return schema


def _all(options: Sequence[dict[str, Any]]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for option in options:
        both = {**_mapping(merged.get("properties")), **_mapping(option.get("properties"))}
        required = [*_list(merged.get("required")), *_list(option.get("required"))]
        merged = {
            **merged,
            **option,
            **({"properties": both} if both else {}),
            **({"required": required} if required else {}),
        }
    return merged


def _any(options: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The first alternative that is not null; alternatives of constants become one enum."""
    real = [option for option in options if _kind(option)[0] != "null"]
    nullable = {"nullable": True} if len(real) < len(options) else {}
    if not real:
        return {"type": "null"}
    constants = [_choices(option)[0] for option in real]
    if all(constants):
        return {**real[0], **nullable, "const": None, "enum": [one for choice in constants for one in choice]}
    return {**real[0], **nullable}


def _resolve(target: str, root: Schema) -> dict[str, Any]:
    here: Any = root
    if not target.startswith("#"):
        return {}
    for step in target.removeprefix("#").strip("/").split("/"):
        here = _mapping(here).get(step.replace("~1", "/").replace("~0", "~")) if step else here
    return _mapping(here)


def _kind(schema: Schema) -> tuple[str, bool]:
    """The type in lower case, and whether null is one of the types."""
    named = schema.get("type")
    names = [one.lower() for one in (_list(named) or [named]) if isinstance(one, str)]
    kinds = [one for one in names if one in _KINDS and one != "null"]
    if kinds:
        return kinds[0], "null" in names
    if "null" in names:
        return "null", True
    if "properties" in schema:
        return "object", False
    if "items" in schema:
        return "array", False
    return _kind_of_choices(_choices(schema)[0]), False


def _kind_of_choices(choices: Sequence[Any]) -> str:
    if choices and all(isinstance(choice, str) for choice in choices):
        return "string"
    return "any"


def _choices(schema: Schema) -> tuple[tuple[Any, ...], bool]:
    """The values of enum or const that can be said, and whether null is not among them."""
    if schema.get("const") is not None:
        return (schema["const"],), True
    listed = _list(schema.get("enum"))
    sayable = tuple(one for one in listed if isinstance(one, (str, int, float, bool)))
    return sayable, len(sayable) == len(listed)

"""Function declarations, read into plain shapes: `$ref`, `anyOf`, `allOf`, OpenAPI's upper-case types and all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from voice_actors.offline.mind.schema import Parameter, Shape, Tool, of_kind

Schema = Mapping[str, Any]
_DEEPEST: Final = 6
_ALL: Final = "allOf, read"
"""Where the parts of an `allOf` are kept when they have been merged."""
_KINDS = frozenset({"string", "integer", "number", "boolean", "array", "object", "null"})


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
    choices = tuple(choice for choice in listed if of_kind(kind, choice))
    nullable = nullable or fields.get("nullable") is True or not unlike_null
    return Shape(
        kind="null"
        if (listed or _list(fields.get("enum"))) and not choices
        else kind,  # an enum whose values its own type forbids
        choices=choices,
        text_format=_text(fields.get("format")),
        description=_text(fields.get("description")) or _text(fields.get("title")),
        items=_shape(fields["items"], root, depth + 1) if "items" in fields else None,
        fields=_fields(fields, root, depth),
        limits=fields,
        nullable=nullable,
        also=tuple(_shape(part, root, depth + 1) for part in _list(fields.get(_ALL))),
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
    return {"type": "null"}  # a reference that only leads to itself: nothing can be said of it


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
    return {**merged, _ALL: list(options)}


def _any(options: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The first alternative that is not null; alternatives of constants become one enum."""
    real = [option for option in options if _kind(option)[0] != "null"]
    nullable = {"nullable": True} if len(real) < len(options) else {}
    if not real:
        return {"type": "null"}
    constants = [
        [one for one in _choices(option)[0] if Shape(_kind(option)[0], limits=option).allows(one)] for option in real
    ]
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

"""Names of fields: a message may come in either spelling, everything behind this has one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

MAX_DEPTH = 100
"""How deep objects may nest; the limit of Google's own Protocol Buffers parser."""
_FREE_FORM = frozenset({
    "args", "response", "parametersJsonSchema", "responseJsonSchema", "labels", "partMetadata",
    "default", "example", "schema", "jsonSchema", "headers", "customConfigs",
})  # fmt: skip
_MAPS = frozenset({"properties", "defs"})


@lru_cache(maxsize=1024)
def camel(name: str) -> str:
    """The lowerCamelCase name of a field: `mime_type` is `mimeType`; a camelCase name is left as it is."""
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


def canonical(message: Mapping[str, Any]) -> dict[str, Any]:
    """Spell every field name in lowerCamelCase and leave out nulls, at every depth except inside free-form objects.

    Where a field comes in both spellings, the canonical one counts.

    Raises:
        ValueError: it nests deeper than `MAX_DEPTH`, or a key is not a string.
    """
    return _fields(message, MAX_DEPTH, in_declaration=False)


def _fields(message: Mapping[str, Any], depth: int, *, in_declaration: bool) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for key, value in message.items():
        if value is None:
            continue
        name = camel(key) if "_" in key else key
        if name is key or name not in message:
            fields[name] = _field(name, value, depth, in_declaration=in_declaration)
    return fields


def _field(name: str, value: Any, depth: int, *, in_declaration: bool) -> Any:
    if isinstance(value, str):
        return value
    if name in _FREE_FORM and not (name == "response" and in_declaration):
        return _free(value, depth - 1)
    if name in _MAPS and isinstance(value, Mapping):
        entries = cast("Mapping[str, Any]", value)
        return {k: _value(v, depth - 2, in_declaration=in_declaration) for k, v in entries.items()}
    return _value(value, depth - 1, in_declaration=in_declaration or name == "functionDeclarations")


def _value(value: Any, depth: int, *, in_declaration: bool) -> Any:
    if depth < 0:
        raise ValueError(f"it nests deeper than {MAX_DEPTH}")
    if isinstance(value, Mapping):
        return _fields(cast("Mapping[str, Any]", value), depth, in_declaration=in_declaration)
    if isinstance(value, list | tuple):
        items = cast("Sequence[Any]", value)
        return [_value(item, depth - 1, in_declaration=in_declaration) for item in items]
    return value


def _free(value: Any, depth: int) -> Any:
    """A copy that keeps names and nulls; only the depth is looked at."""
    if depth < 0:
        raise ValueError(f"it nests deeper than {MAX_DEPTH}")
    if isinstance(value, Mapping):
        return {key: _free(item, depth - 1) for key, item in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_free(item, depth - 1) for item in cast("Sequence[Any]", value)]
    return value


def snake(name: str) -> str:
    """The Python spelling of a wire name: `topP` is `top_p`."""
    return re.sub("[A-Z]", lambda capital: "_" + capital[0].lower(), name)

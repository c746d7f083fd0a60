"""The model's arguments, checked and made into what the function asks for, before the function runs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from voice_actors.errors import VoiceActorsError

if TYPE_CHECKING:
    from pydantic import TypeAdapter, ValidationError

_LONGEST_LIST = 8
"""So many wrong arguments are named; a model mends the first few and asks again."""


class BadArguments(VoiceActorsError):  # noqa: N818 - reads as what happened
    """The model's arguments do not fit the tool; the text is written for the model."""


def validated(adapter: TypeAdapter[Any], args: Mapping[str, Any]) -> Any:
    """Check `args` as the JSON that they are, and coerce: "3" or 3.0 for an int, "2026-11-02" for a date.

    What a JSON reader of the wire makes of numbers differs (protobuf's Struct knows only doubles), so a whole float is
    an int and a number is a string where these are asked for.

    Raises:
        BadArguments: with a sentence for each argument that does not fit.
    """
    from pydantic import ValidationError

    try:
        text = json.dumps(dict(args))
    except (TypeError, ValueError, RecursionError) as error:
        raise BadArguments(f"the arguments are not JSON: {type(error).__name__}") from error
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        raise BadArguments("; ".join(_complaints(error))) from error


def checked_by_schema(schema: Mapping[str, Any], args: Mapping[str, Any]) -> dict[str, Any]:
    """The little that can be said with a JSON Schema alone: nothing required is missing.

    Raises:
        BadArguments: naming what is missing.
    """
    missing = [name for name in cast("Iterable[str]", schema.get("required", ())) if name not in args]
    if missing:
        raise BadArguments("; ".join(f"{name}: missing" for name in missing[:_LONGEST_LIST]))
    return dict(args)


def _complaints(error: ValidationError) -> list[str]:
    """One for each place; the input itself is left out, the model has it."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    complaints = [f"{_place(one['loc'])}: {_words(one['type'], one['msg'])}" for one in found[:_LONGEST_LIST]]
    more = len(found) - _LONGEST_LIST
    return [*complaints, f"and {more} more"] if more > 0 else complaints


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "arguments"


def _words(kind: str, message: str) -> str:
    return {"missing": "missing", "extra_forbidden": "no such argument"}.get(kind, message)

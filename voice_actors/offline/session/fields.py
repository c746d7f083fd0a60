"""Reading what a client sent, field by field, and refusing it in the service's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from voice_actors.errors import RemoteProtocolError
from voice_actors.gemini.events import Json

INVALID_ARGUMENT = "Request contains an invalid argument."


class Refusal(RemoteProtocolError):  # noqa: N818 - states what happened
    """The client asked for what the service does not do; the connection is closed with `code` and the message."""

    def __init__(self, message: str, *, code: int = 1007) -> None:
        super().__init__(message)
        self.code = code


def integer(holder: Json, key: str) -> int | None:
    """A whole number, which JSON for 64 bits writes as a string; None where there is none.

    Raises:
        Refusal: it is something else.

    """
    value = holder.get(key)
    if value is None:
        return None
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        raise Refusal(f"{INVALID_ARGUMENT} {key} is not a number.") from None


def object_in(holder: Json, key: str) -> Json:
    """The object under this key, an empty one where there is none.

    Raises:
        Refusal: it is something else.

    """
    value = holder.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Refusal(f"{INVALID_ARGUMENT} {key} is not an object.")
    return cast("Json", value)


def objects(value: object, key: str) -> Sequence[Json]:
    """A list of objects, called `key` in a refusal; an empty one for None.

    Raises:
        Refusal: it is something else.

    """
    if value is None:
        return ()
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        items = cast("Sequence[object]", value)
        if all(isinstance(item, Mapping) for item in items):
            return cast("Sequence[Json]", items)
    raise Refusal(f"{INVALID_ARGUMENT} {key} is not a list of objects.")


def number(holder: Json, key: str, least: float, most: float) -> float | None:
    """A number within bounds, None where there is none.

    Raises:
        Refusal: it is something else.

    """
    value = holder.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise Refusal(f"{INVALID_ARGUMENT} {key} is not a number from {least:g} to {most:g}.")
    return value

"""Whatever a tool returns or raises, as the JSON object that the model gets; nothing here fails.

The service reads the keys `output` and `error` of an answer; an object with neither is the output as a whole.
"""

from __future__ import annotations

import collections.abc
import json
import os
import traceback
from collections.abc import Mapping, Sequence
from typing import Any, cast

import attrs

from voice_actors.toolbox.arguments import BadArguments
from voice_actors.toolbox.media import Media
from voice_actors.values import Value

LARGEST_RESPONSE = 64 * 1024
"""Bytes of JSON. A tool that returns more has lost the model's context and the user's patience; the rest is cut off."""
LONGEST_ERROR = 1_000
"""Characters of an error's message."""
_LONGEST_REPR = 4_000
_SHORT = LARGEST_RESPONSE // 8
"""Characters of ASCII that fit in any case, though JSON may need six bytes for one."""


class ToolFailed(Exception):  # noqa: N818 - reads as what happened
    """A tool reports its own failure; the text goes to the model as it is, without the exception's name."""


@attrs.frozen(eq=False, repr=False)
class Result(Value):
    """What a tool has to say, ready for the wire."""

    response: Mapping[str, Any]
    """JSON's types only."""
    parts: Sequence[Mapping[str, Any]] = ()
    """Pictures and other media."""
    quiet: bool = False
    """All has been said before; the model shall not speak about it again."""


def result_of(value: object, *, key: str = "output") -> Result:
    """The answer for a returned value, with its media beside it; see `encode`."""
    media = Media()
    response = encode(media.taken_out(value), key=key)
    return Result(response, tuple(media.parts))


def encode(value: object, *, key: str = "output") -> dict[str, Any]:
    """The answer for a returned value: a dict as it is, anything else under `key`; at most `LARGEST_RESPONSE` bytes."""
    if type(value) is str and len(value) <= _SHORT and value.isascii():
        return {key: value}  # as most tools answer, while the model waits: what follows would find the same
    plain = _plain(value)
    whole = key == "output" and isinstance(value, collections.abc.Mapping) and not isinstance(plain, str)
    response: dict[str, Any] = cast("dict[str, Any]", plain) if whole else {key: plain}
    size = _size(response)
    return response if size <= LARGEST_RESPONSE else _shortened(plain, size, key)


def encode_error(error: BaseException) -> dict[str, Any]:
    """The answer for a raised exception, or for a group of them."""
    return {"error": trimmed("; ".join(map(_sentence, leaves_of(error))), LONGEST_ERROR)}


def trimmed(text: str, longest: int) -> str:
    """`text` with at most `longest` characters, an ellipsis in place of the rest."""
    clean = text.encode("utf-8", "replace").decode()  # a lone surrogate cannot be sent
    return clean if len(clean) <= longest else clean[: longest - 1] + "…"


def leaves_of(error: BaseException) -> list[BaseException]:
    """What was really raised: the exceptions in a group, or the one itself."""
    if not isinstance(error, BaseExceptionGroup):
        return [error]
    group = cast("BaseExceptionGroup[BaseException]", error)
    return [leaf for inner in group.exceptions for leaf in leaves_of(inner)]


def kinds_of(error: BaseException) -> str:
    """The names of what was really raised."""
    return ", ".join(sorted({type(one).__name__ for one in leaves_of(error)}))


def place_of(error: BaseException) -> str:
    """Where the first of them was raised: enough to find it, and nothing that the user said."""
    frames = traceback.extract_tb(leaves_of(error)[0].__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "unknown"


def _sentence(error: BaseException) -> str:
    message = _said_by(error)
    if isinstance(error, (ToolFailed, BadArguments)):
        return message or "the tool failed"
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def _said_by(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - a stranger's __str__ may raise anything
        return ""


def _plain(value: object) -> Any:
    """JSON's own types only; a copy, so that a tool which goes on changing its result cannot change the answer."""
    from pydantic_core import to_jsonable_python

    for bytes_mode in ("utf8", "base64"):
        try:
            jsonable = to_jsonable_python(value, bytes_mode=bytes_mode, fallback=_fallback)
            text = json.dumps(jsonable, ensure_ascii=False).encode("utf-8", "replace")  # a lone surrogate becomes "?"
            return json.loads(text, parse_constant=str)  # "NaN", as JSON has no such number
        except Exception:  # noqa: BLE001, S112 - a stranger's property, iterator or key may raise anything
            continue
    return _repr(value)


def _fallback(value: object) -> Any:
    """For types that pydantic does not know."""
    if attrs.has(type(value)):
        return attrs.asdict(cast("Any", value), recurse=False)
    if isinstance(value, memoryview):
        return cast("memoryview[int]", value).tobytes()
    if isinstance(value, os.PathLike):
        return os.fspath(cast("os.PathLike[str]", value))
    if isinstance(value, collections.abc.Mapping):
        return dict(cast("Mapping[object, object]", value))
    if isinstance(value, (collections.abc.Sequence, collections.abc.Set)):
        return list(cast("collections.abc.Collection[object]", value))
    if callable(to_list := getattr(value, "tolist", None)):  # numpy's arrays and scalars
        return to_list()
    return _repr(value)


def _repr(value: object) -> str:
    try:
        return trimmed(repr(value), _LONGEST_REPR)
    except Exception:  # noqa: BLE001 - a stranger's __repr__ may raise anything
        return f"<{type(value).__name__}>"


def _size(response: Mapping[str, Any]) -> int:
    return len(json.dumps(response, ensure_ascii=False).encode())


def _shortened(plain: Any, size: int, key: str) -> dict[str, Any]:
    text = plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)
    note = f"cut off: the whole answer has {size} bytes, more than the {LARGEST_RESPONSE} that fit"
    kept = text[:LARGEST_RESPONSE]
    while (now := _size({key: kept, "note": note})) > LARGEST_RESPONSE:
        kept = kept[: max(0, int(len(kept) * LARGEST_RESPONSE / now) - 1)]
    return {key: kept, "note": note}

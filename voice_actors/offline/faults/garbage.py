"""Frames that are wrong on purpose: what no client may trip over."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias, cast

Frame: TypeAlias = str | bytes

DEPTH = 100_000
"""Brackets that stand in one another; deeper than Python's own stack."""
DIGITS = 5_000
"""More than Python turns into a number (sys.set_int_max_str_digits)."""


def _noise(dice: random.Random) -> bytes:
    return b"\xff" + dice.randbytes(256)


def _audio(data: str) -> str:
    parts = [{"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": data}}]
    return json.dumps({"serverContent": {"modelTurn": {"parts": parts}}})


FORMS: Final[dict[str, Callable[[random.Random], Frame]]] = {
    "malformed": lambda _: '{"serverContent": {"turnComplete": tru',
    "scalar": lambda _: "17",
    "binary": _noise,
    "deep": lambda _: "[" * DEPTH,
    "long-number": lambda _: f'{{"serverContent": {{"turnComplete": {"9" * DIGITS}}}}}',
    "bad-base64": lambda _: _audio("*not base64*"),
    "unknown-kind": lambda _: '{"somethingNew": {"from": "next year"}}',
    "half-sample": lambda _: _audio(base64.b64encode(b"\x01\x02\x03").decode()),
}
"""By the name that a script calls them."""


def huge(size: int) -> bytes:
    """A message of `size` bytes that says nothing."""
    frame = '{"serverContent":{"grounding":"%s"}}'
    return (frame % ("x" * max(size - len(frame) + 2, 0))).encode()


def with_unknown_fields(frame: Frame) -> Frame:
    """The same message, with a field at every level that nobody knows; a function's arguments are not the service's."""
    return _changed(frame, _with_unknown)


def without_ids(frame: Frame) -> Frame:
    """The same message, its function calls without ids."""

    def strip(message: dict[str, Any]) -> dict[str, Any]:
        for call in _calls(message):
            call.pop("id", None)
        return message

    return _changed(frame, strip)


def mirrored(frame: Frame) -> Frame:
    """Its function calls as parts of a model turn."""

    def mirror(message: dict[str, Any]) -> dict[str, Any]:
        parts = [{"functionCall": call} for call in _calls(message)]
        return {"serverContent": {"modelTurn": {"role": "model", "parts": parts}}}

    return _changed(frame, mirror)


def with_audio(frame: Frame, pcm: bytes) -> Frame:
    """The same message, and a chunk of 24 kHz speech in it."""

    def add(message: dict[str, Any]) -> dict[str, Any]:
        turn = message.setdefault("serverContent", {}).setdefault("modelTurn", {"role": "model", "parts": []})
        data = base64.b64encode(pcm).decode()
        turn["parts"].append({"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": data}})
        return message

    return _changed(frame, add)


def _calls(message: dict[str, Any]) -> list[dict[str, Any]]:
    return list(message.get("toolCall", {}).get("functionCalls", ()))


def _with_unknown(value: Any) -> Any:
    if isinstance(value, list):
        return [*map(_with_unknown, cast("Sequence[Any]", value))]
    if isinstance(value, dict):
        members = cast("Mapping[str, Any]", value).items()
        known = {key: each if key == "args" else _with_unknown(each) for key, each in members}
        return {**known, "novelty": {"since": [2027]}}
    return value


def _changed(frame: Frame, change: Callable[[dict[str, Any]], Any]) -> Frame:
    """What another fault has made unreadable stays as it is."""
    try:
        message = json.loads(frame)
    except ValueError:
        return frame
    return json.dumps(change(cast("dict[str, Any]", message))).encode() if isinstance(message, dict) else frame

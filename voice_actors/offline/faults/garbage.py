"""Frames that are wrong on purpose: what no client may trip over."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from typing import Final, TypeAlias

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

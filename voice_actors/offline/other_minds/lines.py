"""A frame as a line of a recording, without anything that opens a door: keys, tokens, handles, headers of tools."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias, cast

import attrs

Direction: TypeAlias = Literal["to_server", "to_client"]

HIDDEN = "***"
_SECRET_FIELDS = frozenset({"apikey", "authorization", "accesstoken"})
_TOKEN = re.compile(r"auth_tokens/[\w-]+", re.ASCII)


@attrs.frozen
class Close:
    """The connection's end."""

    code: int
    reason: str


@attrs.frozen
class Moment:
    """A frame or a close, and when it came, in seconds since the session began."""

    direction: Direction
    seconds: float
    what: str | bytes | Close

    @property
    def size(self) -> int:
        """Bytes or characters."""
        return 0 if isinstance(self.what, Close) else len(self.what)


def line(moment: Moment, secrets: Sequence[str] = ()) -> str:
    """One line of `wire.jsonl`, without keys, tokens and handles.

    A handle becomes a name of its own that is always the same.
    """
    found = {"direction": moment.direction, "seconds": round(moment.seconds, 6), **_body(moment.what)}
    text = _TOKEN.sub(f"auth_tokens/{HIDDEN}", json.dumps(found, ensure_ascii=False, separators=(",", ":")))
    for secret in secrets:
        text = text.replace(json.dumps(secret, ensure_ascii=False)[1:-1], HIDDEN)
    return text.encode(errors="replace").decode() + "\n"


def _body(what: str | bytes | Close) -> dict[str, Any]:
    if isinstance(what, Close):
        return {"close": attrs.asdict(what)}
    kind = "text" if isinstance(what, str) else "binary"
    try:
        text = what if isinstance(what, str) else what.decode()
    except UnicodeDecodeError:
        return {"type": kind, "base64": base64.b64encode(cast("bytes", what)).decode()}
    try:
        message = json.loads(text, parse_constant=_no_constant)
        return (
            {"type": kind, "message": _scrubbed(message)} if isinstance(message, dict) else {"type": kind, "raw": text}
        )
    except (ValueError, RecursionError):
        return {"type": kind, "raw": text}


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _scrubbed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _field(name, inner) for name, inner in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_scrubbed(item) for item in cast("Sequence[Any]", value)]
    return value


def _field(name: str, value: Any) -> Any:
    plain = name.replace("_", "").lower()
    if plain in {"sessionresumption", "sessionresumptionupdate"} and isinstance(value, dict):
        return {name: _handle(inner) for name, inner in cast("dict[str, Any]", value).items()}
    if plain in _SECRET_FIELDS and isinstance(value, str):
        return HIDDEN
    if plain == "headers" and isinstance(value, dict):
        return dict.fromkeys(cast("dict[str, Any]", value), HIDDEN)
    return _scrubbed(value)


def _handle(value: Any) -> Any:
    if not isinstance(value, str) or not value or value.isdigit():
        return value  # a flag, or the index of a message, which is a string of digits on the wire
    return f"handle-{hashlib.sha256(value.encode(errors='replace')).hexdigest()[:12]}"

"""Pictures and other media in what a tool returns: they travel beside the answer, as parts of it."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

LARGEST_MEDIA = 4 * 1024 * 1024
"""Bytes of all media of one answer; a frame of the service's holds a few times as much."""
_DEPTH = 4
"""So deep in dicts and lists media are looked for."""
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
)


@attrs.define(eq=False, repr=False)
class Media:
    """Takes media out of a returned value and puts words in their place."""

    parts: list[dict[str, Any]] = attrs.field(factory=list[dict[str, Any]])
    """As on the wire: `{"inlineData": {"mimeType": …, "data": base64}}`."""
    size: int = 0
    """Bytes of all of them."""

    def taken_out(self, value: Any, depth: int = _DEPTH) -> Any:
        """The value without its media; itself, where it has none."""
        if (found := _medium(value)) is not None:
            return self._take(*found)
        kind: Any = value.__class__
        if depth and kind is dict:
            return self._in_dict(value, depth - 1)
        if depth and kind in {list, tuple}:
            return self._in_list(value, depth - 1)
        return value

    def _in_dict(self, value: dict[Any, Any], depth: int) -> dict[Any, Any]:
        changed = {key: self.taken_out(one, depth) for key, one in value.items()}
        return changed if any(changed[key] is not one for key, one in value.items()) else value

    def _in_list(self, value: Sequence[Any], depth: int) -> Sequence[Any]:
        changed = [self.taken_out(one, depth) for one in value]
        return changed if any(new is not old for new, old in zip(changed, value, strict=True)) else value

    def _take(self, data: bytes, kind: str) -> str:
        what = f"{kind}, {len(data)} bytes"
        if self.size + len(data) > LARGEST_MEDIA:
            return f"left out: {what}, more than the {LARGEST_MEDIA} that fit"
        self.size += len(data)
        self.parts.append({"inlineData": {"mimeType": kind, "data": base64.b64encode(data).decode()}})
        return f"attached: {what}"


def _medium(value: Any) -> tuple[bytes, str] | None:
    """The bytes of a medium and its MIME type; None for anything else."""
    if isinstance(value, (bytes, bytearray)):
        data = bytes(value)
        return next(((data, kind) for magic, kind in _MAGIC if data.startswith(magic)), None) or _riff(data)
    if isinstance(value, (str, int, float, Mapping)) or value is None:
        return None
    try:
        return _picture(value) or _blob(value)
    except Exception:  # noqa: BLE001 - a stranger's property may raise anything; then it is no medium
        return None


def _riff(data: bytes) -> tuple[bytes, str] | None:
    kind = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(data[8:12])
    return (data, kind) if kind and data.startswith(b"RIFF") else None


def _picture(value: Any) -> tuple[bytes, str] | None:
    """A picture of Pillow, by its shape."""
    if not (callable(getattr(value, "save", None)) and isinstance(getattr(value, "mode", None), str)):
        return None
    file = io.BytesIO()
    value.save(file, format="PNG")
    return file.getvalue(), "image/png"


def _blob(value: Any) -> tuple[bytes, str] | None:
    """`google.genai.types.Part` and `Blob`, by their shape."""
    blob = getattr(value, "inline_data", None) or value
    data, kind = getattr(blob, "data", None), getattr(blob, "mime_type", None)
    return (data, kind) if isinstance(data, bytes) and isinstance(kind, str) else None

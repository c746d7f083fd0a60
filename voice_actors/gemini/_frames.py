"""The short way through a WebSocket's frames: whole messages are cut out of what was read, and written in one piece.

Theory of operation: of RFC 6455 no more is known here than what a frame's first bytes say. A data frame that is a whole
message, and whose header is as it should be, is taken out. Everything else goes the long way, which knows all the
rules: control frames, messages in several frames, messages that are longer than allowed, text that is not UTF-8. After
a header that breaks a rule nothing is taken out any more, so that the long way sees what is wrong and says so.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from struct import Struct
from typing import NamedTuple

import attrs
from wsproto.frame_protocol import XorMaskerSimple

from voice_actors.values import Value

_TEXT, _BINARY = 0x81, 0x82
"""First bytes of a whole message: the last frame of it, no extension's bits, and its kind."""
_LAST = 0x80
"""In the first byte: no frame of this message follows."""
_CONTROL = 0x08
"""In the first byte: a ping, a pong or a close."""
_MASKED = 0x80
"""In the second byte."""
_SHORT, _MEDIUM = 125, 0xFFFF
_SMALL_HEAD, _MEDIUM_HEAD, _LARGE_HEAD = Struct("!BB"), Struct("!BBH"), Struct("!BBQ")


@attrs.frozen(eq=False, repr=False)
class Rest(Value):
    """Bytes that go the long way."""

    data: bytes | bytearray


class _Head(NamedTuple):
    """What the first bytes of a frame say."""

    first: int
    length: int
    """Bytes of its payload."""
    at: int
    """Where its payload begins."""
    key: bytes
    """Its mask; empty where there is none."""


class _BadHead(Exception):  # noqa: N818 - states what came
    """A header that breaks a rule."""


@attrs.define(eq=False, repr=False)
class Cutter:
    """Cuts what one side reads."""

    masked: bool
    """What comes is masked: this is a server."""
    longest: int
    """Bytes of a message; one that is longer goes the long way."""
    _parts: list[bytes | bytearray] = attrs.field(factory=list[bytes | bytearray], init=False)
    """The beginning of a frame that has not come to its end."""
    _held: int = attrs.field(default=0, init=False)
    """Bytes of it."""
    _wanted: int = attrs.field(default=0, init=False)
    """So many must have come before it makes sense to look again."""
    _owed: int = attrs.field(default=0, init=False)
    """Bytes that are still to come of a frame that goes the long way."""
    _in_pieces: bool = attrs.field(default=False, init=False)
    """A message in several frames is under way."""
    _broken: bool = attrs.field(default=False, init=False)

    def cut(self, data: bytes | bytearray) -> Iterator[str | bytes | Rest]:
        """What is in these bytes, in its order. All of it has to be taken before the next call."""
        self._parts.append(data)
        self._held += len(data)
        if self._held < self._wanted:
            return
        data = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._parts, self._held, self._wanted, at = [], 0, 0, 0
        while at < len(data):
            if self._broken or self._owed:
                end = len(data) if self._broken else min(len(data), at + self._owed)
                self._owed = max(0, self._owed - (end - at))
                yield Rest(data[at:end])
                at = end
                continue
            head = self._head(data, at)
            if head is not None and not self._whole(head):
                self._owed = head.at + head.length - at
            elif head is not None and head.at + head.length <= len(data):
                end = head.at + head.length
                message = _message(head, data[head.at : end])
                yield Rest(data[at:end]) if message is None else message
                at = end
            elif not self._broken:
                self._keep(data[at:], 0 if head is None else head.at - at + head.length)
                return

    def _keep(self, data: bytes | bytearray, wanted: int) -> None:
        self._parts, self._held, self._wanted = [data], len(data), wanted

    def _head(self, data: bytes | bytearray, at: int) -> _Head | None:
        """None where it has not come whole, or is broken."""
        try:
            return self._read_head(data, at)
        except _BadHead:
            self._broken = True
            return None

    def _read_head(self, data: bytes | bytearray, at: int) -> _Head | None:
        if len(data) - at < 2:
            return None
        first, second = data[at], data[at + 1]
        length, start = second & 0x7F, at + 2
        self._check(first, second)
        if length > _SHORT:
            width = 2 if length == _SHORT + 1 else 8
            if len(data) - start < width:
                return None
            length = int.from_bytes(data[start : start + width], "big")
            if length <= (_SHORT if width == 2 else _MEDIUM) or length >> 63:
                raise _BadHead
            start += width
        if not self.masked:
            return _Head(first, length, start, b"")
        if len(data) - start < 4:
            return None
        return _Head(first, length, start + 4, bytes(data[start : start + 4]))

    def _check(self, first: int, second: int) -> None:
        """What can be said of a frame's first two bytes."""
        if bool(second & _MASKED) is not self.masked or first & 0x70:
            raise _BadHead
        opcode = first & 0x0F
        if opcode in {8, 9, 10}:
            right = first & _LAST and second & 0x7F <= _SHORT
        else:
            right = opcode <= 2 and (opcode == 0) is self._in_pieces
        if not right:
            raise _BadHead

    def _whole(self, head: _Head) -> bool:
        """It is a message by itself; notes where one in several frames begins and ends."""
        if head.first & _CONTROL:
            return False
        if head.first in {_TEXT, _BINARY} and head.length <= self.longest:
            return True
        self._in_pieces = not head.first & _LAST
        return False


def _message(head: _Head, payload: bytes | bytearray) -> str | bytes | None:
    """None where text is not UTF-8."""
    if head.key:
        payload = mask(payload, head.key)
    if head.first == _BINARY:
        return bytes(payload)
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return None


def mask_in_python(payload: bytes | bytearray, key: bytes) -> bytes:
    """Put a mask on, or take it off, without websockets' extension: 4 µs for a microphone chunk."""
    return bytes(XorMaskerSimple(key).process(bytearray(payload)))


mask: Callable[[bytes | bytearray, bytes], bytes] = mask_in_python
with contextlib.suppress(ImportError):  # websockets has no wheel for some platforms
    from websockets.speedups import apply_mask

    mask = apply_mask  # 0.1 µs


def framed(message: str | bytes, *, masked: bool) -> bytes:
    """One message as one frame. What a client says is masked, with a key that nobody can foresee (RFC 6455, 5.3)."""
    first, payload = (_TEXT, message.encode()) if isinstance(message, str) else (_BINARY, message)
    size, bit = len(payload), _MASKED if masked else 0
    if size <= _SHORT:
        head = _SMALL_HEAD.pack(first, bit | size)
    elif size <= _MEDIUM:
        head = _MEDIUM_HEAD.pack(first, bit | _SHORT + 1, size)
    else:
        head = _LARGE_HEAD.pack(first, bit | _SHORT + 2, size)
    if not masked:
        return head + payload
    key = os.urandom(4)
    return head + key + mask(payload, key)

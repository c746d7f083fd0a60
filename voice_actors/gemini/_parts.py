"""A message that comes in several frames."""

from __future__ import annotations

import io

import attrs


class TooLong(Exception):  # noqa: N818 - states what came
    """A message that is longer than allowed."""


@attrs.define(eq=False, repr=False)
class Parts:
    """Joins them as they come: kept apart, a flood of two-byte fragments takes twenty times its size."""

    longest: int
    """Bytes of a message."""
    _size: int = attrs.field(default=0, init=False)
    _text: io.StringIO = attrs.field(factory=io.StringIO, init=False)
    _binary: bytearray = attrs.field(factory=bytearray, init=False)

    def add(self, data: str | bytes | bytearray, *, finished: bool) -> str | bytes | None:
        """The whole message, once its last part has come.

        Raises:
            TooLong: it is longer than allowed.
        """
        self._size += len(data) if not isinstance(data, str) or data.isascii() else len(data.encode())
        if self._size > self.longest:
            raise TooLong(f"message longer than {self.longest} bytes")
        message = self._add_text(data, finished) if isinstance(data, str) else self._add_bytes(data, finished)
        if message is not None:
            self._size = 0
        return message

    def _add_text(self, data: str, finished: bool) -> str | None:
        if finished and not self._text.tell():
            return data
        self._text.write(data)
        if not finished:
            return None
        text, self._text = self._text.getvalue(), io.StringIO()
        return text

    def _add_bytes(self, data: bytes | bytearray, finished: bool) -> bytes | None:
        if finished and not self._binary:
            return bytes(data)
        self._binary += data
        if not finished:
            return None
        binary, self._binary = bytes(self._binary), bytearray()
        return binary

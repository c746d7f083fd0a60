"""The socket under a TLS stream, written to and read with as few questions to kernel and scheduler as possible."""

from __future__ import annotations

import os
import sys

import attrs
import trio
import trio.abc

_AT_ONCE = 64 * 1024
"""Bytes of one read."""


def prompt(stream: trio.abc.Stream) -> trio.abc.Stream:
    """The same stream, faster where it is a socket and the system lets sockets be written to like files.

    For use under `TlsStream` only, which has the checkpoint that a write has to have: without it a task that only
    writes would let no other task run.
    """
    if sys.platform != "win32" and isinstance(stream, trio.SocketStream):
        return _PromptStream(stream)
    return stream


@attrs.define(eq=False, repr=False)
class _PromptStream(trio.abc.Stream):
    """Theory of operation: `trio.SocketStream.send_all` lets every other task run once after each write, which at fifty
    small writes a second is a fifth of what an idle conversation costs. Here the kernel is asked first. What it
    does not take, or refuses, goes trio's way, which waits for room or says what is wrong. And it asks for bytes before
    it waits for them; here that is done only where the last read left some behind.
    """

    _socket: trio.SocketStream
    _more: bool = attrs.field(default=True, init=False)
    """There may be something to read already."""

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Write everything."""
        try:
            sent = os.write(self._socket.socket.fileno(), data)
        except OSError:
            sent = 0
        if sent < len(data):
            await self._socket.send_all(memoryview(data)[sent:])

    async def wait_send_all_might_not_block(self) -> None:
        """As the socket."""
        await self._socket.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        """Read what there is."""
        size, data = _AT_ONCE if max_bytes is None else max_bytes, None
        if not self._more and self._socket.socket.fileno() >= 0:
            await trio.lowlevel.wait_readable(self._socket.socket)
            data = self._read(size)
        if data is None:
            data = await self._socket.receive_some(size)
        self._more = len(data) == size
        return data

    def _read(self, size: int) -> bytes | None:
        """None where there is nothing after all."""
        try:
            return os.read(self._socket.socket.fileno(), size)
        except BlockingIOError:
            return None
        except OSError as error:  # told once: asked again, the kernel would say that all is well and at its end
            raise trio.BrokenResourceError(f"socket connection broken: {error}") from error

    async def aclose(self) -> None:
        """As the socket."""
        await self._socket.aclose()

"""The socket under a TLS stream, written to without a visit to the scheduler where the kernel has room."""

from __future__ import annotations

import os
import sys

import attrs
import trio
import trio.abc


def prompt(stream: trio.abc.Stream) -> trio.abc.Stream:
    """The same stream, faster where it is a socket and the system lets sockets be written to like files.

    For use under `TlsStream` only, which has the checkpoint that a write has to have: without it a task that only
    writes would let no other task run.
    """
    if sys.platform != "win32" and isinstance(stream, trio.SocketStream):
        return _PromptStream(stream)
    return stream


@attrs.define(eq=False)
class _PromptStream(trio.abc.Stream):
    """Theory of operation: `trio.SocketStream.send_all` lets every other task run once after each write, which at fifty
    small writes a second is a fifth of what an idle conversation costs. Here the kernel is asked first. What it
    does not take, or refuses, goes trio's way, which waits for room or says what is wrong.
    """

    _socket: trio.SocketStream

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
        """As the socket."""
        return await self._socket.receive_some(max_bytes)

    async def aclose(self) -> None:
        """As the socket."""
        await self._socket.aclose()

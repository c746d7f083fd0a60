"""The byte stream under a server's WebSocket, where it misbehaves below the protocol."""

from __future__ import annotations

import socket
import struct
from typing import cast

import attrs
import trio

_PONG = 0x8A
"""First byte of a whole pong frame; RFC 6455, section 5.2."""
_HALF_A_FRAME = b"\x82\x7e\x04\x00" + b'{"serverContent":'
"""A binary frame that promises 1024 bytes."""


@attrs.define(eq=False)
class FaultyStream(trio.abc.Stream):
    """A stream that can be made deaf, slow to answer pings, or broken off.

    Theory of operation: every write of the WebSocket above begins with a frame's header or goes on with a long frame;
    a server's frames are not masked, so the headers can be read here. A pong that is to be late is taken out of the
    stream and put back later between two frames.
    """

    inner: trio.abc.Stream
    pong_delay: float = attrs.field(default=0.0, init=False)
    """Seconds."""
    _deaf_for: float | None = attrs.field(default=None, init=False)
    _reading: trio.CancelScope = attrs.field(factory=trio.CancelScope, init=False)
    _writing: trio.Lock = attrs.field(factory=trio.Lock, init=False)
    _unfinished: int = attrs.field(default=0, init=False)
    _late: list[tuple[float, bytes]] = attrs.field(factory=list[tuple[float, bytes]], init=False)
    _changed: trio.Event = attrs.field(factory=trio.Event, init=False)

    # ---- misbehaving ---------------------------------------------------------------------------------------------

    def turn_deaf(self, seconds: float) -> None:
        """Read nothing more, and be broken after that time; nobody would notice that the client has gone."""
        self._deaf_for = seconds
        self._reading.cancel("the stream is deaf from now on")

    async def reset(self, *, mid_frame: bool) -> None:
        """Break off, on TCP with a RST."""
        if mid_frame:
            async with self._writing:
                await self.inner.send_all(_HALF_A_FRAME)
        _linger_not(self.inner)
        await trio.aclose_forcefully(self.inner)

    async def send_late_pongs(self) -> None:
        """Run beside the connection."""
        while True:
            if self._late:
                await trio.sleep_until(self._late[0][0])
                async with self._writing:
                    if not self._unfinished:
                        await self.inner.send_all(self._late.pop(0)[1])
                        continue
            await self._changed.wait()

    # ---- a stream ------------------------------------------------------------------------------------------------

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Write, unless it is a pong that is to come later."""
        async with self._writing:
            if self.pong_delay and not self._unfinished and data[0] == _PONG:
                self._late.append((trio.current_time() + self.pong_delay, bytes(data)))
            else:
                await self.inner.send_all(data)
                self._unfinished = (self._unfinished or frame_length(data)) - len(data)
            self._changed.set()
            self._changed = trio.Event()

    async def wait_send_all_might_not_block(self) -> None:
        """As the stream below."""
        await self.inner.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        """Read, unless deaf."""
        if self._deaf_for is None:
            with trio.CancelScope() as self._reading:
                return await self.inner.receive_some(max_bytes)
        await trio.sleep(self._deaf_for or 0.0)
        raise trio.BrokenResourceError("deaf for long enough")

    async def aclose(self) -> None:
        """Close the stream below."""
        await self.inner.aclose()


def frame_length(data: bytes | bytearray | memoryview) -> int:
    """Bytes of the unmasked frame that begins here, its header among them; all of `data` where that is HTTP."""
    if bytes(data[:5]) == b"HTTP/":
        return len(data)
    short = data[1] & 0x7F
    if short < 126:
        return 2 + short
    long = 2 if short == 126 else 8
    return 2 + long + int.from_bytes(data[2 : 2 + long], "big")


def _linger_not(stream: trio.abc.Stream) -> None:
    inner = stream
    while isinstance(inner, trio.SSLStream):
        inner = cast("trio.SSLStream[trio.abc.Stream]", inner).transport_stream
    if isinstance(inner, trio.SocketStream):
        inner.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

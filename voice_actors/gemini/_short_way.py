"""The stream that trio-websocket reads: whole messages are taken out on the way, so that it sees what is left."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

import trio
import trio.abc

from voice_actors.gemini._frames import Cutter, Rest


class ShortWay(trio.abc.Stream):
    """A stream of which, from `begin` on, only what is no whole message is read; each message goes to `hand_over`."""

    def __init__(self, inner: trio.abc.Stream, hand_over: Callable[[str | bytes], Awaitable[None]]) -> None:
        self._inner = inner
        self._hand_over = hand_over
        self._cutter: Cutter | None = None
        self._cut: Iterator[str | bytes | Rest] = iter(())

    def begin(self, cutter: Cutter) -> None:
        """What is read from now on begins with a frame."""
        self._cutter = cutter

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        """See `trio.abc.ReceiveStream`. What was read at once may take several calls, of which some do not wait."""
        while True:
            for piece in self._cut:
                if isinstance(piece, Rest):
                    return piece.data
                await self._hand_over(piece)
            data = await self._inner.receive_some(max_bytes)
            if self._cutter is None or not data:
                return data
            self._cut = self._cutter.cut(data)

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """As the stream below."""
        await self._inner.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        """As the stream below."""
        await self._inner.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        """As the stream below."""
        await self._inner.aclose()

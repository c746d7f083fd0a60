"""The stream that trio-websocket reads: whole messages are taken out on the way, so that it sees what is left."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from itertools import chain

import trio
import trio.abc

from voice_actors.gemini._frames import Cutter, Rest

LOOK_EVERY = 5.0
"""Seconds without a read after which the reader goes on by itself: its pings want an answer."""


class ShortWay(trio.abc.Stream):
    """Theory of operation: trio-websocket's reader calls `receive_some`. From `begin` on it is given only what is no
    whole message; each message goes to `hand_over`.

    Whoever waits for messages would have to be woken for each. So he may `borrow` the reading, and from then on reads
    what he waits for by himself, with `read_message`, while the reader rests. It goes on where something has come that
    is not a message, where he was cancelled, where it is told to, or where nobody has read for a while.
    """

    def __init__(self, inner: trio.abc.Stream, hand_over: Callable[[str | bytes], Awaitable[None]]) -> None:
        self._inner = inner
        self._hand_over = hand_over
        self._cutter: Cutter | None = None
        self._cut: Iterator[str | bytes | Rest] = iter(())
        self._lent = False
        self._go_on: trio.Event | None = None
        """Ends the reader's rest; None while it does not rest."""
        self._borrowed = False
        """Somebody is in `read_message`."""
        self._reads = 0

    def begin(self, cutter: Cutter) -> None:
        """What is read from now on begins with a frame."""
        self._cutter = cutter

    def borrow(self) -> None:
        """From the next read on, the reader rests."""
        self._lent = True

    def give_back(self) -> None:
        """The reader goes on."""
        if self._go_on is not None and not self._borrowed:
            self._go_on.set()

    def cut_already(self) -> str | bytes | None:
        """The next message, for the one who borrowed the reading, if it has been read; else see `read_message`."""
        if self._go_on is None or self._go_on.is_set() or self._borrowed:
            return None
        piece = self._next_piece()
        return None if isinstance(piece, Rest) else piece

    def _next_piece(self) -> str | bytes | Rest | None:
        """Of what has been read; what is no message stays, for the reader."""
        self._reads += 1
        piece = next(self._cut, None)
        if isinstance(piece, Rest):
            self._cut = chain((piece,), self._cut)
        return piece

    async def read_message(self) -> str | bytes | None:
        """The next message, for the one who borrowed the reading; None where the reader reads."""
        if self._go_on is None or self._go_on.is_set() or self._borrowed:
            return None
        message, self._borrowed = None, True
        try:
            message = await self._read_message()
        finally:
            self._borrowed = False
            if message is None:
                self._go_on.set()
        return message

    async def _read_message(self) -> str | bytes | None:
        while (piece := self._next_piece()) is None:
            try:
                if await self._read(None) is not None:
                    return None
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                return None  # the reader meets it again, and knows what it means
        return None if isinstance(piece, Rest) else piece

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        """See `trio.abc.ReceiveStream`. What was read at once may take several calls, of which some do not wait."""
        while (data := await self._pass_on()) is None:
            if self._lent:
                await self._rest()
            elif (data := await self._read(max_bytes)) is not None:
                break
        return data

    async def _read(self, max_bytes: int | None) -> bytes | bytearray | None:
        """Read and cut once; gives what is not to be cut, the end too. Whoever waits here keeps nothing of the last."""
        data = await self._inner.receive_some(max_bytes)
        if self._cutter is None or not data:
            return data
        self._cut = self._cutter.cut(data)
        return None

    async def _pass_on(self) -> bytes | bytearray | None:
        """Hand over what has been cut, up to what is no message, and give that."""
        for piece in self._cut:
            if isinstance(piece, Rest):
                return piece.data
            await self._hand_over(piece)
        return None

    async def _rest(self) -> None:
        """Until somebody says so, or until nobody has read for `LOOK_EVERY`."""
        self._lent, self._go_on, reads = False, trio.Event(), -1
        while not self._go_on.is_set() and (self._borrowed or self._reads != reads):
            reads = self._reads
            with trio.move_on_after(LOOK_EVERY):
                await self._go_on.wait()
        self._go_on = None

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """As the stream below."""
        await self._inner.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        """As the stream below."""
        await self._inner.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        """As the stream below."""
        await self._inner.aclose()

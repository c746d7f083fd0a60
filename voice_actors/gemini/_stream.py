"""The byte stream under a WebSocket, watched: a peer can neither keep us waiting nor make us read for ever."""

from __future__ import annotations

import math

import trio
import trio.abc

STALLED_AFTER = 3.0
"""Seconds without progress after which a client gives a write up: speech that old is of no use to anyone."""
_SLICE = 16 * 1024
"""Bytes per write: the progress that a stalled writer must make in each period. Also the largest TLS record."""


class Allowance:
    """So many a second, and `burst` of them at once; who wants more waits, and with him the one who sends."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._left = burst
        self._at = -math.inf

    async def take(self, count: float = 1.0) -> None:
        """Wait until `count` more are allowed; more than `burst` at once are allowed, and paid for afterwards."""
        now = trio.current_time()
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        self._left -= count
        if self._left < 0:
            await trio.sleep(-self._left / self._rate)


class WatchedStream(trio.abc.Stream):
    """A stream that breaks by itself where the plain one would hang or lie.

    Theory of operation: it is whole until its first failure, which is kept in `failure` and `cause`; from then on
    every call raises BrokenResourceError, and a read in progress is woken. Failures are: a write cut off in the middle
    (half a frame is out, so nothing that follows can be understood), a write that makes no progress for `stall`
    seconds, a read that gets no byte for `silence` seconds, more than `budget` bytes, a read past `deadline`.

    The time that a read or a write takes is watched by one task, `watch`, which also wakes both when the stream breaks:
    a deadline for each of them would cost more CPU than writing a chunk of speech does.
    """

    def __init__(self, inner: trio.abc.Stream, *, stall: float, silence: float = math.inf, unread: bytes = b"") -> None:
        self._inner = inner
        self._stall = stall
        self._silence = silence
        self._unread = unread
        self._reading_since = math.inf
        """Infinity while nobody reads."""
        self._moved_at = math.inf
        """When a write made progress last; infinity while nobody writes."""
        self._broken = trio.Event()
        self.budget = math.inf
        """Bytes that may still be read; for the answer to an upgrade."""
        self.deadline = math.inf
        """Trio time after which no read is waited for."""
        self.failure = ""
        """Why the stream is broken; empty while it is whole."""
        self.cause: BaseException | None = None

    def fail(self, failure: str, cause: BaseException | None = None) -> None:
        """Break the stream for good; only the first reason is kept."""
        if not self.failure:
            self.failure, self.cause = failure, cause
        self._broken.set()

    async def watch(self) -> None:
        """Run beside whoever reads and writes; returns when the stream is broken."""
        while not self.failure:
            now = trio.current_time()
            stalled, silent = min(now, self._moved_at) + self._stall, min(now, self._reading_since) + self._silence
            if stalled <= now:
                self.fail(f"the other side has taken no data for {self._stall:g} s")
            elif silent <= now:
                self.fail(f"no sign of life from the other side for {self._silence:g} s")
            else:
                with trio.move_on_at(min(stalled, silent)):
                    await self._broken.wait()
        await trio.aclose_forcefully(self._inner)  # which wakes them

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Write everything, or break: `stall` seconds without progress, or a cancellation, end the stream."""
        self._raise_if_broken()
        await trio.lowlevel.checkpoint_if_cancelled()  # cancelled before its first byte, a write has done no harm
        whole = False
        try:
            self._moved_at = trio.current_time()
            if len(data) <= _SLICE:
                await self._inner.send_all(data)
            else:
                await self._send_slices(data)
            whole = True
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            self.fail("the connection broke while writing", error.__cause__ or error)
            raise trio.BrokenResourceError(self.failure) from error
        finally:
            self._moved_at = math.inf
            if not whole:
                self.fail("a write was cancelled half way, and what follows half a frame cannot be understood")

    async def _send_slices(self, data: bytes | bytearray | memoryview) -> None:
        for start in range(0, len(data), _SLICE):
            self._moved_at = trio.current_time()
            await self._inner.send_all(data[start : start + _SLICE])

    async def wait_send_all_might_not_block(self) -> None:
        """As the stream below."""
        self._raise_if_broken()
        await self._inner.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        """Read what there is, first of all what was read before the WebSocket began."""
        self._raise_if_broken()
        if self._unread:
            await trio.lowlevel.checkpoint()
            data, self._unread = self._unread, b""
            return data
        if self.budget <= 0:
            self.fail("the answer has no end")
            self._raise_if_broken()
        if self.deadline < math.inf:
            return await self._receive_in_time(max_bytes)
        return await self._receive(max_bytes)

    async def _receive_in_time(self, max_bytes: int | None) -> bytes | bytearray:
        with trio.move_on_at(self.deadline):
            return await self._receive(max_bytes)
        self.fail("the answer has not come to its end in time")
        raise trio.BrokenResourceError(self.failure)

    async def _receive(self, max_bytes: int | None) -> bytes | bytearray:
        try:
            self._reading_since = trio.current_time()
            received = await self._inner.receive_some(max_bytes)
        except trio.BrokenResourceError as error:
            self.fail("the connection broke while reading", error.__cause__ or error)
            raise
        except trio.ClosedResourceError:
            self._raise_if_broken()  # which is why it was closed
            raise
        finally:
            self._reading_since = math.inf
        self.budget -= len(received)
        return received

    def _raise_if_broken(self) -> None:
        if self.failure:
            raise trio.BrokenResourceError(self.failure)

    async def aclose(self) -> None:
        """Close the stream below; a TLS one says goodbye, unless half a frame is out already."""
        if self.failure:
            await trio.aclose_forcefully(self._inner)
        else:
            await self._inner.aclose()

"""A microphone and a loudspeaker in memory, paced by trio's clock like real ones. Useful in tests, and to embed."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import attrs
import trio

from voice_actors.audio.ends import EndStatistics, LoudspeakerStream, MicrophoneStream
from voice_actors.audio.pcm import bytes_for, ms_of
from voice_actors.audio.playout import OneAtATime, play_at_once, play_by_clock

INPUT_RATE = 16_000


@attrs.define(eq=False)
class ChunkStream:
    """An open microphone that cuts a source into chunks, each of them due when its last sample would be captured."""

    _take: Callable[[int], Awaitable[bytes]]
    """Gives that many bytes; less only at the source's end. Cancelled, it loses nothing."""
    _chunk_ms: int
    _paced: bool
    _start: float = attrs.field(factory=trio.current_time, init=False)
    _chunks: int = attrs.field(default=0, init=False)
    _frames: int = attrs.field(default=0, init=False)

    async def read(self) -> bytes:
        """See `MicrophoneStream.read`."""
        if self._paced:
            await trio.sleep_until(self._start + (self._chunks + 1) * self._chunk_ms / 1000)
        else:
            await trio.lowlevel.checkpoint()
        pcm = await self._take(bytes_for(self._chunk_ms, INPUT_RATE))
        self._chunks += 1
        self._frames += len(pcm) // 2
        return pcm

    def statistics(self) -> EndStatistics:
        """Counts since opening."""
        return EndStatistics(frames=self._frames)


class MemoryMicrophone:
    """Says what it is given: all at construction, or piece by piece with `feed`, or both."""

    def __init__(
        self, pcm: bytes | Iterable[bytes] | None = None, *, paced: bool = True, name: str = "memory microphone"
    ) -> None:
        """Say `pcm` (16 kHz 16-bit mono, in one or in pieces of any length) and end.

        Without `pcm` it is live: it stays open until `end()`, says what is fed, and in between, where it is paced,
        silence, as a microphone does. Not paced, it gives what there is at once and waits for more without saying
        anything.
        """
        self.name = name
        self._source: Iterator[bytes] = iter(()) if pcm is None else iter((pcm,) if isinstance(pcm, bytes) else pcm)
        self._paced = paced
        self._ended = pcm is not None
        self._held = bytearray()
        self._fed = trio.Event()
        self._guard = OneAtATime()

    def feed(self, pcm: bytes) -> None:
        """Say this after what was fed before.

        Raises:
            ValueError: an odd number of bytes.
            RuntimeError: the microphone has ended.
        """
        if self._ended:
            raise RuntimeError("this microphone has ended: it was made with its audio, or end() was called")
        ms_of(pcm, INPUT_RATE)
        self._held += pcm
        self._fed.set()

    def end(self) -> None:
        """Nothing follows; what was fed is still said."""
        self._ended = True
        self._fed.set()

    @property
    def unsaid_ms(self) -> float:
        """What was fed and not yet read, ms."""
        return ms_of(bytes(self._held), INPUT_RATE)

    @asynccontextmanager
    async def open(self, chunk_ms: int) -> AsyncGenerator[MicrophoneStream, None]:
        """See `Microphone.open`."""
        with self._guard.opened(self.name):
            yield ChunkStream(self._take, chunk_ms, self._paced)

    async def _take(self, size: int) -> bytes:
        while len(self._held) < size and (piece := next(self._source, None)) is not None:
            self._held += piece
        while not self._paced and not self._ended and len(self._held) < size:
            self._fed = trio.Event()
            await self._fed.wait()
        pcm = bytes(self._held[:size])
        del self._held[:size]
        return pcm if self._ended else pcm.ljust(size, b"\0")


class MemorySpeaker:
    """Remembers what was heard, and when."""

    def __init__(
        self, block_ms: float = 10, *, paced: bool = True, keep_ms: float | None = None, name: str = "memory speaker"
    ) -> None:
        """Play in blocks of `block_ms` milliseconds at trio's clock, or, not `paced`, everything at once.

        Remembers all of it, or the last `keep_ms` milliseconds or a little more.
        """
        self.name = name
        self._block_ms = block_ms
        self._paced = paced
        self._keep = None if keep_ms is None else bytes_for(keep_ms, 24_000)
        self._played: deque[tuple[float, bytes]] = deque()
        self._bytes = 0
        self._guard = OneAtATime()

    @property
    def played(self) -> list[tuple[float, bytes]]:
        """What was heard (24 kHz 16-bit mono, no silence), each with the time at which it began, on trio's clock."""
        return list(self._played)

    def pcm(self) -> bytes:
        """What was heard, in one."""
        return b"".join(pcm for _, pcm in self._played)

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[LoudspeakerStream, None]:
        """See `Loudspeaker.open`."""
        with self._guard.opened(self.name):
            async with self._player() as stream:
                yield stream

    def _player(self) -> AbstractAsyncContextManager[LoudspeakerStream]:
        return play_by_clock(self._hear, block_ms=self._block_ms) if self._paced else play_at_once(self._hear)

    def _hear(self, at: float, pcm: bytes) -> None:
        self._played.append((at, pcm))
        self._bytes += len(pcm)
        while self._keep is not None and self._bytes - len(self._played[0][1]) >= self._keep:
            self._bytes -= len(self._played.popleft()[1])

"""Raw streams in the place of a microphone or a loudspeaker: pipes, above all standard input and output."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import BinaryIO

import attrs
import trio

from voice_actors.audio.ends import EndStatistics, LoudspeakerStream, MicrophoneStream
from voice_actors.audio.memory import INPUT_RATE
from voice_actors.audio.pcm import bytes_for
from voice_actors.audio.playout import (
    OneAtATime,
    RingStream,
)
from voice_actors.audio.resample import Converter, Resampler
from voice_actors.audio.ring import PlayoutRing
from voice_actors.audio.shaper import OUTPUT_RATE
from voice_actors.beside import beside
from voice_actors.errors import DeviceError

BLOCK_MS = 20
CATCH_UP = 0.5
"""Seconds that a raw stream which was held up is made up for; the rest stays a delay."""
GAIN_ON_SOURCE = 0.99
"""A pipe is read up to this much faster than real time: a live source whose clock is a little faster than ours must not
pile up in the pipe, and a file must not arrive all at once."""


class RawMicrophone:
    """Says raw 16-bit little-endian mono audio from a stream, by default standard input."""

    def __init__(self, stream: BinaryIO | None = None, *, rate: int = INPUT_RATE, paced: bool = True) -> None:
        """Read `stream` at `rate` Hz; `paced`, hardly faster than real time, whatever the other end of a pipe does.

        Raises:
            ValueError: a rate outside 8000 to 192000 Hz.
        """
        self._stream = sys.stdin.buffer if stream is None else stream
        self.name = "standard input" if stream is None else str(getattr(stream, "name", "raw stream"))
        self._rate = rate
        self._paced = paced
        self._guard = OneAtATime()
        Resampler(rate, INPUT_RATE)

    @asynccontextmanager
    async def open(self, chunk_ms: int) -> AsyncGenerator[MicrophoneStream, None]:
        """See `Microphone.open`."""
        with self._guard.opened(self.name):
            send, receive = trio.open_memory_channel[bytes](4)
            reader = _RawReader(self._stream, self.name, Converter(self._rate, 1, INPUT_RATE), send)
            async with beside(lambda: reader.run(bytes_for(chunk_ms, self._rate))):
                with receive:
                    yield _RawStream(receive, bytes_for(chunk_ms, INPUT_RATE), chunk_ms / 1000, self._paced, reader)


@attrs.define(eq=False)
class _RawReader:
    """Reads in a thread that is left behind at closing: nobody can wake a thread that waits for a pipe."""

    _stream: BinaryIO
    _name: str
    _converter: Converter
    _send: trio.MemorySendChannel[bytes]
    failure: DeviceError | None = None

    async def run(self, size: int) -> None:
        limiter = trio.CapacityLimiter(1)
        with self._send:
            try:
                while raw := await trio.to_thread.run_sync(
                    _read_some, self._stream, size, abandon_on_cancel=True, limiter=limiter
                ):
                    await self._send.send(self._converter.feed(raw))
                await self._send.send(self._converter.flush())
            except (OSError, ValueError) as error:  # ValueError: the stream was closed under us
                self.failure = DeviceError(f"cannot read {self._name}: {error}", device=self._name)


def _read_some(stream: BinaryIO, size: int) -> bytes:
    """Around the stream's buffer where it has a descriptor: a thread left behind inside it would hold the buffer's
    lock, and the interpreter aborts at its exit when it cannot get the lock of standard input.
    """
    descriptor = _descriptor(stream)
    return stream.read(size) if descriptor is None else os.read(descriptor, size)


def _descriptor(stream: BinaryIO) -> int | None:
    try:
        return stream.fileno()
    except OSError:  # io.UnsupportedOperation: in memory
        return None


@attrs.define(eq=False)
class _RawStream:
    _receive: trio.MemoryReceiveChannel[bytes]
    _size: int
    _seconds: float
    _paced: bool
    _reader: _RawReader
    _held: bytearray = attrs.field(factory=bytearray, init=False)
    _due: float = attrs.field(default=0.0, init=False)
    _frames: int = attrs.field(default=0, init=False)

    async def read(self) -> bytes:
        await self._fill()
        if self._paced and self._held:
            await trio.sleep_until(self._due)
            self._due = max(self._due + self._seconds * GAIN_ON_SOURCE, trio.current_time())
        pcm = bytes(self._held[: self._size])
        del self._held[: self._size]
        self._frames += len(pcm) // 2
        return pcm

    async def _fill(self) -> None:
        await trio.lowlevel.checkpoint_if_cancelled()
        while len(self._held) < self._size:
            try:
                self._held += await self._receive.receive()
            except trio.EndOfChannel:
                if self._reader.failure is not None:
                    raise self._reader.failure from None
                return

    def statistics(self) -> EndStatistics:
        return EndStatistics(frames=self._frames)


class RawSpeaker:
    """Writes raw 16-bit little-endian mono audio to a stream, by default standard output, without a pause."""

    def __init__(self, stream: BinaryIO | None = None, *, rate: int = OUTPUT_RATE) -> None:
        """Write at `rate` Hz in real time; a reader that is slower slows the speech down.

        Raises:
            ValueError: a rate outside 8000 to 192000 Hz.
        """
        self._stream = sys.stdout.buffer if stream is None else stream
        self.name = "standard output" if stream is None else str(getattr(stream, "name", "raw stream"))
        self._rate = rate
        self._guard = OneAtATime()
        Resampler(OUTPUT_RATE, rate)

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[LoudspeakerStream, None]:
        """See `Loudspeaker.open`."""
        with self._guard.opened(self.name):
            ring = PlayoutRing(OUTPUT_RATE)
            stream = RingStream(ring, tail=BLOCK_MS / 1000)
            async with beside(lambda: self._pump(ring, stream)):
                yield stream

    async def _pump(self, ring: PlayoutRing, stream: RingStream) -> None:
        size, step = bytes_for(BLOCK_MS, OUTPUT_RATE), BLOCK_MS / 1000
        resampler = Resampler(OUTPUT_RATE, self._rate)
        limiter = trio.CapacityLimiter(1)
        due = trio.current_time()
        try:
            while True:
                await trio.sleep_until(due)
                pcm = resampler.feed(ring.pull(size))
                stream.wake()
                await trio.to_thread.run_sync(_write_all, self._stream, pcm, abandon_on_cancel=True, limiter=limiter)
                due = max(due + step, trio.current_time() - CATCH_UP)
        except (OSError, ValueError) as error:
            stream.fail(DeviceError(f"cannot write to {self.name}: {error}", device=self.name))


def _write_all(stream: BinaryIO, pcm: bytes) -> None:
    """Around the stream's buffer, for the reason of `_read_some`."""
    descriptor = _descriptor(stream)
    if descriptor is None:
        stream.write(pcm)
        return
    while pcm:
        pcm = pcm[os.write(descriptor, pcm) :]

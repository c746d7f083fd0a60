"""WAV files in the place of a microphone or a loudspeaker, paced by trio's clock like a device."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import trio

from voice_actors.audio.ends import LoudspeakerStream, MicrophoneStream
from voice_actors.audio.memory import INPUT_RATE, ChunkStream
from voice_actors.audio.pcm import bytes_for
from voice_actors.audio.playout import (
    InstantStream,
    OneAtATime,
    RingStream,
    play_at_once,
    play_by_clock,
)
from voice_actors.audio.resample import Converter
from voice_actors.audio.shaper import OUTPUT_RATE
from voice_actors.audio.wav import WavReader, WavWriter
from voice_actors.beside import beside
from voice_actors.errors import DeviceError

FIRST_PIECE = 30.0
"""Seconds of a file that are read at opening, which is all of most."""
PIECE = 1.0
"""Seconds that are read at a time after that; converting them takes a few ms in a thread."""
FLUSH_BYTES = bytes_for(250, OUTPUT_RATE)
"""A WAV loudspeaker's file lags behind what was heard by less than this."""


class WavMicrophone:
    """Says a WAV file: any rate from 8 to 192 kHz, any channels (their mean), 8 to 32-bit PCM or float."""

    def __init__(self, path: str | os.PathLike[str], *, paced: bool = True) -> None:
        """Say the file at `path`, in real time or, not `paced`, as fast as it is read."""
        self.name = os.fspath(path)
        self._paced = paced
        self._guard = OneAtATime()

    @asynccontextmanager
    async def open(self, chunk_ms: int) -> AsyncGenerator[MicrophoneStream, None]:
        """See `Microphone.open`."""
        with self._guard.opened(self.name):
            reader = await trio.to_thread.run_sync(WavReader, self.name)
            try:
                source = _WavSource(reader)
                await source.fetch(FIRST_PIECE)
                yield ChunkStream(source.take, chunk_ms, self._paced)
            finally:
                reader.close()


class _WavSource:
    def __init__(self, reader: WavReader) -> None:
        wav = reader.format
        self._reader = reader
        self._converter = Converter(wav.rate, wav.channels, INPUT_RATE, wav.sample_format)
        self._held = bytearray()
        self._ended = False

    async def take(self, size: int) -> bytes:
        while len(self._held) < size and not self._ended:
            await self.fetch(PIECE)
        pcm = bytes(self._held[:size])
        del self._held[:size]
        return pcm

    async def fetch(self, seconds: float) -> None:
        # A thread that is not abandoned: a cancelled read waits these few ms and loses nothing.
        pcm, self._ended = await trio.to_thread.run_sync(self._read, seconds)
        self._held += pcm

    def _read(self, seconds: float) -> tuple[bytes, bool]:
        raw = self._reader.read(seconds)
        return (self._converter.feed(raw), False) if raw else (self._converter.flush(), True)


class WavSpeaker:
    """Writes a 24 kHz mono WAV file that can be read at any moment, even while it grows or after a crash."""

    def __init__(self, path: str | os.PathLike[str], *, paced: bool = True) -> None:
        """Write to `path`, replacing what is there.

        `paced`, the file is what a device would have played from opening to closing, silence included. Otherwise it is
        all that was said, without a pause, as fast as it comes.
        """
        self.name = os.fspath(path)
        self._paced = paced
        self._guard = OneAtATime()

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[LoudspeakerStream, None]:
        """See `Loudspeaker.open`."""
        with self._guard.opened(self.name):
            tape = _Tape(await trio.to_thread.run_sync(lambda: WavWriter(self.name, rate=OUTPUT_RATE)))
            try:
                async with self._player(tape) as stream, beside(lambda: tape.keep_writing(stream.fail)):
                    yield stream
            finally:
                with trio.CancelScope(shield=True):
                    await trio.to_thread.run_sync(tape.close, self._paced, trio.current_time())

    def _player(self, tape: _Tape) -> AbstractAsyncContextManager[RingStream | InstantStream]:
        return play_by_clock(tape.place) if self._paced else play_at_once(tape.append)


class _Tape:
    """What was heard and is not yet in the file."""

    def __init__(self, writer: WavWriter) -> None:
        self._writer = writer
        self._start = trio.current_time()
        self._frames = 0
        self._pending = bytearray()
        self._enough = trio.Event()
        self._broken = False

    def place(self, at: float, pcm: bytes) -> None:
        """Put what was heard from `at` on in its place."""
        self._be_silent_until(at)
        self.append(at, pcm)

    def append(self, _at: float, pcm: bytes) -> None:
        """Add what was heard next."""
        self._pending += pcm
        self._frames += len(pcm) // 2
        if len(self._pending) >= FLUSH_BYTES:
            self._enough.set()

    def _be_silent_until(self, at: float) -> None:
        gap = max(0, round((at - self._start) * OUTPUT_RATE) - self._frames)
        self._pending += bytes(2 * gap)
        self._frames += gap

    async def keep_writing(self, fail: Callable[[DeviceError], None]) -> None:
        try:
            while True:
                await self._enough.wait()
                self._enough = trio.Event()
                pcm, self._pending = self._pending, bytearray()
                await trio.to_thread.run_sync(self._writer.append, bytes(pcm))
        except DeviceError as error:
            self._broken = True
            fail(error)

    def close(self, paced: bool, at: float) -> None:
        try:
            if not self._broken:
                if paced:
                    self._be_silent_until(at)
                self._writer.append(bytes(self._pending))
        finally:
            self._writer.close()


class NullSpeaker:
    """Plays to nowhere, in real time: for machines without a loudspeaker."""

    name = "null"

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[LoudspeakerStream, None]:
        """See `Loudspeaker.open`."""
        async with play_by_clock(lambda _at, _pcm: None) as stream:
            yield stream

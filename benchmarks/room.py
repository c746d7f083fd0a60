"""A simulated room: what its loudspeaker plays comes back to its microphone, together with what a person says in it.

Both devices have one clock, their samples: for each chunk that the microphone captures, the loudspeaker plays as much.
A busy machine makes the room late, as a whole, and can put no gap between a sound and its echo.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import attrs
import numpy as np
import trio
from numpy.typing import NDArray

from voice_actors.audio.ends import EndStatistics, LoudspeakerStream, MicrophoneStream
from voice_actors.audio.playout import RingStream
from voice_actors.audio.resample import Resampler
from voice_actors.audio.ring import PlayoutRing

RATE = 16_000
PLAYED_RATE = 24_000
BLOCK = 0.01
"""Seconds that the loudspeaker takes at a time."""
JITTER = 0.04
"""Seconds by which a block may be off and still follow the one before."""
STUMBLES = 7.3
"""Seconds; no multiple of a reply's length, so that it happens at any moment of one."""


@attrs.frozen
class Acoustics:
    """What a room does to sound on its way from the loudspeaker to the microphone."""

    name: str
    delay_ms: float
    """Devices and air."""
    t60: float
    """Seconds until the echo is 60 dB down."""
    echo_db: float
    """Level of the echo, against what was played."""
    overdriven: bool = False
    """A small loudspeaker at its limits: the echo is no linear copy."""
    seed: int = 0
    stumbles_ms: float = 0
    """After every STUMBLES seconds of sound, the echo comes so much later, or again as before."""

    def delay(self, played: float) -> float:
        """Seconds from the loudspeaker to the microphone, after `played` seconds of sound."""
        return (self.delay_ms + self.stumbles_ms * (int(played / STUMBLES) % 2)) / 1000

    def response(self) -> NDArray[np.float64]:
        """Impulse response at 16 kHz: a direct sound, and a tail 9 dB below it that dies away; of energy 1."""
        count = int(self.t60 * RATE)
        dice = np.random.default_rng(self.seed)
        tail = (dice.standard_normal(count) * 10 ** (-3 * np.arange(count) / count))[: count * 2 // 3]  # to -40 dB
        tail *= 10 ** (-9 / 20) / np.sqrt((tail**2).sum())
        tail[0] = 1.0
        response: NDArray[np.float64] = tail / np.sqrt((tail**2).sum())
        return response


class Room:
    """Both ends of a conversation in this room. The microphone never ends; `say` speaks into it."""

    def __init__(self, acoustics: Acoustics, seconds: float) -> None:
        """For at most `seconds` seconds."""
        self.name = acoustics.name
        self._acoustics = acoustics
        self._response = acoustics.response()
        self._gain = 10 ** (acoustics.echo_db / 20)
        self._echo = np.zeros(int(seconds * RATE))
        self._near = np.zeros(int(seconds * RATE))
        self.begun = trio.current_time()
        """When the first sample of the microphone is captured."""
        self._ring = PlayoutRing(PLAYED_RATE)
        self.playing = RingStream(self._ring, tail=BLOCK)
        """The loudspeaker, open."""
        self._resampler = Resampler(PLAYED_RATE, RATE)
        self._next = 0
        self._played = 0.0
        """Seconds of sound so far."""
        self._read = 0
        self.captured: list[tuple[float, bytes]] = []
        """Every chunk, with the time at which it ends."""
        self.speaker = _Speaker(self)
        self.microphone = _Microphone(self)

    def hear(self, at: float, pcm: bytes) -> None:
        """The loudspeaker plays this, 24 kHz 16-bit mono, from `at` on."""
        place = round((at - self.begun + self._acoustics.delay(self._played)) * RATE)
        self._played += len(pcm) / 2 / PLAYED_RATE
        if abs(place - self._next) > JITTER * RATE:
            self._resampler, self._next = Resampler(PLAYED_RATE, RATE), place
        dry = np.frombuffer(self._resampler.feed(pcm), "<i2").astype(float)
        if self._acoustics.overdriven:
            dry = 12_000 * np.tanh(dry / 12_000)
        if len(dry):
            wet = np.convolve(dry, self._response) * self._gain
            self._echo[self._next : self._next + len(wet)] += wet
        self._next += len(dry)

    def play(self, seconds: float) -> None:
        """The loudspeaker plays from where the microphone is, block after block, each told as it is taken."""
        begins = self.begun + self._read / RATE
        for number in range(round(seconds / BLOCK)):
            at = begins + number * BLOCK
            if pcm := self._ring.take(2 * round(BLOCK * PLAYED_RATE)):
                self.hear(at, pcm)
                self.playing.tell(at, pcm)
        self.playing.wake()

    def say(self, pcm: bytes) -> float:
        """A person speaks, 16 kHz 16-bit mono, from now on; how many seconds that takes."""
        voice = np.frombuffer(pcm, "<i2")
        self._near[self._read : self._read + len(voice)] += voice
        return len(voice) / RATE

    def take(self, frames: int) -> bytes:
        """The next audio of the microphone."""
        place = slice(self._read, self._read + frames)
        self._read += frames
        mixed = self._echo[place] + self._near[place]
        pcm = np.clip(mixed, -32_768, 32_767).astype("<i2").tobytes()
        self.captured.append((self.begun + self._read / RATE, pcm))
        return pcm

    def echo_alone(self, chunk: int, frames: int) -> bool:
        """In chunk number `chunk` there is an echo to be heard and nobody speaks."""
        place = slice(chunk * frames, (chunk + 1) * frames)
        return bool(np.sqrt((self._echo[place] ** 2).mean()) > 100 and not self._near[place].any())


@attrs.frozen(eq=False)
class _Speaker:
    room: Room
    name: str = "the room's loudspeaker"

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[LoudspeakerStream]:
        yield self.room.playing


@attrs.frozen(eq=False)
class _Microphone:
    room: Room
    name: str = "the room's microphone"

    @asynccontextmanager
    async def open(self, chunk_ms: int) -> AsyncGenerator[MicrophoneStream]:
        yield _Stream(self.room, chunk_ms)


@attrs.define(eq=False)
class _Stream:
    _room: Room
    _chunk_ms: int
    _chunks: int = 0
    _begun: float = attrs.field(factory=trio.current_time)

    def __attrs_post_init__(self) -> None:
        self._room.begun = self._begun

    async def read(self) -> bytes:
        self._chunks += 1
        await trio.sleep_until(self._begun + self._chunks * self._chunk_ms / 1000)
        self._room.play(self._chunk_ms / 1000)
        return self._room.take(RATE * self._chunk_ms // 1000)

    @property
    def captured_at(self) -> float:
        return self._begun + self._chunks * self._chunk_ms / 1000

    def statistics(self) -> EndStatistics:
        return EndStatistics(frames=self._chunks * RATE * self._chunk_ms // 1000)

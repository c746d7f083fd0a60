"""A turn at the loudspeaker: how its audio comes, and how much of it has been heard."""

from __future__ import annotations

import contextlib

import attrs
import trio

from voice_actors.audio.ends import KnowsWhatSounds, LoudspeakerStream
from voice_actors.audio.jitter import JitterBuffer
from voice_actors.broadcast import Tap
from voice_actors.lanes import ReceiveLane
from voice_actors.messages import AudioEvent, AudioHeard
from voice_actors.turns import BYTES_PER_MS, Turn

BYTES_PER_SECOND = BYTES_PER_MS * 1000
AT_ONCE = 8
"""Pieces that are taken between two visits to the scheduler, where so many have come."""


@attrs.define(eq=False, repr=False)
class Inflow:
    """The audio of one turn as it is to be played: at once, or where the network is unsteady, a little later."""

    _audio: ReceiveLane[bytes]
    _jitter: JitterBuffer
    _begun: bool = attrs.field(default=False, init=False)

    async def next(self) -> list[bytes]:
        """What is to be played next, nothing at the end."""
        if self._begun:
            return await self._receive(AT_ONCE)
        self._jitter.begin()
        self._begun = True
        return await self._first()

    async def _first(self) -> list[bytes]:
        hold = self._jitter.hold
        pieces = new = await self._receive(1)
        missing = round(hold * BYTES_PER_SECOND)
        with trio.move_on_after(hold):
            while new and missing > 0:
                new = await self._receive(1)
                pieces = [*pieces, *new]
                missing -= sum(map(len, new))
        return pieces

    async def _receive(self, most: int) -> list[bytes]:
        """The next pieces that hold something, none at the end."""
        awaited, pieces = not self._audio.may_hold, list[bytes]()
        with contextlib.suppress(trio.EndOfChannel):
            while not pieces:
                pieces = [pcm for pcm in await self._audio.receive_some(most) if pcm]
        now = trio.current_time()
        for pcm in pieces:
            self._jitter.came(now, len(pcm) / BYTES_PER_SECOND, awaited=awaited)
            awaited = False
        return pieces


@attrs.define(eq=False, repr=False)
class Trail:
    """The audio of one turn between the lane and the ear, so that exactly what was heard can be told on.

    Holds no more than the device does (about 200 ms), and nothing at all while nobody wants it.
    """

    _turn: Turn
    _tap: Tap[AudioEvent]
    _device: LoudspeakerStream
    _waiting: list[bytes] = attrs.field(factory=list[bytes], init=False)
    """A dozen pieces at most; an empty deque takes more than a list of them."""
    _told: int = attrs.field(default=0, init=False)

    @property
    def heard(self) -> int:
        """Bytes that have left the loudspeaker by now."""
        playback = self._turn.playback
        heard = playback.played - playback.lost
        return heard - self._device.unsounded(playback) if isinstance(self._device, KnowsWhatSounds) else heard

    def add(self, pcm: bytes) -> None:
        """Goes to the device next."""
        if self._tap.wanted:
            self._waiting.append(pcm)
        else:
            self._told += len(pcm)

    def follow(self) -> None:
        """Tell what has been heard since the last call."""
        if not self._waiting:
            return
        heard = self.heard
        while self._waiting and self._told < heard:
            pcm = self._waiting.pop(0)
            new = heard - self._told
            if len(pcm) > new:
                self._waiting.insert(0, pcm[new:])
            self._tell(pcm[:new], heard)

    def _tell(self, pcm: bytes, heard: int) -> None:
        self._told += len(pcm)
        behind = (heard - self._told) / BYTES_PER_MS / 1000
        self._tap.offer(AudioHeard(turn=self._turn.number, pcm=pcm, at=trio.current_time() - behind))

"""SpeakerActor: plays each turn until it ends or is cut short, and says how much of it was heard."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import assert_never

import attrs
import trio

from voice_actors.audio.device_news import tell_changes
from voice_actors.audio.ends import (
    CanDuck,
    EndStatistics,
    Loudspeaker,
    LoudspeakerStream,
    TellsChanges,
    TellsLevel,
    TellsPlayed,
)
from voice_actors.audio.jitter import JitterBuffer
from voice_actors.audio.pcm import Level
from voice_actors.beside import beside
from voice_actors.broadcast import Tap
from voice_actors.lanes import ReceiveLane, SendLane
from voice_actors.loudspeaker.interlude import Interlude
from voice_actors.loudspeaker.trail import Inflow, Trail
from voice_actors.messages import (
    AudioEvent,
    Duck,
    Event,
    MicOrder,
    Oddity,
    Played,
    PlayFiller,
    SetPlaying,
    SpeakerOrder,
    StopFiller,
    TurnEnded,
    Unduck,
)
from voice_actors.turns import BYTES_PER_MS, Turn

FADES_FOR = 0.5
"""Seconds for a cut reply to fade away in the device and its latency; a device that is lost meanwhile takes longer."""
LAST_WORDS = 1.0
"""Seconds that a shutdown waits for the recorder to take a turn's last figures."""


@attrs.define(eq=False, repr=False)
class SpeakerActor:
    """Plays turns one after the other. Interruption is the turn's own cancel scope, and its playback's `cut`."""

    speaker: Loudspeaker
    turns: ReceiveLane[Turn]
    facts: SendLane[Event]
    heard: Tap[AudioEvent]
    played: SendLane[Played]
    """To the microphone."""
    orders: ReceiveLane[SpeakerOrder]
    echo_matters: bool = False
    """The microphone wants to know what is played."""
    playing: SendLane[MicOrder] | None = None
    """Tells the microphone when replies are heard."""
    _jitter: JitterBuffer = attrs.field(factory=JitterBuffer, init=False)
    _stream: LoudspeakerStream | None = attrs.field(default=None, init=False)

    async def run(  # noqa: ASYNC128 - handed on to _play_all, which says when
        self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Until the session closes its end of the lane of turns."""
        with self.turns, self.facts, self.heard, self.played, self.orders, self.playing or contextlib.nullcontext():
            try:
                await self._play_all(task_status)
            finally:
                await self._leave_unplayed()  # noqa: ASYNC102 - which shields itself

    async def _play_all(self, task_status: trio.TaskStatus[None]) -> None:
        async with self.speaker.open() as self._stream, self._beside(self._stream) as interlude:
            if self.echo_matters:
                await self._tell_played(self._stream)
            task_status.started()
            async for turn in self.turns:
                with interlude.make_way():
                    await self._play_and_tell(turn, self._stream)

    @asynccontextmanager
    async def _beside(self, stream: LoudspeakerStream) -> AsyncGenerator[Interlude]:
        """What goes on beside the replies; of most conversations nothing."""
        interlude = Interlude(stream, self.facts, self.heard)
        works: list[Callable[[], Awaitable[None]]] = []
        if isinstance(stream, TellsChanges):
            works.append(partial(tell_changes, stream, self.speaker.name, self.facts))
        if not self.orders.ended:
            works.append(partial(self._obey, stream, interlude))
        async with beside(*works) if works else contextlib.nullcontext():
            yield interlude

    async def _obey(self, stream: LoudspeakerStream, interlude: Interlude) -> None:
        async with trio.open_nursery() as nursery:
            async for order in self.orders:
                match order:
                    case Duck() | Unduck():
                        _duck(stream, quiet=isinstance(order, Duck))
                    case PlayFiller():
                        if not self.turns.may_hold:
                            interlude.play(order, nursery)
                    case StopFiller():
                        interlude.stop()
                    case _:
                        assert_never(order)

    async def _tell_played(self, stream: LoudspeakerStream) -> None:
        if isinstance(stream, TellsPlayed):
            stream.tell_played(self._send_played)
        else:
            what = f"{self.speaker.name} does not say what it plays, so its echo cannot be kept from the microphone"
            await self.facts.send(Oddity(what=what))

    def _send_played(self, at: float, pcm: bytes) -> None:
        with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):  # either end is over
            self.played.send_nowait(Played(at, pcm))

    async def _play_and_tell(self, turn: Turn, device: LoudspeakerStream) -> None:
        trail, before = Trail(turn, self.heard, device), device.statistics()
        self._tell_playing(SetPlaying(True))
        try:
            with turn.audio, turn.scope:
                await self._play(turn, device, trail)
            if turn.playback.cut:
                await _until_silent(turn, device)
        finally:
            turn.playback.cut = turn.playback.cut or not turn.playback.settled
            trail.follow()
            turn.heard_ms = trail.heard / BYTES_PER_MS
            turn.ended.set()
            self._tell_playing(SetPlaying(False, turn.playback.cut))
            with trio.move_on_after(LAST_WORDS, shield=True):
                await self.facts.send(_ended(turn, turn.heard_ms, before, device.statistics()))

    async def _leave_unplayed(self) -> None:
        """Replies that wait when the loudspeaker is gone have an end, too: nothing of them was heard."""
        while self.turns.may_hold:
            turn, now = self.turns.receive_nowait(), EndStatistics()
            turn.playback.cut, turn.heard_ms = True, 0.0
            turn.audio.close()
            turn.ended.set()
            with trio.move_on_after(LAST_WORDS, shield=True):
                await self.facts.send(_ended(turn, 0.0, now, now))

    def _tell_playing(self, order: SetPlaying) -> None:
        if self.playing is not None:
            with contextlib.suppress(trio.BrokenResourceError, trio.WouldBlock):  # the microphone has ended, or is lost
                self.playing.send_nowait(order)

    async def _play(self, turn: Turn, device: LoudspeakerStream, trail: Trail) -> None:
        inflow = Inflow(turn.audio, self._jitter)
        while await _play_next(inflow, turn, device, trail):
            ...
        await device.drain(turn.playback)

    def statistics(self) -> EndStatistics:
        """The device's own figures, all 0 before it is open, and how long replies are held back."""
        if self._stream is None:
            return EndStatistics()
        return attrs.evolve(self._stream.statistics(), hold_ms=self._jitter.hold * 1000)

    def level(self) -> Level:
        """How loud the agent is at this moment; silence where the device does not tell."""
        return Level() if self._stream is None else _level_of(self._stream)


def _level_of(stream: LoudspeakerStream) -> Level:
    return stream.level() if isinstance(stream, TellsLevel) else Level()


def _duck(stream: LoudspeakerStream, *, quiet: bool) -> None:
    if isinstance(stream, CanDuck):
        stream.duck(quiet=quiet)


async def _play_next(inflow: Inflow, turn: Turn, device: LoudspeakerStream, trail: Trail) -> bool:
    """What comes next of a reply, False at its end. By itself, so that none of it is kept while more is waited for."""
    pieces = await inflow.next()
    for pcm in pieces:
        trail.add(pcm)
        await device.write(pcm, turn.playback)
        trail.follow()
    return bool(pieces)


async def _until_silent(turn: Turn, device: LoudspeakerStream) -> None:
    """A cut reply fades away, and the next one begins at its own level."""
    with trio.move_on_after(FADES_FOR):
        await device.drain(turn.playback)
    _duck(device, quiet=False)


def _ended(turn: Turn, heard_ms: float, before: EndStatistics, after: EndStatistics) -> TurnEnded:
    heard_text, unheard_text = turn.heard_and_not()  # a device that was lost meanwhile takes less than a word
    return TurnEnded(
        turn=turn.number,
        heard_ms=heard_ms,
        dropped_ms=turn.playback.received / BYTES_PER_MS - heard_ms,
        interrupted=turn.playback.cut,
        heard_text=heard_text,
        unheard_text=unheard_text,
        underruns=max(0, after.underruns - before.underruns),
        concealed_ms=max(0.0, after.concealed_ms - before.concealed_ms),
        sounded_at=turn.playback.sounded_at if heard_ms else None,
    )

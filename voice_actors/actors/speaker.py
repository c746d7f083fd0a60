"""SpeakerActor: plays each turn until it ends or is cut short, and says how much of it was heard."""

from __future__ import annotations

import contextlib
from collections import deque

import attrs
import trio

from voice_actors.audio.ends import EndStatistics, KnowsWhatSounds, Loudspeaker, LoudspeakerStream, TellsPlayed
from voice_actors.audio.playout import beside
from voice_actors.broadcast import Tap
from voice_actors.device_news import tell_changes
from voice_actors.lanes import BYTES_PER_MS, ReceiveLane, SendLane, Turn
from voice_actors.messages import AudioEvent, AudioHeard, Event, Oddity, Played, TurnEnded

FADES_FOR = 0.5
"""Seconds for a cut reply to fade away in the device and its latency; a device that is lost meanwhile takes longer."""
LAST_WORDS = 1.0
"""Seconds that a shutdown waits for the recorder to take a turn's last figures."""


@attrs.define(eq=False)
class SpeakerActor:
    """Plays turns one after the other. Interruption is the turn's own cancel scope, and its playback's `cut`."""

    speaker: Loudspeaker
    turns: ReceiveLane[Turn]
    facts: SendLane[Event]
    heard: Tap[AudioEvent]
    played: SendLane[Played]
    """To the microphone."""
    echo_matters: bool = False
    """The microphone wants to know what is played."""
    _stream: LoudspeakerStream | None = attrs.field(default=None, init=False)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Until the session closes its end of the lane of turns."""
        with self.turns, self.facts, self.heard, self.played:
            async with self.speaker.open() as self._stream, beside(self._tell_changes):
                if self.echo_matters:
                    await self._tell_played(self._stream)
                task_status.started()
                async for turn in self.turns:
                    await self._play_and_tell(turn, self._stream)

    async def _tell_changes(self) -> None:
        if self._stream is not None:
            await tell_changes(self._stream, self.speaker.name, self.facts)

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
        trail = Trail(turn, self.heard, device)
        try:
            with turn.audio, turn.scope:
                await self._play(turn, device, trail)
            if turn.playback.cut:
                with trio.move_on_after(FADES_FOR):
                    await device.drain(turn.playback)
        finally:
            turn.playback.cut = turn.playback.cut or not turn.playback.settled
            trail.follow()
            turn.ended.set()
            with trio.move_on_after(LAST_WORDS, shield=True):
                await self.facts.send(_ended(turn, trail.heard))

    async def _play(self, turn: Turn, device: LoudspeakerStream, trail: Trail) -> None:
        async for pcm in turn.audio:
            trail.add(pcm)
            await device.write(pcm, turn.playback)
            trail.follow()
        await device.drain(turn.playback)

    def statistics(self) -> EndStatistics:
        """The device's own figures, all 0 before it is open."""
        return EndStatistics() if self._stream is None else self._stream.statistics()


def _ended(turn: Turn, heard: int) -> TurnEnded:
    heard_ms, received_ms = heard / BYTES_PER_MS, turn.playback.received / BYTES_PER_MS
    if turn.playback.cut:
        heard_text, unheard_text = turn.words.split(heard_ms, received_ms)
    else:
        heard_text, unheard_text = turn.words.text, ""  # a lost device takes less than a word
    return TurnEnded(
        turn=turn.number,
        heard_ms=heard_ms,
        dropped_ms=received_ms - heard_ms,
        interrupted=turn.playback.cut,
        heard_text=heard_text,
        unheard_text=unheard_text,
    )


@attrs.define(eq=False)
class Trail:
    """The audio of one turn between the lane and the ear, so that exactly what was heard can be told on.

    Holds no more than the device does (about 200 ms), and nothing at all while nobody wants it.
    """

    _turn: Turn
    _tap: Tap[AudioEvent]
    _device: LoudspeakerStream
    _waiting: deque[bytes] = attrs.field(factory=deque[bytes], init=False)
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
            pcm = self._waiting.popleft()
            new = heard - self._told
            if len(pcm) > new:
                self._waiting.appendleft(pcm[new:])
            self._tell(pcm[:new], heard)

    def _tell(self, pcm: bytes, heard: int) -> None:
        self._told += len(pcm)
        behind = (heard - self._told) / BYTES_PER_MS / 1000
        self._tap.offer(AudioHeard(turn=self._turn.number, pcm=pcm, at=trio.current_time() - behind))

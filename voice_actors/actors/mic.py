"""MicActor: from the microphone to the session, never late and never waiting."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import attrs
import trio

from voice_actors.audio.device_news import tell_changes
from voice_actors.audio.ends import EndStatistics, Microphone, MicrophoneStream, TellsCaptured, TellsChanges
from voice_actors.audio.pcm import Level, level_of
from voice_actors.beside import beside
from voice_actors.lanes import ReceiveLane, SendLane
from voice_actors.messages import (
    ActivityEnded,
    ActivityStarted,
    AudioChunk,
    AudioLost,
    Event,
    MicMessage,
    MicOrder,
    Muted,
    Played,
    SetPlaying,
    SetPressed,
)
from voice_actors.session.activity import Gate, Open

if TYPE_CHECKING:
    from voice_actors.audio.echo import Cleaner
    from voice_actors.microphone.two_stage import Attention

T = TypeVar("T")

REPORT_EVERY = 1.0
"""Seconds between two reports of lost audio."""
LAST_WORDS = 1.0
"""Seconds that a shutdown waits for the recorder to take the end of an activity."""


@attrs.define(eq=False, repr=False)
class MicActor:
    """Reads the microphone in chunks and hands them on; a late session loses the oldest, and that is reported."""

    microphone: Microphone
    chunk_ms: int
    orders: ReceiveLane[MicOrder]
    to_session: SendLane[MicMessage]
    facts: SendLane[Event]
    played: ReceiveLane[Played]
    load_cleaner: Callable[[], Awaitable[Cleaner]] | None = None
    """None leaves the audio as it is."""
    gate: Gate = attrs.field(factory=Open)
    """What of the audio is sent."""
    attention: Attention | None = None
    """None where nobody needs to know when the user speaks."""
    muted: bool = attrs.field(default=False, init=False)
    _cleaner: Cleaner | None = attrs.field(default=None, init=False)
    _stream: MicrophoneStream | None = attrs.field(default=None, init=False)
    _activity: float | None = attrs.field(default=None, init=False)
    """When the activity that was told last began; None where none is open."""
    _newest: bytes = attrs.field(default=b"", init=False)
    _reported: int = attrs.field(default=0, init=False)
    _report_at: float = attrs.field(default=0.0, init=False)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Until the microphone's source ends."""
        with self.orders, self.to_session, self.facts, self.played, self._paying_attention():
            if self.attention is not None:
                await self.attention.begin()
            if self.load_cleaner is not None:
                self._cleaner = await self.load_cleaner()
            async with self.microphone.open(self.chunk_ms) as self._stream, self._telling_changes(self._stream):
                task_status.started()
                try:
                    await self._capture(self._stream)
                finally:
                    with trio.move_on_after(LAST_WORDS, shield=True):
                        self.gate.stop()
                        await self._hear_nothing()
            self._send(self.gate.stop(ended=True))

    def _paying_attention(self) -> contextlib.AbstractContextManager[object]:
        return contextlib.nullcontext() if self.attention is None else contextlib.closing(self.attention)

    def _telling_changes(self, stream: MicrophoneStream) -> contextlib.AbstractAsyncContextManager[None]:
        if not isinstance(stream, TellsChanges):
            return contextlib.nullcontext()
        return beside(partial(tell_changes, stream, self.microphone.name, self.facts, self._pause))

    async def _pause(self) -> None:
        self._send(self.gate.stop())
        await self._hear_nothing()

    async def _hear_nothing(self) -> None:
        if self.attention is not None:
            self.attention.stop(trio.current_time())
            await self._tell_verdicts(self.attention)
        await self._tell_activity()

    def _send(self, messages: Sequence[MicMessage]) -> None:
        for message in messages:
            self.to_session.send_nowait(message)

    async def _capture(self, stream: MicrophoneStream) -> None:
        now = _clock_of(stream)
        while pcm := await stream.read():
            if self._cleaner is not None:
                pcm = self._clean(pcm, self._cleaner, now())
            if self.orders.may_hold:
                await self._obey()
            self._newest = pcm
            if not self.muted:
                await self._take(AudioChunk(pcm, now()))

    async def _take(self, chunk: AudioChunk) -> None:
        if self.attention is not None:
            self.attention.hear(chunk)
        self._send(self.gate.take(chunk))
        if self.attention is not None:
            await self._tell_verdicts(self.attention)
        if self._activity != self.gate.since:
            await self._tell_activity()
        if self.to_session.dropped > self._reported:
            await self._report_losses()

    async def _tell_verdicts(self, attention: Attention) -> None:
        for fact in attention.facts():
            await self.facts.send(fact)

    def _clean(self, pcm: bytes, cleaner: Cleaner, at: float) -> bytes:
        while self.played.may_hold and (played := _next(self.played)) is not None:
            cleaner.played(played.at, played.pcm)
        return cleaner.clean(at, pcm)

    async def _obey(self) -> None:
        while (order := _next(self.orders)) is not None:
            if isinstance(order, SetPlaying):
                if self.attention is not None:
                    self.attention.take(order, trio.current_time())
            elif isinstance(order, SetPressed):
                self.gate.press(trio.current_time(), pressed=order.pressed and not self.muted)
            elif order.muted != self.muted:
                self.muted = order.muted
                if self.muted:
                    await self._pause()
                await self.facts.send(Muted(muted=self.muted))

    async def _tell_activity(self) -> None:
        """Tell what the gate has begun and ended since the last time."""
        if self._activity is not None and self._activity != self.gate.since:
            await self.facts.send(ActivityEnded(by=self.gate.by))
            self._activity = None
        if self._activity is None and (began := self.gate.since) is not None:
            await self.facts.send(ActivityStarted(by=self.gate.by, at=began))
            self._activity = began

    async def _report_losses(self) -> None:
        now, dropped = trio.current_time(), self.to_session.dropped
        if now >= self._report_at:
            lost = (dropped - self._reported) * self.chunk_ms
            self._reported, self._report_at = dropped, now + REPORT_EVERY
            await self.facts.send(AudioLost(where="microphone to session", ms=lost))

    def barge_ins(self, *, confirmed: bool) -> int:
        """How often a reply stepped back for the user's voice and was then cut, or went on; 0 without two stages."""
        return 0 if self.attention is None else self.attention.count(confirmed=confirmed)

    def level(self) -> Level:
        """How loud the user is at this moment; silence while the microphone is muted or not open."""
        return Level() if self.muted or not self._newest else level_of(self._newest)

    def statistics(self) -> EndStatistics:
        """The device's own figures, all 0 before it is open."""
        return EndStatistics() if self._stream is None else self._stream.statistics()


def _clock_of(stream: MicrophoneStream) -> Callable[[], float]:
    """Tells when what was read last was captured: a busy loop reads late, and an echo canceller has to know better."""
    return (lambda: stream.captured_at) if isinstance(stream, TellsCaptured) else trio.current_time


def _next(lane: ReceiveLane[T]) -> T | None:
    try:
        return lane.receive_nowait()
    except (trio.WouldBlock, trio.EndOfChannel):
        return None

"""TranscriptRecorder: what happened, in one order, to the file, to memory and to every subscriber."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

import attrs
import trio

from voice_actors.audio.pcm import ms_of
from voice_actors.broadcast import Broadcast, Wanted
from voice_actors.errors import DeviceError
from voice_actors.gemini.events import INPUT_RATE
from voice_actors.lanes import ReceiveLane
from voice_actors.messages import (
    AudioEvent,
    AudioHeard,
    AudioSent,
    Ended,
    Event,
    Oddity,
    RecordingEnded,
    RecordingStarted,
    ToolWithdrawn,
    TurnLatency,
)
from voice_actors.record.budget import Watch
from voice_actors.record.grace import GracePeriod
from voice_actors.record.journal import Journal, header, sealed
from voice_actors.record.latency import LatencyLedger
from voice_actors.record.metering import Meter
from voice_actors.record.pulse import Pulse
from voice_actors.record.transcripts import line_of

if TYPE_CHECKING:
    from voice_actors.audio.recording import StereoRecording

logger = logging.getLogger("voice_actors.transcript")

T = TypeVar("T")


@attrs.define(eq=False, repr=False)
class TranscriptRecorder:
    """Outlives everybody who has something to say: it shields itself until the last lane into it is closed, so what is
    said on the way down is written too. `patience` seconds after a shutdown began it stops in any case; time in which
    the loop does not turn is not among them.
    """

    facts: ReceiveLane[Event]
    audio: ReceiveLane[AudioEvent]
    broadcast: Broadcast[Event]
    history: deque[Event]
    pulse: Pulse
    wanted: Wanted
    transcript: Path | None = None
    recording: Path | None = None
    patience: float = 2.0
    wall_clock: Callable[[], float] = time.time
    sync: Literal["none", "turn", "line"] = "turn"
    redact: Callable[[Event], Event | None] | None = None
    open_journal: Callable[[Path], Journal] = Journal
    ledger: LatencyLedger = attrs.field(factory=LatencyLedger)
    meter: Meter = attrs.field(factory=Meter)
    watch: Watch = attrs.field(factory=Watch)
    saved: trio.Event = attrs.field(factory=trio.Event)
    """Set when both files are closed."""
    _journal: Journal | None = attrs.field(default=None, init=False)
    _seq: int = attrs.field(default=0, init=False)
    _last: Ended | None = attrs.field(default=None, init=False)
    _heard: trio.Event | None = attrs.field(default=None, init=False)
    """Set when the last of the audio is taken; None while nobody wants any."""

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Until every actor has closed its end.

        Raises:
            ConfigError: the transcript's path cannot be written.
            DeviceError: the recording's cannot.
        """
        with self.facts, self.audio:
            self._open_transcript()
            recording = await self._open_recording()
            task_status.started()
            try:
                await self._take_everything(recording)
            finally:
                self._take_leave(recording)
                with trio.CancelScope(shield=True):
                    await self._close(recording)
                self.saved.set()

    async def _take_everything(self, recording: StereoRecording | None) -> None:
        """In tasks of their own only what somebody asked for: audio, and in the end the limit to what is still said."""
        grace, hearing = GracePeriod(self.patience), trio.CancelScope(shield=True)
        async with trio.open_nursery() as nursery:
            self.wanted.when_wanted(partial(self._begin_audio, recording, hearing, nursery))
            try:
                await self._take_in_time(grace, nursery)
            finally:
                self.wanted.when_wanted(None)
                grace.end()
                for scope in (hearing, nursery.cancel_scope):
                    scope.cancel("everything is written")

    async def _take_in_time(self, grace: GracePeriod, nursery: trio.Nursery) -> None:
        if self.sync == "line":  # its waits for the disk are none that a cancellation may cut off
            await grace.run(self._take_all, nursery)
            return
        try:
            await self._take_all()
        except trio.Cancelled:  # between two events: nothing was lost
            await grace.run(self._take_all, nursery)  # noqa: ASYNC102 - which shields itself
            raise

    async def _take_all(self) -> None:
        async for event in self.facts:
            await self._take_with_figures(event)
        if self._heard is not None:
            await self._heard.wait()

    def _take_leave(self, recording: StereoRecording | None) -> None:
        for event in _rest(self.facts):  # of those who are late, what they have said in time
            self._take(event)
        if recording is not None:
            self._take(_ended(recording))
        self._take_last()

    # ---- facts ---------------------------------------------------------------------------------------------------

    async def _take_with_figures(self, event: Event) -> None:
        """It, and then whatever follows from it."""
        await self._take_synced(event)
        for observe in (self.ledger.observe, self.meter.observe, self.watch.observe):
            if (figures := observe(event)) is not None:
                await self._take_with_figures(figures)

    async def _take_synced(self, event: Event) -> None:
        """A line's sync is waited for before anybody is told; a turn's goes on beside the next lines."""
        if self.sync == "line" and not isinstance(event, Ended):
            self._write(event)
            await self._sync()
            self._tell(event)
            return
        self._take(event)
        if self.sync == "turn" and isinstance(event, TurnLatency) and self._journal is not None:
            self._journal.sync_soon()

    def _take(self, event: Event) -> None:
        """Written before anything else happens: there is no checkpoint in here."""
        if isinstance(event, Ended):
            self._last = event
            return
        self._write(event)
        self._tell(event)

    def _tell(self, event: Event) -> None:
        self.history.append(event)
        self.pulse.observe(event)
        self.broadcast.publish(event)

    def _take_last(self) -> None:
        for call, name in tuple(self.pulse.calls.items()):  # the tool executor left before it could begin them
            self._take(ToolWithdrawn(id=call, name=name))
        last = self._last or Ended(reason="cancelled")
        self._write(last)
        self.history.append(last)
        self.broadcast.publish(last)
        self.broadcast.end()

    def _write(self, event: Event) -> None:
        if self._journal is None or (kept := self._redacted(event)) is None:
            return
        line = sealed(line_of(kept, seq=self._seq + 1, wall=self.wall_clock()))
        try:
            self._journal.write(line)
        except OSError as error:
            self._give_up(error)
        else:
            self._seq += 1

    def _redacted(self, event: Event) -> Event | None:
        """What may be written of it. A hook that fails must not let through what it was to take out."""
        if self.redact is None:
            return event
        try:
            return self.redact(event)
        except Exception as error:  # noqa: BLE001 - the embedding program's own code, which may raise anything
            kind = type(event).__name__
            logger.warning("the redaction hook failed", extra={"event": kind, "error": type(error).__name__})
            return Oddity(what=f"a {kind} was left out: the redaction hook raised {type(error).__name__}", at=event.at)

    async def _sync(self) -> None:
        """In a thread: the loop goes on while the disk is slow."""
        if (journal := self._journal) is None:
            return
        try:
            await trio.to_thread.run_sync(journal.sync, abandon_on_cancel=True)
        except OSError as error:
            if journal is self._journal:
                self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        """The call goes on when the disk does not."""
        logger.warning("the transcript ends here: it cannot be written", extra={"error": str(error)})
        self._close_journal()
        self._take(Oddity(what=f"the transcript cannot be written any more: {error}"))

    def _close_journal(self) -> None:
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def _open_transcript(self) -> None:
        if self.transcript is None:
            return
        self._journal = self.open_journal(self.transcript)
        try:
            self._journal.write(header(at=trio.current_time(), wall=self.wall_clock(), program="voice_actors"))
        except OSError as error:
            self._give_up(error)

    # ---- audio ---------------------------------------------------------------------------------------------------

    async def _open_recording(self) -> StereoRecording | None:
        if self.recording is None:
            return None
        from voice_actors.audio.recording import StereoRecording

        self.wanted.readers += 1
        began = trio.current_time()
        recording = await trio.to_thread.run_sync(StereoRecording, self.recording, began)
        self._take(RecordingStarted(path=str(self.recording), at=began))
        return recording

    def _begin_audio(self, recording: StereoRecording | None, hearing: trio.CancelScope, nursery: trio.Nursery) -> None:
        self._heard = heard = trio.Event()
        nursery.start_soon(self._hear, recording, hearing, heard, name="recorder takes audio")

    async def _hear(self, recording: StereoRecording | None, hearing: trio.CancelScope, heard: trio.Event) -> None:
        try:
            with hearing:
                await self._take_audio(recording)
        finally:
            heard.set()

    async def _take_audio(self, recording: StereoRecording | None) -> None:
        async for event in self.audio:
            batch = [event, *_rest(self.audio)]
            for heard in batch:
                self.broadcast.publish(heard)
            if recording is not None:
                recording = await self._place(recording, batch)

    async def _place(self, recording: StereoRecording, batch: list[AudioEvent]) -> StereoRecording | None:
        """The recording, or None where the disk has had enough of it: the call goes on."""
        try:
            await trio.to_thread.run_sync(_place, recording, batch)
        except DeviceError as error:
            self.wanted.readers -= 1
            self._take(Oddity(what=f"the recording ends here: {error}"))
            return None
        return recording

    async def _close(self, recording: StereoRecording | None) -> None:
        if self.sync != "none" and self._journal is not None:
            self._journal.sync_soon(last=True)
        self._close_journal()
        if recording is not None:
            await trio.to_thread.run_sync(recording.close)


def _ended(recording: StereoRecording) -> RecordingEnded:
    user, agent = (None if drift is None else round(drift, 1) for drift in recording.drifts)
    return RecordingEnded(lost_ms=round(recording.lost_ms, 1), user_drift_ppm=user, agent_drift_ppm=agent)


def _rest(lane: ReceiveLane[T]) -> list[T]:
    found: list[T] = []
    while True:
        try:
            found.append(lane.receive_nowait())
        except (trio.WouldBlock, trio.EndOfChannel):
            return found


def _place(recording: StereoRecording, events: list[AudioEvent]) -> None:
    for event in events:
        match event:
            case AudioSent(pcm=pcm, at=captured):
                recording.user(captured - ms_of(pcm, INPUT_RATE) / 1000, pcm)
            case AudioHeard(pcm=pcm, at=heard):
                recording.agent(heard - len(pcm) / 48_000, pcm)
            case _:
                ...

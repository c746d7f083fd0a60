"""TranscriptRecorder: what happened, in one order, to the file, to memory and to every subscriber."""

from __future__ import annotations

import logging
import os
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

import attrs
import trio

from voice_actors.audio.pcm import ms_of
from voice_actors.audio.recording import StereoRecording
from voice_actors.broadcast import Broadcast, Wanted
from voice_actors.errors import ConfigError, DeviceError
from voice_actors.gemini.events import INPUT_RATE
from voice_actors.lanes import ReceiveLane
from voice_actors.messages import AudioEvent, AudioHeard, AudioSent, Ended, Event, Oddity, RecordingStarted
from voice_actors.pulse import Pulse
from voice_actors.transcripts import line_of

logger = logging.getLogger("voice_actors.transcript")


@attrs.define(eq=False)
class TranscriptRecorder:
    """Outlives everybody who has something to say: it shields itself until the last lane into it is closed, so what is
    said on the way down is written too. `patience` seconds after a shutdown began it stops in any case.
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
    _file: int | None = attrs.field(default=None, init=False)
    _seq: int = attrs.field(default=0, init=False)
    _last: Ended | None = attrs.field(default=None, init=False)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Until every actor has closed its end.

        Raises:
            ConfigError: the transcript's path cannot be written.
            DeviceError: the recording's cannot.
        """
        with self.facts, self.audio:
            self._open_transcript()
            recording = await self._open_recording()
            shield = trio.CancelScope(shield=True)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._limit, shield, name="recorder's last deadline")
                with shield:
                    task_status.started()
                    await self._record(recording)
                nursery.cancel_scope.cancel("everything is written")

    async def _limit(self, shield: trio.CancelScope) -> None:
        try:
            await trio.sleep_forever()
        finally:
            shield.deadline = min(shield.deadline, trio.current_time() + self.patience)

    async def _record(self, recording: StereoRecording | None) -> None:
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._take_audio, recording, name="recorder takes audio")
                async for event in self.facts:
                    self._take(event)
        finally:
            self._take_last()
            with trio.CancelScope(shield=True):
                await self._close(recording)

    # ---- facts ---------------------------------------------------------------------------------------------------

    def _take(self, event: Event) -> None:
        """Written before anything else happens: there is no checkpoint in here."""
        if isinstance(event, Ended):
            self._last = event
            return
        self._write(event)
        self.history.append(event)
        self.pulse.observe(event)
        self.broadcast.publish(event)

    def _take_last(self) -> None:
        last = self._last or Ended(reason="cancelled")
        self._write(last)
        self.history.append(last)
        self.broadcast.publish(last)
        self.broadcast.end()

    def _write(self, event: Event) -> None:
        if self._file is None:
            return
        self._seq += 1
        line = line_of(event, seq=self._seq, wall=self.wall_clock())
        try:
            if os.write(self._file, line) != len(line):
                raise OSError("the disk took only a part of a line")
        except OSError as error:  # the call goes on when the disk does not
            logger.warning("the transcript ends here: it cannot be written", extra={"error": str(error)})
            os.close(self._file)
            self._file = None
            self._take(Oddity(what=f"the transcript cannot be written any more: {error}"))

    def _open_transcript(self) -> None:
        if self.transcript is None:
            return
        try:
            self._file = os.open(self.transcript, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise ConfigError(f"cannot write the transcript {str(self.transcript)!r}: {error.strerror}") from error

    # ---- audio ---------------------------------------------------------------------------------------------------

    async def _open_recording(self) -> StereoRecording | None:
        if self.recording is None:
            return None
        self.wanted.readers += 1
        began = trio.current_time()
        recording = await trio.to_thread.run_sync(StereoRecording, self.recording, began)
        self._take(RecordingStarted(path=str(self.recording), at=began))
        return recording

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
        if self._file is not None:
            os.close(self._file)
            self._file = None
        if recording is not None:
            await trio.to_thread.run_sync(recording.close)


def _rest(lane: ReceiveLane[AudioEvent]) -> list[AudioEvent]:
    found: list[AudioEvent] = []
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

"""A filler at the loudspeaker: between replies, and out of the way of the next one before it makes its first sound."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Generator
from contextlib import contextmanager

import attrs
import trio

from voice_actors.audio.ends import LoudspeakerStream
from voice_actors.broadcast import Tap
from voice_actors.errors import DeviceError
from voice_actors.lanes import SendLane
from voice_actors.loudspeaker.trail import Trail
from voice_actors.messages import AudioEvent, Event, FillerHeard, PlayFiller
from voice_actors.turns import BYTES_PER_MS, Reply, Turn

PIECE_MS = 20
AHEAD_MS = 100
"""What the device holds of a filler: less than it takes, so that a reply is written without a wait."""
FADES_FOR = 0.5
"""Seconds for a filler that was cut to leave the device."""
LAST_WORDS = 1.0
"""Seconds that a shutdown waits for the recorder to take what was heard of it."""

_log = logging.getLogger("voice_actors.filler")


@attrs.define(eq=False, repr=False)
class Interlude:
    """Theory of operation: a filler is a turn of its own, number 0, which no reply waits for. When a reply comes it is
    cut, and the reply follows it into the device at once: from the device's next block on its last 5 ms fade away, and
    the reply's first sample comes right behind them. What is heard of a filler is told like anything else that is
    heard, so that recordings and echo cancellation know it.
    """

    device: LoudspeakerStream
    facts: SendLane[Event]
    heard: Tap[AudioEvent]
    _next: PlayFiller | None = attrs.field(default=None, init=False)
    _playing: Turn | None = attrs.field(default=None, init=False)
    _replying: bool = attrs.field(default=False, init=False)
    _at_work: bool = attrs.field(default=False, init=False)
    """A task plays what is next."""

    def play(self, order: PlayFiller, nursery: trio.Nursery) -> None:
        """Soon, in a task of this nursery, unless a reply is there."""
        if self._replying or self._playing is not None:
            return
        self._next = order
        if not self._at_work:
            self._at_work = True
            nursery.start_soon(self._run, name="filler")

    def stop(self) -> None:
        """Fade it away; nothing where none is heard."""
        self._next = None
        if self._playing is not None:
            self._playing.playback.cut = True
            self._playing.scope.cancel("nobody needs it any more")

    @contextmanager
    def make_way(self) -> Generator[None]:
        """For as long as a reply plays."""
        self.stop()
        self._replying = True
        try:
            yield
        finally:
            self._replying = False

    async def _run(self) -> None:
        """Until nothing is ordered."""
        try:
            while (order := self._next) is not None:
                self._next = None
                await self._play_and_tell(order)
        finally:
            self._at_work = False

    async def _play_and_tell(self, order: PlayFiller) -> None:
        reply = Reply.begin(0, 1)
        turn = self._playing = reply.turn
        reply.end()
        trail = Trail(turn, self.heard, self.device)
        try:
            with turn.audio, turn.scope:
                await self._play(order.pcm, turn, trail)
            if turn.playback.cut:
                with trio.move_on_after(FADES_FOR):
                    await self.device.drain(turn.playback)
        except DeviceError as error:  # the next reply meets it too, and says it
            _log.info("a filler was not heard", extra={"error": str(error)})
        finally:
            turn.playback.cut = turn.playback.cut or not turn.playback.settled
            self._playing = None
            trail.follow()
            with trio.move_on_after(LAST_WORDS, shield=True), contextlib.suppress(trio.BrokenResourceError):
                await self.facts.send(
                    FillerHeard(heard_ms=trail.heard / BYTES_PER_MS, cut=turn.playback.cut, words=order.words)
                )

    async def _play(self, pcm: bytes, turn: Turn, trail: Trail) -> None:
        began, size = trio.current_time(), PIECE_MS * BYTES_PER_MS
        for at in range(0, len(pcm), size):
            piece = pcm[at : at + size]
            trail.add(piece)
            await self.device.write(piece, turn.playback)
            trail.follow()
            await trio.sleep_until(began + ((at + len(piece)) / BYTES_PER_MS - AHEAD_MS) / 1000)
        await self.device.drain(turn.playback)

"""The loop's side of every loudspeaker: writing into a ring with back-pressure, and pulling it by the clock."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import TypeAlias

import attrs
import trio

from voice_actors.audio.ends import EndStatistics
from voice_actors.audio.pcm import Level, level_of
from voice_actors.audio.playback import Playback
from voice_actors.audio.ring import PlayoutRing
from voice_actors.audio.shaper import OUTPUT_RATE, Shaper
from voice_actors.beside import beside
from voice_actors.errors import DeviceError

HOLD_MS = 200.0
"""How much of a reply a loudspeaker takes ahead."""
REFILL_MS = 150.0
"""A waiting writer is woken when no more than this is held; fewer and larger refills than one per block."""

Sink: TypeAlias = Callable[[float, bytes], None]
"""Takes what is heard from a moment (seconds on trio's clock) on: 24 kHz 16-bit mono, never silence."""


@attrs.frozen(eq=False, repr=False)
class _Wait:
    over: Callable[[], bool]
    event: trio.Event


class RingStream:
    """An open loudspeaker that plays from a ring. Whoever pulls the ring calls `wake` in the loop afterwards."""

    def __init__(
        self,
        ring: PlayoutRing,
        *,
        tail: float,
        shaper: Shaper | None = None,
        pushing: Callable[[], None] | None = None,
        pushed: Callable[[], None] | None = None,
    ) -> None:
        """`tail` seconds pass between the pull of the last audio and its end in the ear.

        `pushing` and `pushed` learn of each write, before and after it.
        """
        self._ring = ring
        self._tail = tail
        self._shaper = shaper
        self._pushing = pushing
        self._pushed = pushed
        self._waits: tuple[_Wait, ...] = ()
        self._failure: DeviceError | None = None
        self._listener: Sink | None = None

    async def write(self, pcm: bytes, playback: Playback) -> None:
        """See `LoudspeakerStream.write`.

        Raises:
            DeviceError: the device failed.
        """
        # Not a full checkpoint: the lane before us has one, and more than HOLD_MS in a row never passes without a wait.
        await trio.lowlevel.checkpoint_if_cancelled()
        at = 0
        while at < len(pcm) and not playback.cut:
            if self._ring.held_ms >= HOLD_MS:
                await self._until(lambda: self._ring.held_ms <= REFILL_MS or playback.cut)
                continue
            self._raise_failure()
            room = 2 * math.ceil((HOLD_MS - self._ring.held_ms) * OUTPUT_RATE / 1000)
            self._push(pcm[at : at + room], playback)
            at += room

    def _push(self, pcm: bytes, playback: Playback) -> None:
        shaped = pcm if self._shaper is None else self._shaper.shape(pcm, playback)
        if self._pushing is not None:
            self._pushing()
        self._ring.push(shaped, playback, len(pcm))
        if self._pushed is not None:
            self._pushed()

    async def drain(self, playback: Playback) -> None:
        """See `LoudspeakerStream.drain`.

        Raises:
            DeviceError: the device failed.
        """
        if self._shaper is not None and (rest := self._shaper.rest(playback)) and not playback.cut:
            self._ring.push(rest, playback, 0)
        await self._until(lambda: playback.settled)
        if playback.played:
            await trio.sleep(self._rings_for(playback))

    def _rings_for(self, playback: Playback) -> float:
        """Seconds until the last of this reply that was pulled has been heard."""
        return 0.0 if playback.cut else self._tail

    def statistics(self) -> EndStatistics:
        """Counts since opening."""
        ring = self._ring
        return EndStatistics(frames=ring.frames, underruns=ring.underruns, concealed_ms=ring.concealed_ms)

    def duck(self, *, quiet: bool) -> None:
        """See `CanDuck`."""
        self._ring.ducked = quiet

    def level(self) -> Level:
        """See `TellsLevel`."""
        return level_of(b"".join(self._ring.recent.copy()) if self._ring.held_bytes else b"")

    def tell_played(self, listener: Sink) -> None:
        """See `TellsPlayed`."""
        self._listener = listener

    def tell(self, at: float, pcm: bytes) -> None:
        """Have whoever listens know that this is being played."""
        if self._listener is not None:
            self._listener(at, pcm)

    @property
    def wake_due(self) -> bool:
        """Somebody waits for what has come true. Safe to ask from the device's thread."""
        return any(wait.over() for wait in self._waits)

    def wake(self) -> None:
        """Go on with whoever waited for what has come true."""
        for wait in self._waits:
            if self._failure is not None or wait.over():
                wait.event.set()

    def fail(self, failure: DeviceError) -> None:
        """Nothing will be pulled any more: who waits and who comes gets this error."""
        self._failure = self._failure or failure
        self.wake()

    async def _until(self, over: Callable[[], bool]) -> None:
        self._raise_failure()
        wait = _Wait(over, trio.Event())
        self._waits = (*self._waits, wait)  # before asking: a pull in between then sees somebody waiting
        try:
            if over():
                await trio.lowlevel.checkpoint()
            else:
                await wait.event.wait()
        finally:
            self._waits = tuple(other for other in self._waits if other is not wait)
        self._raise_failure()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure


@asynccontextmanager
async def play_by_clock(sink: Sink, *, block_ms: float = 10) -> AsyncGenerator[RingStream, None]:
    """A loudspeaker that plays in blocks at trio's clock, like a device, and gives what is heard to `sink`."""
    clocked = _Clocked(PlayoutRing(OUTPUT_RATE), block_ms / 1000)
    stream = RingStream(clocked.ring, tail=block_ms / 1000, pushing=clocked.catch_up, pushed=clocked.pushed.now)
    async with beside(lambda: clocked.pull(stream, sink)):
        yield stream


@attrs.define(eq=False, repr=False)
class _Clocked:
    """Deadlines are absolute and lie on a grid, so nothing drifts; an idle loudspeaker does not wake up at all."""

    ring: PlayoutRing
    _step: float
    pushed: _Kick = attrs.field(init=False)
    _start: float = attrs.field(factory=trio.current_time, init=False)
    _block: int = attrs.field(default=0, init=False)
    """The next one."""

    def __attrs_post_init__(self) -> None:
        self.pushed = _Kick()

    def catch_up(self) -> None:
        """Blocks that went by while there was nothing were silence."""
        due = math.ceil((trio.current_time() - self._start) / self._step - 1e-6)
        if not self.ring.held_bytes and due > self._block:
            self.ring.passed((due - self._block) * round(self._step * OUTPUT_RATE))
            self._block = due

    async def pull(self, stream: RingStream, sink: Sink) -> None:
        size = 2 * round(self._step * OUTPUT_RATE)
        while True:
            if not self.ring.held_bytes:
                await self.pushed.wait()
            block, at = self._block, self._start + self._block * self._step
            await trio.sleep_until(at)
            if block != self._block:
                continue  # late, and caught up meanwhile
            if pcm := self.ring.take(size):
                for playback, _ in self.ring.taken:
                    playback.sounds(at)
                sink(at, pcm)
                stream.tell(at, pcm)
            stream.wake()
            self._block += 1


class _Kick:
    """An event that happens again and again."""

    def __init__(self) -> None:
        self._event = trio.Event()

    def now(self) -> None:
        self._event.set()

    async def wait(self) -> None:
        """Until the next `now`, or at once where one came since the last wait."""
        await self._event.wait()
        self._event = trio.Event()


@asynccontextmanager
async def play_at_once(sink: Sink) -> AsyncGenerator[InstantStream, None]:
    """A loudspeaker that takes everything in no time."""
    yield InstantStream(sink)
    await trio.lowlevel.checkpoint()


@attrs.define(eq=False, repr=False)
class InstantStream:
    """An open loudspeaker for which everything is heard in the moment it is written."""

    _sink: Sink
    _frames: int = 0
    _failure: DeviceError | None = None

    async def write(self, pcm: bytes, playback: Playback) -> None:
        """See `LoudspeakerStream.write`."""
        await trio.lowlevel.checkpoint_if_cancelled()  # no full one, as in `RingStream.write`
        if self._failure is not None:
            raise self._failure
        if not playback.cut:
            playback.written += len(pcm)
            playback.played += len(pcm)
            self._frames += len(pcm) // 2
            now = trio.current_time()
            playback.sounds(now)
            self._sink(now, pcm)

    async def drain(self, playback: Playback) -> None:  # noqa: ARG002 - the protocol's parameter
        """See `LoudspeakerStream.drain`; there is nothing to wait for."""
        await trio.lowlevel.checkpoint()
        if self._failure is not None:
            raise self._failure

    def statistics(self) -> EndStatistics:
        """Counts since opening."""
        return EndStatistics(frames=self._frames)

    def fail(self, failure: DeviceError) -> None:
        """Who comes next gets this error."""
        self._failure = self._failure or failure


@attrs.define(eq=False, repr=False)
class OneAtATime:
    """Guards an end that may be open once at a time."""

    _open: bool = False

    @contextmanager
    def opened(self, name: str) -> Generator[None, None, None]:
        """For as long as the end called `name` is open.

        Raises:
            DeviceError: it is open already.
        """
        if self._open:
            raise DeviceError(f"{name} is open already; it can be open once at a time", device=name)
        self._open = True
        try:
            yield
        finally:
            self._open = False

"""Lanes: bounded trio memory channels that say their name, their size, and what happens when they are full."""

from __future__ import annotations

import enum
import math
from collections.abc import Callable
from types import TracebackType
from typing import Generic, Self, TypeVar

import attrs
import trio

from voice_actors.values import Value

T = TypeVar("T")


class Overflow(enum.Enum):
    """What a full lane does with one more message."""

    WAIT = "wait"
    """The sender waits."""
    DROP_OLDEST = "drop oldest"
    """The oldest message makes room and is counted."""


@attrs.frozen(eq=False, repr=False)
class LaneStatistics(Value):
    """A lane's figures at one moment."""

    name: str
    capacity: int
    overflow: Overflow
    waiting: int
    """Messages in the lane now."""
    peak: int
    """The most there ever were."""
    sent: int
    dropped: int
    stalls: int
    """Times a sender had to wait."""


@attrs.define(eq=False, repr=False)
class _State(Generic[T]):
    name: str
    capacity: int
    overflow: Overflow
    on_drop: Callable[[T], None] | None = None
    senders: int = 1
    """Sending ends that are open."""
    receiving: bool = True
    """The receiving end is open."""
    channel: tuple[trio.MemorySendChannel[T], trio.MemoryReceiveChannel[T]] | None = None
    """Made for whoever first needs it: an empty one takes 2 KB, and some lanes are never used."""
    peak: int = 0
    sent: int = 0
    taken: int = 0
    dropped: int = 0
    stalls: int = 0
    bells: dict[int, trio.Event] = attrs.field(factory=dict[int, trio.Event])
    """By how many messages each rings."""

    def opened(self) -> tuple[trio.MemorySendChannel[T], trio.MemoryReceiveChannel[T]]:
        if self.channel is not None:
            return self.channel
        made = self.channel = trio.open_memory_channel[T](self.capacity)
        self.settle()
        return made

    def settle(self) -> None:
        """Tell the channel which ends are closed; once both are, it is not needed any more."""
        if self.channel is None:
            return
        send_end, receive_end = self.channel
        if not self.senders:
            send_end.close()
        if not self.receiving:
            receive_end.close()
        if not (self.senders or self.receiving):
            self.channel = None

    def count(self) -> None:
        self.sent += 1
        # Counted here, since a channel's own statistics cost more than the channel.
        if (waiting := self.sent - self.taken - self.dropped) > self.peak:
            self.peak = waiting
        if self.bells and (bell := self.bells.pop(waiting, None)) is not None:  # it grows by one at a time
            bell.set()

    def statistics(self) -> LaneStatistics:
        return LaneStatistics(
            self.name,
            self.capacity,
            self.overflow,
            0 if self.channel is None else self.channel[1].statistics().current_buffer_used,
            self.peak,
            self.sent,
            self.dropped,
            self.stalls,
        )


@attrs.define(eq=False, repr=False)
class SendLane(Generic[T]):
    """The end that messages go into. Close it, or use it as a (synchronous) context manager."""

    _state: _State[T]
    _channel: trio.MemorySendChannel[T] | None = attrs.field(default=None, init=False)
    """None before the first message, and once it is closed."""
    _closed: bool = attrs.field(default=False, init=False)

    async def send(self, message: T) -> None:
        """Put a message in; waits where the lane is full and waits.

        Raises:
            trio.BrokenResourceError: nobody can receive it any more.
            trio.ClosedResourceError: this end is closed.
        """
        try:
            self.send_nowait(message)
        except trio.WouldBlock:
            self._state.stalls += 1
            await self._opened().send(message)
            self._state.count()

    def send_nowait(self, message: T) -> None:
        """Put a message in now; a lane that drops its oldest always has room.

        Raises:
            trio.WouldBlock: a full lane that waits.
            trio.BrokenResourceError: nobody can receive it any more.
            trio.ClosedResourceError: this end is closed.
        """
        channel = self._channel or self._opened()
        try:
            channel.send_nowait(message)
        except trio.WouldBlock:
            if self._state.overflow is Overflow.WAIT:
                raise
            self._drop_oldest()
            channel.send_nowait(message)
        self._state.count()

    def _opened(self) -> trio.MemorySendChannel[T]:
        if self._closed:
            raise trio.ClosedResourceError
        self._channel, _ = self._state.opened()
        return self._channel

    def _drop_oldest(self) -> None:
        oldest = self._state.opened()[1].receive_nowait()
        self._state.dropped += 1
        if self._state.on_drop is not None:
            self._state.on_drop(oldest)

    @property
    def dropped(self) -> int:
        """How many messages had to make room for others."""
        return self._state.dropped

    def clone(self) -> SendLane[T]:
        """Another sending end of the same lane; the lane ends when all of them are closed.

        Raises:
            trio.ClosedResourceError: this end is closed.
        """
        if self._closed:
            raise trio.ClosedResourceError
        self._state.senders += 1
        return SendLane(self._state)

    def close(self) -> None:
        """No more from this end. May be called twice. Who waits for room at it waits on, unless it was the last one."""
        if self._closed:
            return
        self._closed, self._channel = True, None
        self._state.senders -= 1
        self._state.settle()

    def statistics(self) -> LaneStatistics:
        """The lane's figures."""
        return self._state.statistics()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@attrs.define(eq=False, repr=False)
class ReceiveLane(Generic[T]):
    """The end that messages come out of. Close it, or use it as a (synchronous) context manager."""

    _state: _State[T]

    async def receive(self) -> T:
        """The next message.

        Raises:
            trio.EndOfChannel: every sending end is closed and the lane is empty.
            trio.ClosedResourceError: this end is closed.
        """
        state = self._state
        message = await (state.channel or state.opened())[1].receive()
        state.taken += 1
        return message

    async def receive_some(self, most: int) -> list[T]:
        """The next message, and those that wait behind it, `most` in all: one visit to the scheduler for all of them.

        Raises:
            trio.EndOfChannel: every sending end is closed and the lane is empty.
        """
        messages = [await self.receive()]
        while self.may_hold and len(messages) < most:
            messages.append(self.receive_nowait())
        return messages

    def receive_nowait(self) -> T:
        """The next message, if there is one.

        Raises:
            trio.WouldBlock: the lane is empty.
            trio.EndOfChannel: every sending end is closed and the lane is empty.
            trio.ClosedResourceError: this end is closed.
        """
        state = self._state
        message = (state.channel or state.opened())[1].receive_nowait()
        state.taken += 1
        return message

    def ring_at(self, many: int, bell: trio.Event) -> None:
        """Set `bell` when so many messages wait, at once if they do; for a receiver that waits for other things, too.

        A later bell for as many takes its place.
        """
        state = self._state
        if state.sent - state.taken - state.dropped >= many:
            bell.set()
        else:
            state.bells[many] = bell

    @property
    def may_hold(self) -> bool:
        """False where nothing is known to be there; much cheaper than a `receive_nowait` that raises."""
        return self._state.sent > self._state.taken + self._state.dropped

    @property
    def ended(self) -> bool:
        """Every sending end is closed and the lane is empty."""
        return not (self._state.senders or self.may_hold)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        try:
            return await self.receive()
        except trio.EndOfChannel:
            raise StopAsyncIteration from None

    def close(self) -> None:
        """Nothing more is wanted; what is in the lane is discarded. May be called twice."""
        self._state.receiving = False
        self._state.settle()

    def statistics(self) -> LaneStatistics:
        """The lane's figures."""
        return self._state.statistics()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class open_lane(tuple[SendLane[T], ReceiveLane[T]], Generic[T]):  # noqa: N801 - used as a function: open_lane[int](...)
    """Make a lane for at most `capacity` messages; `on_drop` is told of each message that had to make room."""

    __slots__ = ()

    def __new__(
        cls,
        name: str,
        capacity: int,
        overflow: Overflow = Overflow.WAIT,
        *,
        on_drop: Callable[[T], None] | None = None,
    ) -> Self:
        """The sending and the receiving end."""
        if capacity < 1 or math.isinf(capacity):
            raise ValueError(f"lane {name!r}: a lane is bounded and holds at least one message, not {capacity}")
        state = _State[T](name, capacity, overflow, on_drop)
        return super().__new__(cls, (SendLane(state), ReceiveLane(state)))

    @property
    def into(self) -> SendLane[T]:
        """The sending end."""
        return self[0]

    @property
    def out(self) -> ReceiveLane[T]:
        """The receiving end."""
        return self[1]

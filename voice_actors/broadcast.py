"""Events to any number of subscribers, and audio to whoever wants it, without ever waiting for one of them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from types import TracebackType
from typing import Generic, Self, TypeVar

import attrs
import trio

from voice_actors.lanes import Overflow, ReceiveLane, SendLane, open_lane

T = TypeVar("T")


@attrs.define(eq=False, repr=False)
class Subscription(Generic[T]):
    """One subscriber's own lane; a slow reader loses its oldest events and is told how many."""

    _lane: ReceiveLane[T]
    _send: SendLane[T]
    _lagged: Callable[[int], T]
    _wanted: Callable[[T], bool]
    _on_close: Callable[[], None] | None = None
    _told: int = 0
    """So many of the events that were let go."""
    _closed: bool = False

    def offer(self, event: T) -> None:
        """Never waits."""
        if self._wanted(event):
            self._send.send_nowait(event)

    def end(self) -> None:
        """No more events will come."""
        self._send.close()

    def close(self) -> None:
        """The subscriber has left. May be called twice; a `with` block does it too."""
        self._lane.close()
        if not self._closed and self._on_close is not None:
            self._on_close()
        self._closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        if missed := self._send.dropped - self._told:
            self._told += missed
            return self._lagged(missed)
        return await self._lane.__anext__()


@attrs.define(eq=False, repr=False)
class Broadcast(Generic[T]):
    """Hands every event to every subscriber. Publishing never waits."""

    _lagged: Callable[[int], T]
    """Makes the event that tells a subscriber how many it missed."""
    _subscriptions: list[Subscription[T]] = attrs.field(factory=lambda: list[Subscription[T]](), init=False)  # noqa: PLW0108 - typed for pyright
    _ended: bool = attrs.field(default=False, init=False)

    def subscribe(
        self,
        capacity: int,
        wanted: Callable[[T], bool] = lambda _: True,
        on_close: Callable[[], None] | None = None,
    ) -> Subscription[T]:
        """A new subscriber, from now on. Its lane is made at once, so nothing published later is missed."""
        send, receive = open_lane[T]("events", capacity, Overflow.DROP_OLDEST)
        subscription = Subscription(receive, send, self._lagged, wanted, on_close)
        if self._ended:
            subscription.end()
        else:
            self._subscriptions.append(subscription)
        return subscription

    def publish(self, event: T) -> None:
        """To everyone who still listens."""
        for subscription in tuple(self._subscriptions):
            try:
                subscription.offer(event)
            except trio.BrokenResourceError:
                self._subscriptions.remove(subscription)

    def end(self) -> None:
        """No event follows; subscribers see the end after what they have."""
        self._ended = True
        for subscription in self._subscriptions:
            subscription.end()
        self._subscriptions.clear()


@attrs.define(eq=False, repr=False)
class Wanted:
    """How many readers want audio; shared by all taps of a conversation."""

    readers: int = 0
    _begin: Callable[[], None] | None = attrs.field(default=None, init=False)

    def one_more(self) -> None:
        """A reader has come."""
        self.readers += 1
        begin, self._begin = self._begin, None
        if begin is not None:
            begin()

    def when_wanted(self, begin: Callable[[], None] | None) -> None:
        """Have `begin` called once, when the first reader comes, or at once where there is one; None calls it off."""
        if begin is not None and self.readers:
            begin()
        else:
            self._begin = begin

    def __bool__(self) -> bool:
        return self.readers > 0


@attrs.define(eq=False, repr=False)
class Tap(Generic[T]):
    """A lane for audio that costs nothing while nobody wants it. Offering never waits: the oldest makes room."""

    _lane: SendLane[T]
    wanted: Wanted

    def offer(self, event: T) -> None:
        """Put it in if there is anyone to take it."""
        with contextlib.suppress(trio.BrokenResourceError):  # the recorder has gone: nobody wants it any more
            self._lane.send_nowait(event)

    def clone(self) -> Tap[T]:
        """Another tap into the same lane."""
        return Tap(self._lane.clone(), self.wanted)

    def close(self) -> None:
        """No more from this tap."""
        self._lane.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

"""When a link that works is left for a new one: the server announced its end, it has grown old, or somebody asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import attrs
import trio

from voice_actors.deadlines import Deadlines
from voice_actors.record.pulse import Pulse
from voice_actors.session.reception import Reception
from voice_actors.session.uplink_ring import UplinkRing

QUIET = 0.5
"""Seconds in which nothing happens and the user is silent, before a link is left."""


@attrs.define(eq=False, repr=False)
class Rotation:
    """Theory of operation: a link is *due* to be left from goAway on, at a certain age, or on request. It is left at
    the next quiet moment: no reply plays, no tool works, no words wait for an answer, the user is silent, and the
    server says that the session can be resumed as it is now. Where no such moment comes, it is left at the last one:
    before the server's announced end, by a timer of ours, or when the patience is over. Age alone never costs a
    session: without a handle to come back by, an old link is kept.
    """

    reception: Reception
    pulse: Pulse
    ring: UplinkRing
    deadlines: Deadlines
    _asked: bool = attrs.field(default=False, init=False)
    _news: trio.Event = attrs.field(factory=trio.Event, init=False)
    """Set where the link may have become due."""

    def __attrs_post_init__(self) -> None:
        self.reception.on_news = self._look

    def _look(self) -> None:
        self._news.set()

    def ask(self) -> None:
        """Leave the link of the moment at the next quiet moment."""
        self._asked = True
        self._look()

    async def wait_to_leave(self) -> None:
        """Until this link is to be left."""
        await self._wait_due()
        self._asked = False
        with self.ring.listening():
            await _first_of(self._wait_quiet, self._wait_last_moment)

    async def _wait_due(self) -> None:
        """In no task of its own: it lasts as long as a conversation does."""
        old_at = trio.current_time() + self.deadlines.link_age
        while not (self._asked or self.reception.going_away.is_set()):
            old = trio.current_time() >= old_at
            if old and self.reception.handle_known.is_set():
                break
            self._news = trio.Event()
            with trio.move_on_at(float("inf") if old else old_at):
                await self._news.wait()
        await trio.lowlevel.checkpoint()

    async def _wait_quiet(self) -> None:
        while True:
            await self.pulse.wait_idle(quiet=QUIET, patience=float("inf"))
            if self.reception.resumable and self.ring.silent_for(QUIET):
                return
            await trio.sleep(QUIET / 5)

    async def _wait_last_moment(self) -> None:
        with trio.move_on_after(self.deadlines.quiet):
            await self.reception.going_away.wait()
        if self.reception.going_away.is_set():
            await trio.sleep_until(self.reception.leave_by - self.deadlines.go_away)


async def _first_of(*waits: Callable[[], Awaitable[None]]) -> None:
    """Until one of them is over."""

    async def one(wait: Callable[[], Awaitable[None]]) -> None:
        await wait()
        nursery.cancel_scope.cancel("one of them is over")

    async with trio.open_nursery() as nursery:
        for wait in waits:
            nursery.start_soon(one, wait)

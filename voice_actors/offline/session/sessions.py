"""Sessions that a client can come back to, by the handles that it was given.

A session belongs to one connection at a time. Each handle stands for the session as it was when the handle was given;
coming back by an older one loses what came later, as on the real service.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence

import attrs
import trio

from voice_actors.offline.parts import Entry
from voice_actors.offline.session.fields import INVALID_ARGUMENT, Refusal
from voice_actors.offline.session.tokens import TokenCounts

IN_USE = "The session is in use by another connection."
HANDLES = 16
"""How many handles of one session are good; older ones are forgotten."""


@attrs.frozen
class Snapshot:
    """A session as it was when a handle was given."""

    entries: tuple[Entry, ...] = ()
    tokens: TokenCounts = attrs.field(factory=TokenCounts)


class InUse(Refusal):
    """Its client came back while we had not let go of its old connection."""

    def __init__(self, *, parted: bool) -> None:
        super().__init__(IN_USE, code=1011)
        self.parted = parted


@attrs.define(eq=False)
class Session:
    """One session, on one connection or on none."""

    id: str
    model: str
    connected: bool = True
    ended_at: float = 0.0
    """When its connection went away; counts while it is not connected."""
    handles: list[str] = attrs.field(factory=list[str])
    start: Snapshot = attrs.field(factory=Snapshot)
    """What its present connection began with."""
    parted: Callable[[], bool] = bool
    """Whether that connection has ended for its client, who cannot know that we are not done with it."""


@attrs.define(eq=False)
class Sessions:
    """All sessions of a server. `life` is in seconds, from the end of a session's connection."""

    life: float = 7_200.0
    limit: int = 1_000
    now: Callable[[], float] = trio.current_time
    _by_handle: dict[str, tuple[Session, Snapshot]] = attrs.field(
        factory=dict[str, tuple[Session, Snapshot]], init=False
    )
    _ended: OrderedDict[str, Session] = attrs.field(factory=OrderedDict[str, Session], init=False)
    """Not connected, the one that ended first in front."""

    def begin(self, model: str) -> Session:
        """A session that nobody had before."""
        return Session(secrets.token_hex(8), model)

    def resume(self, handle: str, model: str) -> Session:
        """The session of a handle, with `start` as it was then.

        Raises:
            Refusal: 1008 unknown or expired; 1011 in use by another connection; 1007 for another model.

        """
        self._expire()
        found = self._by_handle.get(handle)
        if found is None:
            raise Refusal("BidiGenerateContent session not found", code=1008)
        session, snapshot = found
        if session.connected:
            raise InUse(parted=session.parted())
        if session.model != model:
            raise Refusal(f"{INVALID_ARGUMENT} A session keeps its model.")
        session.handles.remove(handle)
        session.handles.append(handle)  # what a client comes back by is forgotten last
        session.connected = True
        session.start = snapshot
        self._ended.pop(session.id, None)
        return session

    def keep(self, session: Session, entries: Sequence[Entry], tokens: TokenCounts) -> str:
        """A new handle for the session as it is now."""
        handle = secrets.token_urlsafe(24)
        self._by_handle[handle] = (session, Snapshot(tuple(entries), tokens.copy()))
        session.handles.append(handle)
        while len(session.handles) > HANDLES:
            del self._by_handle[session.handles.pop(0)]
        return handle

    def leave(self, session: Session) -> None:
        """The session's connection is gone; its life as a memory begins."""
        session.connected = False
        session.ended_at = self.now()
        if session.handles:
            self._ended[session.id] = session
        self._expire()

    def __len__(self) -> int:
        return len(self._ended)

    def _expire(self) -> None:
        while self._ended:
            oldest = next(iter(self._ended.values()))
            if len(self._ended) <= self.limit and self.now() - oldest.ended_at <= self.life:
                return
            del self._ended[oldest.id]
            for handle in oldest.handles:
                del self._by_handle[handle]

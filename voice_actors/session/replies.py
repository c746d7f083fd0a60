"""The replies of a conversation as the session sees them: which is open, which still plays, what is stale."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import trio

from voice_actors.turns import Reply, Turn


@attrs.define(eq=False, repr=False)
class Replies:
    """Theory of operation.

    *open*: a reply to which arriving audio is added; from its first part to turnComplete, or to an interruption.
    *playing*: replies whose speech has not left the loudspeaker yet; the open one is among them. An interruption cuts
    them all, also those that the server has long completed (it interrupts up to the end of the assumed playback).
    *stale*: after an interruption of an open reply, what still arrives belongs to the cut reply, until turnComplete, or
    until `patience` seconds have passed, for servers that leave turnComplete out. An interruption that comes when
    nothing is open makes nothing stale: the next audio is new.
    """

    patience: float
    on_cut: Callable[[Turn], None] | None = None
    """Called with each reply that is cut."""
    open: Reply | None = attrs.field(default=None, init=False)
    """While there is one, nothing is stale."""
    _newest: Reply | None = attrs.field(default=None, init=False)
    _playing: list[Reply] = attrs.field(factory=list[Reply], init=False)
    _generated: bool = attrs.field(default=False, init=False)
    """All of the open reply has arrived, says the server; only its turnComplete is still to come."""
    _stale_until: float | None = attrs.field(default=None, init=False)
    _count: int = attrs.field(default=0, init=False)
    stale_bytes: int = attrs.field(default=0, init=False)
    """Late audio of cut replies, dropped on arrival."""

    @property
    def stale(self) -> bool:
        """What arrives now still belongs to a reply that was cut."""
        return self._stale_until is not None and self._stale_until > trio.current_time()

    @property
    def number(self) -> int:
        """Of the open reply, or of the last one."""
        return self._count

    def current(self) -> tuple[Reply, bool]:
        """The open reply, and whether it was opened by this call."""
        if self.open is not None:
            return self.open, False
        self._count += 1
        self.open = self._newest = Reply.begin(self._count)
        self._generated = False
        self._playing = [reply for reply in self._playing if not reply.turn.ended.is_set()]
        self._playing.append(self.open)
        return self.open, True

    def add_words(self, text: str) -> float | None:
        """Words of the open reply, or of the last one; gives how much of its audio had arrived before them, ms."""
        return None if self._newest is None else self._newest.add_words(text)

    def drop_stale(self, size: int) -> None:
        """Count late audio of a cut reply."""
        self.stale_bytes += size

    def generated(self) -> None:
        """The server's generationComplete: what arrives from now on is not the open reply's."""
        self._generated = True

    def complete(self) -> int | None:
        """The server's turnComplete: the number of the reply that it ends, None where none was open."""
        self._stale_until = None
        if self.open is None:
            return None
        done, self.open = self.open, None
        done.end()
        return done.turn.number

    def interrupt(self, why: str, *, confirmed: bool = True) -> list[int]:
        """Silence everything that still plays; the numbers of the replies that were cut.

        `confirmed` is False where the server has not been heard to agree: then it goes on sending the cut reply until
        its generationComplete or its turnComplete, however long that takes.
        """
        if not confirmed:
            if self.open is not None and not self._generated:  # else what is stale stays so, as long as it was
                self._stale_until = float("inf")
        elif self.open is not None or self.stale:
            self._stale_until = trio.current_time() + self.patience
        self.open = None
        cut = [reply for reply in self._playing if not reply.turn.ended.is_set()]
        self._playing.clear()
        for reply in cut:
            reply.cut(why)
            if self.on_cut is not None:
                self.on_cut(reply.turn)
        return [reply.turn.number for reply in cut]

    async def until_none_is_open(self) -> None:
        """Until the open reply, if there is one, has ended at the loudspeaker, and no other has been opened."""
        while self.open is not None:
            await self.open.turn.ended.wait()

    def close(self) -> int | None:
        """The link is gone: what has arrived is all there will be."""
        return self.complete()

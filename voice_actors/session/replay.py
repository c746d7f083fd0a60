"""What a saved session does not hold yet, kept to be said again: Vertex AI's transparent resumption."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import attrs

Send: TypeAlias = Callable[[str], Awaitable[None]]

LIMIT = 2 * 1024 * 1024
"""Bytes of frames: some 40 s of speech."""


@attrs.define(eq=False, repr=False)
class Replay:
    """Theory of operation: with `session_resumption={"transparent": True}` the server says with each handle which of
    our messages is the last that the saved session holds. Those after it are kept, in their order, and said again at
    the beginning of the next link, before anything new. Messages are counted from 0 on each link, setup left out; that
    the real service counts so is not documented, and one message too many or too few is 20 ms of speech.
    """

    limit: int = LIMIT
    on: bool = attrs.field(default=False, init=False)
    """The session of the moment was set up so."""
    dropped: int = attrs.field(default=0, init=False)
    """Frames that were too many to keep, since the start."""
    _sent: list[tuple[int, str]] = attrs.field(factory=list[tuple[int, str]], init=False)
    """Not in deques, which take more when empty, as they mostly are here."""
    _waiting: list[str] = attrs.field(factory=list[str], init=False)
    """To be said again."""
    _next: int = attrs.field(default=0, init=False)
    _bytes: int = attrs.field(default=0, init=False)

    def over(self, send: Send) -> Send:
        """`send`, with every frame that is out counted and kept."""

        async def counted(frame: str) -> None:
            await send(frame)
            self._keep(frame)

        return counted if self.on else send

    def _keep(self, frame: str) -> None:
        self._sent.append((self._next, frame))
        self._next += 1
        self._bytes += len(frame)
        while self._bytes > self.limit:
            self._bytes -= len(self._sent.pop(0)[1])
            self.dropped += 1

    def saved(self, index: int) -> None:
        """The newest handle's session holds our messages up to this one."""
        known = sum(number <= index for number, _ in self._sent)
        self._bytes -= sum(len(frame) for _, frame in self._sent[:known])
        del self._sent[:known]

    def forget(self) -> None:
        """A session begins that knows nothing of an earlier one."""
        self._waiting.clear()
        self._sent.clear()
        self._next = self._bytes = 0

    async def say_again(self, send: Send) -> None:
        """On a new link of the same session; what a link that fails did not take waits for the next one."""
        self._waiting[:0] = [frame for _, frame in self._sent]
        self._sent.clear()
        self._next = self._bytes = 0
        while self._waiting:
            await send(self._waiting[0])
            self._keep(self._waiting.pop(0))

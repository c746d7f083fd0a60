"""What the user says and writes, on its way to the model: in one order, and kept while there is no link."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from typing import TypeAlias

import attrs
import trio

from voice_actors.audio.pcm import bytes_for, level_dbfs
from voice_actors.lanes import ReceiveLane
from voice_actors.messages import AudioChunk, MicMessage, MicrophonePaused, StopReply, Written
from voice_actors.session.voiced import Voiced
from voice_actors.values import Value

INPUT_RATE = 16_000
HELD_MS = 2_000
"""So much of the user's voice waits for the next link; of what comes more, the oldest makes room."""
REPEATED_MS = 100
"""So much of what was sent last is sent again after a link that broke: what a peer 80 ms away may not have read."""
SILENCE_DBFS = -40.0
"""What is no louder is no speech: a room, or a microphone's own noise."""
BACKLOG = 2
"""Messages in the microphone's lane that show that nobody takes them."""
TEXTS = 16
"""Typed messages that may wait; the next one waits to come in."""

Said: TypeAlias = MicMessage | Written


@attrs.define(eq=False, repr=False)
class Outgoing(Value):
    """A message for the model; `repeated` where an earlier link has carried it too."""

    message: Said
    repeated: bool = False


@attrs.define(eq=False, repr=False)
class UplinkRing:
    """Theory of operation: what is added is taken in the same order, one at a time, and stands *under way* until it is
    reported as sent; a link that ends puts it back. Audio is bounded in bytes: where there is too much of it, the
    oldest is dropped and counted, while typed text and the marks of pauses stay in their places. What was sent last is
    remembered, and said once more after a link that broke without a goodbye.

    Whoever takes a message takes what waits in the microphone's lane first, so that a chunk of speech wakes one task on
    its way to the link. While nobody does, `hear_meanwhile` does it.
    """

    microphone: ReceiveLane[MicMessage] | None = None
    """What the user says."""
    voiced: Voiced = attrs.field(factory=Voiced)
    """Hears what was sent."""
    capacity: int = bytes_for(HELD_MS, INPUT_RATE)
    """Bytes of audio that may wait."""
    tail: int = bytes_for(REPEATED_MS, INPUT_RATE)
    """Bytes of audio that are said again."""
    dropped: int = attrs.field(default=0, init=False)
    """Bytes that made room, since the start."""
    _loud_at: float = attrs.field(default=float("-inf"), init=False)
    """When the user was heard last; known only while somebody listens."""
    _listening: bool = attrs.field(default=False, init=False)
    _waiting: list[Outgoing] = attrs.field(factory=list[Outgoing], init=False)
    """A hundred at most, and mostly none; an empty deque takes more than a list of ten."""
    _under_way: Outgoing | None = attrs.field(default=None, init=False)
    _recent: list[AudioChunk] = attrs.field(factory=list[AudioChunk], init=False)
    _held: int = attrs.field(default=0, init=False)
    """Bytes of audio in `_waiting`."""
    _recent_bytes: int = attrs.field(default=0, init=False)
    _texts: int = attrs.field(default=0, init=False)
    """Commands in `_waiting`."""
    _news: trio.Event = attrs.field(factory=trio.Event, init=False)
    _room: trio.Event = attrs.field(factory=trio.Event, init=False)

    async def hear_meanwhile(self) -> None:
        """Beside whoever takes what is said: hear what he has no time for."""
        while self.microphone is not None:
            backlog = trio.Event()
            self.microphone.ring_at(BACKLOG, backlog)
            await backlog.wait()
            self._hear_waiting()

    def _hear_waiting(self) -> None:
        while self.microphone is not None and self.microphone.may_hold:
            self.hear(self.microphone.receive_nowait())

    def hear(self, message: MicMessage) -> None:
        """Add what the microphone says; never waits."""
        if isinstance(message, AudioChunk):
            if self._listening and level_dbfs(message.pcm) > SILENCE_DBFS:
                self._loud_at = message.captured_at
            self._held += len(message.pcm)
        self._waiting.append(Outgoing(message))
        while self._held > self.capacity:
            self._drop_oldest()
        self._news.set()

    @contextlib.contextmanager
    def listening(self) -> Generator[None]:
        """While the block lasts, note when the user speaks; at its beginning they may be speaking."""
        self._listening, self._loud_at = True, trio.current_time()
        try:
            yield
        finally:
            self._listening = False

    def silent_for(self, seconds: float) -> bool:
        """While `listening`: nothing loud was heard for so long."""
        return trio.current_time() - self._loud_at >= seconds

    async def write(self, command: Written) -> None:
        """Add what was typed or commanded, after what was said; waits while too much of that is waiting."""
        while self._texts >= TEXTS:
            self._room = trio.Event()
            await self._room.wait()
        self._hear_waiting()
        self._texts += 1
        self._waiting.append(Outgoing(command))
        self._news.set()

    async def take(self) -> Outgoing:
        """The next message, or once more the one that was taken and not sent."""
        while self._under_way is None:
            self._hear_waiting()
            if self._waiting:
                self._under_way = self._next()
            else:
                await self._wait()
        return self._under_way

    async def _wait(self) -> None:
        self._news = trio.Event()
        if self.microphone is not None:
            self.microphone.ring_at(1, self._news)
        await self._news.wait()

    def _next(self) -> Outgoing:
        taken = self._waiting.pop(0)
        match taken.message:
            case AudioChunk(pcm=pcm):
                self._held -= len(pcm)
            case MicrophonePaused():
                ...
            case _:
                self._texts -= 1
                self._room.set()
        return taken

    def sent(self) -> None:
        """What was taken is out; no checkpoint lies between the end of the write and this."""
        taken, self._under_way = self._under_way, None
        if taken is not None and isinstance(taken.message, AudioChunk):
            if not taken.repeated:
                self.voiced.hear(taken.message.pcm, taken.message.captured_at)  # now, since it may take its time
            self._recent.append(taken.message)
            self._recent_bytes += len(taken.message.pcm)
            while self._recent_bytes > self.tail:
                self._recent_bytes -= len(self._recent.pop(0).pcm)
        elif taken is not None and isinstance(taken.message, MicrophonePaused):
            self._forget_recent()  # the server has done with what it heard

    def link_gone(self, *, broke: bool) -> None:
        """The next link begins with what is under way, or, where this one broke, a little before it.

        An order to stop a reply is void: the reply has ended with its link.
        """
        if self._under_way is not None:
            self._put_back(self._under_way)
            self._under_way = None
        if broke:
            for chunk in reversed(self._recent):
                self._put_back(Outgoing(chunk, repeated=True))
        self._forget_recent()
        kept = [outgoing for outgoing in self._waiting if not isinstance(outgoing.message, StopReply)]
        self._texts -= len(self._waiting) - len(kept)
        self._waiting = kept
        self._room.set()

    def _put_back(self, outgoing: Outgoing) -> None:
        self._waiting.insert(0, outgoing)
        if isinstance(outgoing.message, AudioChunk):
            self._held += len(outgoing.message.pcm)
        elif not isinstance(outgoing.message, MicrophonePaused):
            self._texts += 1

    def forget_audio(self) -> None:
        """Say nothing again: the server found something invalid in what it heard."""
        self._forget_recent()
        while self._held:
            self._drop_oldest()

    def _forget_recent(self) -> None:
        self._recent.clear()
        self._recent_bytes = 0

    def _drop_oldest(self) -> None:
        """Of the audio; and one of two pauses that come to stand side by side."""
        for place, outgoing in enumerate(self._waiting):
            if isinstance(outgoing.message, AudioChunk):
                size = len(outgoing.message.pcm)
                self._held -= size
                self.dropped += 0 if outgoing.repeated else size
                del self._waiting[place]
                if 0 < place < len(self._waiting) and self._waiting[place - 1] == self._waiting[place]:
                    del self._waiting[place - 1]
                return

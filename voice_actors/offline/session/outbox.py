"""What a session still has to send, in order, and what of it can be taken back."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TypeAlias

import attrs
import trio

from voice_actors.errors import LinkLost
from voice_actors.gemini.events import (
    AudioOut,
    MediaOut,
    OutputTranscription,
    ServerEvent,
    TextOut,
    TurnComplete,
)

Message: TypeAlias = tuple[ServerEvent, ...]
"""The events of one frame."""

SPEECH_WAITS_AT = 64
"""Messages: with so many unsent, speech waits for the client to read; about twelve seconds of audio."""
LIMIT = 4_096
"""Messages: a client that lets so many pile up is not reading at all."""


@attrs.define(eq=False)
class Outbox:
    """Posting never waits, so that whoever listens to the client never waits for it to read."""

    _waiting: deque[Message] = attrs.field(factory=deque[Message], init=False)
    _changed: trio.Event = attrs.field(factory=trio.Event, init=False)
    _overrun: bool = attrs.field(default=False, init=False)
    _closed: bool = attrs.field(default=False, init=False)

    def post(self, *events: ServerEvent) -> None:
        """One more message; too many, and whoever takes them is told that the client is lost."""
        if len(self._waiting) >= LIMIT:
            self._overrun = True
        else:
            self._waiting.append(events)
        self._change()

    async def wait_room(self) -> None:
        """Return when the client keeps up well enough to be sent more speech."""
        while len(self._waiting) >= SPEECH_WAITS_AT and not self._closed:
            await self._changed.wait()

    def retract_speech(self) -> int:
        """Take back what is unsent of the turn that is going on; return how many messages that were.

        What is not speech (transcriptions of the user, tool calls) stays, and so does every earlier turn.
        """
        kept: deque[Message] = deque()
        retracted = 0
        while self._waiting and not _ends_turn(self._waiting[-1]):
            message = self._waiting.pop()
            if _is_speech(message):
                retracted += 1
            else:
                kept.appendleft(message)
        self._waiting.extend(kept)
        self._change()
        return retracted

    async def take(self) -> Message:
        """The next message.

        Raises:
            trio.EndOfChannel: closed and empty.
            LinkLost: so much has piled up that the client cannot catch up.

        """
        if self._overrun:
            raise LinkLost("the client does not read what it is sent")
        while not self._waiting:
            if self._closed:
                raise trio.EndOfChannel
            await self._changed.wait()
        message = self._waiting.popleft()
        self._change()
        return message

    def waiting(self) -> Sequence[Message]:
        """What is waiting now."""
        return tuple(self._waiting)

    def close(self) -> None:
        """Nothing more will be posted; what waits can still be taken."""
        self._closed = True
        self._change()

    def _change(self) -> None:
        self._changed.set()
        self._changed = trio.Event()


def _is_speech(message: Message) -> bool:
    return all(isinstance(event, AudioOut | TextOut | MediaOut | OutputTranscription) for event in message)


def _ends_turn(message: Message) -> bool:
    return any(isinstance(event, TurnComplete) for event in message)

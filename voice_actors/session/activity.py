"""Which of the microphone's chunks are sent, and which activity of the user's each belongs to.

Theory of operation: there are no marks among the chunks. Each chunk says which activity it belongs to; a `Gate` decides
that on the microphone's side, and `Marks` makes the marks of the wire from the differences on the session's side. So a
lane that drops its oldest, or a link that is replaced, can lose audio, but never leave an activity open, nor end one
twice.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

import attrs

from voice_actors.config import Activity
from voice_actors.errors import LinkError
from voice_actors.gemini import client
from voice_actors.gemini.events import ActivityEnd, ActivityStart, AudioStreamEnd
from voice_actors.messages import AudioChunk, MicMessage, MicrophonePaused

if TYPE_CHECKING:
    from voice_actors.microphone.two_stage import Attention

LAST_MARK = 0.25
"""Seconds in which a link that we leave within an activity may still take its end."""

# ---- the microphone's side ---------------------------------------------------------------------------------------


class Gate(Protocol):
    """Decides what of the microphone is sent."""

    by: Literal["key", "voice"]
    """What it goes by."""

    @property
    def since(self) -> float | None:
        """When the open activity began, seconds on trio's clock; None outside of one."""
        ...

    def take(self, chunk: AudioChunk) -> Sequence[MicMessage]:
        """What is sent now that this was captured."""
        ...

    def press(self, at: float, *, pressed: bool) -> None:
        """The user pressed the key, or let go of it, at `at`."""
        ...

    def stop(self, *, ended: bool = False) -> Sequence[MicMessage]:
        """Nothing is captured for a while, or, `ended`, for good: what is sent about that."""
        ...


@attrs.define(eq=False, repr=False)
class Open:
    """Everything is sent, and the server finds the user's activities in it."""

    by: Literal["key", "voice"] = "voice"
    since: float | None = attrs.field(default=None, init=False)

    def take(self, chunk: AudioChunk) -> Sequence[MicMessage]:
        """See `Gate`."""
        return (chunk,)

    def press(self, at: float, *, pressed: bool) -> None:
        """See `Gate`: there is no key."""

    def stop(self, *, ended: bool = False) -> Sequence[MicMessage]:
        """See `Gate`."""
        return (MicrophonePaused(ended=ended),)


@attrs.define(eq=False, repr=False)
class PushToTalk:
    """While the key is held everything is sent, and a little from before and after; else nothing."""

    _held_back: deque[AudioChunk]
    """The pre-roll: what was captured last and not sent."""
    _post_roll: float
    """Seconds."""
    by: Literal["key", "voice"] = "key"
    since: float | None = attrs.field(default=None, init=False)
    _number: int = attrs.field(default=0, init=False)
    _pressed_at: float | None = attrs.field(default=None, init=False)
    _until: float = attrs.field(default=float("inf"), init=False)

    @classmethod
    def of(cls, activity: Activity, chunk_ms: int) -> PushToTalk:
        """By these settings, for chunks of `chunk_ms`."""
        return cls(deque(maxlen=-(-activity.pre_roll_ms // chunk_ms)), activity.post_roll_ms / 1000)

    def press(self, at: float, *, pressed: bool) -> None:
        """See `Gate`. Pressed and let go between two chunks, it was not pressed."""
        if pressed:
            self._pressed_at = at if self._pressed_at is None else self._pressed_at
            self._until = float("inf")
        elif self._pressed_at is not None:
            self._pressed_at, self._until = None, at + self._post_roll

    def take(self, chunk: AudioChunk) -> Sequence[MicMessage]:
        """See `Gate`."""
        if self.since is not None:
            return self._go_on(chunk)
        if self._pressed_at is None:
            self._held_back.append(chunk)
            return ()
        self._number += 1
        self.since = self._pressed_at
        messages = [*map(self._numbered, self._held_back), self._numbered(chunk)]
        self._held_back.clear()
        return messages

    def _go_on(self, chunk: AudioChunk) -> Sequence[MicMessage]:
        if chunk.captured_at < self._until:
            return (self._numbered(chunk),)
        self.since = None
        return (self._numbered(chunk), MicrophonePaused(marked=True))

    def _numbered(self, chunk: AudioChunk) -> AudioChunk:
        return attrs.evolve(chunk, activity=self._number)

    def stop(self, *, ended: bool = False) -> Sequence[MicMessage]:
        """See `Gate`. The key counts as let go; what was captured before is not sent later."""
        self.since, self._pressed_at = None, None
        self._held_back.clear()
        return (MicrophonePaused(ended=ended, marked=True),)


def gate_for(activity: Activity, chunk_ms: int, attention: Attention | None = None) -> Gate:
    """What these settings ask for."""
    if activity.mode == "push-to-talk":
        return PushToTalk.of(activity, chunk_ms)
    if attention is None or attention.gate is None:
        return Open()
    return attention.gate


# ---- the session's side ------------------------------------------------------------------------------------------


Send: TypeAlias = Callable[[str], Awaitable[None]]
"""Sends a frame over the link of the moment."""


@attrs.define(eq=False, repr=False)
class Marks:
    """The microphone's messages on the wire of one link. Every activityStart gets exactly one activityEnd."""

    _send: Send
    _open: int | None = attrs.field(default=None, init=False)

    async def send(self, message: MicMessage) -> None:
        """Send it, and the marks that it calls for.

        Raises:
            LinkError: the link is lost.
        """
        if isinstance(message, AudioChunk):
            if message.activity != self._open:
                await self._change(message.activity)
            await self._send(client.encode_audio(message.pcm))
        elif message.marked:
            await self._change(None)
        else:
            await self._send(client.encode(AudioStreamEnd()))

    async def _change(self, activity: int | None) -> None:
        if self._open is not None:
            await self._send(client.encode(ActivityEnd()))
            self._open = None
        if activity is not None:
            await self._send(client.encode(ActivityStart()))
            self._open = activity

    async def end(self) -> None:
        """We leave this link: an open activity ends here, where the link still takes that."""
        with contextlib.suppress(LinkError):
            await self._change(None)

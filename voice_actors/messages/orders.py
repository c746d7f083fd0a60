"""What actors say to each other, in the lanes between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

import attrs

from voice_actors.gemini.events import ContextUpdate, Setup
from voice_actors.values import Value


@attrs.frozen(eq=False, repr=False)
class AudioChunk(Value):
    """A piece of the user's voice on its way to the model, 16 kHz 16-bit mono."""

    pcm: bytes
    captured_at: float
    """When its last sample was captured, seconds on trio's clock."""
    activity: int | None = None
    """Which of the user's activities it belongs to, counted from 1, where we mark them; None where the server finds
    them. The session makes the marks of the wire from it, so no mark can be lost in the lane or overtake its audio."""


@attrs.frozen(eq=False, repr=False)
class MicrophonePaused(Value):
    """No audio follows for a while: muted, or the source has ended. The server should finish what it heard."""

    ended: bool = False
    marked: bool = False
    """We mark the user's activities: this ends the one that is open, if any."""


@attrs.frozen(eq=False, repr=False)
class Played(Value):
    """The loudspeaker took this to be played now, 24 kHz 16-bit mono: what the microphone may hear as an echo."""

    at: float
    """When its first sample left, seconds on trio's clock."""
    pcm: bytes


@attrs.frozen(eq=False, repr=False)
class SetMuted(Value):
    """The microphone shall (not) be heard."""

    muted: bool


@attrs.frozen(eq=False, repr=False)
class SetPressed(Value):
    """The user holds the push-to-talk key, or lets go of it."""

    pressed: bool


@attrs.frozen(eq=False, repr=False)
class SetPlaying(Value):
    """The loudspeaker begins a reply, or has done with it."""

    playing: bool
    cut: bool = False
    """It was cut short."""


@attrs.frozen(eq=False, repr=False)
class Duck(Value):
    """The user may be interrupting: from the loudspeaker's next block on, hold the reply back, and keep it."""


@attrs.frozen(eq=False, repr=False)
class Unduck(Value):
    """It was no interruption: the reply goes on from where it was held back."""


@attrs.frozen(eq=False, repr=False)
class PlayFiller(Value):
    """The model waits for a tool and nobody speaks: let this be heard, where no reply is there."""

    pcm: bytes = attrs.field(repr=lambda pcm: f"<{len(pcm)} bytes>")
    """24 kHz 16-bit mono."""
    words: str = ""
    """What it says."""


@attrs.frozen(eq=False, repr=False)
class StopFiller(Value):
    """Somebody speaks: the filler fades away, if one is heard."""


@attrs.frozen(eq=False, repr=False)
class TypedText(Value):
    """The user says this in writing."""

    text: str


@attrs.frozen(eq=False, repr=False)
class StopReply(Value):
    """The embedding program silences the reply that is being spoken."""


@attrs.frozen(eq=False, repr=False)
class RotateLink(Value):
    """The embedding program wants the conversation to move to a new connection."""


@attrs.frozen(eq=False, repr=False)
class UpdateSession(Value):
    """The embedding program gives the model other tools or instructions while they talk; None leaves them."""

    setup: Callable[[str | None], Setup] = attrs.field(repr=False)
    """Builds the first message of every later connection."""
    context: ContextUpdate
    """The same for the connection of the moment."""
    tools: Sequence[Any] | None
    """All of ours that there are from now on."""
    names: Sequence[str] | None
    instructions: str | None
    notes: Sequence[str] = ()
    """What the model cannot do of it."""


@attrs.frozen(eq=False, repr=False)
class ChangeTools(Value):
    """From now on these tools are run; calls under way end by their old ones."""

    tools: Sequence[Any]


@attrs.frozen(eq=False, repr=False)
class CallTool(Value):
    """The model asks for a tool."""

    id: str
    name: str
    args: Mapping[str, Any]


@attrs.frozen(eq=False, repr=False)
class CancelTool(Value):
    """The model withdrew this call: stop it, and do not answer."""

    id: str


@attrs.frozen(eq=False, repr=False)
class BargeIn(Value):
    """The reply was interrupted: what a call does then is for its tool to say."""


@attrs.frozen(eq=False, repr=False)
class AnswerConsent(Value):
    """A person, or the program for them, allows a call that waits for consent, or refuses it."""

    id: str
    allow: bool
    by: str


@attrs.frozen(eq=False, repr=False)
class ToolResult(Value):
    """The one answer to a call."""

    id: str
    name: str
    response: Mapping[str, Any]
    scheduling: Literal["INTERRUPT", "WHEN_IDLE", "SILENT"] | None = None
    will_continue: bool | None = None
    parts: Sequence[Mapping[str, Any]] = ()
    tell_anyway: bool = False
    """Where the model withdrew the call it is told in words, once it is idle."""


MicMessage: TypeAlias = AudioChunk | MicrophonePaused
MicOrder: TypeAlias = SetMuted | SetPressed | SetPlaying
SpeakerOrder: TypeAlias = Duck | Unduck | PlayFiller | StopFiller
Written: TypeAlias = TypedText | StopReply | UpdateSession
Command: TypeAlias = Written | RotateLink
ToolOrder: TypeAlias = CallTool | CancelTool | BargeIn | AnswerConsent | ChangeTools

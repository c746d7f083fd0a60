"""Events of what either side said, and of what was heard of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import attrs

from voice_actors.messages.happened import Happened


@attrs.frozen(kw_only=True, eq=False, repr=False)
class AudioSent(Happened):
    """A chunk of the user's voice was sent, 16 kHz 16-bit mono. Only subscribers that ask for audio see it."""

    pcm: bytes = attrs.field(repr=lambda pcm: f"<{len(pcm)} bytes>")


@attrs.frozen(kw_only=True, eq=False, repr=False)
class AudioReceived(Happened):
    """A chunk of the reply's voice arrived, 24 kHz 16-bit mono. Only subscribers that ask for audio see it."""

    turn: int
    pcm: bytes = attrs.field(repr=lambda pcm: f"<{len(pcm)} bytes>")


@attrs.frozen(kw_only=True, eq=False, repr=False)
class AudioHeard(Happened):
    """A piece of the reply left the loudspeaker, 24 kHz 16-bit mono. Only subscribers that ask for audio see it."""

    turn: int
    """0 for a filler, which is no reply."""
    pcm: bytes = attrs.field(repr=lambda pcm: f"<{len(pcm)} bytes>")


@attrs.frozen(kw_only=True, eq=False, repr=False)
class TextSent(Happened):
    """A typed message was sent."""

    text: str


@attrs.frozen(kw_only=True, eq=False, repr=False)
class TextReceived(Happened):
    """The model wrote a text part (not the transcript of its voice)."""

    turn: int
    text: str
    thought: bool = False


@attrs.frozen(kw_only=True, eq=False, repr=False)
class UserSaid(Happened):
    """A delta of what the model heard the user say; concatenate deltas as they are."""

    text: str


@attrs.frozen(kw_only=True, eq=False, repr=False)
class AgentSaid(Happened):
    """A delta of the words of the reply's voice; concatenate deltas as they are."""

    turn: int
    text: str
    audio_ms: float | None = None
    """Audio of this reply that had arrived before these words; what `voice_actors.loudspeaker.words` places them by."""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class SpeechDetected(Happened):
    """The server noticed that the user began, or stopped, speaking."""

    started: bool
    voiced_at: float | None = None
    """When the user's own microphone was last loud, seconds on trio's clock; None where that is not known."""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class ActivityStarted(Happened):
    """We noticed ourselves that the user began to speak, at `at`."""

    by: Literal["key", "voice"]
    """`key`: push-to-talk; `voice`: the detector at the microphone."""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class ActivityEnded(Happened):
    """What `ActivityStarted` began is over: each of those has one of these, also where the microphone went away."""

    by: Literal["key", "voice"]


@attrs.frozen(kw_only=True, eq=False, repr=False)
class ReplyDucked(Happened):
    """The user's voice had made a reply step back, and now it is decided whether that was an interruption."""

    confirmed: bool
    """False for a cough or an "mm-hmm", after which the reply went on from where it was."""
    ducked_ms: float


@attrs.frozen(kw_only=True, eq=False, repr=False)
class TurnStarted(Happened):
    """The first of a reply arrived."""

    turn: int
    voiced_at: float | None = None
    """As in `SpeechDetected`."""
    round_trip_ms: float | None = None
    """What the link's last ping took to be answered; None where none was yet."""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class TurnGenerated(Happened):
    """Everything of this reply has arrived; it may still be playing."""

    turn: int
    reason: str | None = None
    """Why the model ended its turn, where it gave one: RESPONSE_REJECTED, MALFORMED_FUNCTION_CALL and so on."""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class TurnInterrupted(Happened):
    """A reply was cut short."""

    turn: int
    by: Literal["user", "program"]
    """`user`: the server heard them speak, or they typed; `program`: `agent.interrupt()`."""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class TurnEnded(Happened):
    """A reply has left the loudspeaker, to its end or until it was cut."""

    turn: int
    heard_ms: float
    dropped_ms: float
    """Audio of this reply that arrived and was never heard."""
    interrupted: bool
    heard_text: str = ""
    """The words that were heard, by an estimate that is right to about a word; see `loudspeaker.words.Words`."""
    unheard_text: str = ""
    """The words after them. More may follow as `AgentSaid`, since a transcript can trail behind: never heard either."""
    underruns: int = 0
    """Times the loudspeaker had nothing to play in the middle of it, because its audio came late."""
    concealed_ms: float = 0.0
    """The silence that was played there."""
    sounded_at: float | None = None
    """When its first sample was heard, the device's latency included; None where none was, or nobody can tell."""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class TurnLatency(Happened):
    """How long the parts of a reply took, ms; told once, after its `TurnEnded`. A part that is not known is None."""

    turn: int
    by: Literal["voice", "text"] | None = None
    """How the user asked; None where the model spoke by itself."""
    response_ms: float | None = None
    """From the user's last loud sample, or their text's leaving, to the first sample that is heard: what they wait."""
    end_of_speech_ms: float | None = None
    """Of it, from the last loud sample to the decision (the server's, or our own mark) that the user has finished."""
    first_byte_ms: float | None = None
    """From that decision, or the text's leaving, to the first of the reply; tools that worked for it included."""
    playout_ms: float | None = None
    """From there to the first sample that is heard."""
    silence_ms: float | None = None
    """From the interruption to the silence at the loudspeaker; None where the reply was not cut while it sounded."""
    tool_ms: Sequence[float] = ()
    """What each tool took that worked for the reply."""
    round_trip_ms: float | None = None
    """The link's, by its last ping before the reply."""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class HeardTold(Happened):
    """The model was told that of this reply, which was cut, the user heard only `text`."""

    turn: int
    text: str


@attrs.frozen(kw_only=True, eq=False, repr=False)
class FillerHeard(Happened):
    """A filler was heard while the model waited for a tool; nothing in it is the model's."""

    heard_ms: float
    cut: bool
    """It gave way to a reply or to the user."""
    words: str = ""
    """What it says, if it says something; all of it, however much was heard."""

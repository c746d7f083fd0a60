"""The words that actors say to each other and to the embedding program: frozen, nouns or past tense, no behaviour.

The first part travels in the lanes between actors. The second part, `Event`, is what happened: it goes to the
TranscriptRecorder, and from there to whoever reads `agent.events()`. Every event carries `at`, seconds on trio's clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

import attrs
import trio

from voice_actors.gemini.events import ContextUpdate, Setup

# ---- between actors ----------------------------------------------------------------------------------------------


@attrs.frozen
class AudioChunk:
    """A piece of the user's voice on its way to the model, 16 kHz 16-bit mono."""

    pcm: bytes
    captured_at: float
    """When its last sample was captured, seconds on trio's clock."""
    activity: int | None = None
    """Which of the user's activities it belongs to, counted from 1, where we mark them; None where the server finds
    them. The session makes the marks of the wire from it, so no mark can be lost in the lane or overtake its audio."""


@attrs.frozen
class MicrophonePaused:
    """No audio follows for a while: muted, or the source has ended. The server should finish what it heard."""

    ended: bool = False
    marked: bool = False
    """We mark the user's activities: this ends the one that is open, if any."""


@attrs.frozen
class Played:
    """The loudspeaker took this to be played now, 24 kHz 16-bit mono: what the microphone may hear as an echo."""

    at: float
    """When its first sample left, seconds on trio's clock."""
    pcm: bytes


@attrs.frozen
class SetMuted:
    """The microphone shall (not) be heard."""

    muted: bool


@attrs.frozen
class SetPressed:
    """The user holds the push-to-talk key, or lets go of it."""

    pressed: bool


@attrs.frozen
class SetPlaying:
    """The loudspeaker begins a reply, or has done with it."""

    playing: bool
    cut: bool = False
    """It was cut short."""


@attrs.frozen
class Duck:
    """The user may be interrupting: from the loudspeaker's next block on, hold the reply back, and keep it."""


@attrs.frozen
class Unduck:
    """It was no interruption: the reply goes on from where it was held back."""


@attrs.frozen
class TypedText:
    """The user says this in writing."""

    text: str


@attrs.frozen
class StopReply:
    """The embedding program silences the reply that is being spoken."""


@attrs.frozen
class RotateLink:
    """The embedding program wants the conversation to move to a new connection."""


@attrs.frozen
class UpdateSession:
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


@attrs.frozen
class ChangeTools:
    """From now on these tools are run; calls under way end by their old ones."""

    tools: Sequence[Any]


@attrs.frozen
class CallTool:
    """The model asks for a tool."""

    id: str
    name: str
    args: Mapping[str, Any]


@attrs.frozen
class CancelTool:
    """The model withdrew this call: stop it, and do not answer."""

    id: str


@attrs.frozen
class BargeIn:
    """The reply was interrupted: what a call does then is for its tool to say."""


@attrs.frozen
class AnswerConsent:
    """A person, or the program for them, allows a call that waits for consent, or refuses it."""

    id: str
    allow: bool
    by: str


@attrs.frozen
class ToolResult:
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
SpeakerOrder: TypeAlias = Duck | Unduck
Written: TypeAlias = TypedText | StopReply | UpdateSession
Command: TypeAlias = Written | RotateLink
ToolOrder: TypeAlias = CallTool | CancelTool | BargeIn | AnswerConsent | ChangeTools


# ---- what happened -----------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class _Happened:
    at: float = attrs.field(factory=trio.current_time)
    """Seconds on trio's clock."""


@attrs.frozen(kw_only=True)
class RecordingStarted(_Happened):
    """Both voices are being recorded; the recording's first sample lies at `at`."""

    path: str


@attrs.frozen(kw_only=True)
class RecordingEnded(_Happened):
    """Nothing more is recorded; how well the two voices lay on one clock."""

    lost_ms: float
    """Of audio that came too late for its place."""
    user_drift_ppm: float | None
    """Millionths by which the microphone's clock is slower than ours; None where it was not heard for long enough. The
    voices are kept in step all the same."""
    agent_drift_ppm: float | None
    """The loudspeaker's."""


@attrs.frozen(kw_only=True)
class Connected(_Happened):
    """The session is ready for audio."""

    model: str
    session_id: str | None = None
    resumed: bool = False
    """True where an earlier session goes on by its resumption handle."""
    restored: bool = False
    """True where a new session was told from the transcript what was said in an earlier one."""
    away: float = 0.0
    """Seconds since the conversation had a link; 0 for the first."""


@attrs.frozen(kw_only=True)
class Disconnected(_Happened):
    """The link is gone; `retry_in` says when the next try starts, None where there is none."""

    code: int | None
    reason: str
    retry_in: float | None = None


@attrs.frozen(kw_only=True)
class GoingAway(_Happened):
    """The server will close the connection in `time_left` seconds; the session moves to a new one before."""

    time_left: float


@attrs.frozen(kw_only=True)
class AudioSent(_Happened):
    """A chunk of the user's voice was sent, 16 kHz 16-bit mono. Only subscribers that ask for audio see it."""

    pcm: bytes = attrs.field(repr=lambda pcm: f"<{len(pcm)} bytes>")


@attrs.frozen(kw_only=True)
class AudioReceived(_Happened):
    """A chunk of the reply's voice arrived, 24 kHz 16-bit mono. Only subscribers that ask for audio see it."""

    turn: int
    pcm: bytes = attrs.field(repr=lambda pcm: f"<{len(pcm)} bytes>")


@attrs.frozen(kw_only=True)
class AudioHeard(_Happened):
    """A piece of the reply left the loudspeaker, 24 kHz 16-bit mono. Only subscribers that ask for audio see it."""

    turn: int
    pcm: bytes = attrs.field(repr=lambda pcm: f"<{len(pcm)} bytes>")


@attrs.frozen(kw_only=True)
class TextSent(_Happened):
    """A typed message was sent."""

    text: str


@attrs.frozen(kw_only=True)
class TextReceived(_Happened):
    """The model wrote a text part (not the transcript of its voice)."""

    turn: int
    text: str
    thought: bool = False


@attrs.frozen(kw_only=True)
class UserSaid(_Happened):
    """A delta of what the model heard the user say; concatenate deltas as they are."""

    text: str


@attrs.frozen(kw_only=True)
class AgentSaid(_Happened):
    """A delta of the words of the reply's voice; concatenate deltas as they are."""

    turn: int
    text: str
    audio_ms: float | None = None
    """Audio of this reply that had arrived before these words; what `voice_actors.words` places them by."""


@attrs.frozen(kw_only=True)
class SpeechDetected(_Happened):
    """The server noticed that the user began, or stopped, speaking."""

    started: bool
    voiced_at: float | None = None
    """When the user's own microphone was last loud, seconds on trio's clock; None where that is not known."""


@attrs.frozen(kw_only=True)
class ActivityStarted(_Happened):
    """We noticed ourselves that the user began to speak, at `at`."""

    by: Literal["key", "voice"]
    """`key`: push-to-talk; `voice`: the detector at the microphone."""


@attrs.frozen(kw_only=True)
class ActivityEnded(_Happened):
    """What `ActivityStarted` began is over: each of those has one of these, also where the microphone went away."""

    by: Literal["key", "voice"]


@attrs.frozen(kw_only=True)
class ReplyDucked(_Happened):
    """The user's voice had made a reply step back, and now it is decided whether that was an interruption."""

    confirmed: bool
    """False for a cough or an "mm-hmm", after which the reply went on from where it was."""
    ducked_ms: float


@attrs.frozen(kw_only=True)
class TurnStarted(_Happened):
    """The first of a reply arrived."""

    turn: int
    voiced_at: float | None = None
    """As in `SpeechDetected`."""
    round_trip_ms: float | None = None
    """What the link's last ping took to be answered; None where none was yet."""


@attrs.frozen(kw_only=True)
class TurnGenerated(_Happened):
    """Everything of this reply has arrived; it may still be playing."""

    turn: int
    reason: str | None = None
    """Why the model ended its turn, where it gave one: RESPONSE_REJECTED, MALFORMED_FUNCTION_CALL and so on."""


@attrs.frozen(kw_only=True)
class TurnInterrupted(_Happened):
    """A reply was cut short."""

    turn: int
    by: Literal["user", "program"]
    """`user`: the server heard them speak, or they typed; `program`: `agent.interrupt()`."""


@attrs.frozen(kw_only=True)
class TurnEnded(_Happened):
    """A reply has left the loudspeaker, to its end or until it was cut."""

    turn: int
    heard_ms: float
    dropped_ms: float
    """Audio of this reply that arrived and was never heard."""
    interrupted: bool
    heard_text: str = ""
    """The words that were heard, by an estimate that is right to about a word; see `voice_actors.words.Words`."""
    unheard_text: str = ""
    """The words after them. More may follow as `AgentSaid`, since a transcript can trail behind: never heard either."""
    underruns: int = 0
    """Times the loudspeaker had nothing to play in the middle of it, because its audio came late."""
    concealed_ms: float = 0.0
    """The silence that was played there."""
    sounded_at: float | None = None
    """When its first sample was heard, the device's latency included; None where none was, or nobody can tell."""


@attrs.frozen(kw_only=True)
class TurnLatency(_Happened):
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


@attrs.frozen(kw_only=True)
class ToolCalled(_Happened):
    """The model asked for a tool."""

    id: str
    name: str
    args: Mapping[str, Any]


@attrs.frozen(kw_only=True)
class ConsentAsked(_Happened):
    """A call waits for somebody to allow it, by `agent.answer_consent(id, ...)`, with these arguments."""

    id: str
    name: str
    args: Mapping[str, Any]


@attrs.frozen(kw_only=True)
class ConsentGiven(_Happened):
    """A call was allowed."""

    id: str
    name: str
    by: str
    """Whoever allowed it, in the program's words."""


@attrs.frozen(kw_only=True)
class ConsentRefused(_Happened):
    """A call was refused, or nobody allowed it in time; it does not run."""

    id: str
    name: str
    by: str


@attrs.frozen(kw_only=True)
class ToolAnswered(_Happened):
    """A tool's answer was handed to the session."""

    id: str
    name: str
    response: Mapping[str, Any]
    outcome: Literal["ok", "error", "timeout", "unknown", "bad_arguments", "interrupted", "denied"]
    took_ms: float


@attrs.frozen(kw_only=True)
class ToolWithdrawn(_Happened):
    """A call was not answered: the model withdrew it, or the conversation ended.

    It was stopped, or its answer was ready (`ToolAnswered` came before) and has not left.
    """

    id: str
    name: str


@attrs.frozen(kw_only=True)
class ToolToldInWords(_Happened):
    """A tool's answer went to the model as words, since the session does not know the call any more."""

    id: str
    name: str


@attrs.frozen(kw_only=True)
class HeardTold(_Happened):
    """The model was told that of this reply, which was cut, the user heard only `text`."""

    turn: int
    text: str


@attrs.frozen(kw_only=True)
class Updated(_Happened):
    """The model has other tools or instructions from here on."""

    tools: Sequence[str] | None = None
    """Names of all tools that there are now; None where they are as before."""
    instructions: str | None = None
    """None where they are as before."""


@attrs.frozen(kw_only=True)
class Muted(_Happened):
    """The microphone was muted or unmuted."""

    muted: bool


@attrs.frozen(kw_only=True)
class DeviceLost(_Happened):
    """A sound device is gone; it is opened again as soon as it is back, and the conversation goes on."""

    device: str
    reason: str


@attrs.frozen(kw_only=True)
class DeviceBack(_Happened):
    """A lost sound device works again."""

    device: str
    away: float
    """Seconds for which it was gone."""


@attrs.frozen(kw_only=True)
class MicrophoneEnded(_Happened):
    """The microphone's source came to its end (a file, a pipe)."""


@attrs.frozen(kw_only=True)
class AudioLost(_Happened):
    """Audio was dropped at a named place because its reader was late."""

    where: str
    ms: float


@attrs.frozen(kw_only=True)
class UsageReported(_Happened):
    """Token counts from the server, Developer API names."""

    usage: Mapping[str, Any]


@attrs.frozen(kw_only=True)
class ServerNotice(_Happened):
    """Something the server said that has no event of its own: grounding, media parts, waiting for input."""

    kind: str
    body: Mapping[str, Any]


@attrs.frozen(kw_only=True)
class Oddity(_Happened):
    """A message could not be understood and was skipped, or something else went wrong that the call survives."""

    what: str


@attrs.frozen(kw_only=True)
class Ended(_Happened):
    """The conversation is over; the last event of all."""

    reason: str


@attrs.frozen(kw_only=True)
class Lagged(_Happened):
    """A subscriber read too slowly and missed `count` events. Seen by that subscriber only."""

    count: int


AudioEvent: TypeAlias = AudioSent | AudioReceived | AudioHeard
Event: TypeAlias = (
    RecordingStarted
    | RecordingEnded
    | Connected
    | Disconnected
    | GoingAway
    | AudioSent
    | AudioReceived
    | AudioHeard
    | TextSent
    | TextReceived
    | UserSaid
    | AgentSaid
    | SpeechDetected
    | ActivityStarted
    | ActivityEnded
    | ReplyDucked
    | TurnStarted
    | TurnGenerated
    | TurnInterrupted
    | TurnEnded
    | TurnLatency
    | ToolCalled
    | ConsentAsked
    | ConsentGiven
    | ConsentRefused
    | ToolAnswered
    | ToolWithdrawn
    | ToolToldInWords
    | HeardTold
    | Updated
    | Muted
    | DeviceLost
    | DeviceBack
    | MicrophoneEnded
    | AudioLost
    | UsageReported
    | ServerNotice
    | Oddity
    | Ended
    | Lagged
)

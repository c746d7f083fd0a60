"""The nouns of the Gemini Live wire: what a client says and what a server says, one frozen class each.

The same classes are encoded by one side and decoded by the other, so the client and the offline server cannot drift
apart. Audio is 16-bit little-endian mono PCM in `bytes`; times are seconds unless a name says otherwise.

Facts about the wire are from Google's Live API reference and from frames captured from google-genai 3.4.0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

import attrs

from voice_actors.values import Value

INPUT_RATE = 16_000
"""Hz; what the service listens at."""
OUTPUT_RATE = 24_000
"""Hz; what the service speaks at."""

Json: TypeAlias = Mapping[str, Any]
"""A JSON object whose keys are free-form or canonical lowerCamelCase."""


# ---- what a client says ------------------------------------------------------------------------------------------


@attrs.frozen(eq=False, repr=False)
class Setup(Value):
    """The first message: everything the session is to be."""

    body: Json
    """The object under `setup`, canonical camelCase at every level (free-form objects keep their own keys)."""


@attrs.frozen(eq=False, repr=False)
class ClientContent(Value):
    """Turns appended to the history, in order; interrupts what is being generated."""

    turns: Sequence[Json] = ()
    """Content objects: `{"role": "user"|"model"|"system", "parts": [...]}`."""
    turn_complete: bool = True
    """True starts a reply; False lets the server wait, and stops a reply that is under way."""


@attrs.frozen(eq=False, repr=False)
class AudioIn(Value):
    """A piece of the user's voice."""

    pcm: bytes
    rate: int = INPUT_RATE


@attrs.frozen(eq=False, repr=False)
class VideoIn(Value):
    """One still frame of what the camera or screen shows."""

    data: bytes
    mime_type: str = "image/jpeg"


@attrs.frozen(eq=False, repr=False)
class TextIn(Value):
    """Text typed while talking; starts a reply without any voice activity."""

    text: str


@attrs.frozen(eq=False, repr=False)
class ActivityStart(Value):
    """The user begins to speak (only with automatic activity detection disabled)."""


@attrs.frozen(eq=False, repr=False)
class ActivityEnd(Value):
    """The user stopped speaking (only with automatic activity detection disabled)."""


@attrs.frozen(eq=False, repr=False)
class AudioStreamEnd(Value):
    """The microphone went silent on purpose: finish what was heard so far."""


@attrs.frozen(eq=False, repr=False)
class FunctionResponse(Value):
    """The answer to one function call."""

    id: str | None
    name: str
    response: Json
    scheduling: Literal["INTERRUPT", "WHEN_IDLE", "SILENT"] | None = None
    will_continue: bool | None = None
    parts: Sequence[Json] = ()
    """Images and other media: `{"inlineData": {"mimeType", "data" (base64)}}`."""


@attrs.frozen(eq=False, repr=False)
class ToolResponse(Value):
    """Answers to one or more function calls."""

    responses: Sequence[FunctionResponse]


@attrs.frozen(eq=False, repr=False)
class ContextUpdate(Value):
    """Change instructions or tools without a new session; a field left None is not changed."""

    system_instruction: Json | None = None
    tools: Sequence[Json] | None = None
    """An empty sequence clears the tools."""


ClientEvent: TypeAlias = (
    Setup
    | ClientContent
    | AudioIn
    | VideoIn
    | TextIn
    | ActivityStart
    | ActivityEnd
    | AudioStreamEnd
    | ToolResponse
    | ContextUpdate
)


# ---- what a server says ------------------------------------------------------------------------------------------


@attrs.frozen(eq=False, repr=False)
class SetupComplete(Value):
    """The session exists; only now may anything else be sent."""

    session_id: str | None = None


@attrs.frozen(eq=False, repr=False)
class AudioOut(Value):
    """A piece of the reply's voice."""

    pcm: bytes
    rate: int = OUTPUT_RATE


@attrs.frozen(eq=False, repr=False)
class TextOut(Value):
    """A text part of the reply; `thought` marks the model's thinking, which is not spoken."""

    text: str
    thought: bool = False


@attrs.frozen(eq=False, repr=False)
class MediaOut(Value):
    """Any other part of the reply, as it came: code, results of code, images, file references."""

    part: Json


@attrs.frozen(eq=False, repr=False)
class InputTranscription(Value):
    """A delta of what the model heard the user say; deltas are concatenated as they are."""

    text: str
    finished: bool = False
    details: Json = attrs.field(factory=dict[str, Any])
    """Whatever else came: languageCode, speakerLabel, words, offsets."""


@attrs.frozen(eq=False, repr=False)
class InterimInputTranscription(Value):
    """The current guess at what is being said; each replaces the one before."""

    text: str
    details: Json = attrs.field(factory=dict[str, Any])
    """Whatever else came: offsets and the like, see `InputTranscription`."""


@attrs.frozen(eq=False, repr=False)
class OutputTranscription(Value):
    """A delta of the words of the reply's voice."""

    text: str
    finished: bool = False
    details: Json = attrs.field(factory=dict[str, Any])


@attrs.frozen(eq=False, repr=False)
class GenerationComplete(Value):
    """The whole reply has been generated; it may still be playing."""


@attrs.frozen(eq=False, repr=False)
class TurnComplete(Value):
    """The model's turn is over.

    `interaction_status` is IN_PROGRESS where more turns of the same interaction follow; None on older models.
    """

    reason: str | None = None
    interaction_status: str | None = None


@attrs.frozen(eq=False, repr=False)
class Interrupted(Value):
    """The user spoke over the reply: what has not been played must not be."""


@attrs.frozen(eq=False, repr=False)
class WaitingForInput(Value):
    """The model waits for the user before it goes on."""


@attrs.frozen(eq=False, repr=False)
class Grounding(Value):
    """Where the reply's facts come from, as the server sent it."""

    key: Literal["groundingMetadata", "urlContextMetadata"]
    metadata: Json


@attrs.frozen(eq=False, repr=False)
class FunctionCall(Value):
    """The model asks for one function."""

    id: str | None
    """None where the backend leaves it out (Vertex)."""
    name: str
    args: Json = attrs.field(factory=dict[str, Any])


@attrs.frozen(eq=False, repr=False)
class ToolCall(Value):
    """The model asks for one or more functions at once."""

    calls: Sequence[FunctionCall]


@attrs.frozen(eq=False, repr=False)
class ToolCallCancellation(Value):
    """The model withdraws calls; they must not be answered any more."""

    ids: Sequence[str]


@attrs.frozen(eq=False, repr=False)
class GoAway(Value):
    """The connection will be closed; `time_left` is in seconds."""

    time_left: float


@attrs.frozen(eq=False, repr=False)
class SessionResumptionUpdate(Value):
    """A newer handle to resume this session by, where `resumable`."""

    handle: str | None = None
    resumable: bool = False
    last_consumed_index: int | None = None


@attrs.frozen(eq=False, repr=False)
class VoiceActivity(Value):
    """The server's own detection of the user's voice."""

    kind: Literal["ACTIVITY_START", "ACTIVITY_END"] | str  # noqa: PYI051 - documents the known values
    offset: float | None = None
    """Seconds since the audio stream's start."""
    signal: bool = False
    """Said as `voiceActivityDetectionSignal`, the older form, which has no offset."""


@attrs.frozen(eq=False, repr=False)
class Usage(Value):
    """Token counts, as the server sent them (canonical Developer API names)."""

    body: Json

    @property
    def total(self) -> int:
        """All tokens of the message, 0 where the server did not say."""
        return int(self.body.get("totalTokenCount", 0) or 0)


ServerEvent: TypeAlias = (
    SetupComplete
    | AudioOut
    | TextOut
    | MediaOut
    | InputTranscription
    | InterimInputTranscription
    | OutputTranscription
    | GenerationComplete
    | TurnComplete
    | Interrupted
    | WaitingForInput
    | Grounding
    | ToolCall
    | ToolCallCancellation
    | GoAway
    | SessionResumptionUpdate
    | VoiceActivity
    | Usage
)

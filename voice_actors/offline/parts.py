"""The three parts of the offline server that one can change: ears, mind and mouth, and what passes between them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

import attrs

# ---- ears --------------------------------------------------------------------------------------------------------


@attrs.frozen
class ActivitySettings:
    """How speech is told from silence, as `realtimeInputConfig.automaticActivityDetection` asks."""

    start_sensitivity: Literal["HIGH", "LOW"] = "HIGH"
    end_sensitivity: Literal["HIGH", "LOW"] = "HIGH"
    prefix_padding_ms: int = 60
    """Speech needed before its start is committed."""
    silence_ms: int = 400
    """Silence needed before its end is committed."""


@attrs.frozen
class SpeechStarted:
    """The user began to speak, `offset` seconds after the audio stream's start."""

    offset: float


@attrs.frozen
class SpeechEnded:
    """The user stopped; `pcm` is the utterance with a little room on both sides, 16 kHz 16-bit mono."""

    offset: float
    pcm: bytes
    start: float | None = None
    """Where `pcm` begins, seconds after the stream's start; None where that is not known."""


@attrs.frozen
class Overheard:
    """What is understood so far of an utterance that goes on, up to `offset`; each replaces the one before."""

    offset: float
    text: str


Activity: TypeAlias = SpeechStarted | SpeechEnded | Overheard


class Listener(Protocol):
    """Voice activity detection of one audio stream; a few tenths of a millisecond a call."""

    def feed(self, pcm: bytes) -> Sequence[Activity]:
        """Take 16 kHz audio of any length; say what became of it."""
        ...

    def finish(self) -> Sequence[Activity]:
        """The stream pauses: what is open ends here."""
        ...


@attrs.frozen
class Wishes:
    """What a client wants of the transcripts of what it says, as `inputAudioTranscription` asks."""

    vocabulary: tuple[str, ...] = ()
    """Words and names that the user is likely to say, spelled so."""
    languages: tuple[str, ...] = ()
    """BCP-47 codes of the languages that are likely."""
    words: bool = False
    """When each word was said."""
    voices: bool = False
    """Whose voice it was."""
    interim: bool = False
    """What is understood while the user still speaks."""


@attrs.frozen
class Word:
    """A word and when it was said, seconds after the start of the audio that it is in."""

    text: str
    start: float
    end: float


@attrs.frozen
class Heard:
    """What was understood of an utterance; "" where there were no words."""

    text: str
    words: tuple[Word, ...] = ()
    """Those of `text.split()`, or none where their times are not known."""
    language: str | None = None
    """ISO 639-1."""
    voice: tuple[float, ...] = ()
    """A point near those of other utterances of the same voice, none where it is not known; see `session.speakers`."""


class Ears(Protocol):
    """Hear."""

    def listen(self, settings: ActivitySettings) -> Listener:
        """A detector for one stream."""
        ...

    async def recognise(self, pcm: bytes) -> str:
        """The words of one utterance (16 kHz 16-bit mono), "" where there are none. Works in a thread."""
        ...


@runtime_checkable
class AttentiveEars(Ears, Protocol):
    """Ears that know more of an utterance than its words. Others are asked for the words alone."""

    def listen_for(self, settings: ActivitySettings, wishes: Wishes) -> Listener:
        """A detector for one stream whose utterances will be asked for with these wishes."""
        ...

    async def transcribe(self, pcm: bytes, wishes: Wishes) -> Heard:
        """The words of one utterance (16 kHz 16-bit mono) and what else is wished. Works in a thread."""
        ...


# ---- mind --------------------------------------------------------------------------------------------------------


@attrs.frozen
class Say:
    """Speak this text; several follow one another."""

    text: str


@attrs.frozen
class Call:
    """Call a declared function."""

    name: str
    args: Mapping[str, Any]


@attrs.frozen
class Ponder:
    """Think this without saying it; clients that ask for thoughts (`includeThoughts`) can read it."""

    text: str


Thought: TypeAlias = Say | Call | Ponder


@attrs.frozen
class UserTurn:
    """What the user said or typed."""

    text: str


@attrs.frozen
class AgentTurn:
    """What was answered, as far as the user can have heard it."""

    text: str
    interrupted: bool = False


@attrs.frozen
class Called:
    """A function was called."""

    id: str
    name: str
    args: Mapping[str, Any]


@attrs.frozen
class Answered:
    """A function answered."""

    id: str
    name: str
    response: Mapping[str, Any]
    sights: Sequence[Sight] = ()
    """The pictures that came with it."""


@attrs.frozen
class Sight:
    """The user showed a video frame, or a function a picture with its answer; only type and size are known."""

    mime_type: str
    size: int


Entry: TypeAlias = UserTurn | AgentTurn | Called | Answered | Sight


@attrs.frozen
class Sampling:
    """How the client wants the next words chosen; None leaves it to the mind. A mind without chance ignores it."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    seed: int | None = None


@attrs.frozen
class Dialogue:
    """Everything a mind may know when it is asked for the next thoughts."""

    entries: Sequence[Entry]
    """Oldest first. The last is what has to be answered: a `UserTurn`, or one or more `Answered`."""
    instructions: str = ""
    functions: Sequence[Mapping[str, Any]] = ()
    """Function declarations: name, description, parameters (JSON Schema, lower-case types) and behavior."""
    sampling: Sampling = attrs.field(factory=Sampling)


class Mind(Protocol):
    """Think. A mind keeps no state of its own: all it knows of a conversation stands in the dialogue."""

    def respond(self, dialogue: Dialogue) -> AsyncIterator[Thought]:
        """The next thoughts, in order. After a `Call` the answers come in a later dialogue."""
        ...


# ---- mouth -------------------------------------------------------------------------------------------------------


@attrs.frozen
class Spoken:
    """A piece of speech: 24 kHz 16-bit mono, and the words that it says."""

    text: str
    pcm: bytes


class Mouth(Protocol):
    """Speak."""

    def speak(self, text: str, voice: str | None) -> AsyncIterator[Spoken]:
        """Speech in pieces, the first as soon as it is there; `voice` is a Gemini voice name. Works in a thread."""
        ...


# ---- all of them ------------------------------------------------------------------------------------------------


@attrs.frozen
class Parts:
    """What hears, thinks and speaks, shared by all sessions."""

    ears: Ears
    mind: Mind
    mouth: Mouth

"""What a client's setup asks of one session, read once."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias, cast

import attrs

from voice_actors.gemini.events import Json, Setup
from voice_actors.gemini.models import VOICES, Behavior, Capabilities, capabilities
from voice_actors.offline.parts import ActivitySettings, Sampling
from voice_actors.offline.session.content import behavior_of, functions_of, text_of
from voice_actors.offline.session.fields import INVALID_ARGUMENT, Refusal, integer, number, object_in, objects
from voice_actors.offline.session.rules import check
from voice_actors.offline.session.tokens import IMAGE_TOKENS
from voice_actors.offline.session.transcripts import (
    InputTranscript,
    OutputTranscript,
    input_transcript,
    output_transcript,
)

logger = logging.getLogger("voice_actors.offline")

Sensitivity: TypeAlias = Literal["HIGH", "LOW"]
Coverage: TypeAlias = Literal["ONLY_ACTIVITY", "ALL_INPUT", "AUDIO_ACTIVITY_AND_ALL_VIDEO"]
COVERAGES: Final[dict[str, Coverage]] = {
    "TURN_INCLUDES_ONLY_ACTIVITY": "ONLY_ACTIVITY",
    "TURN_INCLUDES_ALL_INPUT": "ALL_INPUT",
    "TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO": "AUDIO_ACTIVITY_AND_ALL_VIDEO",
}


@attrs.frozen
class Resumption:
    """The client wants to be able to come back."""

    handle: str | None = None
    """The session that it comes back to, None for a new one."""
    transparent: bool = False
    """Tell which client messages a handle covers."""


@attrs.frozen
class Compression:
    """When the history grows over `trigger` tokens its oldest turns are let go, until `target` are left."""

    trigger: int
    target: int


@attrs.frozen
class Terms:
    """Everything that was agreed for one session."""

    model: str
    capabilities: Capabilities
    modality: Literal["AUDIO", "TEXT"] = "AUDIO"
    voice: str | None = None
    instructions: str = ""
    functions: tuple[Mapping[str, Any], ...] = ()
    """Declarations as a mind wants them: `parameters` in JSON Schema, `behavior` always there."""
    activity: ActivitySettings | None = attrs.field(factory=ActivitySettings)
    """How speech is detected; None where the client marks it by activityStart and activityEnd."""
    coverage: Coverage = "AUDIO_ACTIVITY_AND_ALL_VIDEO"
    """What of the audio and video belongs to the user's turn."""
    interrupts: bool = True
    """False: what the user says during a reply waits for its end."""
    input_transcription: InputTranscript | None = None
    output_transcription: OutputTranscript | None = None
    voice_activity: bool = False
    """Tell the client when speech starts and ends."""
    resumption: Resumption | None = None
    compression: Compression | None = None
    seeding: bool = False
    """The first clientContent messages are history, up to one with turnComplete."""
    only_seeded: bool = False
    """Later clientContent closes the session."""
    vertex: bool = False
    """The client speaks Vertex AI's dialect: some defaults and the names in usageMetadata differ."""
    sampling: Sampling = attrs.field(factory=Sampling)
    max_output_tokens: int | None = None
    """A reply ends when it has so many; speech has 25 a second."""
    include_thoughts: bool = False
    """What the mind thinks without saying it is sent too."""
    image_tokens: int = IMAGE_TOKENS
    """What a still frame counts, which is what mediaResolution chooses."""

    def interaction_status(self, *, more: bool) -> str | None:
        """What stands beside a turnComplete on this model; `more` where functions are still at work."""
        if not self.capabilities.interaction_status:
            return None
        return "IN_PROGRESS" if more and self.capabilities.several_turns else "IDLE"

    @property
    def takes_media_chunks(self) -> bool:
        """Whether the old form of audio input is accepted; Vertex AI's reference still shows it."""
        return self.capabilities.media_chunks or not self.capabilities.known or self.vertex

    def behavior(self, name: str) -> Behavior:
        """Whether the reply waits for this function's answer."""
        for function in self.functions:
            if function["name"] == name:
                return behavior_of(function.get("behavior"), self.capabilities)
        return behavior_of(None, self.capabilities)


def terms_of(setup: Setup, profile: str | None = None, *, strict: bool = False, vertex: bool = False) -> Terms:
    """Read a setup; `profile` is a model id whose rules are used instead of those of the model that was asked for.

    Google's guide says that gemini-3.1 takes clientContent as initial history only, and it was seen to close with 1007
    later (livekit/agents#5251); the live tests in google-genai 3.6 expect it to be answered at any time. So that is
    refused where somebody asks for the model's rules, by `profile` or `strict`, and taken otherwise.

    Raises:
        Refusal: a field cannot be honoured, or the model would refuse it.

    """
    body = setup.body
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise Refusal(f"{INVALID_ARGUMENT} setup.model is missing.")
    known = capabilities(profile or model)
    exact = strict or profile is not None
    generation = object_in(body, "generationConfig")
    modality = _modality(generation.get("responseModalities"))
    check(body, known, exact=exact, vertex=vertex)
    _mind_the_language(object_in(generation, "speechConfig").get("languageCode"))
    return Terms(
        model=model,
        capabilities=known,
        modality=modality,
        voice=_voice(generation, model, exact=exact),
        instructions=text_of(object_in(body, "systemInstruction")),
        functions=functions_of(objects(body.get("tools"), "setup.tools"), known),
        input_transcription=input_transcript(body),
        output_transcription=output_transcript(body),
        voice_activity=bool(body.get("explicitVadSignal")),
        resumption=_resumption(body),
        compression=_compression(body),
        seeding=bool(object_in(body, "historyConfig").get("initialHistoryInClientContent")),
        only_seeded=known.client_content == "seed-only" and exact,
        vertex=vertex,
        sampling=_sampling(generation),
        max_output_tokens=_at_least_one(generation, "maxOutputTokens"),
        include_thoughts=bool(object_in(generation, "thinkingConfig").get("includeThoughts")),
        image_tokens=64 if generation.get("mediaResolution") == "MEDIA_RESOLUTION_LOW" else IMAGE_TOKENS,
        **_realtime(object_in(body, "realtimeInputConfig"), known, vertex=vertex),
    )


def _sampling(generation: Json) -> Sampling:
    return Sampling(
        temperature=number(generation, "temperature", 0, 2),
        top_p=number(generation, "topP", 0, 1),
        top_k=_at_least_one(generation, "topK"),
        seed=integer(generation, "seed"),
    )


def _at_least_one(generation: Json, key: str) -> int | None:
    value = integer(generation, key)
    if value is not None and value < 1:
        raise Refusal(f"{INVALID_ARGUMENT} {key} is less than 1.")
    return value


def _realtime(asked: Json, known: Capabilities, *, vertex: bool) -> dict[str, Any]:
    """When the user speaks, and what that does; Google's reference gives other defaults for Vertex AI."""
    default: Coverage = "ALL_INPUT" if vertex else known.turn_coverage
    coverage = asked.get("turnCoverage")
    return {
        "activity": _activity(object_in(asked, "automaticActivityDetection"), "LOW" if vertex else "HIGH"),
        "interrupts": asked.get("activityHandling") != "NO_INTERRUPTION",
        "coverage": COVERAGES.get(coverage, default) if isinstance(coverage, str) else default,
    }


def _modality(asked: object) -> Literal["AUDIO", "TEXT"]:
    match asked:
        case None | [] | ["AUDIO"] | ["MODALITY_UNSPECIFIED"]:
            return "AUDIO"
        case ["TEXT"]:
            return "TEXT"
        case _:
            raise Refusal(f"{INVALID_ARGUMENT} At most one response modality, AUDIO or TEXT.")


def _voice(generation: Json, model: str, *, exact: bool) -> str | None:
    """The name of a prebuilt voice.

    The service's words for one that it does not have stand in many public logs. Google's guide wants names spelled
    exactly; some clients were seen to get along with "puck" (googleapis/js-genai#1578), so case counts only by rules.
    """
    speech = object_in(generation, "speechConfig")
    name = object_in(object_in(speech, "voiceConfig"), "prebuiltVoiceConfig").get("voiceName")
    if not isinstance(name, str) or not name:
        return None
    if name not in VOICES and (exact or name.lower() not in map(str.lower, VOICES)):
        raise Refusal(f"Requested voice api_name '{name}' is not available for model {model}")
    return name


def _mind_the_language(code: object) -> None:
    """The service would speak it; what stands in for it here does not, and says so."""
    if isinstance(code, str) and not code.lower().startswith("en"):
        logger.warning("a client wants to talk in %s; the ears, mind and voice that come with this know English", code)


def _activity(asked: Json, sensitivity: Sensitivity) -> ActivitySettings | None:
    if asked.get("disabled"):
        return None
    default = ActivitySettings()
    return ActivitySettings(
        start_sensitivity=_sensitivity(asked, "startOfSpeechSensitivity", sensitivity),
        end_sensitivity=_sensitivity(asked, "endOfSpeechSensitivity", sensitivity),
        prefix_padding_ms=_milliseconds(asked, "prefixPaddingMs", default.prefix_padding_ms),
        silence_ms=_milliseconds(asked, "silenceDurationMs", default.silence_ms),
    )


def _sensitivity(asked: Json, key: str, default: Sensitivity) -> Sensitivity:
    level = str(asked.get(key)).rpartition("_")[2]
    return cast("Sensitivity", level) if level in {"LOW", "HIGH"} else default


def _milliseconds(asked: Json, key: str, default: int) -> int:
    value = integer(asked, key)
    if value is None:
        return default
    if not 0 <= value <= 60_000:
        raise Refusal(f"{INVALID_ARGUMENT} {key} is out of range.")
    return value


def _resumption(body: Json) -> Resumption | None:
    if "sessionResumption" not in body:
        return None
    asked = object_in(body, "sessionResumption")
    handle = asked.get("handle")
    if handle is not None and not isinstance(handle, str):
        raise Refusal(f"{INVALID_ARGUMENT} sessionResumption.handle is not a string.")
    return Resumption(handle or None, bool(asked.get("transparent")))


def _compression(body: Json) -> Compression | None:
    asked = object_in(body, "contextWindowCompression")
    if "slidingWindow" not in asked:
        return None
    trigger = integer(asked, "triggerTokens") or 104_857  # four fifths of 131,072
    target = integer(object_in(asked, "slidingWindow"), "targetTokens") or trigger // 2
    if not 0 < target < trigger:
        raise Refusal(f"{INVALID_ARGUMENT} slidingWindow.targetTokens must be less than triggerTokens.")
    return Compression(trigger, target)

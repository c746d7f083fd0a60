"""What a client's setup asks of one session, read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

import attrs

from voice_actors.errors import RemoteProtocolError
from voice_actors.gemini.events import Json, Setup
from voice_actors.gemini.models import VOICES, Behavior, Capabilities, capabilities
from voice_actors.offline.parts import ActivitySettings

INVALID_ARGUMENT = "Request contains an invalid argument."


class Refusal(RemoteProtocolError):  # noqa: N818 - states what happened
    """The client asked for what the service does not do; the connection is closed with `code` and the message."""

    def __init__(self, message: str, *, code: int = 1007) -> None:
        super().__init__(message)
        self.code = code


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
    interrupts: bool = True
    """False: what the user says during a reply waits for its end."""
    input_transcription: bool = False
    output_transcription: bool = False
    voice_activity: bool = False
    """Tell the client when speech starts and ends."""
    resumption: Resumption | None = None
    compression: Compression | None = None
    seeding: bool = False
    """The first clientContent messages are history, up to one with turnComplete."""
    only_seeded: bool = False
    """Later clientContent closes the session."""

    def interaction_status(self, *, more: bool) -> str | None:
        """What stands beside a turnComplete on this model; `more` where functions are still at work."""
        if not self.capabilities.interaction_status:
            return None
        return "IN_PROGRESS" if more and self.capabilities.several_turns else "IDLE"

    def behavior(self, name: str) -> Behavior:
        """Whether the reply waits for this function's answer."""
        for function in self.functions:
            if function["name"] == name:
                return _behavior(function.get("behavior"), self.capabilities)
        return _behavior(None, self.capabilities)


def terms_of(setup: Setup, profile: str | None = None, *, strict: bool = False) -> Terms:
    """Read a setup; `profile` is a model id whose rules are used instead of those of the model that was asked for.

    Google's guide says that gemini-3.1 takes clientContent as initial history only, and it was seen to close with 1007
    later (livekit/agents#5251); the live tests in google-genai 3.4 expect it to be answered at any time. So that is
    refused where somebody asks for the model's rules, by `profile` or `strict`, and taken otherwise.

    Raises:
        Refusal: a field cannot be honoured.

    """
    body = setup.body
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise Refusal(f"{INVALID_ARGUMENT} setup.model is missing.")
    known = capabilities(profile or model)
    generation = _object(body, "generationConfig")
    realtime = _object(body, "realtimeInputConfig")
    return Terms(
        model=model,
        capabilities=known,
        modality=_modality(generation.get("responseModalities")),
        voice=_voice(generation, model, exact=strict or profile is not None),
        instructions=text_of(_object(body, "systemInstruction")),
        functions=functions_of(_objects(body.get("tools"), "setup.tools"), known),
        activity=_activity(_object(realtime, "automaticActivityDetection")),
        interrupts=realtime.get("activityHandling") != "NO_INTERRUPTION",
        input_transcription="inputAudioTranscription" in body,
        output_transcription="outputAudioTranscription" in body,
        voice_activity=bool(body.get("explicitVadSignal")),
        resumption=_resumption(body),
        compression=_compression(body),
        seeding=bool(_object(body, "historyConfig").get("initialHistoryInClientContent")),
        only_seeded=known.client_content == "seed-only" and (strict or profile is not None),
    )


def text_of(content: Json) -> str:
    """All text parts of a Content object, one a line."""
    parts = _objects(content.get("parts"), "parts")
    return "\n".join(part["text"] for part in parts if isinstance(part.get("text"), str) and not part.get("thought"))


def images_in(content: Json) -> list[tuple[str, int]]:
    """MIME type and size in bytes of every picture among the parts of a Content object."""
    found: list[tuple[str, int]] = []
    for part in _objects(content.get("parts"), "parts"):
        inline = _object(part, "inlineData")
        mime_type, encoded = inline.get("mimeType"), inline.get("data")
        if isinstance(mime_type, str) and mime_type.startswith("image/") and isinstance(encoded, str):
            found.append((mime_type, len(encoded.rstrip("=")) * 3 // 4))
    return found


def functions_of(tools: Sequence[Json], known: Capabilities) -> tuple[Mapping[str, Any], ...]:
    """The function declarations of all tools, with `parameters` as JSON Schema and `behavior` filled in.

    Raises:
        Refusal: a declaration has no name.

    """
    return tuple(
        _function(declared, known)
        for tool in tools
        for declared in _objects(tool.get("functionDeclarations"), "functionDeclarations")
    )


def _function(declared: Json, known: Capabilities) -> Mapping[str, Any]:
    name = declared.get("name")
    if not isinstance(name, str) or not name:
        raise Refusal(f"{INVALID_ARGUMENT} A function declaration has no name.")
    schema = declared.get("parametersJsonSchema")
    if not isinstance(schema, Mapping):
        schema = _json_schema(declared.get("parameters") or {"type": "object", "properties": {}})
    return {
        "name": name,
        "description": str(declared.get("description") or ""),
        "parameters": schema,
        "behavior": _behavior(declared.get("behavior"), known),
    }


def _json_schema(schema: object) -> Any:
    """OpenAPI subset with upper-case type names -> JSON Schema; the keys of `properties` are names, not keywords."""
    if isinstance(schema, list):
        return [_json_schema(item) for item in cast("list[object]", schema)]
    if not isinstance(schema, Mapping):
        return schema
    done: dict[str, Any] = {}
    for key, value in cast("Mapping[str, Any]", schema).items():
        if key == "type" and isinstance(value, str):
            done[key] = value.lower()
        elif key == "properties" and isinstance(value, Mapping):
            named = cast("Mapping[str, Any]", value)
            done[key] = {name: _json_schema(inner) for name, inner in named.items()}
        elif key in {"enum", "default", "example", "required"}:
            done[key] = value
        else:
            done[key] = _json_schema(value)
    return done


def _behavior(asked: object, known: Capabilities) -> Behavior:
    if asked == "BLOCKING" and known.blocking_tools:
        return "BLOCKING"
    if asked == "NON_BLOCKING" and known.async_tools:
        return "NON_BLOCKING"
    return known.default_behavior


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
    speech = _object(generation, "speechConfig")
    name = _object(_object(speech, "voiceConfig"), "prebuiltVoiceConfig").get("voiceName")
    if not isinstance(name, str) or not name:
        return None
    if name not in VOICES and (exact or name.lower() not in map(str.lower, VOICES)):
        raise Refusal(f"Requested voice api_name '{name}' is not available for model {model}")
    return name


def _activity(asked: Json) -> ActivitySettings | None:
    if asked.get("disabled"):
        return None
    default = ActivitySettings()
    return ActivitySettings(
        start_sensitivity="LOW" if asked.get("startOfSpeechSensitivity") == "START_SENSITIVITY_LOW" else "HIGH",
        end_sensitivity="LOW" if asked.get("endOfSpeechSensitivity") == "END_SENSITIVITY_LOW" else "HIGH",
        prefix_padding_ms=_milliseconds(asked, "prefixPaddingMs", default.prefix_padding_ms),
        silence_ms=_milliseconds(asked, "silenceDurationMs", default.silence_ms),
    )


def _milliseconds(asked: Json, key: str, default: int) -> int:
    value = _integer(asked, key)
    if value is None:
        return default
    if not 0 <= value <= 60_000:
        raise Refusal(f"{INVALID_ARGUMENT} {key} is out of range.")
    return value


def _resumption(body: Json) -> Resumption | None:
    if "sessionResumption" not in body:
        return None
    asked = _object(body, "sessionResumption")
    handle = asked.get("handle")
    if handle is not None and not isinstance(handle, str):
        raise Refusal(f"{INVALID_ARGUMENT} sessionResumption.handle is not a string.")
    return Resumption(handle or None, bool(asked.get("transparent")))


def _compression(body: Json) -> Compression | None:
    asked = _object(body, "contextWindowCompression")
    if "slidingWindow" not in asked:
        return None
    trigger = _integer(asked, "triggerTokens") or 104_857  # four fifths of 131,072
    target = _integer(_object(asked, "slidingWindow"), "targetTokens") or trigger // 2
    if not 0 < target < trigger:
        raise Refusal(f"{INVALID_ARGUMENT} slidingWindow.targetTokens must be less than triggerTokens.")
    return Compression(trigger, target)


def _integer(holder: Json, key: str) -> int | None:
    value = holder.get(key)
    if value is None:
        return None
    try:
        return int(value)
    except (TypeError, ValueError):
        raise Refusal(f"{INVALID_ARGUMENT} {key} is not a number.") from None


def _object(holder: Json, key: str) -> Json:
    value = holder.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Refusal(f"{INVALID_ARGUMENT} {key} is not an object.")
    return cast("Json", value)


def _objects(value: object, key: str) -> Sequence[Json]:
    if value is None:
        return ()
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        items = cast("Sequence[object]", value)
        if all(isinstance(item, Mapping) for item in items):
            return cast("Sequence[Json]", items)
    raise Refusal(f"{INVALID_ARGUMENT} {key} is not a list of objects.")

"""The first message of a session, from the settings that google-genai users know.

`google.genai.types.LiveConnectConfig` is the public description of what can be set; what its own client makes of it is
what we make of it, field for field, which `tests/conformance/test_official_setup.py` proves against the real thing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from voice_actors.errors import ConfigError, UnsupportedByModelError
from voice_actors.gemini import names
from voice_actors.gemini._live_config import fields_of, service_tool
from voice_actors.gemini.events import Setup

if TYPE_CHECKING:
    from google.genai.types import LiveConnectConfig, LiveConnectConfigOrDict

_GENERATION: Final = (
    "responseModalities", "temperature", "topP", "topK", "maxOutputTokens", "mediaResolution", "seed", "speechConfig",
    "thinkingConfig", "enableAffectiveDialog", "translationConfig",
)  # fmt: skip
"""Fields that stand flat in `LiveConnectConfig` and under `generationConfig` on the wire."""

_REFUSED_BY_BOTH: Final = ("generationConfig.speechConfig.multiSpeakerVoiceConfig",)
_REFUSED_BY_DEVELOPER_API: Final = (
    "explicitVadSignal",
    "sessionResumption.transparent",
    "safetySettings[].method",
    "tools[].retrieval",
    "tools[].enterpriseWebSearch",
    "tools[].parallelAiSearch",
    "tools[].exaAiSearch",
    "tools[].googleSearch.blockingConfidence",
    "tools[].googleSearch.excludeDomains",
    "tools[].googleMaps.groundingTypes",
    "tools[].googleMaps.authConfig.apiKeyConfig",
    "tools[].googleMaps.authConfig.authType",
    "tools[].googleMaps.authConfig.googleServiceAccountConfig",
    "tools[].googleMaps.authConfig.httpBasicAuthConfig",
    "tools[].googleMaps.authConfig.oauthConfig",
    "tools[].googleMaps.authConfig.oidcConfig",
    "systemInstruction.parts[].functionCall.partialArgs",
    "systemInstruction.parts[].functionCall.willContinue",
)
_REFUSED_BY_VERTEX: Final = (
    "generationConfig.enableEnhancedCivicAnswers",
    "generationConfig.speechConfig.voiceConfig.replicatedVoiceConfig.consentAudio",
    "generationConfig.speechConfig.voiceConfig.replicatedVoiceConfig.voiceConsentSignature",
    "tools[].fileSearch",
    "tools[].mcpServers[].name",
    "tools[].mcpServers[].streamableHttpTransport",
    "systemInstruction.parts[].toolCall",
    "systemInstruction.parts[].toolResponse",
    "systemInstruction.parts[].partMetadata",
    "systemInstruction.parts[].functionResponse.willContinue",
    "systemInstruction.parts[].functionResponse.parts[].mediaProcessing",
)
"""Where google-genai's client raises ValueError, read from the one of release 3.4.0."""


def build_setup(
    model: str,
    live: LiveConnectConfig | LiveConnectConfigOrDict | Mapping[str, Any] | None = None,
    *,
    instructions: str | None = None,
    voice: str | None = None,
    language: str | None = None,
    declarations: Sequence[Mapping[str, Any]] = (),
    service_tools: Sequence[Any] = (),
    transcriptions: bool = False,
    resumption: str | None = None,
    resumable: bool = False,
    vertexai: bool = False,
    project: str | None = None,
    location: str | None = None,
) -> Setup:
    """Build the first message.

    `declarations` are functions of ours and `service_tools` the service's own tools (`google.genai.types.Tool`, or a
    dict like it); both come after those in `live`, and all functions end up in one tool, the last. `transcriptions`
    asks for the words of both sides. `resumable` asks for resumption handles, `resumption` is one. On Vertex AI a
    `project` means Application Default Credentials, none means express mode (an API key).

    Raises:
        ConfigError: a setting is malformed, or two settings contradict each other; the message names them.
        UnsupportedByModelError: the chosen backend refuses a setting.
    """
    fields = {} if live is None else fields_of(live)
    body: dict[str, Any] = {"model": model_name(model, vertexai=vertexai, project=project, location=location)}
    generation = _generation(fields)
    _speech(generation, voice, language)
    if vertexai:
        _as_vertex(generation, by_adc=project is not None)
    if generation or "generationConfig" in fields:
        body["generationConfig"] = generation
    body |= {key: value for key, value in fields.items() if key not in {"generationConfig", "tools", *_GENERATION}}
    if instructions is not None:
        _agree(body, "systemInstruction", user_content(instructions), "instructions", "system_instruction")
    tools = merge_tools(fields.get("tools", []), declarations, [service_tool(tool) for tool in service_tools])
    if tools or "tools" in fields:
        body["tools"] = tools
    for wanted in ("inputAudioTranscription", "outputAudioTranscription") if transcriptions else ():
        body.setdefault(wanted, {})
    if resumption or resumable:
        body["sessionResumption"] = body.get("sessionResumption", {}) | ({"handle": resumption} if resumption else {})
    _check_backend(body, model, vertexai=vertexai)
    return Setup(body)


def user_content(text: str) -> dict[str, Any]:
    """A Content object with this text, as system instructions are sent."""
    return {"role": "user", "parts": [{"text": text}]}


def model_name(model: str, *, vertexai: bool = False, project: str | None = None, location: str | None = None) -> str:
    """The name of a model as the backend wants it; a name that is already full is left as it is.

    Raises:
        ConfigError: the name is empty or no name.
    """
    if not model or any(sign in model for sign in ("..", "?", "&")) or model != model.strip():
        raise ConfigError(f"{model!r} is no model; give one such as gemini-3.8-live")
    if not vertexai:
        return model if model.startswith(("models/", "tunedModels/")) else f"models/{model}"
    if not model.startswith(("projects/", "models/", "publishers/")):
        publisher, _, name = model.rpartition("/") if model.count("/") < 2 else model.partition("/")
        model = f"publishers/{publisher or 'google'}/models/{name}"
    if project and model.startswith("publishers/"):
        return f"projects/{project}/locations/{location or 'global'}/{model}"
    return model


def merge_tools(
    tools: Sequence[Mapping[str, Any]], declarations: Sequence[Mapping[str, Any]] = (), more: Sequence[Any] = ()
) -> list[dict[str, Any]]:
    """All tools, with every function declaration moved into one tool, the last: the service reads only one such."""
    merged: list[dict[str, Any]] = []
    functions: list[Mapping[str, Any]] = []
    for tool in (*tools, *more):
        others = dict(tool)
        if found := others.get("functionDeclarations"):
            functions.extend(found)
            del others["functionDeclarations"]
            if not others:
                continue
        merged.append(others)
    functions.extend(declarations)
    if functions:
        merged.append(names.canonical({"functionDeclarations": functions}))
    return merged


# ---- putting together --------------------------------------------------------------------------------------------


def _generation(fields: Mapping[str, Any]) -> dict[str, Any]:
    generation: dict[str, Any] = dict(fields.get("generationConfig", {}))
    for name in _GENERATION:
        if name in fields:
            _agree(generation, name, fields[name], names.snake(name), f"generation_config.{names.snake(name)}")
    return generation


def _agree(holder: dict[str, Any], key: str, value: Any, setting: str, other: str) -> None:
    """Set, or refuse to choose between two settings that say different things."""
    if holder.setdefault(key, value) != value:
        raise ConfigError(f"{setting} and live.{other} say different things; give one of them")


def _speech(generation: dict[str, Any], voice: str | None, language: str | None) -> None:
    speech: dict[str, Any] = dict(generation.get("speechConfig", {}))
    if voice is not None:
        prebuilt = {"prebuiltVoiceConfig": {"voiceName": voice}}
        _agree(speech, "voiceConfig", prebuilt, "voice", "speech_config.voice_config")
    if language is not None:
        _agree(speech, "languageCode", language, "language", "speech_config.language_code")
    if speech:
        generation["speechConfig"] = speech


def _as_vertex(generation: dict[str, Any], *, by_adc: bool) -> None:
    """What the official client does for Vertex AI only; the default modality it adds not in express mode."""
    if "modelSelectionConfig" in generation:
        generation["modelConfig"] = generation.pop("modelSelectionConfig")
    if by_adc:
        generation.setdefault("responseModalities", ["AUDIO"])


def _check_backend(body: dict[str, Any], model: str, *, vertexai: bool) -> None:
    here, there = ("Vertex AI", "the Gemini Developer API") if vertexai else ("the Gemini Developer API", "Vertex AI")
    for path in _REFUSED_BY_BOTH:
        if any(found(body, path)):
            field = field_name(path)
            raise UnsupportedByModelError(
                f"{field} is not for live conversations; leave it out", field=field, model=model
            )
    for path in _REFUSED_BY_VERTEX if vertexai else _REFUSED_BY_DEVELOPER_API:
        if any(found(body, path)):
            field = field_name(path)
            message = f"{field} works with {there} only, not with {here}; leave it out"
            raise UnsupportedByModelError(message, field=field, model=model)


def found(value: Any, path: str) -> Iterator[bool]:
    """Yield True for each place of the body where `path` (such as `tools[].googleMaps`) leads to something."""
    name, _, rest = path.partition(".")
    key = name.removesuffix("[]")
    if not isinstance(value, Mapping) or key not in value:
        return
    inner = cast("Mapping[str, Any]", value)[key]
    items: Sequence[Any] = inner if name.endswith("[]") else [inner]
    for item in items:
        if rest:
            yield from found(item, rest)
        else:
            yield True


def field_name(path: str) -> str:
    """The name in `LiveConnectConfig` of what stands at this path of the wire: `speech_config.language_code`."""
    return names.snake(path.removeprefix("generationConfig.").replace("[]", ""))

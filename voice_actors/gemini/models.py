"""What each Live model can do and how it wants to be spoken to, known before a connection is made.

The service answers a setting that a model does not have by closing with 1007, often with the words "Request contains an
invalid argument." and no name. So the rules are here: what cannot be is refused in a sentence that names the setting,
and what only needs another spelling is changed, and said.

Source: Google's model pages and Live API reference as of November 2026, and closes reported by users of the service.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Literal, TypeAlias, cast

import attrs

from voice_actors.errors import UnsupportedByModelError
from voice_actors.gemini.events import Setup

Behavior: TypeAlias = Literal["BLOCKING", "NON_BLOCKING"]

VOICES: Final = (
    "Zephyr", "Puck", "Charon", "Kore", "Fenrir", "Leda", "Orus", "Aoede", "Callirrhoe", "Autonoe", "Enceladus",
    "Iapetus", "Umbriel", "Algieba", "Despina", "Erinome", "Algenib", "Rasalgethi", "Laomedeia", "Achernar", "Alnilam",
    "Schedar", "Gacrux", "Pulcherrima", "Achird", "Zubenelgenubi", "Vindemiatrix", "Sadachbia", "Sadaltager", "Sulafat",
)  # fmt: skip
"""Names of the prebuilt voices; the service wants them spelled exactly so."""


@attrs.frozen(kw_only=True)
class Capabilities:
    """The rules of one model. Defaults are those of the newest stable one, gemini-3.8-live."""

    model: str
    version: tuple[int, int] | None = None
    """Parsed from the id; None where it has none."""
    known: bool = True
    """False for a model newer than this table, or without a version: treated as the newest, and nothing refused."""
    text_via: Literal["clientContent", "realtimeInput"] = "clientContent"
    """How typed text starts a reply in the middle of a session."""
    client_content: Literal["any", "seed-only"] = "any"
    """`seed-only`: later than the initial history it closes the session with 1007."""
    initial_history: bool = True
    """`historyConfig.initialHistoryInClientContent`: a session may begin with a history that is not answered."""
    can_stop_by_client_content: bool = True
    """`{"clientContent": {"turnComplete": false}}` silences a reply."""
    async_tools: bool = True
    """A function may be declared NON_BLOCKING: the conversation goes on while it runs."""
    blocking_tools: bool = True
    """A function may be declared BLOCKING: the reply waits for its answer."""
    default_behavior: Behavior = "NON_BLOCKING"
    """What a function is that does not say."""
    thinking: Literal["budget", "level", "needs-level", "none"] = "none"
    """How thinking is set: by a token budget, by a level, by a level that must be there, or not by a level at all."""
    thinking_levels: tuple[str, ...] = ()
    proactive: Literal["optional", "always", "none"] = "always"
    affective: bool = False
    """`enable_affective_dialog` exists; elsewhere even `false` is an error."""
    context_update: bool = True
    """Instructions and tools may change within a session."""
    service_tools: tuple[str, ...] | None = None
    """The tools of the service's own that it has, wire names; None where Google's pages do not say."""
    sliding_window: bool = True
    """The context can be compressed; Google's pages do not say it of the models that translate or transcribe."""
    audio_only: bool = True
    """Replies come as audio; the text of it as a transcript."""
    media_chunks: bool = False
    """The deprecated `realtimeInput.mediaChunks` is accepted."""
    joined_content: bool = True
    """Speech and its words come in one message; elsewhere each in a message of its own."""
    interaction_status: bool = True
    """`turnComplete` comes with an `interactionStatus`."""
    usage_alone: bool = False
    """Token counts also come in messages that hold nothing else."""
    several_turns: bool = False
    """One request may bring several turns; only the status IDLE ends it."""
    turn_coverage: Literal["ONLY_ACTIVITY", "AUDIO_ACTIVITY_AND_ALL_VIDEO"] = "AUDIO_ACTIVITY_AND_ALL_VIDEO"
    """What belongs to the user's turn unless the setup says it; Vertex AI has a default of its own."""
    regional_only: bool = False
    """On Vertex AI not in the location `global`."""


_ALL_LEVELS: Final = ("MINIMAL", "LOW", "MEDIUM", "HIGH")
_VERSION: Final = re.compile(r"(?<![\d.])(\d{1,2})\.(\d{1,2})(?![\d.])")
_OLD: Final = (3, 0)
_NEW: Final = (3, 8)


def capabilities(model: str) -> Capabilities:
    """The rules for a model, by any form of its name, full or short. Never fails: what is not known is permitted."""
    name = model.rpartition("/")[2]
    found = _VERSION.search(name)
    version = (int(found[1]), int(found[2])) if found else None
    if version is None or version > _NEW:
        return Capabilities(model=name, version=version, known=False)
    if version < _OLD:
        return _generation_2(name, version)
    if version < _NEW:
        return _generation_3_1(name, version)
    if "extended-thinking" in name:
        return Capabilities(
            model=name,
            version=version,
            blocking_tools=False,
            thinking="needs-level",
            thinking_levels=_ALL_LEVELS[1:],
            several_turns=True,
        )
    return Capabilities(model=name, version=version)


def _generation_2(name: str, version: tuple[int, int]) -> Capabilities:
    return Capabilities(
        model=name,
        version=version,
        default_behavior="BLOCKING",
        thinking="budget",
        proactive="optional",
        affective=True,
        initial_history=False,
        context_update=False,
        audio_only="native-audio" in name,
        service_tools=("googleSearch",) if "native-audio" in name else None,
        media_chunks=True,
        joined_content=False,
        interaction_status=False,
        turn_coverage="ONLY_ACTIVITY",
        regional_only=name.startswith("gemini-live-2.5-flash-native-audio"),
    )


def _generation_3_1(name: str, version: tuple[int, int]) -> Capabilities:
    return Capabilities(
        model=name,
        version=version,
        text_via="realtimeInput",
        client_content="seed-only",
        can_stop_by_client_content=False,
        async_tools=False,
        default_behavior="BLOCKING",
        thinking="level",
        thinking_levels=_ALL_LEVELS,
        proactive="none",
        context_update=False,
        audio_only="transcribe" not in name,
        sliding_window=not any(word in name for word in ("transcribe", "translate")),
        service_tools=("googleSearch",),
        interaction_status=False,
        usage_alone=True,
    )


def adapt(setup: Setup, caps: Capabilities) -> tuple[Setup, tuple[str, ...]]:
    """Make the first message one that this model accepts, and say in a sentence each what was changed.

    Nothing is changed for a model that is not known.

    Raises:
        UnsupportedByModelError: the model cannot do what a setting asks for.
    """
    if not caps.known:
        return setup, ()
    body = cast("dict[str, Any]", _copy(setup.body))
    notes = tuple(note for rule in _RULES for note in rule(body, caps))
    return (Setup(body) if notes else setup), notes


def _copy(value: Any) -> Any:
    """Copy mappings and lists, so that a rule can change them; what is free-form is copied too, and not changed."""
    if isinstance(value, Mapping):
        return {key: _copy(item) for key, item in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_copy(item) for item in cast("list[Any]", value)]
    return value


def _object(body: Mapping[str, Any], *path: str) -> dict[str, Any]:
    """The object at this path, an empty one where there is none."""
    value: Any = body
    for step in path:
        value = cast("Mapping[str, Any]", value).get(step) if isinstance(value, Mapping) else None
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _refused(caps: Capabilities, field: str, why: str) -> UnsupportedByModelError:
    return UnsupportedByModelError(f"{caps.model} {why}: change or leave out {field}", field=field, model=caps.model)


# ---- the rules: each changes the body and yields a note, or raises ------------------------------------------------


_NOT_LIVE: Final = {
    "responseLogprobs": "response_logprobs", "responseMimeType": "response_mime_type", "logprobs": "logprobs",
    "responseSchema": "response_schema", "stopSequences": "stop_sequences", "routingConfig": "routing_config",
    "audioTimestamp": "audio_timestamp",
}  # fmt: skip


def _no_batch_fields(body: dict[str, Any], caps: Capabilities) -> Iterator[str]:
    for key, name in _NOT_LIVE.items():
        if key in _object(body, "generationConfig"):
            raise _refused(caps, f"generation_config.{name}", "takes no such setting in a live conversation")
    yield from ()


def _modalities(body: dict[str, Any], caps: Capabilities) -> Iterator[str]:
    wanted = _object(body, "generationConfig").get("responseModalities")
    if caps.audio_only and wanted and "AUDIO" not in wanted:
        raise _refused(caps, "response_modalities", "answers in audio only; its words come as a transcript")
    yield from ()


def _thinking(body: dict[str, Any], caps: Capabilities) -> Iterator[str]:
    thinking = _object(body, "generationConfig", "thinkingConfig")
    level, field = thinking.get("thinkingLevel"), "thinking_config.thinking_level"
    if level == "THINKING_LEVEL_UNSPECIFIED":
        level = None
    if level is None:
        if caps.thinking == "needs-level":
            generation = body.setdefault("generationConfig", {})
            generation["thinkingConfig"] = thinking | {"thinkingLevel": caps.thinking_levels[0]}
            yield f"{caps.model} needs a thinking level; {field} is set to {caps.thinking_levels[0]}."
        return
    if caps.thinking == "budget":
        raise _refused(caps, field, "has no thinking levels; thinking_config.thinking_budget sets its thinking")
    if caps.thinking == "none":
        raise _refused(caps, field, "has no thinking levels")
    if level not in caps.thinking_levels:
        raise _refused(caps, field, f"thinks at {', '.join(caps.thinking_levels)}, not at {level}")


def _proactive(body: dict[str, Any], caps: Capabilities) -> Iterator[str]:
    proactivity = _object(body, "proactivity")
    wanted, field = proactivity.get("proactiveAudio"), "proactivity.proactive_audio"
    if wanted is None or caps.proactive == "optional":
        return
    if caps.proactive == "always" and not wanted:
        raise _refused(caps, field, "is always proactive, which cannot be switched off")
    if caps.proactive == "none":
        if wanted:
            raise _refused(caps, field, "is never proactive")
        del proactivity["proactiveAudio"]
        if not proactivity:
            del body["proactivity"]
        yield f"{caps.model} is never proactive; {field} is left out."


def _affective(body: dict[str, Any], caps: Capabilities) -> Iterator[str]:
    generation, field = _object(body, "generationConfig"), "enable_affective_dialog"
    if caps.affective or "enableAffectiveDialog" not in generation:
        return
    if generation.pop("enableAffectiveDialog"):
        raise _refused(caps, field, "has no affective dialog")
    yield f"{caps.model} has no affective dialog; {field} is left out."


def _behaviors(body: dict[str, Any], caps: Capabilities) -> Iterator[str]:
    unfit = "NON_BLOCKING" if not caps.async_tools else "BLOCKING" if not caps.blocking_tools else None
    changed: list[str] = []
    for tool in body.get("tools", []):
        for function in _object({"tool": tool}, "tool").get("functionDeclarations", []):
            if unfit is not None and function.get("behavior") == unfit:
                del function["behavior"]
                changed.append(str(function.get("name")))
    if changed:
        yield f"{caps.model} runs every function as {caps.default_behavior}; {', '.join(changed)} too."


def _service_tools(body: dict[str, Any], caps: Capabilities) -> Iterator[str]:
    for tool in body.get("tools", []) if caps.service_tools is not None else ():
        for name in _OWN_TOOLS.keys() & tool.keys() - set(caps.service_tools or ()):
            has = ", ".join(_OWN_TOOLS[one] for one in caps.service_tools or ())
            raise _refused(caps, f"tools.{_OWN_TOOLS[name]}", f"has of the service's own tools only {has}")
    yield from ()


_OWN_TOOLS: Final = {
    "googleSearch": "google_search",
    "codeExecution": "code_execution",
    "urlContext": "url_context",
    "googleMaps": "google_maps",
}


def _voice(body: dict[str, Any], _caps: Capabilities) -> Iterator[str]:
    prebuilt = _object(body, "generationConfig", "speechConfig", "voiceConfig", "prebuiltVoiceConfig")
    given = prebuilt.get("voiceName")
    for name in VOICES:
        if isinstance(given, str) and given != name and given.lower() == name.lower():
            prebuilt["voiceName"] = name
            yield f"The voice {given} is spelled {name}."


def _location(body: dict[str, Any], caps: Capabilities) -> Iterator[str]:
    if caps.regional_only and "/locations/global/" in str(body.get("model")):
        raise _refused(caps, "location", "is not in the location global; us-central1, us-east5 or europe-west4 has it")
    yield from ()


_RULES: Final[tuple[Callable[[dict[str, Any], Capabilities], Iterator[str]], ...]] = (
    _no_batch_fields,
    _modalities,
    _thinking,
    _proactive,
    _affective,
    _behaviors,
    _service_tools,
    _voice,
    _location,
)

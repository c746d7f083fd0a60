"""A setup made to fit its model, before a connection is made.

The service answers a setting that a model does not have by closing with 1007, often with the words "Request contains an
invalid argument." and no name. So the rules are here: what cannot be is refused in a sentence that names the setting,
and what only needs another spelling is changed, and said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, cast

from voice_actors.errors import UnsupportedByModelError
from voice_actors.gemini.events import Setup
from voice_actors.gemini.models import VOICES, Capabilities


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

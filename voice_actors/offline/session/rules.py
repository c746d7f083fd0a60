"""What each model refuses in a setup, in the words with which the service closes the connection.

Google names the field in few of them; where it does, or users have reported the words, they stand here as they are:
the response modalities (google-genai 3.6, `tests/live_api`), thinking levels (NousResearch/hermes-agent#114116),
affective dialog, even as `false` (googleapis/python-genai#865), `handle: null` (gemini-3.1). Everything else is an
invalid argument, and what is wrong with it is added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

from voice_actors.gemini.events import Json
from voice_actors.gemini.models import Capabilities
from voice_actors.offline.session.fields import INVALID_ARGUMENT, Refusal, object_in

Rule: TypeAlias = Callable[[Json, Capabilities], Iterator[str]]
"""Yields the words of each refusal."""

NOT_LIVE: Final = (
    "responseLogprobs",
    "responseMimeType",
    "logprobs",
    "responseSchema",
    "stopSequences",
    "routingConfig",
    "audioTimestamp",
)
"""Fields of generationConfig that a live conversation does not take."""
VERTEX_ONLY: Final = (("explicitVadSignal",), ("sessionResumption", "transparent"))


def check(setup: Json, known: Capabilities, *, exact: bool, vertex: bool) -> None:
    """Refuse what the model does not take; a model that is not known takes everything.

    With `exact`, what only the other backend has is refused too; otherwise it is there for whoever wants to try it.

    Raises:
        Refusal: 1007, or 1008 where the model is not in that location.

    """
    for rule in (*_ALWAYS, *(_OF_KNOWN_MODELS if known.known else ())):
        for words in rule(setup, known):
            raise Refusal(words)
    if known.regional_only and "/locations/global/" in str(setup.get("model")):
        name = str(setup.get("model")).rpartition("/")[2]
        raise Refusal(f"models/{name} is not found, or is not supported for bidiGenerateContent.", code=1008)
    for path in VERTEX_ONLY if exact and not vertex else ():
        *above, name = path
        if _at(setup, *above).get(name):
            raise Refusal(f"{INVALID_ARGUMENT} {'.'.join(path)} is for Vertex AI.")


def _at(setup: Json, *path: str) -> Json:
    found = setup
    for name in path:
        found = object_in(found, name)
    return found


def _invalid(what: str) -> str:
    return f"{INVALID_ARGUMENT} {what}"


def _voice_without_audio(setup: Json, _known: Capabilities) -> Iterator[str]:
    generation = _at(setup, "generationConfig")
    if generation.get("responseModalities") == ["TEXT"] and "voiceConfig" in object_in(generation, "speechConfig"):
        yield "Cannot extract voices from a non-audio request."


def _several_speakers(setup: Json, _known: Capabilities) -> Iterator[str]:
    if _at(setup, "generationConfig", "speechConfig").get("multiSpeakerVoiceConfig") is not None:
        yield _invalid("multiSpeakerVoiceConfig is not for live conversations.")


def _batch_fields(setup: Json, _known: Capabilities) -> Iterator[str]:
    generation = _at(setup, "generationConfig")
    yield from (
        _invalid(f"generationConfig.{name} is not for live conversations.") for name in NOT_LIVE if name in generation
    )


def _modalities(setup: Json, known: Capabilities) -> Iterator[str]:
    if known.audio_only and _at(setup, "generationConfig").get("responseModalities") == ["TEXT"]:
        yield "The requested combination of response modalities (TEXT) is not supported by the model."


def _thinking(setup: Json, known: Capabilities) -> Iterator[str]:
    level: Any = _at(setup, "generationConfig", "thinkingConfig").get("thinkingLevel")
    if level in {None, "THINKING_LEVEL_UNSPECIFIED"}:
        if known.thinking == "needs-level":
            yield "Thinking level must be specified"
    elif known.thinking == "none":
        yield "Thinking level is not supported for this model"
    elif known.thinking != "budget" and level not in known.thinking_levels:
        yield _invalid(f"thinkingLevel {level} is not supported for this model.")


def _affective(setup: Json, known: Capabilities) -> Iterator[str]:
    if not known.affective and "enableAffectiveDialog" in _at(setup, "generationConfig"):
        yield _invalid("enableAffectiveDialog is not supported for this model.")


def _proactive(setup: Json, known: Capabilities) -> Iterator[str]:
    wanted = _at(setup, "proactivity").get("proactiveAudio")
    if wanted is None or known.proactive == "optional":
        return
    if known.proactive == "none":
        yield _invalid("proactivity.proactiveAudio is not supported for this model.")
    elif not wanted:
        yield _invalid("proactivity.proactiveAudio cannot be switched off for this model.")


def _translation(setup: Json, known: Capabilities) -> Iterator[str]:
    if "translationConfig" in _at(setup, "generationConfig") and "translate" not in known.model:
        yield _invalid("translationConfig is not supported for this model.")


def _avatar(setup: Json, _known: Capabilities) -> Iterator[str]:
    if setup.get("avatarConfig") is not None:
        yield _invalid("avatarConfig is not supported for this model.")


def _null_handle(setup: Json, known: Capabilities) -> Iterator[str]:
    if known.version == (3, 1) and _at(setup, "sessionResumption").get("handle", "") is None:
        yield _invalid("sessionResumption.handle is null.")


_ALWAYS: Final[tuple[Rule, ...]] = (_voice_without_audio, _several_speakers)
_OF_KNOWN_MODELS: Final[tuple[Rule, ...]] = (
    _batch_fields,
    _modalities,
    _thinking,
    _affective,
    _proactive,
    _translation,
    _avatar,
    _null_handle,
)

"""What each Live model can do and how it wants to be spoken to, known before a connection is made.

Source: Google's model pages and Live API reference as of November 2026, and closes reported by users of the service.
"""

from __future__ import annotations

import functools
import re
from typing import Final, Literal, TypeAlias

import attrs

from voice_actors.values import Value

Behavior: TypeAlias = Literal["BLOCKING", "NON_BLOCKING"]

VOICES: Final = (
    "Zephyr", "Puck", "Charon", "Kore", "Fenrir", "Leda", "Orus", "Aoede", "Callirrhoe", "Autonoe", "Enceladus",
    "Iapetus", "Umbriel", "Algieba", "Despina", "Erinome", "Algenib", "Rasalgethi", "Laomedeia", "Achernar", "Alnilam",
    "Schedar", "Gacrux", "Pulcherrima", "Achird", "Zubenelgenubi", "Vindemiatrix", "Sadachbia", "Sadaltager", "Sulafat",
)  # fmt: skip
"""Names of the prebuilt voices; the service wants them spelled exactly so."""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Capabilities(Value):
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


@functools.lru_cache(maxsize=64)
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

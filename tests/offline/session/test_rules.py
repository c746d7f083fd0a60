"""What each model refuses, in the service's words."""

from __future__ import annotations

from typing import Any

import pytest

from voice_actors.errors import UnsupportedByModelError
from voice_actors.gemini.adapting import adapt
from voice_actors.gemini.events import Setup
from voice_actors.gemini.models import capabilities
from voice_actors.offline.session.fields import Refusal
from voice_actors.offline.session.terms import terms_of

INVALID = "Request contains an invalid argument."
OLD, LIVE_2, SYNC_ONLY, NEW, THINKING, FUTURE = (
    "models/gemini-2.5-flash-native-audio-preview-12-2025",
    "models/gemini-2.0-flash-live-001",
    "models/gemini-3.1-flash-live-preview",
    "models/gemini-3.8-live",
    "models/gemini-3.8-live-extended-thinking",
    "models/gemini-9.9-live",
)
MODELS = (OLD, LIVE_2, SYNC_ONLY, NEW, THINKING, FUTURE)
KNOWN, SINCE_3 = MODELS[:-1], MODELS[2:-1]
TEXT = "The requested combination of response modalities (TEXT) is not supported by the model."
KORE = {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}}}


def level(name: str | None) -> dict[str, Any]:
    return {"generationConfig": {"thinkingConfig": {"thinkingLevel": name}}}


TABLE = [
    ({}, {THINKING: "Thinking level must be specified"}),
    (level("LOW"), {NEW: "Thinking level is not supported for this model"}),
    (level("MINIMAL"), {NEW: "Thinking level is not supported for this model", THINKING: INVALID}),
    ({"generationConfig": {"responseModalities": ["TEXT"]}}, {OLD: TEXT, SYNC_ONLY: TEXT, NEW: TEXT, THINKING: TEXT}),
    (
        {"generationConfig": {"responseModalities": ["TEXT"], "speechConfig": KORE}},
        dict.fromkeys(MODELS, "Cannot extract voices from a non-audio request."),
    ),
    ({"generationConfig": {"enableAffectiveDialog": True}}, dict.fromkeys(SINCE_3, INVALID)),
    ({"generationConfig": {"enableAffectiveDialog": False}}, dict.fromkeys(SINCE_3, INVALID)),
    ({"proactivity": {"proactiveAudio": False}}, dict.fromkeys(SINCE_3, INVALID)),
    ({"proactivity": {"proactiveAudio": True}}, {SYNC_ONLY: INVALID}),
    ({"generationConfig": {"stopSequences": ["x"]}}, dict.fromkeys(KNOWN, INVALID)),
    ({"generationConfig": {"translationConfig": {}}}, dict.fromkeys(KNOWN, INVALID)),
    ({"avatarConfig": {"avatarName": "Ada"}}, dict.fromkeys(KNOWN, INVALID)),
    ({"sessionResumption": {"handle": None}}, {SYNC_ONLY: INVALID}),
    ({"generationConfig": {"speechConfig": {"multiSpeakerVoiceConfig": {}}}}, dict.fromkeys(MODELS, INVALID)),
    ({"labels": {"team": "a"}, "safetySettings": []}, {}),
]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("asked", "refused"), TABLE)
def test_each_model_refuses_what_it_does_not_take(model, asked, refused):
    """The table has the words, or their beginning; whoever is not in it takes the setting."""
    words = refused.get(model)
    if model == THINKING and asked:  # without a level everything is refused
        asked = {
            **asked,
            "generationConfig": {**level("HIGH")["generationConfig"], **asked.get("generationConfig", {})},
        }
    if words is None:
        terms_of(Setup({"model": model, **asked}))
        return
    with pytest.raises(Refusal) as caught:
        terms_of(Setup({"model": model, **asked}))
    assert str(caught.value).startswith(words)
    assert caught.value.code == 1007
    assert len(str(caught.value)) <= 123, "a close frame cannot hold it"


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    "asked",
    [
        {},
        level("LOW"),
        level("MINIMAL"),
        {"generationConfig": {"responseModalities": ["TEXT"]}},
        {"generationConfig": {"enableAffectiveDialog": True}},
        {"generationConfig": {"enableAffectiveDialog": False}},
        {"generationConfig": {"stopSequences": ["x"]}},
        {"proactivity": {"proactiveAudio": True}},
        {"proactivity": {"proactiveAudio": False}},
    ],
)
def test_what_the_agents_own_table_lets_through_is_taken(model, asked):
    """The agent's client refuses or changes such settings before it connects, and the server has nothing to add."""
    try:
        setup, _ = adapt(Setup({"model": model, **asked}), capabilities(model))
    except UnsupportedByModelError:
        return
    terms_of(setup)


def test_what_only_vertex_has_is_refused_by_the_rules():
    """Elsewhere it can be tried."""
    for asked in ({"explicitVadSignal": True}, {"sessionResumption": {"transparent": True}}):
        setup = Setup({"model": NEW, **asked})
        terms_of(setup)
        terms_of(setup, strict=True, vertex=True)
        with pytest.raises(Refusal, match="is for Vertex AI"):
            terms_of(setup, strict=True)
        with pytest.raises(Refusal, match="is for Vertex AI"):
            terms_of(setup, "3.8")


def test_a_model_that_is_not_in_that_location_is_not_found():
    """gemini-live-2.5-flash-native-audio is regional."""
    name = "publishers/google/models/gemini-live-2.5-flash-native-audio"
    terms_of(Setup({"model": f"projects/p/locations/us-central1/{name}"}), vertex=True)
    with pytest.raises(Refusal, match="not found") as caught:
        terms_of(Setup({"model": f"projects/p/locations/global/{name}"}), vertex=True)
    assert caught.value.code == 1008

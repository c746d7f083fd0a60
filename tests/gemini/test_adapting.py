"""How a setup is made to fit its model, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from voice_actors.errors import UnsupportedByModelError
from voice_actors.gemini.adapting import adapt
from voice_actors.gemini.events import Setup
from voice_actors.gemini.models import VOICES, capabilities

LIVE_25 = "gemini-2.5-flash-native-audio-preview-12-2025"
VERTEX_25 = "gemini-live-2.5-flash-native-audio"
LIVE_31 = "gemini-3.1-flash-live-preview"
LIVE_38 = "gemini-3.8-live"
THINKING_38 = "gemini-3.8-live-extended-thinking"


def setup(model: str, **generation: Any) -> Setup:
    return Setup(
        {"model": f"models/{model}", "generationConfig": generation} if generation else {"model": f"models/{model}"}
    )


@pytest.mark.parametrize("model", [LIVE_25, VERTEX_25, LIVE_31, LIVE_38, "gemini-9.9-live", "gemini-live"])
def test_an_ordinary_setup_is_left_alone(model):
    """What every model accepts is not touched, and nothing is said."""
    ordinary = Setup(
        {
            "model": f"models/{model}",
            "generationConfig": {
                "responseModalities": ["AUDIO"],
                "speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}}},
            },
            "tools": [{"googleSearch": {}}, {"functionDeclarations": [{"name": "f"}]}],
        }
    )
    assert adapt(ordinary, capabilities(model)) == (ordinary, ())


REFUSED = [
    (LIVE_38, {"thinkingConfig": {"thinkingLevel": "LOW"}}, "thinking_config.thinking_level"),
    (LIVE_25, {"thinkingConfig": {"thinkingLevel": "LOW"}}, "thinking_config.thinking_level"),
    (THINKING_38, {"thinkingConfig": {"thinkingLevel": "MINIMAL"}}, "thinking_config.thinking_level"),
    (LIVE_31, {"enableAffectiveDialog": True}, "enable_affective_dialog"),
    (LIVE_38, {"enableAffectiveDialog": True}, "enable_affective_dialog"),
    (LIVE_38, {"responseModalities": ["TEXT"]}, "response_modalities"),
    (LIVE_25, {"responseModalities": ["TEXT"]}, "response_modalities"),
    (LIVE_38, {"stopSequences": ["x"]}, "generation_config.stop_sequences"),
    (LIVE_25, {"responseMimeType": "text/plain"}, "generation_config.response_mime_type"),
]


@pytest.mark.parametrize(("model", "generation", "field"), REFUSED)
def test_what_a_model_cannot_do_is_refused_by_name(model, generation, field):
    """The sentence names the model and the field as the user wrote it."""
    with pytest.raises(UnsupportedByModelError) as refusal:
        adapt(setup(model, **generation), capabilities(model))
    assert refusal.value.field == field
    assert refusal.value.model == model
    assert model in str(refusal.value)
    assert field in str(refusal.value)


@pytest.mark.parametrize("generation", [generation for _, generation, _ in REFUSED])
def test_nothing_is_refused_for_a_model_that_is_not_known(generation):
    """A model that came after this table may do anything."""
    given = setup("gemini-4.0-live", **generation)
    assert adapt(given, capabilities("gemini-4.0-live")) == (given, ())


def test_proactive_audio():
    """Optional on 2.5, never on 3.1, always on 3.8."""

    def wants(model: str, value: bool) -> tuple[Any, tuple[str, ...]]:
        given = Setup({"model": model, "proactivity": {"proactiveAudio": value}})
        adapted, notes = adapt(given, capabilities(model))
        return adapted.body.get("proactivity"), notes

    assert wants(LIVE_25, False) == ({"proactiveAudio": False}, ())
    assert wants(LIVE_38, True) == ({"proactiveAudio": True}, ())
    without, notes = wants(LIVE_31, False)
    assert without is None
    assert notes == (f"{LIVE_31} is never proactive; proactivity.proactive_audio is left out.",)
    for model, value in ((LIVE_38, False), (LIVE_31, True)):
        with pytest.raises(UnsupportedByModelError, match="proactive"):
            wants(model, value)


def test_proactive_video_is_kept():
    """Only what the model refuses is taken out."""
    given = Setup({"model": LIVE_31, "proactivity": {"proactiveAudio": False, "proactiveVideo": True}})
    assert adapt(given, capabilities(LIVE_31))[0].body["proactivity"] == {"proactiveVideo": True}


def test_a_needed_thinking_level_is_filled_in():
    """gemini-3.8-live-extended-thinking does not start without one."""
    adapted, notes = adapt(setup(THINKING_38), capabilities(THINKING_38))
    assert adapted.body["generationConfig"] == {"thinkingConfig": {"thinkingLevel": "LOW"}}
    assert len(notes) == 1
    assert "thinking_config.thinking_level" in notes[0]
    given = setup(THINKING_38, thinkingConfig={"thinkingLevel": "HIGH", "includeThoughts": True})
    assert adapt(given, capabilities(THINKING_38)) == (given, ())
    given = setup(THINKING_38, thinkingConfig={"thinkingLevel": "THINKING_LEVEL_UNSPECIFIED", "includeThoughts": True})
    assert adapt(given, capabilities(THINKING_38))[0].body["generationConfig"]["thinkingConfig"] == {
        "thinkingLevel": "LOW",
        "includeThoughts": True,
    }


def test_affective_dialog_switched_off_is_left_out_where_it_does_not_exist():
    """Even `false` closes the session there; it asks for nothing, so it need not be refused."""
    adapted, notes = adapt(setup(LIVE_38, enableAffectiveDialog=False, temperature=1.0), capabilities(LIVE_38))
    assert adapted.body["generationConfig"] == {"temperature": 1.0}
    assert notes == (f"{LIVE_38} has no affective dialog; enable_affective_dialog is left out.",)


@pytest.mark.parametrize(("model", "unfit"), [(LIVE_31, "NON_BLOCKING"), (THINKING_38, "BLOCKING")])
def test_a_behavior_that_the_model_does_not_have(model, unfit):
    """The function still works, in the only way the model has; the user is told."""
    functions = [{"name": "f", "behavior": unfit}, {"name": "g"}]
    given = Setup(
        {"model": model, "tools": [{"functionDeclarations": functions}],
         "generationConfig": {"thinkingConfig": {"thinkingLevel": "LOW"}}}
    )  # fmt: skip
    adapted, notes = adapt(given, capabilities(model))
    assert adapted.body["tools"] == [{"functionDeclarations": [{"name": "f"}, {"name": "g"}]}]
    assert notes == (f"{model} runs every function as {capabilities(model).default_behavior}; f too.",)
    assert functions[0]["behavior"] == unfit, "the settings of the caller are not changed"


def test_voices_are_spelled_as_the_service_wants():
    """Their names are case-sensitive there; custom ones are left alone."""
    given = setup(LIVE_38, speechConfig={"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "kore"}}})
    adapted, notes = adapt(given, capabilities(LIVE_38))
    assert adapted.body["generationConfig"]["speechConfig"]["voiceConfig"]["prebuiltVoiceConfig"]["voiceName"] == "Kore"
    assert notes == ("The voice kore is spelled Kore.",)
    assert len(set(VOICES)) == 30
    custom = setup(LIVE_38, speechConfig={"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Mine"}}})
    assert adapt(custom, capabilities(LIVE_38)) == (custom, ())


def test_a_regional_model_is_not_asked_for_globally():
    """Vertex's 2.5 model exists in three regions."""
    name = f"projects/p/locations/{{}}/publishers/google/models/{VERTEX_25}"
    with pytest.raises(UnsupportedByModelError, match="us-central1"):
        adapt(Setup({"model": name.format("global")}), capabilities(VERTEX_25))
    assert adapt(Setup({"model": name.format("us-central1")}), capabilities(VERTEX_25))[1] == ()

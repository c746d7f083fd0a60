"""What a setup asks for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_actors.gemini.events import Setup
from voice_actors.offline.parts import ActivitySettings, Sight
from voice_actors.offline.session.content import sights_of, text_of
from voice_actors.offline.session.fields import Refusal
from voice_actors.offline.session.terms import Compression, Resumption, terms_of

OLD, NEW, ASYNC_ONLY, SYNC_ONLY = (
    "models/gemini-2.5-flash-native-audio-preview-12-2025",
    "models/gemini-3.8-live",
    "models/gemini-3.8-live-extended-thinking",
    "models/gemini-3.1-flash-live-preview",
)


def terms(profile: str | None = None, **body: Any):
    if body.get("model") == ASYNC_ONLY:
        body["generationConfig"] = {"thinkingConfig": {"thinkingLevel": "LOW"}}
    return terms_of(Setup({"model": OLD, **body}), profile)


def test_a_bare_setup_means_the_defaults():
    """Audio, detection and interruption on, nothing transcribed, nothing kept."""
    found = terms()
    assert (found.modality, found.voice, found.instructions, found.functions) == ("AUDIO", None, "", ())
    assert found.activity == ActivitySettings()
    assert found.interrupts
    assert not (found.input_transcription or found.output_transcription or found.voice_activity or found.seeding)
    assert (found.resumption, found.compression) == (None, None)


def test_detection_is_as_asked():
    """Sensitivities and times, or off."""
    asked = {
        "startOfSpeechSensitivity": "START_SENSITIVITY_LOW",
        "endOfSpeechSensitivity": "END_SENSITIVITY_LOW",
        "prefixPaddingMs": 20,
        "silenceDurationMs": "900",
    }
    found = terms(realtimeInputConfig={"automaticActivityDetection": asked, "activityHandling": "NO_INTERRUPTION"})
    assert found.activity == ActivitySettings("LOW", "LOW", 20, 900)
    assert not found.interrupts
    assert terms(realtimeInputConfig={"automaticActivityDetection": {"disabled": True}}).activity is None


def test_declarations_become_what_a_mind_wants():
    """JSON Schema whatever form it came in; names of properties are left alone; every one says how it behaves."""
    openapi = {
        "type": "OBJECT",
        "properties": {
            "type": {"type": "STRING", "enum": ["A"], "description": "TYPE"},
            "many": {"type": "ARRAY", "items": {"type": "INTEGER"}, "anyOf": [{"type": "NUMBER"}]},
        },
        "required": ["type"],
    }
    schema = {"type": "object", "properties": {}}
    declared = [
        {"name": "f", "parameters": openapi},
        {"name": "g", "description": "d", "parametersJsonSchema": schema, "behavior": "NON_BLOCKING"},
    ]
    f, g = terms(tools=[{"googleSearch": {}}, {"functionDeclarations": declared}]).functions
    assert f["parameters"] == {
        "type": "object",
        "properties": {
            "type": {"type": "string", "enum": ["A"], "description": "TYPE"},
            "many": {"type": "array", "items": {"type": "integer"}, "anyOf": [{"type": "number"}]},
        },
        "required": ["type"],
    }
    assert (f["description"], f["behavior"]) == ("", "BLOCKING")
    assert g == {"name": "g", "description": "d", "parameters": schema, "behavior": "NON_BLOCKING"}


@pytest.mark.parametrize(
    ("model", "asked", "behavior"),
    [
        (OLD, None, "BLOCKING"),
        (OLD, "NON_BLOCKING", "NON_BLOCKING"),
        (SYNC_ONLY, "NON_BLOCKING", "BLOCKING"),
        (NEW, None, "NON_BLOCKING"),
        (NEW, "BLOCKING", "BLOCKING"),
        (ASYNC_ONLY, "BLOCKING", "NON_BLOCKING"),
    ],
)
def test_a_function_behaves_as_the_model_allows(model, asked, behavior):
    """Each model has its default, and some have no choice; a function that was never declared has the default."""
    declared = {"name": "f"} if asked is None else {"name": "f", "behavior": asked}
    found = terms(model=model, tools=[{"functionDeclarations": [declared]}])
    assert found.behavior("f") == behavior
    assert found.behavior("never declared") == terms(model=model).behavior("f")


@pytest.mark.parametrize(
    ("model", "more", "status"),
    [(OLD, True, None), (NEW, True, "IDLE"), (ASYNC_ONLY, True, "IN_PROGRESS"), (ASYNC_ONLY, False, "IDLE")],
)
def test_the_status_beside_turn_complete_is_the_models(model, more, status):
    """Only extended thinking spreads one request over several turns."""
    assert terms(model=model).interaction_status(more=more) == status


def test_vertex_has_defaults_of_its_own():
    """It wants to be surer of speech, and all input belongs to a turn; what the setup says goes before."""
    bare = terms_of(Setup({"model": NEW}), vertex=True)
    assert bare.activity == ActivitySettings("LOW", "LOW")
    assert (bare.coverage, bare.vertex) == ("ALL_INPUT", True)
    asked = {
        "automaticActivityDetection": {"startOfSpeechSensitivity": "START_SENSITIVITY_HIGH"},
        "turnCoverage": "TURN_INCLUDES_ONLY_ACTIVITY",
    }
    found = terms_of(Setup({"model": NEW, "realtimeInputConfig": asked}), vertex=True)
    assert found.activity == ActivitySettings("HIGH", "LOW")
    assert found.coverage == "ONLY_ACTIVITY"


@pytest.mark.parametrize(
    ("model", "coverage"),
    [(OLD, "ONLY_ACTIVITY"), (SYNC_ONLY, "AUDIO_ACTIVITY_AND_ALL_VIDEO"), (NEW, "AUDIO_ACTIVITY_AND_ALL_VIDEO")],
)
def test_what_a_turn_covers_is_the_models(model, coverage):
    """Since gemini-3 all video belongs to it."""
    assert terms(model=model).coverage == coverage


def test_a_frame_counts_as_its_resolution():
    """Low resolution is 64 tokens, as Google's documentation of tokens gives it."""
    assert terms().image_tokens == 258
    assert terms(generationConfig={"mediaResolution": "MEDIA_RESOLUTION_LOW"}).image_tokens == 64


@pytest.mark.parametrize(
    ("model", "vertex", "takes"),
    [(OLD, False, True), (SYNC_ONLY, False, False), (NEW, False, False), (NEW, True, True), ("models/x", False, True)],
)
def test_the_old_form_of_audio_is_taken_by_old_models(model, vertex, takes):
    """`mediaChunks`; Vertex AI still describes it, and of models that are not known nothing is said."""
    assert terms_of(Setup({"model": model}), vertex=vertex).takes_media_chunks is takes


@pytest.mark.parametrize(("code", "lines"), [("en-GB", 0), ("EN", 0), ("de-DE", 1), (None, 0), (7, 0)])
def test_another_language_is_taken_with_a_warning(caplog, code, lines):
    """The service would speak it, so it is not refused; one line says that nobody here does."""
    terms(generationConfig={"speechConfig": {"languageCode": code}})
    assert caplog.text.count("know English") == lines


def test_a_profile_overrules_the_model():
    """Any model's name can be served by the rules of another."""
    assert terms(profile="3.8", model="models/whatever-2.5").interaction_status(more=False) == "IDLE"


def test_resumption_compression_seeding_and_signals():
    """The rest of what a session can be."""
    found = terms(
        sessionResumption={"handle": "h", "transparent": True},
        contextWindowCompression={"triggerTokens": "1000", "slidingWindow": {}},
        historyConfig={"initialHistoryInClientContent": True},
        explicitVadSignal=True,
        generationConfig={
            "speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}}},
        },
        systemInstruction={"parts": [{"text": "be"}, {"text": "hidden", "thought": True}, {"text": "brief"}]},
    )
    assert found.resumption == Resumption("h", transparent=True)
    assert found.compression == Compression(1000, 500)
    assert found.seeding
    assert found.voice_activity
    assert (found.modality, found.voice, found.instructions) == ("AUDIO", "Kore", "be\nbrief")
    assert terms(sessionResumption={}).resumption == Resumption()
    assert terms(contextWindowCompression={"triggerTokens": 5}).compression is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"model": ""},
        {"model": None},
        {"generationConfig": []},
        {"generationConfig": {"responseModalities": ["IMAGE"]}},
        {"tools": "x"},
        {"tools": [1]},
        {"tools": [{"functionDeclarations": [{"name": 1}]}]},
        {"sessionResumption": {"handle": 1}},
        {"contextWindowCompression": {"slidingWindow": {"targetTokens": 9}, "triggerTokens": 5}},
        {"contextWindowCompression": {"slidingWindow": {}, "triggerTokens": "many"}},
        {"realtimeInputConfig": {"automaticActivityDetection": {"silenceDurationMs": -1}}},
        {"generationConfig": {"temperature": 3}},
        {"generationConfig": {"temperature": "hot"}},
        {"generationConfig": {"topP": 1.5}},
        {"generationConfig": {"maxOutputTokens": 0}},
        {"generationConfig": {"seed": "x"}},
    ],
)
def test_what_cannot_be_is_refused_with_1007(wrong):
    """And the reason begins as the service's does."""
    with pytest.raises(Refusal, match="Request contains an invalid argument") as caught:
        terms(**wrong)
    assert caught.value.code == 1007


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
keys = st.sampled_from(
    "generationConfig systemInstruction tools realtimeInputConfig sessionResumption contextWindowCompression "
    "historyConfig explicitVadSignal".split()
)


@given(st.dictionaries(keys, json))
def test_any_setup_is_understood_or_refused(body):
    """Nothing that a client can send is an error of ours."""
    try:
        terms(**body)
    except Refusal:
        return


def test_pictures_in_a_turn_are_counted():
    """Their kind and size; other parts are none."""
    parts = [
        {"text": "see"},
        {"inlineData": {"mimeType": "image/png", "data": "AAAA"}},
        {"inlineData": {"mimeType": "audio/pcm", "data": "AA"}},
    ]
    assert sights_of({"parts": parts}) == [Sight("image/png", 3)]
    assert text_of({}) == ""

"""The first message from settings; that it equals the official client's is proved in tests/conformance."""

from __future__ import annotations

import subprocess
import sys

import pytest
from google.genai import types

from voice_actors.errors import ConfigError, UnsupportedByModelError
from voice_actors.gemini._live_config import service_tool
from voice_actors.gemini.events import Setup
from voice_actors.gemini.setup import build_setup, merge_tools, model_name

MODEL = "gemini-3.8-live"


def test_the_smallest_setup():
    """A model is enough, and nothing is sent that was not asked for."""
    assert build_setup(MODEL) == Setup({"model": "models/gemini-3.8-live"})
    assert build_setup(MODEL, {}) == build_setup(MODEL)


def test_the_settings_of_an_agent():
    """Instructions, voice, language, functions, transcripts, resumption."""
    setup = build_setup(
        MODEL,
        instructions="Be brief.",
        voice="Kore",
        language="en-US",
        declarations=[{"name": "f", "parametersJsonSchema": {"a_b": None}}],
        service_tools=[{"google_search": {}}],
        transcriptions=True,
        resumable=True,
    )
    assert setup.body == {
        "model": "models/gemini-3.8-live",
        "generationConfig": {
            "speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}}, "languageCode": "en-US"}
        },
        "systemInstruction": {"role": "user", "parts": [{"text": "Be brief."}]},
        "tools": [
            {"googleSearch": {}},
            {"functionDeclarations": [{"name": "f", "parametersJsonSchema": {"a_b": None}}]},
        ],
        "inputAudioTranscription": {},
        "outputAudioTranscription": {},
        "sessionResumption": {},
    }


def test_a_handle_is_sent_or_absent_never_null():
    """A null handle closes the session on gemini-3.1."""
    assert build_setup(MODEL, resumable=True).body["sessionResumption"] == {}
    assert build_setup(MODEL, resumption="h").body["sessionResumption"] == {"handle": "h"}
    assert build_setup(MODEL, resumption="h", resumable=True).body["sessionResumption"] == {"handle": "h"}
    assert "sessionResumption" not in build_setup(MODEL).body


def test_a_newer_handle_replaces_that_of_the_settings():
    """The user's handle starts the conversation; after a lost link the latest one counts."""
    live = {"session_resumption": {"handle": "old"}}
    assert build_setup(MODEL, live, resumable=True).body["sessionResumption"] == {"handle": "old"}
    assert build_setup(MODEL, live, resumption="new").body["sessionResumption"] == {"handle": "new"}
    transparent = {"session_resumption": {"transparent": True}}
    found = build_setup(MODEL, transparent, resumption="new", vertexai=True, project="p").body["sessionResumption"]
    assert found == {"handle": "new", "transparent": True}


def test_transcription_settings_of_the_user_are_kept():
    """Asking for transcripts does not undo how they are to be made."""
    live = {"input_audio_transcription": {"language_codes": ["de-DE"]}}
    body = build_setup(MODEL, live, transcriptions=True).body
    assert body["inputAudioTranscription"] == {"languageCodes": ["de-DE"]}
    assert body["outputAudioTranscription"] == {}


@pytest.mark.parametrize(
    ("live", "settings", "named"),
    [
        ({"system_instruction": "a"}, {"instructions": "b"}, "instructions and live.system_instruction"),
        (
            {"speech_config": {"voice_config": {"prebuilt_voice_config": {"voice_name": "Puck"}}}},
            {"voice": "Kore"},
            "voice and live.speech_config.voice_config",
        ),
        (
            {"speech_config": {"language_code": "de-DE"}},
            {"language": "en-US"},
            "language and live.speech_config.language_code",
        ),
        (
            {"temperature": 1.0, "generation_config": {"temperature": 0.5}},
            {},
            "temperature and live.generation_config.temperature",
        ),
    ],
)
def test_settings_that_contradict_each_other(live, settings, named):
    """Nobody is left guessing which of the two counted."""
    with pytest.raises(ConfigError, match=f"^{named} say different things"):
        build_setup(MODEL, live, **settings)


def test_settings_that_agree():
    """The same thing said twice is no contradiction."""
    body = build_setup(
        MODEL, {"system_instruction": "a", "speech_config": {"language_code": "de"}}, instructions="a", language="de"
    ).body
    assert body["systemInstruction"]["parts"] == [{"text": "a"}]
    assert body["generationConfig"] == {"speechConfig": {"languageCode": "de"}}


@pytest.mark.parametrize(
    ("live", "named"),
    [
        ({"temprature": 1}, "live.temprature"),
        ({"temperature": "hot"}, "live.temperature"),
        (
            {"realtime_input_config": {"automatic_activity_detection": {"disabled": 5.5}}},
            "automatic_activity_detection.disabled",
        ),
        ({"http_options": {"base_url": "https://x"}}, "connection"),
        ({"tools": [print]}, "function print"),
        ({"tools": [{"no_such_tool": {}}]}, "no_such_tool"),
        ({"tools": [object()]}, "object"),
        ({"system_instruction": types.File(name="f")}, "live.system_instruction"),
        ({1: 2}, "live cannot be read"),
        ({"realtimeInputConfig": {"turnCoverage": 5}}, "live cannot be read"),
    ],
)
def test_malformed_settings_are_named(live, named):
    """The message says which setting it is about."""
    with pytest.raises(ConfigError) as error:
        build_setup(MODEL, live)
    assert named in str(error.value)


def test_the_users_config_is_not_changed():
    """google-genai's client writes into the config it is given; we do not."""
    tool = types.Tool(function_declarations=[types.FunctionDeclaration(name="f")], google_search=types.GoogleSearch())
    live = types.LiveConnectConfig(system_instruction="a", tools=[tool])
    before = live.model_copy(deep=True)
    build_setup(MODEL, live, declarations=[{"name": "g"}])
    assert live == before
    assert live.system_instruction == "a"


def test_refusals_name_field_and_way_out():
    """A field of the other backend is refused by name."""
    with pytest.raises(UnsupportedByModelError, match="^explicit_vad_signal works with Vertex AI only") as refusal:
        build_setup(MODEL, {"explicit_vad_signal": True})
    assert (refusal.value.field, refusal.value.model) == ("explicit_vad_signal", MODEL)
    with pytest.raises(UnsupportedByModelError, match="^speech_config.multi_speaker_voice_config is not for live"):
        build_setup(MODEL, {"speech_config": {"multi_speaker_voice_config": {}}}, vertexai=True)


def test_all_functions_end_up_in_one_tool():
    """The service reads one list of functions, the last tool."""
    tools = [{"functionDeclarations": [{"name": "a"}], "googleSearch": {}}, {"functionDeclarations": [{"name": "b"}]}]
    assert merge_tools(tools, [{"name": "c"}], [{"urlContext": {}}]) == [
        {"googleSearch": {}},
        {"urlContext": {}},
        {"functionDeclarations": [{"name": "a"}, {"name": "b"}, {"name": "c"}]},
    ]
    assert merge_tools([]) == []


def test_service_tools():
    """An object of google-genai and a dict in either spelling mean the same; a wrong field is named."""
    expected = {"googleMaps": {"enableWidget": True}}
    assert service_tool(types.Tool(google_maps=types.GoogleMaps(enable_widget=True))) == expected
    assert service_tool({"google_maps": {"enable_widget": True}}) == expected
    assert service_tool({"googleMaps": {"enableWidget": True}}) == expected
    with pytest.raises(ConfigError, match="'enableWigdet' in google_maps"):
        service_tool({"google_maps": {"enable_wigdet": True}})
    with pytest.raises(ConfigError, match="cannot be read"):
        service_tool({1: 2})


def test_model_names_of_vertex():
    """With a project the full name, in express mode the publisher's; no location means global."""
    assert model_name("m", vertexai=True) == "publishers/google/models/m"
    assert model_name("m", vertexai=True, project="p") == "projects/p/locations/global/publishers/google/models/m"
    assert (
        model_name("a/m", vertexai=True, project="p", location="eu") == "projects/p/locations/eu/publishers/a/models/m"
    )
    for bad in ("", " m", "m\n", "../m"):
        with pytest.raises(ConfigError):
            model_name(bad)


def test_light_without_a_live_config():
    """Where no LiveConnectConfig is given, google-genai is not imported: it takes half a second."""
    program = (
        "import sys; from voice_actors.gemini.setup import build_setup;"
        "build_setup('m', instructions='a', voice='Kore', declarations=[{'name': 'f'}], service_tools=[{'google_search': {}}]);"
        "sys.exit('google.genai' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0

"""Our first message is the one that google-genai's own client sends, for every setting and both backends."""

from __future__ import annotations

import asyncio
import contextlib
import json
import warnings
from importlib.metadata import version
from typing import Any

import google.genai
import google.genai.live
import pytest
from google.genai import types

from voice_actors.errors import ConfigError, UnsupportedByModelError
from voice_actors.gemini import client, names, wire
from voice_actors.gemini.setup import build_setup

RELEASE = tuple(int(part) for part in version("google-genai").split(".")[:2])
BACKENDS = ("developer", "vertex", "express")
MODEL = "gemini-3.8-live"


class Credentials:
    """Stands for google-auth's: google-genai asks them for a token before it connects."""

    token = "t"
    expired = False
    valid = True
    quota_project_id = None


def official_client(backend: str) -> Any:
    if backend == "developer":
        return google.genai.Client(api_key="k", vertexai=False)
    if backend == "express":
        return google.genai.Client(api_key="k", vertexai=True)
    return google.genai.Client(
        vertexai=True,
        project="p",
        location="us-central1",
        credentials=Credentials(),
        http_options=types.HttpOptions(headers={"Authorization": "Bearer t"}),
    )


class Recorder:
    """A WebSocket that keeps what is sent and says that the setup is complete."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    async def send(self, frame: str) -> None:
        self.sent.append(frame)

    async def recv(self, decode: bool = False) -> bytes:
        return b'{"setupComplete": {}}'

    async def close(self) -> None:
        return None


def official_frame(monkeypatch: pytest.MonkeyPatch, backend: str, model: str, config: Any) -> dict[str, Any]:
    """The setup that the unmodified client sends, as it goes into the WebSocket."""
    recorder = Recorder()

    @contextlib.asynccontextmanager
    async def ws_connect(uri: str, **_: Any):
        yield recorder

    monkeypatch.setattr(google.genai.live, "ws_connect", ws_connect)

    async def run() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            official = official_client(backend)
            try:
                async with official.aio.live.connect(model=model, config=config):
                    pass
            finally:
                await official.aio.aclose()
                official.close()

    asyncio.run(run())
    return wire.parse(recorder.sent[0])


def ours(backend: str, model: str, config: Any, **settings: Any) -> dict[str, Any]:
    """The frame that we send."""
    if backend == "vertex":
        settings |= {"project": "p", "location": "us-central1"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        setup = build_setup(model, config, vertexai=backend != "developer", **settings)
    frame = client.encode(setup)
    assert json.loads(frame) == wire.parse(frame), "our own frame is canonical"
    return wire.parse(frame)


def standard_base64(value: Any, key: str = "") -> Any:
    """The official client writes bytes in the URL-safe alphabet, the service in the standard one."""
    if isinstance(value, dict):
        return {name: standard_base64(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [standard_base64(item, key) for item in value]
    if key in {"data", "thoughtSignature", "voiceSampleAudio", "consentAudio", "imageData"}:
        return wire.base64(wire.as_bytes(value, key))
    return value


BYTES = bytes(range(240, 256))
SEARCH = types.Tool(google_search=types.GoogleSearch())
WEATHER = types.FunctionDeclaration(
    name="weather",
    description="d",
    parameters=types.Schema(
        type="OBJECT",
        properties={"my_city": types.Schema(type="STRING", max_length=3, any_of=[types.Schema(type="STRING")])},
        property_ordering=["my_city"],
        required=["my_city"],
    ),
    response=types.Schema(type="OBJECT", properties={"the_answer": types.Schema(type="STRING", min_length=1)}),
)
JSON_SCHEMA = types.FunctionDeclaration(
    name="json_schema",
    behavior="NON_BLOCKING",
    parameters_json_schema={"type": "object", "properties": {"a_b": {"type": "string", "max_length": None}}},
    response_json_schema={"type": "object", "any_key": [1, None]},
)

FIELDS: dict[str, list[Any]] = {
    "generation_config": [
        types.GenerationConfig(),
        types.GenerationConfig(
            temperature=0.5,
            top_p=0.5,
            stop_sequences=["x"],
            candidate_count=1,
            frequency_penalty=0.5,
            presence_penalty=0.25,
            response_mime_type="text/plain",
            model_selection_config=types.ModelSelectionConfig(feature_selection_preference="BALANCED"),
            routing_config=types.GenerationConfigRoutingConfig(
                manual_mode=types.GenerationConfigRoutingConfigManualRoutingMode(model_name="m")
            ),
            response_schema=types.Schema(type="OBJECT", properties={"a_b": types.Schema(type="STRING")}),
            thinking_config=types.ThinkingConfig(include_thoughts=True),
            speech_config=types.SpeechConfig(language_code="de-DE"),
        ),
    ],
    "response_modalities": [["AUDIO"], [types.Modality.TEXT], []],
    "temperature": [0.0, 0.7],
    "top_p": [0.9],
    "top_k": [40],
    "max_output_tokens": [1024],
    "media_resolution": ["MEDIA_RESOLUTION_LOW", types.MediaResolution.MEDIA_RESOLUTION_HIGH],
    "seed": [0, 7],
    "speech_config": [
        types.SpeechConfig(
            voice_config=types.VoiceConfig(prebuilt_voice_config=types.PrebuiltVoiceConfig(voice_name="Kore")),
            language_code="en-US",
        ),
        {"voice_config": {"prebuilt_voice_config": {"voice_name": "Puck"}}},
        {"voiceConfig": {"replicatedVoiceConfig": {"mimeType": "audio/wav", "voiceSampleAudio": BYTES}}},
        types.SpeechConfig(),
    ],
    "thinking_config": [types.ThinkingConfig(thinking_budget=0, include_thoughts=False), {"thinking_level": "LOW"}],
    "enable_affective_dialog": [True, False],
    "system_instruction": [
        "Be brief.",
        types.Part(text="Be brief."),
        types.Part(inline_data=types.Blob(data=BYTES, mime_type="image/png")),
        types.Part(function_call=types.FunctionCall(name="f", args={"a_b": None})),
        ["Be brief.", types.Part(text="Be kind.", thought=True, thought_signature=BYTES)],
        types.Content(role="system", parts=[types.Part(text="Be brief.")]),
        types.Content(parts=[types.Part(text="Be brief.")]),
        types.File(uri="https://example.org/f", mime_type="text/plain"),
        {"parts": [{"text": "Be brief."}], "role": "user"},
        {"text": "Be brief."},
        [{"text": "Be brief."}, "Be kind."],
        types.Content(
            parts=[
                types.Part(function_response=types.FunctionResponse(name="f", response={"my_key": {"in_ner": None}})),
                types.Part(file_data=types.FileData(file_uri="gs://x/y", mime_type="text/plain")),
                types.Part(executable_code=types.ExecutableCode(code="1", language="PYTHON")),
                types.Part(video_metadata=types.VideoMetadata(fps=1.0, start_offset="1s"), text="v"),
            ]
        ),
    ],
    "tools": [
        [],
        [SEARCH],
        [{"google_search": {}}],
        [{}],
        [types.Tool(function_declarations=[])],
        [types.Tool(function_declarations=[WEATHER])],
        [
            types.Tool(function_declarations=[JSON_SCHEMA], code_execution=types.ToolCodeExecution()),
            SEARCH,
            {"function_declarations": [{"name": "g", "parameters_json_schema": {"type": "object"}}]},
            types.Tool(function_declarations=[WEATHER]),
        ],
        [types.Tool(url_context=types.UrlContext()), types.Tool(google_maps=types.GoogleMaps(enable_widget=True))],
        [types.Tool(computer_use=types.ComputerUse(environment="ENVIRONMENT_BROWSER"))],
        [types.Tool(google_search_retrieval=types.GoogleSearchRetrieval())],
    ],
    "session_resumption": [types.SessionResumptionConfig(), types.SessionResumptionConfig(handle="h"), {"handle": "h"}],
    "input_audio_transcription": [types.AudioTranscriptionConfig(), {"language_codes": ["en-US", "de-DE"]}],
    "output_audio_transcription": [{}, types.AudioTranscriptionConfig(custom_vocabulary=["trio"], word_timestamp=True)],
    "realtime_input_config": [
        types.RealtimeInputConfig(
            automatic_activity_detection=types.AutomaticActivityDetection(
                disabled=False,
                start_of_speech_sensitivity="START_SENSITIVITY_HIGH",
                end_of_speech_sensitivity="END_SENSITIVITY_LOW",
                prefix_padding_ms=20,
                silence_duration_ms=500,
            ),
            activity_handling="NO_INTERRUPTION",
            turn_coverage="TURN_INCLUDES_ONLY_ACTIVITY",
        ),
        {"automaticActivityDetection": {"disabled": True}},
    ],
    "context_window_compression": [
        types.ContextWindowCompressionConfig(
            trigger_tokens=25600, sliding_window=types.SlidingWindow(target_tokens=12800)
        ),
        {"sliding_window": {}},
    ],
    "proactivity": [types.ProactivityConfig(proactive_audio=True), {}],
    "explicit_vad_signal": [True, False],
    "history_config": [types.HistoryConfig(initial_history_in_client_content=True)],
    "avatar_config": [
        types.AvatarConfig(
            customized_avatar=types.CustomizedAvatar(image_mime_type="image/png", image_data=BYTES),
            audio_bitrate_bps=1,
        )
    ],
    "safety_settings": [
        [types.SafetySetting(category="HARM_CATEGORY_HARASSMENT", threshold="BLOCK_NONE")],
        [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}],
    ],
    "translation_config": [types.TranslationConfig(target_language_code="es", echo_target_language=False)],
    "labels": [{"my_team": "a_b", "other": "c"}],
}
REFUSED: list[tuple[str, Any]] = [
    ("explicit_vad_signal", True),
    ("session_resumption", {"transparent": True}),
    ("session_resumption", {"handle": "h", "transparent": False}),
    ("safety_settings", [{"category": "HARM_CATEGORY_HARASSMENT", "method": "SEVERITY"}]),
    ("speech_config", {"multi_speaker_voice_config": {"speaker_voice_configs": []}}),
    ("speech_config", {"voice_config": {"replicated_voice_config": {"consent_audio": BYTES}}}),
    ("speech_config", {"voice_config": {"replicated_voice_config": {"voice_consent_signature": {"signature": "s"}}}}),
    ("generation_config", {"enable_enhanced_civic_answers": True}),
    ("tools", [{"retrieval": {"disable_attribution": True}}]),
    ("tools", [{"enterprise_web_search": {}}]),
    ("tools", [{"file_search": {"file_search_store_names": ["a"]}}]),
    ("tools", [{"parallel_ai_search": {"custom_configs": {"a_b": 1}}}]),
    ("tools", [{"exa_ai_search": {"custom_configs": {"a_b": 1}}}]),
    ("tools", [{"google_search": {"exclude_domains": ["x.org"]}}]),
    ("tools", [{"google_search": {"blocking_confidence": "BLOCK_LOW_AND_ABOVE"}}]),
    ("tools", [{"google_search": {"time_range_filter": {"start_time": "2026-01-01T00:00:00Z"}}}]),
    ("tools", [{"google_maps": {"auth_config": {"api_key": "k"}}}]),
    ("tools", [{"google_maps": {"auth_config": {"api_key_config": {"api_key_string": "k"}}}}]),
    ("tools", [{"google_maps": {"auth_config": {"auth_type": "NO_AUTH"}}}]),
    ("tools", [{"google_maps": {"auth_config": {"google_service_account_config": {"service_account": "s"}}}}]),
    ("tools", [{"google_maps": {"auth_config": {"http_basic_auth_config": {"credential_secret": "s"}}}}]),
    ("tools", [{"google_maps": {"auth_config": {"oauth_config": {"access_token": "s"}}}}]),
    ("tools", [{"google_maps": {"auth_config": {"oidc_config": {"id_token": "s"}}}}]),
    ("tools", [{"google_maps": {"grounding_types": {}}}]),
    ("tools", [{"mcp_servers": [{"name": "m"}]}]),
    ("tools", [{"mcp_servers": [{"streamable_http_transport": {"url": "u", "headers": {"x_a": "b"}}}]}]),
    ("system_instruction", types.Part(function_call=types.FunctionCall(name="f", partial_args=[]))),
    ("system_instruction", types.Part(function_call=types.FunctionCall(name="f", will_continue=True))),
    ("system_instruction", types.Part(tool_call=types.ToolCall(id="1", args={"a_b": 1}))),
    ("system_instruction", types.Part(tool_response=types.ToolResponse(id="1", response={"a_b": 1}))),
    ("system_instruction", types.Part(part_metadata={"a_b": 1})),
    ("system_instruction", types.Part(function_response=types.FunctionResponse(name="f", will_continue=False))),
]
CASES = [(field, value) for field, values in FIELDS.items() for value in values]


def known_here(field: str) -> None:
    if field not in types.LiveConnectConfig.model_fields:
        pytest.skip(f"google-genai {RELEASE} has no {field}")


def label(value: Any) -> str:
    return value if isinstance(value, str) else ""


def test_every_field_of_the_installed_release_is_compared():
    """A field that a newer google-genai adds must be added to this comparison."""
    assert set(types.LiveConnectConfig.model_fields) - {"http_options"} <= set(FIELDS)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("field", "value"), CASES, ids=label)
def test_frame_equals_the_official_one(monkeypatch, backend, field, value):
    """One setting at a time, given as an object: the frames are equal, or both sides refuse."""
    known_here(field)
    try:
        expected = official_frame(monkeypatch, backend, MODEL, types.LiveConnectConfig(**{field: value}))
    except ValueError:
        with pytest.raises(UnsupportedByModelError) as refusal:
            ours(backend, MODEL, types.LiveConnectConfig(**{field: value}))
        assert refusal.value.field.startswith(field)
    else:
        assert standard_base64(expected) == ours(backend, MODEL, types.LiveConnectConfig(**{field: value}))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("spelling", [str, names.camel])
def test_frame_of_a_dict_equals_the_official_one(monkeypatch, backend, spelling):
    """All settings at once, given as a dict in either spelling."""
    chosen = {field: values[-1] for field, values in FIELDS.items() if field in types.LiveConnectConfig.model_fields}
    chosen["tools"], chosen["response_modalities"] = FIELDS["tools"][6], ["AUDIO"]
    del chosen["generation_config"]
    if backend == "developer":
        del chosen["explicit_vad_signal"]
    config = {spelling(field): value for field, value in chosen.items()}
    expected = official_frame(monkeypatch, backend, MODEL, dict(config))
    assert standard_base64(expected) == ours(backend, MODEL, config)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("field", "value"), REFUSED, ids=label)
def test_refuses_what_the_official_client_refuses(monkeypatch, backend, field, value):
    """Where google-genai raises for a backend, so do we, naming the field; elsewhere the frames are equal."""
    known_here(field)
    config = {field: value}
    try:
        expected = official_frame(monkeypatch, backend, MODEL, dict(config))
    except ValueError:
        with pytest.raises(UnsupportedByModelError) as refusal:
            ours(backend, MODEL, config)
        assert refusal.value.field.startswith(field.replace("generation_config", "enable_enhanced"))
        assert refusal.value.field in str(refusal.value)
    else:
        try:
            mine = ours(backend, MODEL, config)
        except UnsupportedByModelError:
            assert RELEASE < (3, 4), "only the newest release decides what is refused"
        else:
            assert standard_base64(expected) == mine


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "model",
    [
        "gemini-3.8-live",
        "models/gemini-3.8-live",
        "tunedModels/mine",
        "publishers/google/models/gemini-3.8-live",
        "projects/q/locations/eu/publishers/google/models/gemini-3.8-live",
        "google/gemini-3.8-live",
        "a/b/c",
    ],
)
def test_model_names(monkeypatch, backend, model):
    """Every form of a model's name ends up as the official client writes it."""
    assert official_frame(monkeypatch, backend, model, None) == ours(backend, model, None)
    assert official_frame(monkeypatch, backend, model, {}) == ours(backend, model, {})


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("model", ["", "../x", "a?b", "a&b"])
def test_refuses_the_model_names_that_the_official_client_refuses(monkeypatch, backend, model):
    """Names that could lead elsewhere are refused by both."""
    with pytest.raises(ValueError, match="model"):
        official_frame(monkeypatch, backend, model, None)
    with pytest.raises(ConfigError, match="no model"):
        ours(backend, model, None)


@pytest.mark.parametrize("backend", BACKENDS)
def test_short_settings_equal_the_long_ones(monkeypatch, backend):
    """`instructions`, `voice`, `language`, declarations and service tools say what the long form says."""
    expected = official_frame(
        monkeypatch,
        backend,
        MODEL,
        types.LiveConnectConfig(
            system_instruction="Be brief.",
            speech_config=FIELDS["speech_config"][0],
            tools=[types.Tool(function_declarations=[JSON_SCHEMA]), SEARCH],
            input_audio_transcription={},
            output_audio_transcription={},
            session_resumption={"handle": "h"},
        ),
    )
    declaration = JSON_SCHEMA.model_dump(mode="json", by_alias=True, exclude_none=True)
    mine = ours(
        backend,
        MODEL,
        None,
        instructions="Be brief.",
        voice="Kore",
        language="en-US",
        declarations=[declaration],
        service_tools=[SEARCH],
        transcriptions=True,
        resumption="h",
        resumable=True,
    )
    assert expected == mine

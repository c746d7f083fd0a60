"""The client's half: every message of the reference is written and read."""

from __future__ import annotations

import base64
import json
import tracemalloc

import pytest

from voice_actors.errors import LocalProtocolError, RemoteProtocolError
from voice_actors.gemini import client
from voice_actors.gemini.events import (
    ActivityEnd,
    ActivityStart,
    AudioIn,
    AudioOut,
    AudioStreamEnd,
    ClientContent,
    ContextUpdate,
    FunctionCall,
    FunctionResponse,
    GenerationComplete,
    GoAway,
    Grounding,
    InputTranscription,
    InterimInputTranscription,
    Interrupted,
    MediaOut,
    OutputTranscription,
    SessionResumptionUpdate,
    Setup,
    SetupComplete,
    TextIn,
    TextOut,
    ToolCall,
    ToolCallCancellation,
    ToolResponse,
    TurnComplete,
    Usage,
    VideoIn,
    VoiceActivity,
    WaitingForInput,
)
from voice_actors.gemini.wire import Oddities

PCM = bytes(range(250)) * 4


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


ENCODED = [
    (Setup({"model": "models/x"}), {"setup": {"model": "models/x"}}),
    (
        ClientContent(({"role": "user", "parts": [{"text": "hi"}]},)),
        {"clientContent": {"turns": [{"role": "user", "parts": [{"text": "hi"}]}], "turnComplete": True}},
    ),
    (ClientContent(turn_complete=False), {"clientContent": {"turnComplete": False}}),
    (AudioIn(PCM), {"realtimeInput": {"audio": {"mimeType": "audio/pcm;rate=16000", "data": b64(PCM)}}}),
    (AudioIn(b"", 8000), {"realtimeInput": {"audio": {"mimeType": "audio/pcm;rate=8000", "data": ""}}}),
    (VideoIn(b"\xff\xd8"), {"realtimeInput": {"video": {"mimeType": "image/jpeg", "data": b64(b"\xff\xd8")}}}),
    (TextIn("typed"), {"realtimeInput": {"text": "typed"}}),
    (ActivityStart(), {"realtimeInput": {"activityStart": {}}}),
    (ActivityEnd(), {"realtimeInput": {"activityEnd": {}}}),
    (AudioStreamEnd(), {"realtimeInput": {"audioStreamEnd": True}}),
    (
        ToolResponse((FunctionResponse("c1", "f", {"my_key": None}, "WHEN_IDLE", False, ({"inlineData": {}},)),)),
        {
            "toolResponse": {
                "functionResponses": [
                    {
                        "id": "c1",
                        "name": "f",
                        "response": {"my_key": None},
                        "scheduling": "WHEN_IDLE",
                        "willContinue": False,
                        "parts": [{"inlineData": {}}],
                    }
                ]
            }
        },
    ),
    (
        ToolResponse((FunctionResponse(None, "f", {}),)),
        {"toolResponse": {"functionResponses": [{"name": "f", "response": {}}]}},
    ),
    (ContextUpdate(tools=()), {"contextUpdate": {"tools": {"tools": []}}}),
    (
        ContextUpdate({"role": "user", "parts": [{"text": "be short"}]}),
        {"contextUpdate": {"systemInstruction": {"role": "user", "parts": [{"text": "be short"}]}}},
    ),
]


@pytest.mark.parametrize(("event", "expected"), ENCODED, ids=lambda value: type(value).__name__)
def test_encodes_every_message_of_the_reference(event, expected):
    """What is sent is the JSON of the reference, on one line."""
    frame = client.encode(event)
    assert json.loads(frame) == expected
    assert "\n" not in frame


@pytest.mark.parametrize(
    "event",
    [
        AudioIn(b"\0"),
        AudioIn(b"\0\0", 0),
        VideoIn(b"x", "video/mp4"),
        Setup({}),
        ToolResponse(()),
        ToolResponse((FunctionResponse("1", "f", {}, "LATER"),)),  # type: ignore[arg-type]
        ToolResponse((FunctionResponse("1", "f", "text"),)),  # type: ignore[arg-type]
        ToolResponse((FunctionResponse("1", "f", {"x": frozenset()}),)),
        ContextUpdate(),
    ],
    ids=repr,
)
def test_impossible_messages_are_our_mistake(event):
    """What the wire does not allow is refused before it is sent."""
    with pytest.raises(LocalProtocolError):
        client.encode(event)


def turn(*parts: object, **more: object) -> dict[str, object]:
    return {"serverContent": {"modelTurn": {"role": "model", "parts": list(parts)}, **more}}


def sound(pcm: bytes = PCM, mime_type: str = "audio/pcm;rate=24000") -> dict[str, object]:
    return {"inlineData": {"mimeType": mime_type, "data": b64(pcm)}}


CALL = FunctionCall("function-call-123", "f", {"my_city": "Oslo"})
CALL_JSON = {"id": "function-call-123", "name": "f", "args": {"my_city": "Oslo"}}
DECODED = [
    ({"setupComplete": {"sessionId": "s1"}}, (SetupComplete("s1"),)),
    ({"setupComplete": {"voiceConsentSignature": {"signature": "x"}}}, (SetupComplete(),)),
    (turn(sound()), (AudioOut(PCM),)),
    (turn(sound(mime_type="audio/pcm")), (AudioOut(PCM, 24000),)),
    (turn(sound(mime_type="audio/pcm;rate=16000")), (AudioOut(PCM, 16000),)),
    (turn(sound(b"\0\1"), sound(b"\2\3")), (AudioOut(b"\0\1"), AudioOut(b"\2\3"))),
    (turn({"text": "thinking...", "thought": True}), (TextOut("thinking...", thought=True),)),
    (
        turn({"text": "a"}, {"executableCode": {"code": "1"}}),
        (TextOut("a"), MediaOut({"executableCode": {"code": "1"}})),
    ),
    (
        turn({"inlineData": {"mimeType": "image/png", "data": "AAAA"}}),
        (MediaOut({"inlineData": {"mimeType": "image/png", "data": "AAAA"}}),),
    ),
    (turn({"functionCall": CALL_JSON}, {"functionCall": {"name": "g"}}), (ToolCall((CALL, FunctionCall(None, "g"))),)),
    (turn({"functionCall": CALL_JSON}, {"text": "a"}), (ToolCall((CALL,)), TextOut("a"))),
    ({"serverContent": {"inputTranscription": {"text": " hello"}}}, (InputTranscription(" hello"),)),
    (
        {"serverContent": {"outputTranscription": {"text": "Hi", "finished": True, "languageCode": "en"}}},
        (OutputTranscription("Hi", finished=True, details={"languageCode": "en"}),),
    ),
    ({"serverContent": {"interimInputTranscription": {"text": "hel"}}}, (InterimInputTranscription("hel"),)),
    ({"serverContent": {"generationComplete": True}}, (GenerationComplete(),)),
    ({"serverContent": {"generationComplete": False, "interrupted": False}}, ()),
    (
        {
            "serverContent": {"turnComplete": True, "interactionStatus": "IDLE"},
            "usageMetadata": {"totalTokenCount": 15},
        },
        (TurnComplete(None, "IDLE"), Usage({"totalTokenCount": 15})),
    ),
    (
        {"serverContent": {"turnComplete": True, "turnCompleteReason": "RESPONSE_REJECTED"}},
        (TurnComplete("RESPONSE_REJECTED"),),
    ),
    (
        {"serverContent": {"turnComplete": True, "turnCompleteReason": "TURN_COMPLETE_REASON_UNSPECIFIED"}},
        (TurnComplete(),),
    ),
    ({"serverContent": {"interrupted": True}}, (Interrupted(),)),
    ({"serverContent": {"waitingForInput": True}}, (WaitingForInput(),)),
    (
        {"serverContent": {"groundingMetadata": {"a": 1}, "urlContextMetadata": {"urlMetadata": []}}},
        (Grounding("groundingMetadata", {"a": 1}), Grounding("urlContextMetadata", {"urlMetadata": []})),
    ),
    ({"toolCall": {"functionCalls": [CALL_JSON]}}, (ToolCall((CALL,)),)),
    ({"toolCall": {"functionCalls": [{"name": "f"}]}}, (ToolCall((FunctionCall(None, "f"),)),)),
    ({"toolCallCancellation": {"ids": ["a", "b"]}}, (ToolCallCancellation(("a", "b")),)),
    ({"goAway": {"timeLeft": "50s"}}, (GoAway(50.0),)),
    ({"goAway": {}}, (GoAway(0.0),)),
    (
        {"sessionResumptionUpdate": {"newHandle": "h", "resumable": True}},
        (SessionResumptionUpdate("h", resumable=True),),
    ),
    (
        {"sessionResumptionUpdate": {"newHandle": "h", "resumable": True, "lastConsumedClientMessageIndex": "12"}},
        (SessionResumptionUpdate("h", resumable=True, last_consumed_index=12),),
    ),
    ({"sessionResumptionUpdate": {"newHandle": "", "resumable": False}}, (SessionResumptionUpdate(),)),
    ({"voiceActivity": {"type": "ACTIVITY_START", "audioOffset": "1.240s"}}, (VoiceActivity("ACTIVITY_START", 1.24),)),
    ({"voiceActivity": {"voiceActivityType": "ACTIVITY_END"}}, (VoiceActivity("ACTIVITY_END"),)),
    (
        {"voiceActivityDetectionSignal": {"vadSignalType": "VAD_SIGNAL_TYPE_SOS"}},
        (VoiceActivity("ACTIVITY_START", signal=True),),
    ),
    (
        {"voiceActivityDetectionSignal": {"vadSignalType": "VAD_SIGNAL_TYPE_NEW"}},
        (VoiceActivity("VAD_SIGNAL_TYPE_NEW", signal=True),),
    ),
    ({"usageMetadata": {"totalTokenCount": "15"}}, (Usage({"totalTokenCount": 15}),)),
    (
        {
            "usageMetadata": {
                "candidatesTokenCount": 5,
                "candidatesTokensDetails": [{"modality": "AUDIO"}],
                "trafficType": "T",
            }
        },
        (Usage({"responseTokenCount": 5, "responseTokensDetails": [{"modality": "AUDIO"}], "trafficType": "T"}),),
    ),
    ({"usageMetadata": {"candidatesTokenCount": 5, "responseTokenCount": 6}}, (Usage({"responseTokenCount": 6}),)),
    ({}, ()),
]


@pytest.mark.parametrize(
    ("message", "expected"), DECODED, ids=lambda value: json.dumps(value)[:60] if isinstance(value, dict) else ""
)
@pytest.mark.parametrize("written", ["binary", "text", "pretty", "snake"])
def test_decodes_every_message_of_the_reference(message, expected, written):
    """Text or binary, pretty-printed or not, camelCase or snake_case: it is the same message. Nothing is odd in it."""
    frame = json.dumps(_snake(message) if written == "snake" else message, indent=2 if written == "pretty" else None)
    oddities = Oddities()
    assert client.decode(frame if written == "text" else frame.encode(), oddities) == expected
    assert oddities.total == 0


def _snake(value: object, free: bool = False) -> object:
    if isinstance(value, list):
        return [_snake(item) for item in value]
    if isinstance(value, dict) and not free:
        spelled = {"".join("_" + c.lower() if c.isupper() else c for c in key): item for key, item in value.items()}
        return {key: _snake(item, key == "args") for key, item in spelled.items()}
    return value


def test_one_message_may_say_everything():
    """The order is that in which a client must act: interruption, words, sound, ends, the rest, token counts."""
    message = {
        "usageMetadata": {"totalTokenCount": 1},
        "serverContent": {
            "groundingMetadata": {},
            "waitingForInput": True,
            "turnComplete": True,
            "generationComplete": True,
            "modelTurn": {"parts": [{"text": "a"}, sound(b"\0\1"), {"functionCall": CALL_JSON}]},
            "outputTranscription": {"text": "o"},
            "inputTranscription": {"text": "i"},
        },
    }
    assert client.decode(json.dumps(message)) == (
        InputTranscription("i"),
        OutputTranscription("o"),
        TextOut("a"),
        AudioOut(b"\0\1"),
        ToolCall((CALL,)),
        GenerationComplete(),
        TurnComplete(),
        WaitingForInput(),
        Grounding("groundingMetadata", {}),
        Usage({"totalTokenCount": 1}),
    )


def test_audio_beside_an_interruption_is_stale():
    """Audio in the message that says `interrupted` is of the reply that was cut; it must not be played."""
    message = turn({"text": "kept"}, sound(), interrupted=True, turnComplete=True)
    assert client.decode(json.dumps(message)) == (Interrupted(), TextOut("kept"), TurnComplete())


def test_unknown_fields_and_kinds_are_ignored_and_counted():
    """A newer server may say more than we know."""
    message = {
        "brandNew": {"x": 1},
        "serverContent": {"newer": 1, "modelTurn": {"parts": [], "mood": "good"}, "turnCompleteReason": "BLOCKLIST"},
        "toolCall": {"functionCalls": [{"name": "f", "why": "?"}]},
        "goAway": {"timeLeft": "1s", "reason": "x"},
    }
    oddities = Oddities()
    assert client.decode(json.dumps(message), oddities) == (ToolCall((FunctionCall(None, "f"),)), GoAway(1.0))
    assert oddities.counts == {
        "brandNew": 1,
        "serverContent.newer": 1,
        "serverContent.modelTurn.mood": 1,
        "a turn's reason or status without turnComplete": 1,
        "functionCall.why": 1,
        "goAway.reason": 1,
    }


def test_half_a_call_is_not_executed():
    """Arguments in pieces (Vertex, when asked for) are no call that could run."""
    oddities = Oddities()
    calls = [{"name": "f", "willContinue": True}, {"name": "f", "partialArgs": []}]
    assert client.decode(json.dumps({"toolCall": {"functionCalls": calls}}), oddities) == ()
    assert oddities.counts == {"functionCall.partialArgs": 2}


@pytest.mark.parametrize(
    "message",
    [
        {"serverContent": 1},
        {"setupComplete": []},
        turn(1),
        turn(sound(b"\0")),
        turn({"inlineData": {"mimeType": "audio/pcm", "data": "!"}}),
        turn({"inlineData": {"mimeType": "audio/pcm", "data": 5}}),
        turn({"inlineData": {"mimeType": "audio/pcm;rate=x", "data": ""}}),
        turn({"text": 5}),
        turn({"text": "a", "thought": "yes"}),
        turn({"functionCall": []}),
        {"serverContent": {"modelTurn": {"parts": {}}}},
        {"serverContent": {"interrupted": "true"}},
        {"serverContent": {"inputTranscription": {"text": None, "finished": 1}}},
        {"serverContent": {"turnComplete": True, "turnCompleteReason": 7}},
        {"serverContent": {"groundingMetadata": 1}},
        {"toolCall": {"functionCalls": [{"args": []}]}},
        {"toolCallCancellation": {"ids": "a"}},
        {"goAway": {"timeLeft": 50}},
        {"sessionResumptionUpdate": {"lastConsumedClientMessageIndex": "x"}},
        {"voiceActivity": {"audioOffset": 1}},
        {"usageMetadata": {"totalTokenCount": "many"}},
    ],
    ids=json.dumps,
)
def test_wrong_types_are_the_servers_mistake(message):
    """Each is one RemoteProtocolError."""
    with pytest.raises(RemoteProtocolError):
        client.decode(json.dumps(message))


@pytest.mark.parametrize(
    "frame",
    [
        '{"serverContent":{"modelTurn":{"parts":[{"inlineData":{"data":"AAE\\u003d","mimeType":"audio/pcm;rate=24000"}}]}}}',
        '{"serverContent":{"modelTurn":{"parts":[{"inlineData":{"data":"AAE=","mimeType":"audio/pcm;rate=24000"}}]}}}',
        '{"serverContent":{"modelTurn":{"parts":[{"inlineData":{"data":"XXXX","data":"AAE=","mimeType":"audio/pcm"}}]}}}',
        '{"server_content":{"model_turn":{"parts":[{"inline_data":{"data" : "AAE","mime_type":"audio/pcm"}}]}}}',
    ],
)
def test_unusual_spellings_of_audio(frame):
    """An escaped sign, a repeated key, no padding: the short way gives up and the long way reads it."""
    assert client.decode(frame) == (AudioOut(b"\0\1"),)


def test_a_long_message_with_data_elsewhere_is_not_taken_for_audio():
    """The key `data` in a function's arguments is not sound."""
    message = {"toolCall": {"functionCalls": [{"name": "f", "args": {"data": b64(PCM)}}]}}
    assert client.decode(json.dumps(message)) == (ToolCall((FunctionCall(None, "f", {"data": b64(PCM)}),)),)


def test_odd_fields_beside_audio_are_counted_every_time():
    """The memo for audio messages must not hide what is odd in them."""
    oddities = Oddities()
    frame = json.dumps(turn(sound(), newer=1))
    for _ in range(3):
        assert client.decode(frame, oddities) == (AudioOut(PCM),)
    assert oddities.counts == {"serverContent.newer": 3}


def test_a_text_frame_that_is_no_unicode_is_the_servers_mistake():
    """Half a surrogate pair in a text frame, even one that looks like sound."""
    with pytest.raises(RemoteProtocolError, match="UTF-8"):
        client.decode(json.dumps(turn(sound())).replace("model", "\ud800", 1))


def test_what_surrounds_audio_is_remembered_only_where_it_is_short():
    """Ten megabytes of different long messages leave nothing behind, whatever they have instead of audio."""
    tracemalloc.start()
    try:
        for number in range(100):
            long = f"{number}" * 50_000
            client.decode(json.dumps(turn(sound(), {"text": long})))
            client.decode(json.dumps({"serverContent": {"inputTranscription": {"text": long}}}))
        left, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    print(f"{left / 1e6:.2f} MB left")
    assert left < 1_000_000

"""The server's half: every client that is known is understood, and every event becomes a message of the reference."""

from __future__ import annotations

import base64
import json

import pytest

from voice_actors.errors import LocalProtocolError, RemoteProtocolError
from voice_actors.gemini import client, server
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
    InputTranscription,
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
)
from voice_actors.gemini.wire import Oddities

PCM = b"\xfb\xff\x00\x01"
HI = {"role": "user", "parts": [{"text": "hi"}]}

CAPTURED = [
    (
        '{"setup": {"model": "m", "realtimeInputConfig": {"automatic_activity_detection": {"prefix_padding_ms": 20}}}}',
        Setup({"model": "m", "realtimeInputConfig": {"automaticActivityDetection": {"prefixPaddingMs": 20}}}),
    ),
    (
        '{"setup": {"model": "m", "tools": [{"functionDeclarations": [{"name": "f", "parameters_json_schema": {"a_b": 1}}]}]}}',
        Setup({"model": "m", "tools": [{"functionDeclarations": [{"name": "f", "parametersJsonSchema": {"a_b": 1}}]}]}),
    ),
    (
        '{"client_content": {"turns": [{"parts": [{"text": "hi"}], "role": "user"}], "turnComplete": true}}',
        ClientContent((HI,), turn_complete=True),
    ),
    ('{"client_content": {"turn_complete": true}}', ClientContent((), turn_complete=True)),
    ('{"clientContent": {"turns": []}}', ClientContent((), turn_complete=False)),
    (
        '{"realtime_input": {"audio": {"data": "-_8AAQ==", "mime_type": "audio/pcm;rate=16000"}}}',
        AudioIn(PCM, 16000),
    ),
    ('{"realtimeInput": {"audio": {"data": "+/8AAQ", "mimeType": "audio/pcm;rate=48000"}}}', AudioIn(PCM, 48000)),
    ('{"realtimeInput": {"audio": {"data": "+/8AAQ"}}}', AudioIn(PCM, 16000)),
    ('{"realtime_input": {"audioStreamEnd": true}}', AudioStreamEnd()),
    ('{"realtime_input": {"activityStart": {}}}', ActivityStart()),
    ('{"realtime_input": {"activity_end": {}}}', ActivityEnd()),
    ('{"realtime_input": {"text": "typed"}}', TextIn("typed")),
    ('{"realtime_input": {"video": {"data": "-_8=", "mime_type": "image/png"}}}', VideoIn(b"\xfb\xff", "image/png")),
    ('{"realtime_input": {"video": {"data": "-_8="}}}', VideoIn(b"\xfb\xff", "image/jpeg")),
    ('{"realtime_input": {"media_chunks": [{"data": "-_8=", "mime_type": "audio/pcm"}]}}', AudioIn(b"\xfb\xff", 16000)),
    (
        '{"realtimeInput": {"mediaChunks": [{"data": "AAE=", "mimeType": "audio/pcm"}, {"data": "AgM="}]}}',
        AudioIn(b"\0\1\2\3", 16000),
    ),
    (
        '{"realtimeInput": {"mediaChunks": [{"data": "AAE=", "mimeType": "image/png"}, {"data": "Ag==", "mimeType": "image/jpeg"}]}}',
        VideoIn(b"\2", "image/jpeg"),
    ),
    (
        (
            '{"tool_response": {"functionResponses": [{"scheduling": "WHEN_IDLE", "id": "c1", "name": "f", "will_continue": true,'
            ' "response": {"my_key": {"inner_key": null}}, "parts": [{"inline_data": {"mime_type": "image/png", "data": "AA=="}}]}]}}'
        ),
        ToolResponse(
            (
                FunctionResponse(
                    "c1",
                    "f",
                    {"my_key": {"inner_key": None}},
                    "WHEN_IDLE",
                    True,
                    ({"inlineData": {"mimeType": "image/png", "data": "AA=="}},),
                ),
            )
        ),
    ),
    ('{"toolResponse": {"functionResponses": [{}]}}', ToolResponse((FunctionResponse(None, "", {}),))),
    ('{"context_update": {"tools": {"tools": []}}}', ContextUpdate(None, ())),
    ('{"contextUpdate": {"tools": {}}}', ContextUpdate(None, ())),
    (
        '{"contextUpdate": {"systemInstruction": {"role": "user", "parts": [{"text": "hi"}]}, "tools": {"tools": [{"googleSearch": {}}]}}}',
        ContextUpdate(HI, ({"googleSearch": {}},)),
    ),
]


@pytest.mark.parametrize(
    ("frame", "expected"), CAPTURED, ids=lambda value: value[:50] if isinstance(value, str) else ""
)
@pytest.mark.parametrize("strict", [False, True])
def test_decodes_what_clients_send(frame, expected, strict):
    """Frames as captured from google-genai, LlamaIndex and browsers, in text and in binary; strict mode allows them."""
    oddities = Oddities()
    assert server.decode(frame, strict=strict, oddities=oddities) == expected
    assert server.decode(frame.encode(), strict=strict, oddities=oddities) == expected
    assert oddities.total == 0


def test_the_microphones_chunks_take_the_short_way():
    """After the first chunk no tree of JSON is built: what differs between two chunks is their audio alone."""
    for number in range(20):
        pcm = bytes([number, 0]) * 320
        assert server.decode(client.encode_audio(pcm), strict=True) == AudioIn(pcm)
    before = server._envelope_rate.cache_info().hits
    assert server.decode(client.encode_audio(PCM), strict=True) == AudioIn(PCM)
    assert server._envelope_rate.cache_info().hits == before + 1


def test_what_is_wrong_beside_audio_is_told_every_time():
    """The memo for chunks must not hide an unknown field, nor a deprecated way of sending audio."""
    blob = {"data": base64.b64encode(PCM).decode(), "mimeType": "audio/pcm"}
    odd, old = (json.dumps({"realtimeInput": one}) for one in ({"audio": blob, "gain": 1}, {"mediaChunks": [blob]}))
    for _ in range(3):
        oddities = Oddities()
        assert server.decode(odd, oddities=oddities) == AudioIn(PCM) == server.decode(old)
        assert oddities.counts == {"realtime_input.gain": 1}
        with pytest.raises(RemoteProtocolError, match='Unknown name "gain"'):
            server.decode(odd, strict=True)
        with pytest.raises(RemoteProtocolError, match="deprecated"):
            server.decode(old, media_chunks=False)


def test_of_two_pieces_of_audio_the_same_one_counts_every_time():
    """A key that comes twice counts as JSON has it, by its last value, also where that is what a probe would hold."""
    for last in (bytes(range(8)), bytes(range(8, 16)), PCM):
        said = base64.b64encode(last).decode()
        frame = f'{{"realtimeInput":{{"audio":{{"data":"AAAA","mimeType":"audio/pcm","data":"{said}"}}}}}}'
        assert [AudioIn(last)] * 2 == [server.decode(frame) for _ in range(2)]


@pytest.mark.parametrize(
    ("message", "name", "place"),
    [
        ({"setup": {"model": "m", "x": 1}}, "x", " at 'setup'"),
        ({"setup": {"model": "m"}, "extra": {}}, "extra", ""),
        (
            {"setup": {"generationConfig": {"speechConfig": {"voice": "Kore"}}}},
            "voice",
            " at 'setup.generation_config.speech_config'",
        ),
        (
            {"setup": {"tools": [{}, {"functionDeclarations": [{"nome": "f"}]}]}},
            "nome",
            " at 'setup.tools[1].function_declarations[0]'",
        ),
        (
            {"setup": {"tools": [{"functionDeclarations": [{"parameters": {"properties": {"a": {"kind": 1}}}}]}]}},
            "kind",
            " at 'setup.tools[0].function_declarations[0].parameters.properties['a']'",
        ),
        ({"setup": {"sessionResumption": {"token": "t"}}}, "token", " at 'setup.session_resumption'"),
        ({"realtimeInput": {"text": "a", "volume": 1}}, "volume", " at 'realtime_input'"),
    ],
)
def test_strict_mode_refuses_unknown_fields_in_googles_words(message, name, place):
    """Strict, the words are those that the real server closes with; else the field is ignored and counted."""
    with pytest.raises(RemoteProtocolError) as refusal:
        server.decode(json.dumps(message), strict=True)
    assert str(refusal.value) == f'Invalid JSON payload received. Unknown name "{name}"{place}: Cannot find field.'
    oddities = Oddities()
    server.decode(json.dumps(message), oddities=oddities)
    assert oddities.total == 1


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"hello": 1},
        {"setup": {}, "clientContent": {}},
        {"setup": []},
        {"clientContent": {"turns": {}}},
        {"clientContent": {"turnComplete": "yes"}},
        {"realtimeInput": {}},
        {"realtimeInput": {"text": "a", "audioStreamEnd": True}},
        {"realtimeInput": {"text": 1}},
        {"realtimeInput": {"audioStreamEnd": False}},
        {"realtimeInput": {"audio": {"data": "AA=="}}},
        {"realtimeInput": {"audio": {"data": "!"}}},
        {"realtimeInput": {"audio": {"data": "AAA=", "mimeType": "audio/webm"}}},
        {"realtimeInput": {"video": {"data": "AAA=", "mimeType": "video/mp4"}}},
        {"realtimeInput": {"mediaChunks": []}},
        {"realtimeInput": {"mediaChunks": [{"data": "AAE="}, {"data": "AAE=", "mimeType": "image/png"}]}},
        {"realtimeInput": {"mediaChunks": [{"data": "AAE="}, {"data": "AAE=", "mimeType": "audio/pcm;rate=8000"}]}},
        {"toolResponse": {"functionResponses": {}}},
        {"toolResponse": {"functionResponses": [{"response": "text"}]}},
        {"toolResponse": {"functionResponses": [{"scheduling": "LATER"}]}},
        {"toolResponse": {"functionResponses": [{"willContinue": "no"}]}},
        {"contextUpdate": {}},
        {"contextUpdate": {"tools": []}},
    ],
    ids=json.dumps,
)
def test_wrong_messages_are_the_clients_mistake(message):
    """Each is one RemoteProtocolError."""
    with pytest.raises(RemoteProtocolError):
        server.decode(json.dumps(message))


def test_encode_audio_is_one_canonical_message():
    """The template writes what the general way would write."""
    frame = server.encode_audio(PCM)
    assert json.loads(frame) == {
        "serverContent": {
            "modelTurn": {
                "role": "model",
                "parts": [{"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": base64.b64encode(PCM).decode()}}],
            }
        }
    }
    assert frame == server.encode(AudioOut(PCM))
    assert (
        json.loads(server.encode(AudioOut(PCM), TurnComplete()))["serverContent"]["modelTurn"]
        == json.loads(frame)["serverContent"]["modelTurn"]
    )


def test_encode_writes_the_reference():
    """camelCase, 64-bit numbers and durations as strings, nothing that is not set."""
    assert json.loads(server.encode(SetupComplete())) == {"setupComplete": {}}
    assert json.loads(server.encode(GoAway(50))) == {"goAway": {"timeLeft": "50s"}}
    assert json.loads(server.encode(SessionResumptionUpdate("h", True, 12))) == {
        "sessionResumptionUpdate": {"newHandle": "h", "resumable": True, "lastConsumedClientMessageIndex": "12"}
    }
    assert json.loads(server.encode(VoiceActivity("ACTIVITY_START", 1.24))) == {
        "voiceActivity": {"type": "ACTIVITY_START", "audioOffset": "1.24s"}
    }
    assert json.loads(server.encode(VoiceActivity("ACTIVITY_END", signal=True))) == {
        "voiceActivityDetectionSignal": {"vadSignalType": "VAD_SIGNAL_TYPE_EOS"}
    }
    assert json.loads(server.encode(ToolCall((FunctionCall(None, "f", {"a_b": None}),)))) == {
        "toolCall": {"functionCalls": [{"name": "f", "args": {"a_b": None}}]}
    }


def test_events_that_stand_together_share_a_message():
    """gemini-3.x says sound, words and ends in one message."""
    events = (
        InputTranscription("i"),
        OutputTranscription("o"),
        TextOut("a", thought=True),
        MediaOut({"executableCode": {"code": "1"}}),
        AudioOut(PCM),
        GenerationComplete(),
        TurnComplete(None, "IDLE"),
        Usage({"totalTokenCount": 3}),
    )
    assert client.decode(server.encode(*events)) == events


def test_a_message_can_be_made_wrong_on_purpose():
    """Faults seen in the field can be played: stale audio beside `interrupted`, a call mirrored in the reply."""
    assert client.decode(server.encode(Interrupted(), AudioOut(PCM))) == (Interrupted(),)
    mirrored = MediaOut({"functionCall": {"id": "1", "name": "f", "args": {}}})
    assert client.decode(server.encode(mirrored)) == (ToolCall((FunctionCall("1", "f"),)),)


@pytest.mark.parametrize(
    "events",
    [
        (),
        (ToolCall((FunctionCall("1", "f"),)), TurnComplete()),
        (GoAway(1), SetupComplete()),
        (InputTranscription("a"), InputTranscription("b")),
        (Usage({}), Usage({})),
        (GoAway(1), GoAway(2)),
        (ToolCallCancellation(("a",)), Interrupted()),
        (AudioOut(b"\0"),),
        (AudioOut(b"\0"), TurnComplete()),
        (AudioOut(b"\0\0", 0),),
        (GoAway(-1),),
        (AudioOut(bytes(800_000)),),
        (TextOut("x" * 1_100_000),),
        (Usage({"x": object()}),),
    ],
    ids=lambda events: "+".join(type(event).__name__ for event in events),
)
def test_what_cannot_stand_together_is_our_mistake(events):
    """Two kinds, the same thing twice, half a sample, more than a client accepts."""
    with pytest.raises(LocalProtocolError):
        server.encode(*events)

"""What holds for every message and every frame, whoever made it."""

from __future__ import annotations

import json
from typing import Any

import attrs
from hypothesis import example, given, settings
from hypothesis import strategies as st

from voice_actors.errors import RemoteProtocolError
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
from voice_actors.gemini.wire import Oddities, base64

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
name = st.from_regex("[a-z][a-zA-Z0-9]{0,8}", fullmatch=True)
number = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
json_value = st.recursive(
    st.none() | st.booleans() | number | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
free_form = st.dictionaries(text, json_value, max_size=4)
fields = st.dictionaries(
    name.filter(lambda key: key not in {"functionCall", "inlineData", "text", "thought", "finished"}),
    st.recursive(
        st.booleans() | number | text,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(name, inner, max_size=3),
        max_leaves=6,
    ),
    max_size=4,
)
pcm = st.binary(max_size=200).map(lambda data: data[: len(data) // 2 * 2])
rate = st.sampled_from([8000, 16000, 24000, 44100, 48000])
some_id = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=10)
seconds = st.integers(0, 10**7).map(lambda ms: ms / 1000)
turns = st.lists(fields.map(lambda part: {"role": "user", "parts": [part]}), max_size=3).map(tuple)
responses = st.builds(
    FunctionResponse,
    id=st.none() | some_id,
    name=text,
    response=free_form,
    scheduling=st.sampled_from([None, "INTERRUPT", "WHEN_IDLE", "SILENT"]),
    will_continue=st.none() | st.booleans(),
    parts=st.lists(fields, max_size=2).map(tuple),
)
calls = st.builds(FunctionCall, id=st.none() | some_id, name=text, args=free_form)

CLIENT_EVENTS: dict[type, st.SearchStrategy[Any]] = {
    Setup: st.builds(Setup, fields.map(lambda body: body | {"model": "models/x"})),
    ClientContent: st.builds(ClientContent, turns, st.booleans()),
    AudioIn: st.builds(AudioIn, pcm, rate),
    VideoIn: st.builds(VideoIn, st.binary(max_size=50), st.sampled_from(["image/jpeg", "image/png"])),
    TextIn: st.builds(TextIn, text),
    ActivityStart: st.builds(ActivityStart),
    ActivityEnd: st.builds(ActivityEnd),
    AudioStreamEnd: st.builds(AudioStreamEnd),
    ToolResponse: st.builds(ToolResponse, st.lists(responses, min_size=1, max_size=3).map(tuple)),
    ContextUpdate: st.builds(ContextUpdate, fields, st.none() | st.lists(fields, max_size=2).map(tuple)),
}
SERVER_EVENTS: dict[type, st.SearchStrategy[Any]] = {
    SetupComplete: st.builds(SetupComplete, st.none() | some_id),
    AudioOut: st.builds(AudioOut, pcm, rate),
    TextOut: st.builds(TextOut, text, st.booleans()),
    MediaOut: st.builds(MediaOut, fields),
    InputTranscription: st.builds(InputTranscription, text, st.booleans(), fields),
    InterimInputTranscription: st.builds(InterimInputTranscription, text),
    OutputTranscription: st.builds(OutputTranscription, text, st.booleans(), fields),
    GenerationComplete: st.builds(GenerationComplete),
    TurnComplete: st.builds(TurnComplete, st.sampled_from([None, "BLOCKLIST"]), st.sampled_from([None, "IDLE"])),
    Interrupted: st.builds(Interrupted),
    WaitingForInput: st.builds(WaitingForInput),
    Grounding: st.builds(Grounding, st.sampled_from(["groundingMetadata", "urlContextMetadata"]), fields),
    ToolCall: st.builds(ToolCall, st.lists(calls, min_size=1, max_size=3).map(tuple)),
    ToolCallCancellation: st.builds(ToolCallCancellation, st.lists(some_id, max_size=3).map(tuple)),
    GoAway: st.builds(GoAway, seconds),
    SessionResumptionUpdate: st.builds(
        SessionResumptionUpdate, st.none() | some_id, st.booleans(), st.none() | st.integers(0, 2**62)
    ),
    VoiceActivity: st.builds(VoiceActivity, st.sampled_from(["ACTIVITY_START", "ACTIVITY_END"]), st.none() | seconds)
    | st.builds(VoiceActivity, st.sampled_from(["ACTIVITY_START", "ACTIVITY_END"]), signal=st.just(True)),
    Usage: st.builds(
        Usage, st.dictionaries(name.filter(lambda key: not key.endswith("TokenCount")), number, max_size=3)
    ),
}


def test_every_event_has_a_strategy():
    """A new event must be added here."""
    assert set(CLIENT_EVENTS) == set(server.ClientEvent.__args__)
    assert set(SERVER_EVENTS) == set(client.ServerEvent.__args__)
    assert all(attrs.has(kind) for kind in (*CLIENT_EVENTS, *SERVER_EVENTS))


@settings(deadline=None)
@given(st.one_of(*CLIENT_EVENTS.values()))
def test_what_the_client_says_is_what_the_server_hears(event):
    """Encoding and decoding are inverse for every client event."""
    assert server.decode(client.encode(event)) == event


@settings(deadline=None)
@given(st.one_of(*SERVER_EVENTS.values()))
def test_what_the_server_says_is_what_the_client_hears(event):
    """Encoding and decoding are inverse for every server event."""
    oddities = Oddities()
    assert client.decode(server.encode(event), oddities) == (event,)
    assert oddities.total == 0


keys = st.sampled_from(
    "setup setupComplete serverContent server_content modelTurn parts inlineData data mimeType mime_type text thought"
    " functionCall functionCalls toolCall id name args ids toolCallCancellation goAway timeLeft turnComplete interrupted"
    " inputTranscription usageMetadata totalTokenCount realtimeInput realtime_input audio mediaChunks clientContent turns"
    " toolResponse functionResponses response contextUpdate tools sessionResumptionUpdate voiceActivity audioOffset".split()
)
leaves = (
    json_value
    | st.sampled_from(["AAAA", "AAA", "audio/pcm", "audio/pcm;rate=1", "image/png", "50s", "IDLE", "12", "\\u003d"])
    | st.binary(max_size=9).map(base64)
)
likely = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4), max_leaves=12
)
frames = (
    st.binary(max_size=300)
    | st.text(max_size=300)
    | likely.map(json.dumps)
    | likely.map(lambda value: json.dumps(value, indent=1).encode())
    | st.dictionaries(keys, likely, max_size=2).map(json.dumps)
)


@settings(deadline=None)
@given(frames)
@example(b"[" * 100_000)
@example('{"args":' * 900 + "1" + "}" * 900)
@example('{"goAway":{"timeLeft":' + "9" * 5000 + "}}")
@example('{"usageMetadata":{"totalTokenCount":1e400}}')
def test_any_frame_is_events_or_one_error(frame):
    """Whatever comes, both sides read it or raise RemoteProtocolError, and nothing else."""
    for read in (client.decode, server.decode, lambda it: server.decode(it, strict=True)):
        try:
            read(frame)
        except RemoteProtocolError as error:
            assert str(error)


@settings(deadline=None)
@given(
    pcm,
    st.sampled_from(["audio/pcm", "audio/pcm;rate=24000", "audio/pcm;rate=16000", "audio/ogg"]),
    st.sampled_from([None, 1, "\t"]),
    st.dictionaries(
        st.sampled_from(["turnComplete", "interrupted", "new", "outputTranscription"]), json_value, max_size=1
    ),
    st.sampled_from(["{data}", "{data}=", "!{data}", "{data}\\u003d", "{data}\\n", "-{data}", ""]),
    st.booleans(),
)
def test_the_short_way_is_the_long_way(samples, mime_type, indent, beside, spelled, binary):
    """An audio message read by its envelope says the same, odd or wrong as it may be."""
    content = {"modelTurn": {"parts": [{"inlineData": {"mimeType": mime_type, "data": "@"}}]}} | beside
    written = json.dumps({"serverContent": content}, indent=indent).replace(
        '"@"', '"' + spelled.format(data=base64(samples)) + '"'
    )
    frame = written.encode() if binary else written
    short, long = Oddities(), Oddities()
    try:
        expected = client._decode_any(frame, long)
    except RemoteProtocolError as error:
        expected = str(error)
    for _ in range(2):  # the second time from the memo
        short = Oddities()
        try:
            actual = client.decode(frame, short)
        except RemoteProtocolError as error:
            actual = str(error)
        assert actual == expected
        assert short.counts == long.counts


@settings(deadline=None)
@given(
    pcm,
    st.sampled_from(["audio/pcm", "audio/pcm;rate=24000", "audio/pcm;rate=16000", "audio/ogg", "image/png"]),
    st.sampled_from([None, 1, "\t"]),
    st.dictionaries(st.sampled_from(["new", "data", "mime_type", "audioStreamEnd"]), json_value, max_size=1),
    st.sampled_from(["{data}", "{data}=", "!{data}", "{data}\\u003d", "{data}\\n", "-{data}", ""]),
    st.sampled_from(["audio", "mediaChunks", "media_chunks", "video"]),
    st.booleans(),
    st.booleans(),
)
def test_the_servers_short_way_is_its_long_way(samples, mime_type, indent, beside, spelled, kind, strict, chunks):
    """A chunk of the microphone read by its envelope says the same, odd, deprecated or wrong as it may be."""
    blob = {"data": "@", "mimeType": mime_type} | {key: item for key, item in beside.items() if key != "data"}
    content = {kind: [blob] if kind.startswith("media") else blob} | {"data": beside.get("data")}
    written = json.dumps({"realtimeInput": content}, indent=indent).replace(
        '"@"', '"' + spelled.format(data=base64(samples)) + '"'
    )

    def said(read):
        oddities = Oddities()
        try:
            return read(written, strict=strict, media_chunks=chunks, oddities=oddities), oddities.counts
        except RemoteProtocolError as error:
            return str(error), oddities.counts

    expected = said(server._decode_any)
    for _ in range(2):  # the second time from the memo
        assert expected == said(server.decode)

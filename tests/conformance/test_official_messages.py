"""The official client's messages, read by our server's half; and ours, read by the official client."""

from __future__ import annotations

import asyncio
import contextlib
import warnings
from typing import Any

import google.genai
import google.genai.live
import pytest
from google.genai import types

from voice_actors.gemini import server
from voice_actors.gemini.events import (
    ActivityEnd,
    ActivityStart,
    AudioIn,
    AudioOut,
    AudioStreamEnd,
    ClientContent,
    FunctionCall,
    FunctionResponse,
    GenerationComplete,
    GoAway,
    InputTranscription,
    Interrupted,
    OutputTranscription,
    SessionResumptionUpdate,
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

PCM = bytes(range(240, 256))
HI = {"role": "user", "parts": [{"text": "hi"}]}


class Wire:
    """A WebSocket in memory: keeps what the client sends and gives it what the server said."""

    def __init__(self, frames: list[bytes]) -> None:
        self.sent: list[str] = []
        self.frames = frames

    async def send(self, frame: str) -> None:
        self.sent.append(frame)

    async def recv(self, decode: bool = False) -> bytes:
        return self.frames.pop(0)

    async def close(self) -> None:
        return None


def talk(monkeypatch: pytest.MonkeyPatch, vertexai: bool, frames: list[bytes], do: Any) -> list[str]:
    """Let the unmodified client connect, then `do(session)`; what it sent after its setup."""
    wire = Wire([server.encode(SetupComplete("s1")), *frames])

    @contextlib.asynccontextmanager
    async def ws_connect(uri: str, **_: Any):
        yield wire

    monkeypatch.setattr(google.genai.live, "ws_connect", ws_connect)

    async def run() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            official = google.genai.Client(api_key="k", vertexai=vertexai)
            try:
                async with official.aio.live.connect(model="gemini-live", config={}) as session:
                    await do(session)
            finally:
                await official.aio.aclose()
                official.close()

    asyncio.run(run())
    return wire.sent[1:]


ANSWER = types.FunctionResponse(id="c1", name="f", response={"my_key": {"in_ner": 1}}, scheduling="WHEN_IDLE")
SAID = [
    (
        lambda s: s.send_client_content(turns=types.Content(role="user", parts=[types.Part(text="hi")])),
        ClientContent((HI,), turn_complete=True),
    ),
    (lambda s: s.send_client_content(turn_complete=False), ClientContent((), turn_complete=False)),
    (
        lambda s: s.send_realtime_input(audio=types.Blob(data=PCM, mime_type="audio/pcm;rate=16000")),
        AudioIn(PCM, 16000),
    ),
    (lambda s: s.send_realtime_input(audio=types.Blob(data=PCM, mime_type="audio/pcm")), AudioIn(PCM, 16000)),
    (lambda s: s.send_realtime_input(media=types.Blob(data=PCM, mime_type="audio/pcm;rate=8000")), AudioIn(PCM, 8000)),
    (lambda s: s.send_realtime_input(media=types.Blob(data=PCM, mime_type="image/png")), VideoIn(PCM, "image/png")),
    (lambda s: s.send_realtime_input(video=types.Blob(data=PCM, mime_type="image/jpeg")), VideoIn(PCM)),
    (lambda s: s.send_realtime_input(text="typed"), TextIn("typed")),
    (lambda s: s.send_realtime_input(activity_start=types.ActivityStart()), ActivityStart()),
    (lambda s: s.send_realtime_input(activity_end=types.ActivityEnd()), ActivityEnd()),
    (lambda s: s.send_realtime_input(audio_stream_end=True), AudioStreamEnd()),
    (
        lambda s: s.send_tool_response(function_responses=ANSWER),
        ToolResponse((FunctionResponse("c1", "f", {"my_key": {"in_ner": 1}}, "WHEN_IDLE"),)),
    ),
    (lambda s: s.send(input={"data": PCM, "mime_type": "audio/pcm"}), AudioIn(PCM, 16000)),
    (lambda s: s.send(input="hi", end_of_turn=True), ClientContent((HI,), turn_complete=True)),
    (lambda s: s.send(end_of_turn=True), ClientContent((), turn_complete=True)),
]


@pytest.mark.parametrize("vertexai", [False, True])
@pytest.mark.parametrize(
    ("say", "expected"), SAID, ids=lambda value: type(value).__name__ if not callable(value) else ""
)
def test_our_server_understands_the_official_client(monkeypatch, say, expected, vertexai):
    """Every message that google-genai's session can send, also by its deprecated method, and in strict mode."""
    if hasattr(google.genai.live.AsyncSession, "send") or say not in [each for each, _ in SAID[-3:]]:
        (frame,) = talk(monkeypatch, vertexai, [], say)
        assert server.decode(frame, strict=True) == expected
    else:
        pytest.skip("this release of google-genai has no deprecated send()")


HEARD = [
    ((AudioOut(PCM),), lambda m: m.data == PCM),
    ((TextOut("a"),), lambda m: m.text == "a"),
    ((InputTranscription("i"),), lambda m: m.server_content.input_transcription.text == "i"),
    ((OutputTranscription("o"), GenerationComplete()), lambda m: m.server_content.output_transcription.text == "o"),
    ((Interrupted(),), lambda m: m.server_content.interrupted is True),
    ((WaitingForInput(),), lambda m: m.server_content.waiting_for_input is True),
    (
        (TurnComplete(None, None), Usage({"totalTokenCount": 15, "responseTokenCount": 5})),
        lambda m: m.server_content.turn_complete and m.usage_metadata.total_token_count == 15,
    ),
    (
        (ToolCall((FunctionCall("1", "f", {"my_city": "Oslo"}),)),),
        lambda m: m.tool_call.function_calls[0].args == {"my_city": "Oslo"},
    ),
    ((ToolCallCancellation(("1",)),), lambda m: m.tool_call_cancellation.ids == ["1"]),
    ((GoAway(50),), lambda m: m.go_away.time_left == "50s"),
    (
        (SessionResumptionUpdate("h", resumable=True),),
        lambda m: m.session_resumption_update.new_handle == "h" and m.session_resumption_update.resumable,
    ),
    (
        (VoiceActivity("ACTIVITY_START", 1.24),),
        lambda m: m.voice_activity.voice_activity_type.value == "ACTIVITY_START",
    ),
    (
        (VoiceActivity("ACTIVITY_END", signal=True),),
        lambda m: m.voice_activity_detection_signal.vad_signal_type.value == "VAD_SIGNAL_TYPE_EOS",
    ),
]


@pytest.mark.parametrize("vertexai", [False, True])
@pytest.mark.parametrize(
    ("events", "heard"), HEARD, ids=lambda value: type(value[0]).__name__ if isinstance(value, tuple) else ""
)
def test_the_official_client_understands_our_server(monkeypatch, events, heard, vertexai):
    """Every kind of message that we send is one that google-genai reads."""
    received: list[Any] = []

    async def receive(session: Any) -> None:
        received.append(await session._receive())

    talk(monkeypatch, vertexai, [server.encode(*events)], receive)
    assert heard(received[0])

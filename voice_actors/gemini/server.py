"""The server's half of the wire: what a client said, as an event, and what we say, as frames.

Reads everything that google-genai 2.30 to 3.4 and the clients in the field send: camelCase and snake_case, text and
binary frames, the deprecated `mediaChunks`, audio without a rate (16 kHz). Plain functions, no I/O.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, Literal, assert_never, cast

from voice_actors.errors import LocalProtocolError, RemoteProtocolError
from voice_actors.gemini import schema, wire
from voice_actors.gemini._envelope import audio_in, probed_rate
from voice_actors.gemini.events import (
    INPUT_RATE,
    OUTPUT_RATE,
    ActivityEnd,
    ActivityStart,
    AudioIn,
    AudioOut,
    AudioStreamEnd,
    ClientContent,
    ClientEvent,
    ContextUpdate,
    FunctionResponse,
    GenerationComplete,
    GoAway,
    Grounding,
    InputTranscription,
    InterimInputTranscription,
    Interrupted,
    MediaOut,
    OutputTranscription,
    ServerEvent,
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

MAX_MESSAGE: Final = 1_048_576
"""Bytes; google-genai's client drops the connection on a longer message."""

MEDIA_CHUNKS: Final = "realtime_input.media_chunks is deprecated. Use audio, video, or text instead."
"""What gemini-3 closes the connection with (kizuna-ai-lab/sokuji#150)."""

# ---- what the client said ----------------------------------------------------------------------------------------


def decode(
    frame: str | bytes, *, strict: bool = False, media_chunks: bool = True, oddities: Oddities | None = None
) -> ClientEvent:
    """Read one message, which says exactly one thing.

    Fields that are not known are ignored and counted in `oddities`; with `strict` they are an error in the words that
    Google's server closes the connection with. Several `mediaChunks` of audio are one longer chunk; of several images
    the last, which is the newest, counts; without `media_chunks` they are refused as newer models do it.

    Raises:
        RemoteProtocolError: it cannot be understood; whatever the bytes are, nothing else is raised.
    """
    audio = audio_in(frame, _envelope_rate)
    if audio is not None:
        return AudioIn(*audio)
    return _decode_any(frame, strict=strict, media_chunks=media_chunks, oddities=oddities)


def _decode_any(
    frame: str | bytes, *, strict: bool = False, media_chunks: bool = True, oddities: Oddities | None = None
) -> ClientEvent:
    message = wire.parse(frame)
    for name, path in schema.unknown_fields(message):
        if strict:
            place = f" at '{path}'" if path else ""
            raise RemoteProtocolError(
                f'Invalid JSON payload received. Unknown name "{name}"{place}: Cannot find field.'
            )
        if oddities is not None:
            oddities.note(f"{path}.{name}" if path else name)
    kind = _one_of(message, "message", _KINDS)
    body = wire.as_object(message[kind], kind)
    match kind:
        case "setup":
            return Setup(body)
        case "clientContent":
            return _client_content(body)
        case "realtimeInput":
            if not media_chunks and "mediaChunks" in body:
                raise RemoteProtocolError(MEDIA_CHUNKS)
            return _realtime_input(body)
        case "toolResponse":
            answers = wire.as_objects(body.get("functionResponses", []), "functionResponses")
            return ToolResponse(tuple(_function_response(answer) for answer in answers))
        case _:
            return _context_update(body)


@lru_cache(maxsize=64)
def _envelope_rate(head: bytes, tail: bytes) -> int | None:
    """The sample rate in Hz, if a message that begins and ends so holds one piece of audio that nobody objects to."""
    return probed_rate(head, tail, _read_audio)


def _read_audio(frame: bytes) -> tuple[bytes, int] | None:
    try:
        event = _decode_any(frame, strict=True, media_chunks=False)
    except RemoteProtocolError:
        return None
    return (event.pcm, event.rate) if isinstance(event, AudioIn) else None


_KINDS: Final = ("setup", "clientContent", "realtimeInput", "toolResponse", "contextUpdate")


def _one_of(body: dict[str, Any], what: str, kinds: Sequence[str]) -> str:
    found = [kind for kind in kinds if kind in body]
    if len(found) != 1:
        said = " and ".join(found) or "nothing that is known"
        raise RemoteProtocolError(f"a {what} holds one of {', '.join(kinds)}; this one holds {said}")
    return found[0]


def _client_content(body: dict[str, Any]) -> ClientContent:
    turns = tuple(wire.as_objects(body.get("turns", []), "clientContent.turns"))
    return ClientContent(turns, wire.as_flag(body.get("turnComplete", False), "clientContent.turnComplete"))


_INPUTS: Final = ("audio", "video", "text", "activityStart", "activityEnd", "audioStreamEnd", "mediaChunks")


def _realtime_input(body: dict[str, Any]) -> ClientEvent:
    kind = _one_of(body, "realtimeInput", _INPUTS)
    value = body[kind]
    match kind:
        case "audio":
            return _audio(wire.as_object(value, "realtimeInput.audio"))
        case "video":
            return _video(wire.as_object(value, "realtimeInput.video"))
        case "text":
            return TextIn(wire.as_text(value, "realtimeInput.text"))
        case "activityStart":
            return ActivityStart()
        case "activityEnd":
            return ActivityEnd()
        case "audioStreamEnd":
            if not wire.as_flag(value, "realtimeInput.audioStreamEnd"):
                raise RemoteProtocolError("realtimeInput.audioStreamEnd is false, which says nothing")
            return AudioStreamEnd()
        case _:
            return _media_chunks(value)


def _audio(blob: dict[str, Any]) -> AudioIn:
    mime_type = wire.as_text(blob.get("mimeType", "audio/pcm"), "audio.mimeType")
    rate = wire.pcm_rate(mime_type, INPUT_RATE)
    if rate is None:
        raise RemoteProtocolError("audio is not audio/pcm")
    pcm = wire.as_bytes(blob.get("data", ""), "audio.data")
    if len(pcm) & 1:
        raise RemoteProtocolError(f"{len(pcm)} bytes of audio end in half a sample")
    return AudioIn(pcm, rate)


def _video(blob: dict[str, Any]) -> VideoIn:
    mime_type = wire.as_text(blob.get("mimeType", "image/jpeg"), "video.mimeType")
    if not mime_type.startswith("image/"):
        raise RemoteProtocolError("a video frame is not an image")
    return VideoIn(wire.as_bytes(blob.get("data", ""), "video.data"), mime_type)


def _media_chunks(value: object) -> AudioIn | VideoIn:
    chunks = [_media(blob) for blob in wire.as_objects(value, "mediaChunks")]
    audio = [chunk for chunk in chunks if isinstance(chunk, AudioIn)]
    rates = {chunk.rate for chunk in audio}
    if not chunks or (audio and len(audio) < len(chunks)) or len(rates) > 1:
        raise RemoteProtocolError("mediaChunks hold audio of one rate, or images")
    return AudioIn(b"".join(chunk.pcm for chunk in audio), rates.pop()) if audio else chunks[-1]


def _media(blob: dict[str, Any]) -> AudioIn | VideoIn:
    mime_type = wire.as_text(blob.get("mimeType", "audio/pcm"), "mediaChunks.mimeType")
    return _video(blob) if mime_type.startswith("image/") else _audio(blob)


_Scheduling = Literal["INTERRUPT", "WHEN_IDLE", "SILENT"]


def _function_response(body: dict[str, Any]) -> FunctionResponse:
    scheduling = wire.as_text(body.get("scheduling", "SCHEDULING_UNSPECIFIED"), "functionResponses.scheduling")
    if scheduling not in {"SCHEDULING_UNSPECIFIED", "INTERRUPT", "WHEN_IDLE", "SILENT"}:
        raise RemoteProtocolError("functionResponses.scheduling is not one that is known")
    go_on = body.get("willContinue")
    return FunctionResponse(
        id=wire.as_text(body.get("id", ""), "functionResponses.id") or None,
        name=wire.as_text(body.get("name", ""), "functionResponses.name"),
        response=wire.as_object(body.get("response", {}), "functionResponses.response"),
        scheduling=None if scheduling == "SCHEDULING_UNSPECIFIED" else cast("_Scheduling", scheduling),
        will_continue=None if go_on is None else wire.as_flag(go_on, "functionResponses.willContinue"),
        parts=tuple(wire.as_objects(body.get("parts", []), "functionResponses.parts")),
    )


def _context_update(body: dict[str, Any]) -> ContextUpdate:
    instruction = body.get("systemInstruction")
    tools = body.get("tools")
    if instruction is None and tools is None:
        raise RemoteProtocolError("a contextUpdate changes nothing")
    return ContextUpdate(
        None if instruction is None else wire.as_object(instruction, "contextUpdate.systemInstruction"),
        None if tools is None else _tools(wire.as_object(tools, "contextUpdate.tools")),
    )


def _tools(wrapper: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    return tuple(wire.as_objects(wrapper.get("tools", []), "contextUpdate.tools.tools"))


# ---- what we say -------------------------------------------------------------------------------------------------


def encode_audio(pcm: bytes, rate: int = OUTPUT_RATE) -> bytes:
    """Write a chunk of the reply's voice, 16-bit mono PCM at `rate` Hz. The same frame as `encode(AudioOut(...))`.

    Raises:
        LocalProtocolError: `pcm` ends in half a sample or is too long for one message, or `rate` is none.
    """
    wire.check_pcm(pcm, rate)
    head = (
        '{"serverContent":{"modelTurn":{"role":"model","parts":[{"inlineData":'
        f'{{"mimeType":"audio/pcm;rate={rate}","data":"'
    )
    return _fitting(b'%b%b"}}]}}}' % (head.encode(), wire.base64(pcm).encode()))


def encode(*events: ServerEvent) -> bytes:
    """Write one message that says all of these at once: a reply's parts with its transcripts, its end, token counts.

    Raises:
        LocalProtocolError: they cannot stand in one message, or it would be longer than `MAX_MESSAGE`.
    """
    if len(events) == 1 and isinstance(events[0], AudioOut):
        return encode_audio(events[0].pcm, events[0].rate)
    message: dict[str, dict[str, Any]] = {}
    for event in events:
        _add(message, event)
    kinds = message.keys() - {"usageMetadata"}
    if len(kinds) > 1 or not message:
        raise LocalProtocolError(f"one message cannot hold {' and '.join(sorted(kinds)) or 'nothing'}")
    return _fitting(wire.dump(message).encode())


def _fitting(frame: bytes) -> bytes:
    if len(frame) >= MAX_MESSAGE:
        raise LocalProtocolError(f"a message of {len(frame)} bytes is longer than google-genai's client accepts")
    return frame


_VAD_SIGNALS: Final = {"ACTIVITY_START": "VAD_SIGNAL_TYPE_SOS", "ACTIVITY_END": "VAD_SIGNAL_TYPE_EOS"}


def _add(message: dict[str, dict[str, Any]], event: ServerEvent) -> None:
    match event:
        case AudioOut() | TextOut() | MediaOut():
            turn = message.setdefault("serverContent", {}).setdefault("modelTurn", {"role": "model", "parts": []})
            turn["parts"].append(_part(event))
        case SetupComplete() | ToolCall() | ToolCallCancellation() | GoAway() | SessionResumptionUpdate():
            _put(message, *_session_message(event))
        case VoiceActivity(kind, _, True):
            _put(message, "voiceActivityDetectionSignal", {"vadSignalType": _VAD_SIGNALS.get(kind, kind)})
        case VoiceActivity(kind, offset):
            _put(message, "voiceActivity", {"type": kind, "audioOffset": _maybe_duration(offset)})
        case Usage(body):
            _put(message, "usageMetadata", dict(body))
        case _:
            content = message.setdefault("serverContent", {})
            for key, value in _content(event).items():
                _put(content, key, value)


def _put(holder: dict[str, Any], key: str, value: Any) -> None:
    if key in holder:
        raise LocalProtocolError(f"one message cannot hold {key} twice")
    holder[key] = value


def _part(event: AudioOut | TextOut | MediaOut) -> dict[str, Any]:
    match event:
        case AudioOut(pcm, rate):
            wire.check_pcm(pcm, rate)
            return {"inlineData": {"mimeType": f"audio/pcm;rate={rate}", "data": wire.base64(pcm)}}
        case TextOut(text, thought):
            return {"text": text, "thought": thought or None}
        case MediaOut(part):
            return dict(part)
        case _:
            assert_never(event)


def _session_message(
    event: SetupComplete | ToolCall | ToolCallCancellation | GoAway | SessionResumptionUpdate,
) -> tuple[str, dict[str, Any]]:
    match event:
        case SetupComplete(session_id):
            return "setupComplete", {"sessionId": session_id}
        case ToolCall(calls):
            listed = [{"id": call.id, "name": call.name, "args": call.args} for call in calls]
            return "toolCall", {"functionCalls": listed}
        case ToolCallCancellation(ids):
            return "toolCallCancellation", {"ids": list(ids)}
        case GoAway(time_left):
            return "goAway", {"timeLeft": wire.duration(time_left)}
        case SessionResumptionUpdate(handle, resumable, index):
            said = {"newHandle": handle, "resumable": resumable}
            return "sessionResumptionUpdate", said | {
                "lastConsumedClientMessageIndex": None if index is None else str(index)
            }
        case _:
            assert_never(event)


def _content(
    event: InputTranscription
    | InterimInputTranscription
    | OutputTranscription
    | GenerationComplete
    | TurnComplete
    | Interrupted
    | WaitingForInput
    | Grounding,
) -> dict[str, Any]:
    match event:
        case InputTranscription(text, finished, details):
            return {"inputTranscription": {**details, "text": text, "finished": finished or None}}
        case OutputTranscription(text, finished, details):
            return {"outputTranscription": {**details, "text": text, "finished": finished or None}}
        case InterimInputTranscription(text, details):
            return {"interimInputTranscription": {**details, "text": text}}
        case GenerationComplete():
            return {"generationComplete": True}
        case TurnComplete(reason, status):
            return {"turnComplete": True, "turnCompleteReason": reason, "interactionStatus": status}
        case Interrupted():
            return {"interrupted": True}
        case WaitingForInput():
            return {"waitingForInput": True}
        case Grounding(key, metadata):
            return {key: dict(metadata)}
        case _:
            assert_never(event)


def _maybe_duration(seconds: float | None) -> str | None:
    return None if seconds is None else wire.duration(seconds)

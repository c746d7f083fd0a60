"""The client's half of the wire: what it says, as frames, and what the server said, as events.

Plain functions: no I/O, no state beyond a memo. The microphone's chunks and the reply's audio, fifty and five times a
second, take a short way that never builds a tree of JSON; everything else goes through `wire.parse`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, TypeAlias, assert_never

from voice_actors.errors import LocalProtocolError, RemoteProtocolError
from voice_actors.gemini import wire
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

SCHEDULING: Final = frozenset({"INTERRUPT", "WHEN_IDLE", "SILENT"})

# ---- what we say -------------------------------------------------------------------------------------------------


def encode_audio(pcm: bytes, rate: int = INPUT_RATE) -> str:
    """Write a chunk of the user's voice, 16-bit mono PCM at `rate` Hz. The same frame as `encode(AudioIn(...))`.

    Raises:
        LocalProtocolError: `pcm` ends in half a sample, or `rate` is none.
    """
    wire.check_pcm(pcm, rate)
    return f'{{"realtimeInput":{{"audio":{{"mimeType":"audio/pcm;rate={rate}","data":"{wire.base64(pcm)}"}}}}}}'


def encode(event: ClientEvent) -> str:
    """Write one message.

    Raises:
        LocalProtocolError: the wire does not allow this message.
    """
    if isinstance(event, AudioIn):
        return encode_audio(event.pcm, event.rate)
    return wire.dump(_message(event))


_Input: TypeAlias = VideoIn | TextIn | ActivityStart | ActivityEnd | AudioStreamEnd


def _message(event: Setup | ClientContent | ToolResponse | ContextUpdate | _Input) -> dict[str, Any]:
    match event:
        case Setup(body):
            return {"setup": _setup(body)}
        case ClientContent():
            return {"clientContent": _client_content(event)}
        case ToolResponse(responses):
            return {"toolResponse": {"functionResponses": _function_responses(responses)}}
        case ContextUpdate():
            return {"contextUpdate": _context_update(event)}
        case _:
            return {"realtimeInput": _realtime_input(event)}


def _realtime_input(event: _Input) -> dict[str, Any]:
    match event:
        case VideoIn(data, mime_type):
            if not mime_type.startswith("image/"):
                raise LocalProtocolError(f"a video frame is an image, not {mime_type!r}")
            return {"video": {"mimeType": mime_type, "data": wire.base64(data)}}
        case TextIn(text):
            return {"text": text}
        case ActivityStart():
            return {"activityStart": {}}
        case ActivityEnd():
            return {"activityEnd": {}}
        case AudioStreamEnd():
            return {"audioStreamEnd": True}
        case _:
            assert_never(event)


def _setup(body: Mapping[str, Any]) -> Mapping[str, Any]:
    if not body.get("model"):
        raise LocalProtocolError("the setup names no model")
    return body


def _client_content(event: ClientContent) -> dict[str, Any]:
    turns = {"turns": list(event.turns)} if event.turns else {}
    return turns | {"turnComplete": event.turn_complete}


def _function_responses(responses: Sequence[FunctionResponse]) -> list[dict[str, Any]]:
    if not responses:
        raise LocalProtocolError("a tool response answers no call")
    return [_function_response(response) for response in responses]


def _function_response(response: FunctionResponse) -> dict[str, Any]:
    if response.scheduling is not None and response.scheduling not in SCHEDULING:
        raise LocalProtocolError(f"{response.scheduling!r} is no scheduling of an answer")
    if not isinstance(response.response, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance] - tools return anything
        raise LocalProtocolError("the answer to a call is an object")
    return {
        "id": response.id,
        "name": response.name,
        "response": response.response,
        "scheduling": response.scheduling,
        "willContinue": response.will_continue,
        "parts": list(response.parts) or None,
    }


def _context_update(event: ContextUpdate) -> dict[str, Any]:
    if event.system_instruction is None and event.tools is None:
        raise LocalProtocolError("a context update changes nothing")
    tools = None if event.tools is None else {"tools": list(event.tools)}
    return {"systemInstruction": event.system_instruction, "tools": tools}


# ---- what the server said ----------------------------------------------------------------------------------------


def decode(frame: str | bytes, oddities: Oddities | None = None) -> tuple[ServerEvent, ...]:
    """Read one message, which may say several things at once.

    They come in the order in which they must be acted on: an interruption first (audio in the same message is what was
    interrupted, and is left out), then transcriptions, the parts of the reply in their order, the end of the generation
    and of the turn, everything else, and the token counts last. Fields and kinds that are not known are ignored, and
    counted in `oddities`.

    Raises:
        RemoteProtocolError: it cannot be understood; whatever the bytes are, nothing else is raised.
    """
    audio = _only_audio(frame)
    if audio is not None:
        return (audio,)
    return _decode_any(frame, Oddities() if oddities is None else oddities)


def _decode_any(frame: str | bytes, oddities: Oddities) -> tuple[ServerEvent, ...]:
    message = wire.parse(frame)
    oddities.note_unknown(message, _KINDS, "")
    events: list[ServerEvent] = []
    for kind, read in _READERS:
        if kind in message:
            events.extend(read(wire.as_object(message[kind], kind), oddities))
    return tuple(events)


_LONGEST_ENVELOPE: Final = 512
_PROBE: Final = bytes(range(8))


def _only_audio(frame: str | bytes) -> AudioOut | None:
    """The short way: cut the base64 out, and recognise what is left by comparing it with what was seen before.

    A frame without its audio, its envelope, is the same every time. JSON has no context: an envelope that was once
    read in full, and turned out to hold exactly one piece of audio at this place, does so with any other string at this
    place, unless that string holds a quote (it ends at the first) or a backslash (which is no base64).
    """
    try:
        data = frame.encode() if isinstance(frame, str) else frame
    except UnicodeError:
        return None
    key = data.find(b'"data"')
    start = data.find(b'"', key + 6) + 1
    end = data.find(b'"', start)
    if key < 0 or start <= 0 or end < 0 or len(data) - (end - start) > _LONGEST_ENVELOPE:
        return None
    rate = _envelope_rate(data[:start], data[end:])
    if rate is None:
        return None
    try:
        pcm = wire.unbase64(data[start:end])
    except ValueError:
        return None  # the long way says what is wrong, or reads what is only written unusually
    return None if len(pcm) & 1 else AudioOut(pcm, rate)


@lru_cache(maxsize=64)
def _envelope_rate(head: bytes, tail: bytes) -> int | None:
    """The sample rate in Hz, if a message that begins and ends so holds one piece of audio and nothing else."""
    oddities = Oddities()
    try:
        events = _decode_any(head + wire.base64(_PROBE).encode() + tail, oddities)
    except RemoteProtocolError:
        return None
    match events:
        case (AudioOut(pcm, rate),) if pcm == _PROBE and not oddities.total:
            return rate
        case _:
            return None


def _setup_complete(body: dict[str, Any], oddities: Oddities) -> Iterator[ServerEvent]:
    oddities.note_unknown(body, frozenset({"sessionId", "voiceConsentSignature"}), "setupComplete")
    yield SetupComplete(_text(body, "sessionId", "setupComplete") or None)


_CONTENT_FIELDS: Final = frozenset({
    "modelTurn", "interrupted", "turnComplete", "generationComplete", "inputTranscription", "outputTranscription",
    "interimInputTranscription", "groundingMetadata", "urlContextMetadata", "waitingForInput", "turnCompleteReason",
    "interactionStatus",
})  # fmt: skip


def _server_content(body: dict[str, Any], oddities: Oddities) -> Iterator[ServerEvent]:
    oddities.note_unknown(body, _CONTENT_FIELDS, "serverContent")
    interrupted = _flag(body, "interrupted")
    if interrupted:
        yield Interrupted()
    yield from _transcriptions(body)
    if "modelTurn" in body:
        turn = wire.as_object(body["modelTurn"], "modelTurn")
        oddities.note_unknown(turn, frozenset({"role", "parts"}), "serverContent.modelTurn")
        for event in _parts(turn.get("parts", []), oddities):
            if not (interrupted and isinstance(event, AudioOut)):
                yield event
    if _flag(body, "generationComplete"):
        yield GenerationComplete()
    yield from _turn_complete(body, oddities)
    if _flag(body, "waitingForInput"):
        yield WaitingForInput()
    if "groundingMetadata" in body:
        yield Grounding("groundingMetadata", wire.as_object(body["groundingMetadata"], "groundingMetadata"))
    if "urlContextMetadata" in body:
        yield Grounding("urlContextMetadata", wire.as_object(body["urlContextMetadata"], "urlContextMetadata"))


def _transcriptions(body: dict[str, Any]) -> Iterator[ServerEvent]:
    if "inputTranscription" in body:
        yield InputTranscription(*_transcription(body["inputTranscription"], "inputTranscription"))
    if "interimInputTranscription" in body:
        text, _, details = _transcription(body["interimInputTranscription"], "interimInputTranscription")
        yield InterimInputTranscription(text, details)
    if "outputTranscription" in body:
        yield OutputTranscription(*_transcription(body["outputTranscription"], "outputTranscription"))


def _transcription(value: object, where: str) -> tuple[str, bool, dict[str, Any]]:
    body = wire.as_object(value, where)
    details = {key: item for key, item in body.items() if key not in {"text", "finished"}}
    return _text(body, "text", where), _flag(body, "finished"), details


def _turn_complete(body: dict[str, Any], oddities: Oddities) -> Iterator[ServerEvent]:
    reason = _text(body, "turnCompleteReason", "serverContent")
    status = _text(body, "interactionStatus", "serverContent")
    if _flag(body, "turnComplete"):
        yield TurnComplete(None if reason.endswith("_UNSPECIFIED") else reason or None, status or None)
    elif reason or status:
        oddities.note("a turn's reason or status without turnComplete")


def _parts(value: object, oddities: Oddities) -> Iterator[ServerEvent]:
    calls: list[FunctionCall] = []
    for part in wire.as_objects(value, "modelTurn.parts"):
        if "functionCall" in part:
            calls.extend(_calls([part["functionCall"]], oddities))
            continue
        if calls:
            yield ToolCall(tuple(calls))
            calls = []
        yield _part(part)
    if calls:
        yield ToolCall(tuple(calls))


def _part(part: dict[str, Any]) -> ServerEvent:
    if "inlineData" in part:
        blob = wire.as_object(part["inlineData"], "inlineData")
        rate = wire.pcm_rate(_text(blob, "mimeType", "inlineData"), OUTPUT_RATE)
        if rate is not None:
            pcm = wire.as_bytes(blob.get("data", ""), "inlineData.data")
            if len(pcm) & 1:
                raise RemoteProtocolError(f"{len(pcm)} bytes of audio end in half a sample")
            return AudioOut(pcm, rate)
    if "text" in part:
        return TextOut(_text(part, "text", "part"), _flag(part, "thought"))
    return MediaOut(part)


def _tool_call(body: dict[str, Any], oddities: Oddities) -> Iterator[ServerEvent]:
    oddities.note_unknown(body, frozenset({"functionCalls"}), "toolCall")
    calls = tuple(_calls(body.get("functionCalls", []), oddities))
    if calls:
        yield ToolCall(calls)


def _calls(value: object, oddities: Oddities) -> Iterator[FunctionCall]:
    for call in wire.as_objects(value, "functionCalls"):
        oddities.note_unknown(call, frozenset({"id", "name", "args", "partialArgs", "willContinue"}), "functionCall")
        if "partialArgs" in call or _flag(call, "willContinue"):
            # Vertex can send arguments in pieces when asked to, which no Live setting does; half a call must not run.
            oddities.note("functionCall.partialArgs")
            continue
        args = wire.as_object(call.get("args", {}), "functionCall.args")
        yield FunctionCall(_text(call, "id", "functionCall") or None, _text(call, "name", "functionCall"), args)


def _cancellation(body: dict[str, Any], oddities: Oddities) -> Iterator[ServerEvent]:
    oddities.note_unknown(body, frozenset({"ids"}), "toolCallCancellation")
    yield ToolCallCancellation(wire.as_texts(body.get("ids", []), "toolCallCancellation.ids"))


def _go_away(body: dict[str, Any], oddities: Oddities) -> Iterator[ServerEvent]:
    oddities.note_unknown(body, frozenset({"timeLeft"}), "goAway")
    yield GoAway(wire.as_seconds(body.get("timeLeft", "0s"), "goAway.timeLeft"))


def _resumption(body: dict[str, Any], oddities: Oddities) -> Iterator[ServerEvent]:
    known = frozenset({"newHandle", "resumable", "lastConsumedClientMessageIndex"})
    oddities.note_unknown(body, known, "sessionResumptionUpdate")
    index = body.get("lastConsumedClientMessageIndex")
    yield SessionResumptionUpdate(
        _text(body, "newHandle", "sessionResumptionUpdate") or None,
        _flag(body, "resumable"),
        None if index is None else wire.as_integer(index, "lastConsumedClientMessageIndex"),
    )


def _voice_activity(body: dict[str, Any], oddities: Oddities) -> Iterator[ServerEvent]:
    oddities.note_unknown(body, frozenset({"type", "voiceActivityType", "audioOffset"}), "voiceActivity")
    kind = _text(body, "type", "voiceActivity") or _text(body, "voiceActivityType", "voiceActivity")
    offset = body.get("audioOffset")
    yield VoiceActivity(kind, None if offset is None else wire.as_seconds(offset, "voiceActivity.audioOffset"))


_VAD_SIGNALS: Final = {"VAD_SIGNAL_TYPE_SOS": "ACTIVITY_START", "VAD_SIGNAL_TYPE_EOS": "ACTIVITY_END"}


def _vad_signal(body: dict[str, Any], oddities: Oddities) -> Iterator[ServerEvent]:
    oddities.note_unknown(body, frozenset({"vadSignalType"}), "voiceActivityDetectionSignal")
    kind = _text(body, "vadSignalType", "voiceActivityDetectionSignal")
    yield VoiceActivity(_VAD_SIGNALS.get(kind, kind), signal=True)


_VERTEX_USAGE: Final = {
    "candidatesTokenCount": "responseTokenCount",
    "candidatesTokensDetails": "responseTokensDetails",
}


def _usage(body: dict[str, Any], _oddities: Oddities) -> Iterator[ServerEvent]:
    usage: dict[str, Any] = {}
    for key, value in body.items():
        name = _VERTEX_USAGE.get(key, key)
        if name == key or name not in body:
            usage[name] = wire.as_integer(value, key) if name.endswith("TokenCount") else value
    yield Usage(usage)


def _text(body: dict[str, Any], key: str, where: str) -> str:
    return wire.as_text(body.get(key, ""), f"{where}.{key}")


def _flag(body: dict[str, Any], key: str) -> bool:
    return wire.as_flag(body.get(key, False), key)


_READERS: Final[Sequence[tuple[str, Callable[[dict[str, Any], Oddities], Iterator[ServerEvent]]]]] = (
    ("setupComplete", _setup_complete),
    ("serverContent", _server_content),
    ("toolCall", _tool_call),
    ("toolCallCancellation", _cancellation),
    ("goAway", _go_away),
    ("sessionResumptionUpdate", _resumption),
    ("voiceActivity", _voice_activity),
    ("voiceActivityDetectionSignal", _vad_signal),
    ("usageMetadata", _usage),
)
_KINDS: Final = frozenset(kind for kind, _ in _READERS)

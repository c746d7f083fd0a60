"""How each kind of the server's messages is read: functions from a JSON object to events, without state."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from voice_actors.errors import RemoteProtocolError
from voice_actors.gemini import wire
from voice_actors.gemini.events import (
    OUTPUT_RATE,
    AudioOut,
    FunctionCall,
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
    SetupComplete,
    TextOut,
    ToolCall,
    ToolCallCancellation,
    TurnComplete,
    Usage,
    VoiceActivity,
    WaitingForInput,
)
from voice_actors.gemini.wire import Oddities


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


READERS: Final[Sequence[tuple[str, Callable[[dict[str, Any], Oddities], Iterator[ServerEvent]]]]] = (
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
"""In the order in which they must be acted on."""
KINDS: Final = frozenset(kind for kind, _ in READERS)

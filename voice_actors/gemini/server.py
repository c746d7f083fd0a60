"""The server's half of the wire: what a client said, as an event, and what we say, as frames.

Reads everything that google-genai 2.30 to 3.4 and the clients in the field send: camelCase and snake_case, text and
binary frames, the deprecated `mediaChunks`, audio without a rate (16 kHz). Plain functions, no I/O.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final, assert_never

from voice_actors.errors import LocalProtocolError, RemoteProtocolError
from voice_actors.gemini import schema, wire
from voice_actors.gemini._client_messages import event_of
from voice_actors.gemini._envelope import audio_in, probed_rate
from voice_actors.gemini.events import (
    OUTPUT_RATE,
    AudioIn,
    AudioOut,
    ClientEvent,
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

MAX_MESSAGE: Final = 1_048_576
"""Bytes; google-genai's client drops the connection on a longer message."""


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
    return event_of(message, media_chunks=media_chunks)


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

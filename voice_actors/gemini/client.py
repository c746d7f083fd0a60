"""The client's half of the wire: what it says, as frames, and what the server said, as events.

Plain functions: no I/O, no state beyond a memo. The microphone's chunks and the reply's audio, fifty and five times a
second, take a short way that never builds a tree of JSON; everything else goes through `wire.parse`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, TypeAlias, assert_never

from voice_actors.errors import LocalProtocolError, RemoteProtocolError
from voice_actors.gemini import wire
from voice_actors.gemini._envelope import audio_in, probed_rate
from voice_actors.gemini._readers import KINDS, READERS
from voice_actors.gemini.events import (
    INPUT_RATE,
    ActivityEnd,
    ActivityStart,
    AudioIn,
    AudioOut,
    AudioStreamEnd,
    ClientContent,
    ClientEvent,
    ContextUpdate,
    FunctionResponse,
    ServerEvent,
    Setup,
    TextIn,
    ToolResponse,
    VideoIn,
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
    audio = audio_in(frame, _envelope_rate)
    if audio is not None:
        return (AudioOut(*audio),)
    return _decode_any(frame, Oddities() if oddities is None else oddities)


def _decode_any(frame: str | bytes, oddities: Oddities) -> tuple[ServerEvent, ...]:
    message = wire.parse(frame)
    oddities.note_unknown(message, KINDS, "")
    events: list[ServerEvent] = []
    for kind, read in READERS:
        if kind in message:
            events.extend(read(wire.as_object(message[kind], kind), oddities))
    return tuple(events)


@lru_cache(maxsize=64)
def _envelope_rate(head: bytes, tail: bytes) -> int | None:
    """The sample rate in Hz, if a message that begins and ends so holds one piece of audio and nothing else."""
    return probed_rate(head, tail, _read_audio)


def _read_audio(frame: bytes) -> tuple[bytes, int] | None:
    oddities = Oddities()
    try:
        events = _decode_any(frame, oddities)
    except RemoteProtocolError:
        return None
    match events:
        case (AudioOut(pcm, rate),) if not oddities.total:
            return pcm, rate
        case _:
            return None

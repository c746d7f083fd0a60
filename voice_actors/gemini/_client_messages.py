"""What a client's message says, by its kind: objects of the wire's JSON, read into events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal, cast

from voice_actors.errors import RemoteProtocolError
from voice_actors.gemini import wire
from voice_actors.gemini.events import (
    INPUT_RATE,
    ActivityEnd,
    ActivityStart,
    AudioIn,
    AudioStreamEnd,
    ClientContent,
    ClientEvent,
    ContextUpdate,
    FunctionResponse,
    Setup,
    TextIn,
    ToolResponse,
    VideoIn,
)

MEDIA_CHUNKS: Final = "realtime_input.media_chunks is deprecated. Use audio, video, or text instead."
"""What gemini-3 closes the connection with (kizuna-ai-lab/sokuji#150)."""
_KINDS: Final = ("setup", "clientContent", "realtimeInput", "toolResponse", "contextUpdate")


def event_of(message: dict[str, Any], *, media_chunks: bool) -> ClientEvent:
    """The one thing that it says; without `media_chunks` these are refused, as newer models do it.

    Raises:
        RemoteProtocolError: it says nothing, or several things, or something of it cannot be understood.
    """
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

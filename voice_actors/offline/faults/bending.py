"""Messages made wrong: what becomes of one that a fault has waited for."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, assert_never, cast

import attrs

from voice_actors.gemini.events import ClientEvent, FunctionResponse, ToolResponse
from voice_actors.offline.faults import actions as f
from voice_actors.offline.faults.garbage import Frame

HUM = b"\x00\x02" * 24
"""A millisecond of something to hear."""
Bend: TypeAlias = f.Truncate | f.UnknownFields | f.StripIds | f.Mirror | f.WithAudio | f.Alias | f.Fragments


def bent(action: Bend, frame: Frame) -> Iterator[Frame]:
    """What is sent in its place."""
    match action:
        case f.Truncate():
            yield frame[: len(frame) // 2]
        case f.UnknownFields():
            yield with_unknown_fields(frame)
        case f.StripIds():
            yield without_ids(frame)
        case f.Mirror():
            yield frame
            yield mirrored(frame)
        case f.WithAudio(ms):
            yield with_audio(frame, HUM * ms)
        case f.Alias():
            yield with_aliases(frame)
        case f.Fragments(letters):
            yield from fragments(frame, letters)
        case _:
            assert_never(action)


def ignored(action: f.Ignore, event: ClientEvent | None) -> ClientEvent | None:
    """What is left of a client's message."""
    if not action.scheduling or not isinstance(event, ToolResponse):
        return None
    left = tuple(answer for answer in event.responses if _scheduling(answer) != action.scheduling)
    return attrs.evolve(event, responses=left) if left else None


def _scheduling(answer: FunctionResponse) -> str:
    return str(answer.scheduling or answer.response.get("scheduling") or "WHEN_IDLE")


def with_aliases(frame: Frame) -> Frame:
    """The same message, the data of each part there in snake_case too."""

    def alias(message: dict[str, Any]) -> dict[str, Any]:
        for part in message.get("serverContent", {}).get("modelTurn", {}).get("parts", ()):
            if inline := part.get("inlineData"):
                part["inline_data"] = {"mime_type": inline.get("mimeType"), "data": inline.get("data")}
        return message

    return _changed(frame, alias)


def fragments(frame: Frame, letters: int) -> Iterator[Frame]:
    """A message for each few letters of a transcript; what else it says comes with the first."""
    message: Any = json.loads(frame)
    content = message.get("serverContent", {})
    key = next((key for key in ("outputTranscription", "inputTranscription") if key in content), None)
    if key is None:
        yield frame
        return
    text = str(content[key].get("text", ""))
    for at in range(0, len(text), letters):
        content[key] = {"text": text[at : at + letters]}
        yield json.dumps(message).encode()
        message = {"serverContent": {}}
        content = message["serverContent"]


def with_unknown_fields(frame: Frame) -> Frame:
    """The same message, with a field at every level that nobody knows; a function's arguments are not the service's."""
    return _changed(frame, _with_unknown)


def without_ids(frame: Frame) -> Frame:
    """The same message, its function calls without ids."""

    def strip(message: dict[str, Any]) -> dict[str, Any]:
        for call in _calls(message):
            call.pop("id", None)
        return message

    return _changed(frame, strip)


def mirrored(frame: Frame) -> Frame:
    """Its function calls as parts of a model turn."""

    def mirror(message: dict[str, Any]) -> dict[str, Any]:
        parts = [{"functionCall": call} for call in _calls(message)]
        return {"serverContent": {"modelTurn": {"role": "model", "parts": parts}}}

    return _changed(frame, mirror)


def with_audio(frame: Frame, pcm: bytes) -> Frame:
    """The same message, and a chunk of 24 kHz speech in it."""

    def add(message: dict[str, Any]) -> dict[str, Any]:
        turn = message.setdefault("serverContent", {}).setdefault("modelTurn", {"role": "model", "parts": []})
        data = base64.b64encode(pcm).decode()
        turn["parts"].append({"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": data}})
        return message

    return _changed(frame, add)


def _calls(message: dict[str, Any]) -> list[dict[str, Any]]:
    return list(message.get("toolCall", {}).get("functionCalls", ()))


def _with_unknown(value: Any) -> Any:
    if isinstance(value, list):
        return [*map(_with_unknown, cast("Sequence[Any]", value))]
    if isinstance(value, dict):
        members = cast("Mapping[str, Any]", value).items()
        known = {key: each if key == "args" else _with_unknown(each) for key, each in members}
        return {**known, "novelty": {"since": [2027]}}
    return value


def _changed(frame: Frame, change: Callable[[dict[str, Any]], Any]) -> Frame:
    """What another fault has made unreadable stays as it is."""
    try:
        message = json.loads(frame)
    except ValueError:
        return frame
    return json.dumps(change(cast("dict[str, Any]", message))).encode() if isinstance(message, dict) else frame

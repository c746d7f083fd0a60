"""A finished conversation as text, Markdown, subtitles or JSON: what `voice-actors transcript` prints."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias

import attrs

from voice_actors.cli.captions import Captions, clean
from voice_actors.cli.scene import Scene, Speech
from voice_actors.record.saved import Transcript
from voice_actors.record.transcripts import Message

Form: TypeAlias = Literal["text", "markdown", "vtt", "srt", "json"]
Entry: TypeAlias = tuple[float, str]

LINE: Final = 84
"""Letters of one cue of a subtitle; more are cut into several, each for its share of the time."""
SHORTEST: Final = 0.7
"""Seconds for which a cue stands at least, so that it can be read."""


@attrs.frozen
class Source:
    """A conversation in both forms in which it is known."""

    transcript: Transcript
    scene: Scene
    origin: float
    """What time 0 of the scene is in the transcript, seconds on its clock."""


def render(source: Source, form: Form) -> str:
    """The conversation in this form, with a newline at its end."""
    return _FORMS[form](source).rstrip("\n") + "\n"


# ---- for reading -------------------------------------------------------------------------------------------------


def _text(source: Source) -> str:
    """The lines that the captions showed, each with the time at which it was done."""
    captions = Captions()
    entries: list[Entry] = []
    at = source.origin
    for event in source.transcript.events:
        at = event.at
        entries += [(at, line) for line in captions.feed(event)]
    entries += [(at, line) for line in captions.finish()]
    return "\n".join(f"{clock(at - source.origin)}  {line}" for at, line in entries)


def _markdown(source: Source) -> str:
    """A paragraph for each message; the words that nobody heard are struck out."""
    messages = source.transcript.export_messages()
    return "\n\n".join(_paragraph(message, message.at - source.origin) for message in messages)


def _paragraph(message: Message, at: float) -> str:
    if message.role == "tool":
        call = _code({"name": message.name, **message.body})
        return f"**tool** ({clock(at)})\n\n```json\n{call}\n```"
    unheard = message.unheard_text.strip()
    struck = f" ~~{_escaped(unheard)}~~" if unheard else ""
    cut = " *(interrupted)*" if message.interrupted else ""
    return f"**{message.role}** ({clock(at)}): {_escaped(message.heard_text)}{struck}{cut}"


def _code(body: Mapping[str, Any]) -> str:
    return clean(json.dumps(body, ensure_ascii=False, default=str)).replace("```", "'''")


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>~#|])", r"\\\1", clean(text))


# ---- subtitles ---------------------------------------------------------------------------------------------------


def _vtt(source: Source) -> str:
    cues = [f"{_stamp(one, '.')}\n<v {one.who}>{_entities(clean(one.text))}" for one in cues_of(source.scene)]
    return "\n\n".join(["WEBVTT", *cues])


def _srt(source: Source) -> str:
    cues = cues_of(source.scene)
    return "\n\n".join(f"{n}\n{_stamp(one, ',')}\n{one.who}: {clean(one.text)}" for n, one in enumerate(cues, start=1))


def cues_of(scene: Scene) -> list[Speech]:
    """What was heard, in portions that fit on a screen, oldest first."""
    return [cue for speech in scene.speeches for cue in _cut(speech)]


def _cut(speech: Speech) -> list[Speech]:
    lines = _lines(speech.text.split())
    letters = sum(map(len, lines)) or 1
    length = max(speech.end - speech.start, SHORTEST)
    cues: list[Speech] = []
    spoken = 0
    for line in lines:
        start = speech.start + length * spoken / letters
        spoken += len(line)
        cues.append(attrs.evolve(speech, start=start, end=speech.start + length * spoken / letters, text=line))
    return cues


def _lines(words: Sequence[str]) -> list[str]:
    lines: list[str] = []
    for word in words:
        if lines and len(lines[-1]) + len(word) < LINE:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _stamp(cue: Speech, point: str) -> str:
    return f"{_time(cue.start, point)} --> {_time(cue.end, point)}"


def _time(seconds: float, point: str) -> str:
    ms = round(max(0.0, seconds) * 1000)
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}{point}{ms % 1000:03}"


def _entities(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# ---- for programs ------------------------------------------------------------------------------------------------


def _json(source: Source) -> str:
    transcript = source.transcript
    messages = [
        {**attrs.asdict(message), "at": round(message.at - source.origin, 3), "heard_text": message.heard_text}
        for message in transcript.export_messages()
    ]
    body = {"complete": transcript.complete, "missing": transcript.missing, "messages": messages}
    return json.dumps(body, ensure_ascii=False, indent=2, default=str)


def clock(seconds: float) -> str:
    """Minutes and seconds, hours where there are any."""
    tenths = round(max(0.0, seconds) * 10)
    hours, rest = divmod(tenths, 36_000)
    return f"{hours}:" * bool(hours) + f"{rest // 600:02}:{rest // 10 % 60:02}.{rest % 10}"


_FORMS: Final[Mapping[Form, Callable[[Source], str]]] = {
    "text": _text,
    "markdown": _markdown,
    "vtt": _vtt,
    "srt": _srt,
    "json": _json,
}

"""A finished conversation as times and words: what `picture` draws, read from the recording and the transcript.

Theory of operation: the recording's first sample has no time of its own in the transcript, but a reply's end has one in
both: `TurnEnded` in the one, the last sample before silence in the other. The clock offset that most ends agree on
wins, and of nearly equal ones the smallest, because a reply that ends in silence seems to end early, never late.
What the person said is placed by their sound, since its words arrive only after they were recognised.
"""

from __future__ import annotations

import wave
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import attrs

from voice_actors.cli.captions import describe_answer, describe_call
from voice_actors.errors import ConfigError
from voice_actors.gemini.events import OUTPUT_RATE
from voice_actors.loudspeaker.words import Words
from voice_actors.record.journal import newest, read

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Row: TypeAlias = Mapping[str, Any]
Span: TypeAlias = tuple[float, float]

FRAME = 0.02
"""Seconds over which loudness is measured."""
PAUSE = 0.7
"""Silence, in seconds, that ends one utterance and lets the next begin."""
SETTLES = 0.5
"""Seconds from the end of what the user said to its words, without a recording to look at."""
LETTERS = 15.0
"""Letters that people speak in a second."""
SHORTEST = 0.12
"""Seconds of sound that are more than a click."""


@attrs.frozen
class Speech:
    """Words in one go, and when they sounded, in seconds of the recording."""

    who: Literal["user", "agent"]
    start: float
    end: float
    text: str
    typed: bool = False


@attrs.frozen
class Cut:
    """A reply that was cut short: when, by whom, and what of it was never heard."""

    at: float
    by: str
    heard_ms: float
    dropped_ms: float
    unheard: str


@attrs.frozen
class ToolUse:
    """A tool call and its answer."""

    at: float
    until: float
    call: str
    answer: str
    fine: bool


@attrs.frozen(eq=False)
class Scene:
    """Everything that the picture shows."""

    rate: int
    user: NDArray[np.int16]
    agent: NDArray[np.int16]
    speeches: Sequence[Speech]
    cuts: Sequence[Cut]
    tools: Sequence[ToolUse]

    @property
    def duration(self) -> float:
        """Seconds, with room for words that came after the last sound."""
        ends = [speech.end for speech in self.speeches] + [tool.until for tool in self.tools]
        return max([len(self.user) / self.rate, 1.0, *ends])


def read_scene(recording: Path | None, transcript: Path) -> Scene:
    """Read a stereo recording (user left, agent right) and the transcript of the same conversation.

    Without a recording the scene is silent, and when the user spoke is an estimate by the length of their words.

    Raises:
        ConfigError: a file cannot be read or is not what it should be.
    """
    rows = newest(read(transcript).rows)
    rate, user, agent = _silence() if recording is None else _voices(recording)
    shift = origin(rows)
    shifted = [{**row, "at": row["at"] - shift} for row in rows]
    speeches = [*_user_speeches(shifted, utterances(user, rate)), *_agent_speeches(shifted, _sounding(agent, rate))]
    speeches.sort(key=lambda speech: speech.start)
    return Scene(rate, user, agent, speeches, list(_cuts(shifted)), list(_tools(shifted)))


def _silence() -> tuple[int, NDArray[np.int16], NDArray[np.int16]]:
    import numpy as np

    return OUTPUT_RATE, np.zeros(0, np.int16), np.zeros(0, np.int16)


def _voices(recording: Path) -> tuple[int, NDArray[np.int16], NDArray[np.int16]]:
    import numpy as np

    try:
        with wave.open(str(recording), "rb") as file:
            if (file.getnchannels(), file.getsampwidth()) != (2, 2):
                raise ConfigError(f"{recording} is no stereo 16-bit recording")
            samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2)
            return file.getframerate(), samples[:, 0].astype(np.int16), samples[:, 1].astype(np.int16)
    except (OSError, EOFError, wave.Error) as error:
        raise ConfigError(f"cannot read the recording {recording}: {error}") from error


# ---- sound -------------------------------------------------------------------------------------------------------


def _joined(loud: Sequence[bool], step: float, pause: float) -> list[Span]:
    spans: list[Span] = []
    for i, on in enumerate(loud):
        if on and spans and i * step - spans[-1][1] < pause:
            spans[-1] = (spans[-1][0], (i + 1) * step)
        elif on:
            spans.append((i * step, (i + 1) * step))
    return spans


def _peaks(samples: NDArray[np.int16], rate: int) -> NDArray[np.int16]:
    import numpy as np

    size = int(FRAME * rate)
    padded = np.pad(samples, (0, -len(samples) % size)).reshape(-1, size)
    peaks: NDArray[np.int16] = np.minimum(np.abs(padded.astype(np.int32)).max(axis=1, initial=0), 32_767).astype(
        np.int16
    )
    return peaks


def utterances(samples: NDArray[np.int16], rate: int) -> list[Span]:
    """When somebody speaks, by loudness over the noise of the room."""
    import numpy as np

    peaks = _peaks(samples, rate)
    if not len(peaks):
        return []
    floor = max(float(np.percentile(peaks, 20)) * 4, 600.0)
    spans = _joined([bool(peak > floor) for peak in peaks], FRAME, PAUSE)
    return [(start, end) for start, end in spans if end - start >= SHORTEST]


def _sounding(samples: NDArray[np.int16], rate: int) -> list[Span]:
    """Where the agent's channel holds any sound at all: between replies it is digital silence."""
    return _joined([bool(peak) for peak in _peaks(samples, rate)], FRAME, 0.5)


def origin(rows: Sequence[Row]) -> float:
    """The transcript's time of the recording's first sample, seconds: as the transcript says, else its first line's."""
    started = [row["at"] for row in _all(rows, "RecordingStarted")] or [row["at"] for row in rows[:1]]
    return float(started[0]) if started else 0.0


# ---- words -------------------------------------------------------------------------------------------------------


def _user_speeches(rows: Sequence[Row], spans: Sequence[Span]) -> Iterator[Speech]:
    """Each run of recognised words belongs to the sound since the run before it."""
    after = 0.0
    for at, text in _runs(rows):
        own = [span for span in spans if after <= span[0] < at]
        start, end = (own[0][0], own[-1][1]) if own else (max(at - SETTLES - len(text) / LETTERS, after), at)
        after = end
        yield Speech("user", start, end, text)
    for row in rows:
        if row["event"] == "TextSent":
            yield Speech("user", row["at"], row["at"], row["text"].strip(), typed=True)


def _runs(rows: Sequence[Row]) -> Iterator[tuple[float, str]]:
    at, text = 0.0, ""
    for row in rows:
        if row["event"] == "UserSaid":
            at, text = (at if text else row["at"]), text + row["text"]
        elif row["event"] in {"TurnStarted", "ToolCalled", "TextSent"} and text.strip():
            yield at, text.strip()
            text = ""
    if text.strip():
        yield at, text.strip()


def _agent_speeches(rows: Sequence[Row], sounding: Sequence[Span]) -> Iterator[Speech]:
    for ended in _ends(rows):
        words, _ = _words(rows, ended)
        if not words.strip():
            continue
        began = min((row["at"] for row in _all(rows, "TurnStarted") if row["turn"] == ended["turn"]), default=0.0)
        start = max(ended["at"] - ended["heard_ms"] / 1000, began, 0.0)
        overlapping = [span for span in sounding if span[0] >= began - 0.1 and span[0] < ended["at"]]
        yield Speech("agent", overlapping[0][0] if overlapping else start, ended["at"], words.strip())


def _ends(rows: Sequence[Row]) -> list[Row]:
    """How each reply ended; where a killed program never wrote that, what there was time to hear of it."""
    found = _all(rows, "TurnEnded")
    ended = {row["turn"] for row in found}
    for started in _all(rows, "TurnStarted"):
        turn, at = started["turn"], rows[-1]["at"]
        if turn not in ended:
            heard = (at - started["at"]) * 1000
            places = [row.get("audio_ms") or 0.0 for row in _all(rows, "AgentSaid") if row["turn"] == turn]
            dropped = max(0.0, max(places, default=0.0) - heard)
            told = {"turn": turn, "at": at, "heard_ms": heard, "dropped_ms": dropped, "interrupted": False}
            found.append({"event": "TurnEnded", **told})
    return found


def _words(rows: Sequence[Row], ended: Row) -> tuple[str, str]:
    """The words of a reply that were heard, and those that were not."""
    said = [row for row in rows if row["event"] in {"AgentSaid", "TextReceived"} and row["turn"] == ended["turn"]]
    words = Words.of((row["text"], row.get("audio_ms")) for row in said if not row.get("thought"))
    return words.split(ended["heard_ms"], ended["heard_ms"] + ended["dropped_ms"])


def _cuts(rows: Sequence[Row]) -> Iterator[Cut]:
    for ended in _ends(rows):
        if not ended["interrupted"]:
            continue
        by = next((row["by"] for row in _all(rows, "TurnInterrupted") if row["turn"] == ended["turn"]), "user")
        yield Cut(ended["at"], by, ended["heard_ms"], ended["dropped_ms"], _words(rows, ended)[1].strip())


def _tools(rows: Sequence[Row]) -> Iterator[ToolUse]:
    answers = {row["id"]: row for row in _all(rows, "ToolAnswered")}
    for called in _all(rows, "ToolCalled"):
        call, answer = describe_call(called["name"], called["args"]), answers.get(called["id"])
        if answer is None:
            yield ToolUse(called["at"], called["at"], call, "no answer", fine=False)
        else:
            text = f"{describe_answer(answer['response'])} ({answer['took_ms']:.0f} ms)"
            yield ToolUse(called["at"], answer["at"], call, text, fine=answer["outcome"] == "ok")


def _all(rows: Sequence[Row], event: str) -> list[Row]:
    return [row for row in rows if row["event"] == event]

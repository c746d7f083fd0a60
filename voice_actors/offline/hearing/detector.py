"""Tells the user's speech from silence and noise, and cuts it into utterances.

Theory of operation
-------------------
Audio is looked at in windows of 512 samples (32 ms at 16 kHz), the only length that Silero takes. A `Scorer` gives each
window a probability of speech; a `SpeechGate` turns the probabilities into starts and ends; `SileroDetector` keeps the
audio and cuts the utterances. The gate knows nothing of audio or models.

The gate has two thresholds. Speech begins with a window at or above `on` and goes on while windows stay at or above
`off`; when that has lasted for `prefix_padding_ms`, the start is committed. Speech ends when windows have stayed below
`off` for `silence_ms`. Both times are rounded up to whole windows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import attrs

from voice_actors.audio.voice import WINDOW_MS
from voice_actors.microphone.listening import WINDOW, Scorer
from voice_actors.offline.parts import Activity, ActivitySettings, SpeechEnded, SpeechStarted

SECOND = 32_000
"""Bytes of one second: 16 kHz, 16-bit mono."""
ROOM = 300 * SECOND // 1000
"""Bytes kept before and after what was found, because Silero misses soft first and last sounds."""
LONGEST_MS = 30_000
"""An utterance is cut here; a recogniser takes no more, and nobody is answered who never stops."""

ON = {"HIGH": 0.5, "LOW": 0.75}
OFF = {"HIGH": 0.35, "LOW": 0.15}
"""Silero's authors begin at 0.5 and end 0.15 below that. A low sensitivity wants to be surer of either."""


# ---- decisions ---------------------------------------------------------------------------------------------------


@attrs.frozen
class Opened:
    """Speech is certain; it began with window `first`."""

    first: int


@attrs.frozen
class Closed:
    """Speech is over; window `after` was the first one behind it."""

    after: int


Decision: TypeAlias = Opened | Closed | None


@attrs.define(eq=False)
class SpeechGate:
    """Probabilities in, starts and ends out, strictly in turns."""

    settings: ActivitySettings
    longest_ms: int = LONGEST_MS
    windows: int = attrs.field(default=0, init=False)
    """Seen so far."""
    first: int | None = attrs.field(default=None, init=False)
    """Where speech, or what may become speech, began."""
    speaking: bool = attrs.field(default=False, init=False)
    after: int = attrs.field(default=0, init=False)
    """The first window behind the last one that held speech."""

    def feed(self, probability: float) -> Decision:
        """Take the next window's probability of speech."""
        threshold = ON[self.settings.start_sensitivity] if self.first is None else OFF[self.settings.end_sensitivity]
        self.windows += 1
        if probability >= threshold:
            self.after = self.windows
            if self.first is None:
                self.first = self.windows - 1
        elif not self.speaking:
            self.first = None
        if self.first is None:
            return None
        return self._close(self.first) if self.speaking else self._open(self.first)

    def _open(self, first: int) -> Decision:
        if self.windows - first < windows_of(self.settings.prefix_padding_ms):
            return None
        self.speaking = True
        return Opened(first)

    def _close(self, first: int) -> Decision:
        silent = self.windows - self.after >= windows_of(self.settings.silence_ms)
        if not silent and self.windows - first < windows_of(self.longest_ms):
            return None
        self.speaking, self.first = False, None
        return Closed(self.after)


def windows_of(ms: int) -> int:
    """A time in windows, rounded up, at least one."""
    return max(1, math.ceil(ms / WINDOW_MS))


# ---- audio -------------------------------------------------------------------------------------------------------


@attrs.define(eq=False)
class SileroDetector:
    """A `Listener`: finds the utterances of one 16 kHz stream.

    `feed` costs about 0.2 ms for 32 ms of audio and is meant to be called on the event loop.
    """

    settings: ActivitySettings
    scorer: Scorer
    _gate: SpeechGate = attrs.field(init=False)
    _pcm: bytearray = attrs.field(factory=bytearray, init=False)
    _base: int = attrs.field(default=0, init=False)
    """Where in the stream `_pcm` begins, in bytes, like the three below."""
    _origin: int = attrs.field(default=0, init=False)
    """Where the gate's window 0 began."""
    _given: int = attrs.field(default=0, init=False)
    """How far the stream has already gone out in utterances; audio is never heard twice."""
    _start: int = attrs.field(default=0, init=False)
    """Where the open utterance begins."""

    def __attrs_post_init__(self) -> None:
        self._gate = SpeechGate(self.settings)

    def feed(self, pcm: bytes) -> Sequence[Activity]:
        """Take 16 kHz audio of any length; say what became of it."""
        self._pcm += pcm
        found: list[Activity] = []
        while (at := self._position(self._gate.windows) - self._base) + WINDOW <= len(self._pcm):
            decision = self._gate.feed(self.scorer(bytes(self._pcm[at : at + WINDOW])))
            if decision is not None:
                found.append(self._activity(decision))
        self._forget()
        return found

    def finish(self) -> Sequence[Activity]:
        """The stream pauses: what is open ends here, and what comes next is heard afresh."""
        end = self._base + len(self._pcm)
        found = [self._ended(self._position(self._gate.after), end)] if self._gate.speaking else []
        self._gate = SpeechGate(self.settings)
        self._pcm.clear()
        self._base = self._origin = self._given = end
        return found

    @property
    def silent_windows(self) -> int:
        """How long it has been silent within the open utterance; 0 outside of one."""
        return self._gate.windows - self._gate.after if self._gate.speaking else 0

    @property
    def speaking(self) -> bool:
        """Whether an utterance is open."""
        return self._gate.speaking

    def so_far(self) -> SpeechEnded:
        """The open utterance, as if the silence at its end were long enough."""
        end = self._position(self._gate.windows)
        pcm = bytes(self._pcm[self._start - self._base : end - self._base])
        return SpeechEnded(self._position(self._gate.after) / SECOND, pcm, self._start / SECOND)

    def _position(self, window: int) -> int:
        return self._origin + window * WINDOW

    def _activity(self, decision: Opened | Closed) -> Activity:
        if isinstance(decision, Opened):
            first = self._position(decision.first)
            self._start = max(self._given, self._base, first - ROOM)
            return SpeechStarted(first / SECOND)
        after = self._position(decision.after)
        return self._ended(after, min(after + ROOM, self._position(self._gate.windows)))

    def _ended(self, after: int, end: int) -> SpeechEnded:
        self._given = end
        pcm = bytes(self._pcm[self._start - self._base : end - self._base])
        return SpeechEnded(after / SECOND, pcm[: len(pcm) // 2 * 2], self._start / SECOND)

    def _forget(self) -> None:
        """Outside speech, keep only the room before it."""
        if self._gate.speaking:
            return
        first = self._gate.windows if self._gate.first is None else self._gate.first
        keep = max(self._base, self._position(first) - ROOM)
        del self._pcm[: keep - self._base]
        self._base = keep

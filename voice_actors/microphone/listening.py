"""The user's voice as the microphone's own actor notices it, and what of the audio is sent because of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final, Literal, Protocol

import attrs

from voice_actors.audio.pcm import ms_of
from voice_actors.config import Activity
from voice_actors.messages import AudioChunk, MicMessage, MicrophonePaused

INPUT_RATE: Final = 16_000
WINDOW: Final = 1024
"""Bytes that a scorer takes at a time: 32 ms."""
ON, OFF = 0.5, 0.35
"""Silero's authors begin at 0.5 and end 0.15 below that."""
BRIDGED_MS = 160.0
"""A pause within words; a longer one ends an episode."""
BEGINS_MS = 60.0
"""So much voice is an activity, where no reply could be talked over by mistake."""
HANGOVER_MS = 1_000.0
"""Silence that is still sent after the voice where silence is suppressed: services wait for about half of that."""


class Scorer(Protocol):
    """How likely the next window is speech; remembers the windows before it."""

    def __call__(self, window: bytes) -> float:
        """Take the next 1024 bytes; a probability."""
        ...


@attrs.define(eq=False, repr=False)
class Voice:
    """Theory of operation: audio is scored in windows, and a chunk is voiced by the windows that it completes. An
    *episode* is voice with short pauses; whether it is a word, a cough or an "mm-hmm" only its length can tell.
    """

    scorer: Scorer
    onset: float | None = attrs.field(default=None, init=False)
    """When the present episode began, seconds on trio's clock; None outside of one."""
    voiced_ms: float = attrs.field(default=0.0, init=False)
    """Voice in the present episode, pauses not counted."""
    quiet_ms: float = attrs.field(default=0.0, init=False)
    """Since the last voice."""
    _held: bytearray = attrs.field(factory=bytearray, init=False)
    _voiced: bool = attrs.field(default=False, init=False)

    def hear(self, chunk: AudioChunk) -> None:
        """Take the next chunk."""
        ms = ms_of(chunk.pcm, INPUT_RATE)
        if self._is_voiced(chunk.pcm):
            if self.onset is None:
                self.onset, self.voiced_ms = chunk.captured_at - ms / 1000, 0.0
            self.voiced_ms += ms
            self.quiet_ms = 0.0
            return
        self.quiet_ms += ms
        if self.quiet_ms > BRIDGED_MS:
            self.onset = None

    def forget(self) -> None:
        """Nothing is captured for a while."""
        self.onset, self._voiced, self.voiced_ms, self.quiet_ms = None, False, 0.0, 0.0
        self._held.clear()

    def _is_voiced(self, pcm: bytes) -> bool:
        self._held += pcm
        scores: list[float] = []
        while len(self._held) >= WINDOW:
            scores.append(self.scorer(bytes(self._held[:WINDOW])))
            del self._held[:WINDOW]
        if scores:
            self._voiced = max(scores) >= (OFF if self._voiced else ON)
        return self._voiced


@attrs.define(eq=False, repr=False)
class VoiceGate:
    """A `Gate` that opens by the user's voice.

    What was captured since the beginning of an episode, and a little from before, is held back until the episode is
    long enough; then it is sent at once, and everything else until it has been silent for a while.
    """

    voice: Voice
    pre_roll: float
    """Seconds."""
    silence_ms: float
    """Ends an activity."""
    marked: bool
    """We mark the user's activities; else the server finds them in what is sent."""
    needed_ms: float = BEGINS_MS
    """Voice that makes an activity; more where a reply plays and a cough must not cut it."""
    by: Literal["key", "voice"] = "voice"
    since: float | None = attrs.field(default=None, init=False)
    sent_ms: float = attrs.field(default=0.0, init=False)
    """Audio that was sent, since the start."""
    _held_back: deque[AudioChunk] = attrs.field(factory=deque[AudioChunk], init=False)
    _number: int = attrs.field(default=0, init=False)

    def take(self, chunk: AudioChunk) -> Sequence[MicMessage]:
        """See `Gate`; the voice has heard it already."""
        if self.since is not None:
            return self._go_on(chunk)
        onset = self.voice.onset
        self._held_back.append(chunk)
        self._forget_before((chunk.captured_at if onset is None else onset) - self.pre_roll)
        if onset is None or self.voice.voiced_ms < self.needed_ms:
            return ()
        self._number += 1
        self.since = onset
        messages = [self._sent(held) for held in self._held_back]
        self._held_back.clear()
        return messages

    def _go_on(self, chunk: AudioChunk) -> Sequence[MicMessage]:
        if self.voice.quiet_ms < self.silence_ms:
            return (self._sent(chunk),)
        self.since = None
        return (self._sent(chunk), MicrophonePaused(marked=self.marked))

    def _sent(self, chunk: AudioChunk) -> AudioChunk:
        self.sent_ms += ms_of(chunk.pcm, INPUT_RATE)
        return attrs.evolve(chunk, activity=self._number) if self.marked else chunk

    def _forget_before(self, at: float) -> None:
        while self._held_back[0].captured_at <= at:
            self._held_back.popleft()

    def press(self, at: float, *, pressed: bool) -> None:
        """See `Gate`: there is no key."""

    def stop(self, *, ended: bool = False) -> Sequence[MicMessage]:
        """See `Gate`; what was captured before is not sent later."""
        nothing_open = self.since is None and not ended
        self.since = None
        self._held_back.clear()
        return () if nothing_open else (MicrophonePaused(ended=ended, marked=self.marked),)


def voice_gate(activity: Activity, voice: Voice) -> VoiceGate:
    """For activities that we mark, or, where the server finds them, for silence that is not sent."""
    marked = activity.mode == "local"
    silence_ms = float(activity.silence_ms) if marked else HANGOVER_MS
    return VoiceGate(voice, activity.pre_roll_ms / 1000, silence_ms, marked)

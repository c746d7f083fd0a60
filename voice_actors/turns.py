"""One spoken reply, and its two ends: a lane of audio, and the scope that silences it."""

from __future__ import annotations

import attrs
import trio

from voice_actors.audio.playback import Playback
from voice_actors.lanes import ReceiveLane, SendLane, open_lane
from voice_actors.loudspeaker.words import Words

BYTES_PER_MS = 48
"""Of a reply's audio: 24 kHz 16-bit mono."""
REPLY_CHUNKS = 6_000
"""A reply's lane: two minutes at 20 ms a chunk, and longer with the longer chunks that servers were seen to send."""


@attrs.define(eq=False, repr=False)
class Turn:
    """One reply on its way to the loudspeaker: its audio, and the scope that silences it."""

    number: int
    audio: ReceiveLane[bytes]
    playback: Playback = attrs.field(factory=Playback)
    words: Words = attrs.field(factory=Words)
    """So far; the session adds to them."""
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    ended: trio.Event = attrs.field(factory=trio.Event)
    """Set by the speaker when the last of it was heard or dropped."""
    heard_ms: float | None = None
    """Of its audio; None until it has ended. Written by the speaker."""

    def heard_and_not(self) -> tuple[str, str]:
        """Its words so far: those that were heard and, once it was cut and has ended, those that were not."""
        if self.heard_ms is None or not self.playback.cut:
            return self.words.text, ""
        return self.words.split(self.heard_ms, self.playback.received / BYTES_PER_MS)


@attrs.define(eq=False, repr=False)
class Reply:
    """The session's side of a turn."""

    turn: Turn
    _voice: SendLane[bytes]
    ended: bool = False

    @classmethod
    def begin(cls, number: int, chunks: int = REPLY_CHUNKS) -> Reply:
        """A reply of which nothing has arrived yet."""
        voice, audio = open_lane[bytes](f"turn {number}", chunks)
        return cls(Turn(number, audio), voice)

    async def say(self, pcm: bytes) -> None:
        """Add audio; waits only when more than the lane's two minutes are waiting."""
        self.turn.playback.received += len(pcm)
        try:
            await self._voice.send(pcm)
        except trio.BrokenResourceError:
            return  # the speaker let go of it: received, never heard

    def add_words(self, text: str) -> float:
        """Words of it arrived; gives how much of its audio had arrived before them, ms."""
        audio_ms = round(self.turn.playback.received / BYTES_PER_MS, 1)
        self.turn.words.add(text, audio_ms)
        return audio_ms

    def end(self) -> None:
        """Everything has arrived."""
        self.ended = True
        self._voice.close()

    def cut(self, why: str) -> None:
        """Silence it, from the device's next block on."""
        self.turn.playback.cut = True
        self.turn.scope.cancel(why)
        self.end()

"""What a loudspeaker holds between the event loop that writes and the device thread that plays."""

from __future__ import annotations

from collections import deque

import attrs

from voice_actors.audio.gain import DUCKED, UNITY, Gain, faded
from voice_actors.audio.playback import Playback

RAMP_MS = 5.0
"""A way between silence and full level, or back: shorter ones are heard as a click."""
HOLD_AFTER_MS = 250.0
"""A reply that is ducked so long is held back altogether, for somebody is speaking; a cough is over by then."""
RECENT = 4
"""Pulls that the level is taken of, 40 ms on a device."""


@attrs.frozen(eq=False, repr=False)
class _Piece:
    pcm: bytes
    playback: Playback
    worth: int


class PlayoutRing:
    """A queue of audio with one producer and one consumer, in two threads and without a lock.

    Theory of operation: the producer appends to a deque and the consumer pops from it; both are atomic. Every number
    has one writer, so a reader can see it late but never wrong. Each piece carries the playback of its reply, and the
    consumer looks at `playback.cut` whenever it takes from a piece: from the next pull on, nothing of a cut reply is
    heard, whatever the event loop is doing. For ears, its last `fade_ms` fade away at the beginning of that pull.
    """

    def __init__(self, rate: int = 24_000, channels: int = 1, *, fade_ms: float = 0.0) -> None:
        """Hold 16-bit audio of `channels` interleaved channels at `rate` Hz."""
        self.bytes_per_ms = rate * channels * 2 / 1000
        self.underruns = 0
        """Times a reply went on after the ring had run dry in its middle. Written by the producer."""
        self.concealed_ms = 0.0
        """Silence that was pulled in the middle of replies. Written by the producer."""
        self.frames = 0
        """Frames of replies that were pulled. Written by the consumer."""
        self.taken: list[tuple[Playback, int]] = []
        """What the last pull took of which reply, bytes of the reply's own audio. The consumer's."""
        self.ducked = False
        """Play quietly, after a while not at all, but keep everything. Written by the producer, seen at a pull."""
        self.recent: deque[bytes] = deque(maxlen=RECENT)
        """What was pulled last. Written by the consumer."""
        self._quiet = 0  # frames played since it is ducked; the consumer's
        self._hold_after = round(rate * HOLD_AFTER_MS / 1000)
        self._gain = Gain(channels, round(rate * RAMP_MS / 1000))
        self._fade = round(rate * fade_ms / 1000) * 2 * channels  # bytes
        self._channels = channels
        self._frame_bytes = 2 * channels
        self._pieces: deque[_Piece] = deque()
        self._pushed = 0  # bytes; the producer's
        self._gone = 0  # bytes; the consumer's
        self._head: _Piece | None = None  # these four are the consumer's
        self._offset = 0
        self._spent = 0
        self._playing: Playback | None = None
        self._ran_dry: Playback | None = None  # set by the consumer, taken back by the producer
        self._silent = 0  # frames pulled while there were none, and `_silent` when it last began: the consumer's
        self._dry_since = 0

    @property
    def held_bytes(self) -> int:
        """Audio pushed and not yet pulled or dropped, bytes."""
        return self._pushed - self._gone

    @property
    def held_ms(self) -> float:
        """Audio pushed and not yet pulled or dropped, ms."""
        return self.held_bytes / self.bytes_per_ms

    def push(self, pcm: bytes, playback: Playback, worth: int | None = None) -> None:
        """Queue audio of a reply and add it to `playback.written`. For the producer.

        `worth` is how many bytes of the reply's own audio this is, where it was converted for the device.
        """
        if self._ran_dry is playback:
            self._ran_dry = None
            silent = self._silent - self._dry_since
            self.underruns += silent > 0
            self.concealed_ms += silent * self._frame_bytes / self.bytes_per_ms
        worth = len(pcm) if worth is None else worth
        playback.written += worth
        self._pushed += len(pcm)
        self._pieces.append(_Piece(pcm, playback, worth))

    def pull(self, size: int) -> bytes:
        """The next `size` bytes, filled up with silence. For the consumer; about 2 µs for a 10 ms block."""
        pcm = self.take(size)
        return pcm if len(pcm) == size else pcm + bytes(size - len(pcm))

    def take(self, size: int) -> bytes:
        """As `pull`, without the silence: less than `size` bytes where the ring ran dry."""
        self.taken = []
        ending = self._fading(min(size, self._fade)) if self._fade else b""
        gain = self._gain_for_now()
        room = size - len(ending)
        if not gain:
            room = min(room, self._gain.frames_to(0) * self._frame_bytes)
        pcm = self._gain.apply(self._spend_live(room), gain)
        self._quiet = self._quiet + len(pcm) // self._frame_bytes if self.ducked else 0
        pcm = ending + pcm
        self.frames += len(pcm) // self._frame_bytes
        self.recent.append(pcm)
        return pcm

    def _gain_for_now(self) -> int:
        if not self.ducked:
            return UNITY
        return DUCKED if self._quiet < self._hold_after else 0

    def _spend_live(self, room: int) -> bytes:
        """Audio of replies that are not cut, `room` bytes where there is so much."""
        missing = room
        parts: list[bytes] = []
        while (piece := self._live_head()) is not None and missing:
            part = piece.pcm[self._offset : self._offset + missing]
            missing -= len(part)
            parts.append(part)
            self._spend(piece, len(part))
        if missing:
            self._starve(missing)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _fading(self, most: int) -> bytes:
        """The end of a reply that was cut while it sounded: at most so many bytes of it, down to nothing."""
        playing = self._playing
        if playing is None or not playing.cut:
            return b""
        self._playing = None
        if not self._gain.now:
            return b""  # held back: it is silent already
        parts: list[bytes] = []
        while most and (piece := self._head or self._next()) is not None and piece.playback is playing:
            parts.append(piece.pcm[self._offset : self._offset + most])
            most -= len(parts[-1])
            self._spend(piece, len(parts[-1]))
        self._playing = None
        return faded(b"".join(parts), self._channels, self._gain.now)

    def passed(self, frames: int) -> None:
        """So much silence was heard without a pull, since there was nothing. For a consumer that then does not ask."""
        self._starve(frames * self._frame_bytes)

    def fell_silent(self) -> None:
        """The device is gone: what it played does not fade away in the next one. For whoever knows that."""
        self._playing = None

    def abandon(self) -> None:
        """Nobody will pull any more: what is held is dropped, and counted as such. For whoever knows that."""
        while (piece := self._head or self._next()) is not None:
            self._gone += len(piece.pcm) - self._offset
            piece.playback.dropped += piece.worth - self._spent
            self._head = None

    def _live_head(self) -> _Piece | None:
        """The piece to take from, cut ones thrown away."""
        while (piece := self._head or self._next()) is not None:
            if not piece.playback.cut:
                return piece
            self._gone += len(piece.pcm) - self._offset
            piece.playback.dropped += piece.worth - self._spent
            self._head = None
        return None

    def _next(self) -> _Piece | None:
        if not self._pieces:
            return None
        self._head, self._offset, self._spent = self._pieces.popleft(), 0, 0
        return self._head

    def _spend(self, piece: _Piece, size: int) -> None:
        self._offset += size
        self._gone += size
        self._playing = piece.playback
        if self._offset == len(piece.pcm):
            spent, self._head = piece.worth, None
        else:
            spent = piece.worth * self._offset // len(piece.pcm) & ~1
        piece.playback.played += spent - self._spent
        self.taken.append((piece.playback, spent - self._spent))
        self._spent = spent

    def _starve(self, missing: int) -> None:
        if self._playing is not None:
            self._dry_since = self._silent
            self._ran_dry, self._playing = self._playing, None
        self._silent += missing // self._frame_bytes

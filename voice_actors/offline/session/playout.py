"""What the user can have heard by now: the reply as a player that starts at once and never stutters would play it."""

from __future__ import annotations

from collections.abc import Sequence

import attrs


@attrs.frozen
class Piece:
    """A stretch of the reply; one in writing lasts no time."""

    starts: float
    """When its first sample is heard, seconds on trio's clock."""
    seconds: float
    words: str


@attrs.define(eq=False)
class Playout:
    """The pieces of one reply on the listener's time axis. A piece that is late starts when it is sent."""

    ends: float = 0.0
    """When the last sample is heard, seconds on trio's clock."""
    seconds: float = 0.0
    """How long all pieces are."""

    def add(self, now: float, seconds: float, words: str) -> Piece:
        """A piece was sent at `now`."""
        piece = Piece(max(now, self.ends), seconds, words)
        self.seconds += seconds
        self.ends = piece.starts + seconds
        return piece


def heard(pieces: Sequence[Piece], until: float | None = None) -> str:
    """The words of the pieces that had begun to sound before `until`; all of them without it."""
    return " ".join(piece.words for piece in pieces if piece.words and (until is None or piece.starts < until))

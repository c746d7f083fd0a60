"""The time of a device's blocks, by counting them: the moments at which we learn of them are late by milliseconds."""

from __future__ import annotations

import attrs

EARLY = 0.005
"""Seconds. Nothing is learned of before it happens: a block that is so much too early shows that the clock is late."""
LATE = 0.02
"""Seconds: late blocks are a busy machine; WINDOW of them in a row are a device that drifts."""
STOOD_STILL = 0.5
"""Seconds: a device that was lost or suspended. A machine that was so busy is found out by its next blocks."""
WINDOW = 250


@attrs.define(eq=False, repr=False)
class BlockClock:
    """Gives block number n its time, to the sample: an echo canceller can live with an offset, not with one that moves.

    Where each reply lay at its own jittering moment, WebRTC's canceller took five seconds to find the echo again.
    """

    block: float
    """Seconds."""
    _zero: float | None = attrs.field(default=None, init=False)
    """When block 0 was due."""
    _least: float = attrs.field(default=float("inf"), init=False)
    """The least lateness of the present window, seconds."""
    _seen: int = attrs.field(default=0, init=False)
    """Blocks in the present window."""

    def time_of(self, number: int, now: float) -> float:
        """When block `number` was due, which was heard of at `now`."""
        says = now - number * self.block
        if self._zero is None or not -EARLY <= says - self._zero <= STOOD_STILL:
            self._zero = says
            self._start_window()
        self._least = min(self._least, says - self._zero)
        self._seen += 1
        if self._seen == WINDOW:
            self._zero += self._least if self._least > LATE else 0.0
            self._start_window()
        return self._zero + number * self.block

    def _start_window(self) -> None:
        self._least, self._seen = float("inf"), 0

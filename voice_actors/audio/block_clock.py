"""The time of a device's blocks, by counting them: the moments of its callbacks jitter by milliseconds."""

from __future__ import annotations

import attrs

APART = 0.03
"""Seconds by which count and clock may come apart, by drift or by blocks that nobody counted, before it starts anew."""


@attrs.define(eq=False)
class BlockClock:
    """Gives block number n its time, to the sample: an echo canceller can live with an offset, not with one that moves.

    Where each reply lay at its own jittering moment, WebRTC's canceller took five seconds to find the echo again.
    """

    block: float
    """Seconds."""
    _zero: float | None = attrs.field(default=None, init=False)
    """When block 0 was due."""

    def time_of(self, number: int, now: float) -> float:
        """When block `number` was due, which was heard of at `now`."""
        says = now - number * self.block
        if self._zero is None or abs(says - self._zero) > APART:
            self._zero = says
        return self._zero + number * self.block

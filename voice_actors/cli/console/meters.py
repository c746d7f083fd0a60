"""How loud a side is, as a meter shows it."""

from __future__ import annotations

import math

import attrs

QUIETEST = -60.0
"""dB below full scale at which a meter is empty."""
FALL = 40.0
"""dB a second by which it falls back."""
STALE = 0.3
"""Seconds after which a level that is not renewed has become silence."""
AUDIBLE = -45.0
"""dB below full scale from which somebody may be speaking."""


@attrs.define(eq=False)
class Meter:
    """Follows a voice at once where it gets louder, and slowly where it stops."""

    _level: float = attrs.field(default=-math.inf, init=False)
    _at: float = attrs.field(default=-math.inf, init=False)
    audible_at: float = attrs.field(default=-math.inf, init=False)
    """When it last was loud enough for somebody's speaking."""

    def set(self, rms_dbfs: float, now: float) -> None:
        """It is this loud at this moment."""
        self._level, self._at = max(rms_dbfs, self.level(now)), now
        if rms_dbfs >= AUDIBLE:
            self.audible_at = now

    def level(self, now: float) -> float:
        """What it shows, dB below full scale."""
        age = now - self._at
        return self._level - FALL * age if age < math.inf else -math.inf

    def share(self, now: float) -> float:
        """How much of its length is lit, 0 to 1."""
        level = self.level(now)
        return 0.0 if level <= QUIETEST else min(1 - level / QUIETEST, 1.0)

    def speaking(self, now: float) -> bool:
        """Somebody can be heard, or could a moment ago."""
        return now - self.audible_at <= STALE

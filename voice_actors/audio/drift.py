"""How much faster or slower a device's clock is than ours, from when its chunks come."""

from __future__ import annotations

import attrs

SMOOTHING = 0.02
"""Weight of the newest chunk: single ones come early or late by some ms."""
SETTLED = 1.0
"""Seconds of an unbroken stretch before its beginning counts: a device's first chunks come as they like."""
SHORTEST = 5.0
"""Seconds of stretches that say something."""


@attrs.define(eq=False, repr=False)
class Drift:
    """Theory of operation: within an unbroken stretch a chunk lies where it is due, but for jitter and for the
    difference of the two clocks, which grows. Averaged deviations at a stretch's beginning and end tell them apart;
    jumps between stretches say nothing.
    """

    _deviation: float = attrs.field(default=0.0, init=False)
    """Smoothed, seconds by which chunks are later than due."""
    _first: tuple[float, float] | None = attrs.field(default=None, init=False)
    """Where in the stretch counting began, and the deviation there."""
    _last: float = attrs.field(default=0.0, init=False)
    _seconds: float = attrs.field(default=0.0, init=False)
    _drifted: float = attrs.field(default=0.0, init=False)

    def note(self, into: float, late: float) -> None:
        """A chunk `into` seconds into the stretch came `late` seconds after it was due; may be negative."""
        if into <= 0:
            self._close()
            self._deviation = late
        self._deviation += SMOOTHING * (late - self._deviation)
        if self._first is None and into >= SETTLED:
            self._first = into, self._deviation
        self._last = into

    @property
    def ppm(self) -> float | None:
        """Millionths by which the device is slower than our clock, negative for faster; None before it can be told."""
        seconds, drifted = self._seconds + self._stretch()[0], self._drifted + self._stretch()[1]
        return drifted / seconds * 1e6 if seconds >= SHORTEST else None

    def _stretch(self) -> tuple[float, float]:
        if self._first is None:
            return 0.0, 0.0
        return self._last - self._first[0], self._deviation - self._first[1]

    def _close(self) -> None:
        seconds, drifted = self._stretch()
        self._seconds, self._drifted, self._first = self._seconds + seconds, self._drifted + drifted, None

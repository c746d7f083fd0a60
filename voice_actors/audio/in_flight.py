"""What a device has taken and not yet made heard: tens of milliseconds that nobody hears when it is lost or closed."""

from __future__ import annotations

from collections import deque

import attrs

from voice_actors.audio.playback import Playback

BLOCKS = 400
"""Blocks remembered: four seconds at 10 ms, more than the latency of any device that one can talk through."""
LONGEST = 2.0
"""Seconds. A device that claims a later moment does not know what it says; its latency is taken instead."""


@attrs.frozen(eq=False)
class _Part:
    begins: float
    ends: float
    playback: Playback
    size: int


@attrs.define(eq=False)
class InFlight:
    """The last blocks that a device took, each with the moments at which it begins and ends to sound.

    Times are seconds of any one clock that both threads can read. The device's thread adds, the loop reads: both are
    single operations on a deque.
    """

    _parts: deque[_Part] = attrs.field(factory=lambda: deque[_Part](maxlen=BLOCKS), init=False)
    _last_taken: float = attrs.field(default=float("-inf"), init=False)
    delay: float = attrs.field(default=0.0, init=False)
    """Seconds from the last block's being taken to its being heard."""

    def took(self, now: float, delay: float, lasts: float, taken: list[tuple[Playback, int]]) -> None:
        """At `now` the device took a block of `lasts` seconds with these bytes of replies; it sounds `delay` later."""
        self._last_taken, self.delay = now, delay
        begins = now + delay
        for playback, size in taken:
            self._parts.append(_Part(begins, begins + lasts, playback, size))

    def unsounded(self, playback: Playback, now: float) -> int:
        """Bytes of this reply that were taken and have not been heard by `now`, whole samples."""
        return sum(_rest(part, now) for part in self._parts.copy() if part.playback is playback and part.ends > now)

    def sounds_until(self, playback: Playback) -> float:
        """When the last of it that was taken is over; -inf where nothing was."""
        return max((part.ends for part in self._parts.copy() if part.playback is playback), default=float("-inf"))

    def lose(self) -> None:
        """The device was lost within a block of taking its last one: what had not sounded by then was never heard."""
        for part in self._parts.copy():
            lost_at = self._last_taken + (part.ends - part.begins) / 2
            if part.ends > lost_at:
                part.playback.lost += _rest(part, lost_at)
        self._parts.clear()


def _rest(part: _Part, now: float) -> int:
    share = min(1.0, (part.ends - now) / (part.ends - part.begins))
    return round(part.size * share) & ~1


def delay_of(dac: float, current: float, latency: float) -> float:
    """Seconds until a block sounds, by the device's own times, or by its latency where these say nothing sensible."""
    return dac - current if 0.0 < dac - current < LONGEST else latency

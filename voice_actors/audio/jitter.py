"""How long to hold a reply back before it begins, so that audio which comes late leaves no hole in it."""

from __future__ import annotations

import attrs

MOST = 0.4
"""Seconds that a reply is held back at most; a network that needs more is heard to be one."""
LEAST = 0.01
"""Seconds, a device's block; less is no reason to wait."""
GROW, SHRINK = 0.5, 0.1
"""Parts of the way to what a reply would have needed that are gone after it; one hiccup must not slow the next down."""


@attrs.define(eq=False, repr=False)
class JitterBuffer:
    """Theory of operation: a reply's audio normally comes faster than it is played, so it begins at once. How late a
    piece comes, against a playout that began with the first one, is how long that should have waited; a reply needs
    what its latest piece needs. From reply to reply the depth follows. A reply that runs dry all the same goes on as
    soon as there is audio: it is then as late as its latest piece, and so safe from the next one like it.

    Times are seconds of the caller's clock.
    """

    depth: float = attrs.field(default=0.0, init=False)
    """Seconds to hold the next reply back."""
    _began: float | None = attrs.field(default=None, init=False)
    """When the first audio of the present reply came."""
    _so_far: float = attrs.field(default=0.0, init=False)
    """Seconds of its audio that have come."""
    _needed: float = attrs.field(default=0.0, init=False)
    """The lateness of its latest piece."""

    def begin(self) -> None:
        """A new reply; what the last one showed is learnt."""
        if self._began is not None:
            needed = min(self._needed, MOST)
            self.depth += (needed - self.depth) * (GROW if needed > self.depth else SHRINK)
        self._began, self._so_far, self._needed = None, 0.0, 0.0

    def came(self, now: float, lasts: float, *, awaited: bool) -> None:
        """The next `lasts` seconds of audio; not `awaited`, they had come before somebody asked for them."""
        if self._began is None:
            self._began = now
        elif awaited:
            self._needed = max(self._needed, now - self._began - self._so_far)
        self._so_far += lasts

    @property
    def hold(self) -> float:
        """Seconds to wait with the first audio of a reply, unless as much more comes before; 0 on a steady network."""
        return self.depth if self.depth >= LEAST else 0.0

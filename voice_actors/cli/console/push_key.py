"""The key of push-to-talk: held while one speaks where the terminal tells when keys are let go, else pressed twice.

Only terminals that speak the kitty keyboard protocol (https://sw.kovidgoyal.net/kitty/keyboard-protocol/) tell it:
kitty, WezTerm, foot, Ghostty, iTerm2 and others. All of them answer ASK; the rest ignore it.
"""

from __future__ import annotations

import attrs

ASK = "\x1b[?u"
"""Do you tell when keys are let go?"""
TELL = "\x1b[>27u"
"""Do: escape codes for all keys (1, 8), with releases (2) and with the text that they type (16)."""
TELL_NO_MORE = "\x1b[<u"
TAP = 0.3
"""Seconds: a key that is let go sooner was tapped, and talks until it is tapped again."""
REPEATS = 0.12
"""Seconds within which a key that comes again was not pressed again: keyboards repeat what is held 10 to 50 times a
second."""


@attrs.define(eq=False)
class PushKey:
    """Turns what happens to a key into beginnings and ends of what the user says."""

    tells_releases: bool = attrs.field(default=False, init=False)
    """The terminal does."""
    _holding: str = attrs.field(default="", init=False)
    """The key that began it, while it is down."""
    _began: float = attrs.field(default=0.0, init=False)
    _last: float = attrs.field(default=float("-inf"), init=False)
    """When a press was last heard of, repeats included."""

    def pressed(self, letter: str, now: float, *, talking: bool) -> bool:
        """The key went down, or repeats; True where it begins or ends what is said."""
        repeats = self._holding == letter or (not self.tells_releases and now - self._last < REPEATS)
        self._last = now
        if repeats:
            return False
        if self.tells_releases and not talking:
            self._holding, self._began = letter, now
        return True

    def let_go(self, letter: str, now: float) -> bool:
        """The key came up; True where it ends what is said."""
        if letter != self._holding:
            return False
        self._holding = ""
        return now - self._began >= TAP

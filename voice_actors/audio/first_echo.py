"""An echo canceller's first seconds: what it leaves of an echo before it knows the room is held back."""

from __future__ import annotations

import attrs

from voice_actors.audio.pcm import energy_of

LEARNS = 4.0
"""Seconds of sound from the loudspeaker after which WebRTC's canceller is left to itself; it needs one to three."""
ECHOES = 0.5
"""Seconds for which a sound may still be heard as an echo: the devices' delay, and the room."""
MOSTLY = 0.25
"""A frame of which the canceller took more than all but this part of the energy was the loudspeaker's."""
AUDIBLE = 100.0
"""Mean square of what was played; less makes no echo."""


@attrs.define(eq=False, repr=False)
class FirstEcho:
    """Theory of operation: a canceller that does not know the room yet leaves scraps of speech for tenths of a second,
    20 dB down, and scraps of speech interrupt an agent. Where it took away most of what was captured, while something
    was played, the rest is one of those; the user's voice stays, for of that it takes little. Afterwards nothing is
    held back, since a scrap of the user's own voice may look the same.
    """

    frame: float
    """Seconds of a frame."""
    _learned: float = attrs.field(default=0.0, init=False)
    _echoes_for: float = attrs.field(default=0.0, init=False)

    @property
    def over(self) -> bool:
        """The canceller knows the room."""
        return self._learned >= LEARNS

    def hold_back(self, played: bytes, captured: bytes, cleaned: bytes) -> bytes:
        """What to send of a frame: itself, or silence; 16-bit mono, all of the same length."""
        if energy_of(played) > AUDIBLE:
            self._learned += self.frame
            self._echoes_for = ECHOES
        else:
            self._echoes_for -= self.frame
        if self._echoes_for > 0 and energy_of(cleaned) < MOSTLY * energy_of(captured):
            return bytes(len(cleaned))
        return cleaned

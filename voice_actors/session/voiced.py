"""When the user was last loud, by the energy of their own microphone: what a reply's latency is counted from."""

from __future__ import annotations

from array import array
from operator import mul

import attrs

STRIDE = 15
"""Of so many samples one is looked at: enough for the energy of a voice, and a few µs for a chunk of 20 ms."""
QUIETEST = (32_768 * 10 ** (-50 / 20)) ** 2
"""Mean square below which nothing is a voice: -50 dBFS."""
ABOVE_NOISE = 10.0
"""How much more energy than the room's a voice has: 10 dB."""
LOUDEST_ROOM = (32_768 * 10 ** (-40 / 20)) ** 2
"""What a room is taken for that began with a voice, until the voice's first pause: -40 dBFS."""
RISE = 10**0.0003
"""By how much the room may seem to get louder in a millisecond: 3 dB in a second. It gets quieter at once."""
BYTES_PER_MS = 32


@attrs.define(eq=False, repr=False)
class Voiced:
    """Follows the level of a room, and notes what stands out of it. Right to a chunk; a cough counts as a voice."""

    at: float | None = attrs.field(default=None, init=False)
    """When the last loud chunk's last sample was captured, seconds on trio's clock; None before there was any."""
    _room: float = attrs.field(default=LOUDEST_ROOM, init=False)
    """Mean square."""

    def hear(self, pcm: bytes, captured_at: float) -> None:
        """The next chunk, 16 kHz 16-bit mono, whose last sample was captured at `captured_at`."""
        some = array("h", pcm[: len(pcm) & ~1])[::STRIDE]
        if not some:
            return
        energy = sum(map(mul, some, some)) / len(some)
        room = self._room * RISE ** (len(pcm) / BYTES_PER_MS)
        self._room = room if room < energy else max(energy, 1.0)
        if energy > QUIETEST and energy > ABOVE_NOISE * self._room:
            self.at = captured_at

"""One reply's passage through a loudspeaker, as a few plain numbers that a device thread may touch."""

from __future__ import annotations

import attrs


@attrs.define(eq=False, repr=False)
class Playback:
    """What became of one reply's audio. Counts are bytes of 16-bit mono PCM.

    Four parties share it without a lock, because each field has one writer: the session adds to `received`, the speaker
    to `written`, the device to `played` and `dropped`, whoever notices that a device is gone to `lost`, and whoever
    interrupts sets `cut`, once. A device looks at `cut` at every block, so silence begins at the next block even while
    the event loop is busy.
    """

    received: int = 0
    """Came from the server for this reply."""
    written: int = 0
    """Handed to the device."""
    played: int = 0
    """Left the device's ring to be heard."""
    dropped: int = 0
    """Was in the device's ring when the reply was cut."""
    lost: int = 0
    """Left the device's ring, but the device was gone before it could be heard."""
    cut: bool = False
    """Nothing more of this reply may be heard."""
    sounded_at: float | None = None
    """When its first sample is heard, seconds on trio's clock; the device's. None before it took any."""

    def sounds(self, at: float) -> None:
        """The device took a part of it that is heard from `at` on."""
        if self.sounded_at is None:
            self.sounded_at = at

    @property
    def settled(self) -> bool:
        """Everything that was written has been played or dropped."""
        return self.played + self.dropped >= self.written

"""Who may write to a stream: one at a time, in the order in which they came."""

from __future__ import annotations

import attrs
import trio


@attrs.define(eq=False, repr=False)
class WriteLock:
    """`trio.StrictFIFOLock` without a look at who holds it, and without a checkpoint where it is free: each chunk of
    speech passes two of them, and the streams below have checkpoints of their own.
    """

    _held: bool = attrs.field(default=False, init=False)
    _waiting: trio.lowlevel.ParkingLot = attrs.field(factory=trio.lowlevel.ParkingLot, init=False)

    async def acquire(self) -> None:
        """Take it, as soon as it is free and nobody came before. Cancelled, nothing was taken."""
        if self._held:
            await self._waiting.park()  # it is passed on, and held all the time
        self._held = True

    def release(self) -> None:
        """Pass it on to whoever waits longest."""
        if self._waiting:
            self._waiting.unpark()
        else:
            self._held = False

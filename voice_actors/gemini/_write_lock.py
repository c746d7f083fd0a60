"""Who may write to a stream: one at a time, in the order in which they came."""

from __future__ import annotations

import attrs
import trio


@attrs.define(eq=False, repr=False)
class WriteLock:
    """`trio.StrictFIFOLock` without a look at who holds it, which is most of what a free lock costs there."""

    _held: bool = attrs.field(default=False, init=False)
    _waiting: trio.lowlevel.ParkingLot = attrs.field(factory=trio.lowlevel.ParkingLot, init=False)

    def take(self) -> bool:
        """Take it, if it is free."""
        free = not self._held
        self._held = True
        return free

    async def wait(self) -> None:
        """After `take` said that it is not free: until it is ours. Cancelled, nothing was taken."""
        await self._waiting.park()

    def release(self) -> None:
        """Pass it on to whoever waits longest."""
        if self._waiting:
            self._waiting.unpark()
        else:
            self._held = False

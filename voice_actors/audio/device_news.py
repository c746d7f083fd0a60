"""From what an open end says of its device to events."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio

from voice_actors.audio.ends import TellsChanges
from voice_actors.lanes import SendLane
from voice_actors.messages import DeviceBack, DeviceLost, Event


async def tell_changes(
    stream: TellsChanges,
    device: str,
    facts: SendLane[Event],
    on_loss: Callable[[], Awaitable[None]] = trio.lowlevel.checkpoint,
) -> None:
    """Tell every loss and return of `device` until cancelled."""
    while True:
        change = await stream.next_change()
        if change.lost is None:
            await facts.send(DeviceBack(device=device, away=change.away))
        else:
            await on_loss()
            await facts.send(DeviceLost(device=device, reason=change.lost))

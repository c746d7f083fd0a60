"""What no socket tells: a model that has fallen silent, and a machine that was asleep."""

from __future__ import annotations

import time
from collections.abc import Callable

import attrs
import trio

from voice_actors.errors import LinkLost
from voice_actors.messages import MicrophonePaused
from voice_actors.record.pulse import Pulse
from voice_actors.session.uplink_ring import UplinkRing

ASLEEP = 5.0
"""Seconds of sleep after which a server is taken to have given up on us."""
LOOK_EVERY = 1.0
"""Seconds."""


def seconds_asleep() -> float:
    """How long this machine has been suspended, up to a constant. Elsewhere than on Linux, setting the clock counts."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)
    return time.time() - time.monotonic()


@attrs.define(eq=False, repr=False)
class Vigil:
    """Theory of operation: where words wait for an answer and nothing at all comes from the server, it is told that the
    audio pauses, which makes it finish what it heard; still nothing, and the link is taken for dead. Each time that
    words wait, this is done once: a model may have decided not to answer.
    """

    pulse: Pulse
    ring: UplinkRing
    patience: float
    """Seconds of silence before each of the two steps."""
    asleep: Callable[[], float] = seconds_asleep
    _heard_at: float = attrs.field(factory=trio.current_time, init=False)
    _done_for: float | None = attrs.field(default=None, init=False)
    """Since when the words waited that have been seen to."""

    def heard(self) -> None:
        """Something came from the server."""
        self._heard_at = trio.current_time()

    async def watch(self) -> None:
        """While there is a link.

        Raises:
            LinkLost: it is better replaced by a new one.
        """
        slept, self._heard_at = self.asleep(), trio.current_time()
        nudged_for: float | None = None
        while True:
            await trio.sleep(LOOK_EVERY)
            if self.asleep() - slept > ASLEEP:
                raise LinkLost(f"the machine was asleep for {self.asleep() - slept:.0f} s")
            silent, since = self._silent_for(), self.pulse.waiting_since
            if silent < self.patience:
                continue
            if nudged_for != since:
                self.ring.hear(MicrophonePaused())
                nudged_for = since
            elif silent >= 2 * self.patience:
                self._done_for = since
                raise LinkLost(f"the model has been silent for {silent:.0f} s", kind="unavailable")

    def _silent_for(self) -> float:
        """Seconds without a sign of the server while words wait for an answer; 0 where none do."""
        since = self.pulse.waiting_since
        if since is None or since == self._done_for:
            return 0.0
        return trio.current_time() - max(since, self._heard_at)

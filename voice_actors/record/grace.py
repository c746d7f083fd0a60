"""The time that what is late still has when a conversation is shut down."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import attrs
import trio

STEPS = 8
"""Of the patience with those who are late."""


@attrs.define(eq=False, repr=False)
class GracePeriod:
    """Lets work that is shielded from a cancellation go on for `patience` seconds after it, and then no longer.

    They pass in steps, so that a loop that gets no processor for a while takes one of them from those who are late:
    they cannot say anything in that time either.
    """

    patience: float
    """Seconds."""
    _work: trio.CancelScope = attrs.field(factory=lambda: trio.CancelScope(shield=True), init=False)
    _waiting: trio.CancelScope = attrs.field(factory=lambda: trio.CancelScope(shield=True), init=False)

    async def run(self, work: Callable[[], Awaitable[None]], nursery: trio.Nursery) -> None:
        """Do it, to its end or that of the period, which begins when `nursery` is cancelled."""
        nursery.start_soon(self._limit, name="recorder's last deadline")
        with self._work:
            await work()

    async def _limit(self) -> None:
        try:
            await trio.sleep_forever()
        finally:
            with self._waiting:
                for _ in range(STEPS):
                    await trio.sleep(self.patience / STEPS)  # noqa: ASYNC102 - shielded by `_waiting`
                self._work.cancel("whoever has not said it by now is too late")

    def end(self) -> None:
        """There is nothing more to wait for."""
        self._waiting.cancel("everything is written")

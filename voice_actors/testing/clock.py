"""Run in virtual time, the same way every time."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import trio
import trio._core._run as trio_scheduler
import trio.abc
import trio.testing

T = TypeVar("T")


def run_in_virtual_time(
    main: Callable[[], Awaitable[T]], *, seed: int = 0, instruments: Sequence[trio.abc.Instrument] = ()
) -> T:
    """`trio.run(main)` under a clock that jumps over every wait, with the scheduler's own dice and Python's seeded.

    A run that uses neither threads nor sockets then does exactly the same for the same seed. trio has no public way to
    seed the order in which it resumes tasks that are ready at once; its own hypothesis support uses the same names.
    """
    scheduler: random.Random = trio_scheduler._r  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    before, before_global = scheduler.getstate(), random.getstate()
    scheduler.seed(seed)
    random.seed(seed)
    trio_scheduler._ALLOW_DETERMINISTIC_SCHEDULING = True  # type: ignore[misc]  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    try:
        return trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0), instruments=instruments)
    finally:
        trio_scheduler._ALLOW_DETERMINISTIC_SCHEDULING = False  # type: ignore[misc]  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        scheduler.setstate(before)
        random.setstate(before_global)

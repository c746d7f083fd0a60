"""Virtual time for programs that work in threads too: the clock jumps over waits, and stands while a thread works."""

from __future__ import annotations

import threading
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import Any, TypeVar

import attrs
import trio
import trio.testing

T = TypeVar("T")

LOOK_EVERY = 0.0005
"""Seconds of real time between two looks at threads that work."""


@attrs.define(eq=False)
class _Threads:
    """Counts the work that is given to trio's threads."""

    working: int = 0
    """Pieces of work that wait for a thread or are in one, also those that nobody waits for any more."""
    _guard: threading.Lock = attrs.field(factory=threading.Lock, init=False)

    def _count(self, one: int) -> None:
        with self._guard:
            self.working += one

    @contextmanager
    def counted(self) -> Generator[None, None, None]:
        """While the block lasts, see all of it; at its end, wait for what was left behind."""
        run_sync = trio.to_thread.run_sync

        async def counting(work: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
            begun = threading.Event()

            def in_thread(*given: Any) -> Any:
                begun.set()
                try:
                    return work(*given)
                finally:
                    self._count(-1)

            self._count(1)
            try:
                return await run_sync(in_thread, *arguments, **options)
            finally:
                if not begun.is_set():
                    self._count(-1)

        trio.to_thread.run_sync = counting  # type: ignore[assignment]
        try:
            yield
        finally:
            trio.to_thread.run_sync = run_sync
            while self.working:  # an interpreter that exits under a thread that computes may abort
                time.sleep(LOOK_EVERY)


def run(main: Callable[[], Awaitable[T]]) -> T:
    """`trio.run(main)`: what is measured in it does not depend on how busy the machine is."""
    threads, clock = _Threads(), trio.testing.MockClock(autojump_threshold=0)
    # trio has no public way to hold a jump back
    jump = clock._autojump  # pyright: ignore[reportPrivateUsage]

    def jump_unless_working() -> None:
        if threads.working:
            time.sleep(LOOK_EVERY)
        else:
            jump()

    clock._autojump = jump_unless_working  # type: ignore[method-assign]  # pyright: ignore[reportPrivateUsage]
    with threads.counted():
        return trio.run(main, clock=clock)

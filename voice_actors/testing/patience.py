"""Virtual time for programs that work in threads too: the clock jumps over waits, and stands while a thread works.

trio's own virtual clock waits for no thread. An hour may pass while a file is written: the deadlines of whoever writes
it are over then, and what it had still to write is lost as on a machine whose disk stood for an hour.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar
from unittest.mock import patch

import attrs
import trio
import trio.testing

T = TypeVar("T")

AT_MOST = 0.01
"""Seconds of real time for which the loop waits for threads at a time: one of them may ask something of the loop."""


@attrs.define(eq=False)
class _Work:
    """One piece of work for a thread."""

    asked: bool = False
    begun: bool = False
    """It has a thread, or will have one at once: it runs to its end, whoever waits for it."""
    done: bool = False
    left: bool = False
    """Whoever asked for it has its result, or does not wait for it any more."""

    @property
    def over(self) -> bool:
        """Nothing more comes of it."""
        return self.left and (self.done or not self.begun)


@attrs.frozen(eq=False)
class _Place:
    """A limiter that tells when it has let a piece of work begin: trio starts its thread then, without a checkpoint."""

    limiter: trio.CapacityLimiter
    begun: Callable[[], None]

    async def acquire_on_behalf_of(self, borrower: object) -> None:
        """What trio asks of a limiter."""
        await self.limiter.acquire_on_behalf_of(borrower)
        self.begun()

    def release_on_behalf_of(self, borrower: object) -> None:
        """What trio asks of a limiter."""
        self.limiter.release_on_behalf_of(borrower)


@attrs.define(eq=False)
class _Threads:
    """The work that was given to trio's threads, also that for which nobody waits any more."""

    _pieces: set[_Work] = attrs.field(factory=set[_Work], init=False)
    _changed: threading.Condition = attrs.field(factory=threading.Condition, init=False)

    def idle(self, seconds: float | None = None) -> bool:
        """Whether there is none. Where there is, wait before for one of its threads, for so long at most."""
        with self._changed:
            if not self._pieces:
                return True
            if any(not piece.done for piece in self._pieces):
                self._changed.wait(seconds)
            return False

    def _note(self, piece: _Work, what: str) -> None:
        with self._changed:
            setattr(piece, what, True)
            (self._pieces.discard if piece.over else self._pieces.add)(piece)
            self._changed.notify_all()

    @contextmanager
    def counted(self) -> Generator[None, None, None]:
        """While the block lasts, see all of it; at its end, wait for what was left behind."""
        run_sync = trio.to_thread.run_sync

        async def counting(work: Callable[..., Any], *arguments: Any, limiter: Any = None, **options: Any) -> Any:
            piece = _Work()
            self._note(piece, "asked")

            def in_thread(*given: Any) -> Any:
                try:
                    return work(*given)
                finally:
                    self._note(piece, "done")

            try:
                limiter = limiter or trio.to_thread.current_default_thread_limiter()
                begins: Any = _Place(limiter, partial(self._note, piece, "begun"))  # trio asks no more of a limiter
                return await run_sync(in_thread, *arguments, limiter=begins, **options)
            finally:
                self._note(piece, "left")

        with patch.object(trio.to_thread, "run_sync", counting):
            yield
        while not self.idle():  # an interpreter that exits under a thread that computes may abort
            ...


@contextmanager
def patient_clock() -> Generator[trio.testing.MockClock, None, None]:
    """A clock for `trio.run`, or for a test: it jumps as soon as nothing is ready and no thread of trio's works.

    A thread that waits for something that only time brings is waited for without end. At its end the block waits for
    threads that were left behind.
    """
    threads, clock = _Threads(), trio.testing.MockClock(autojump_threshold=0)
    # trio has no public way to hold a jump back
    jump = clock._autojump  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]

    def jump_unless_working() -> None:
        if threads.idle(AT_MOST):
            jump()

    with patch.object(clock, "_autojump", jump_unless_working), threads.counted():
        yield clock


def run_patiently(main: Callable[[], Awaitable[T]]) -> T:
    """`trio.run(main)` under a patient clock: what is measured in it does not depend on how busy the machine is."""
    with patient_clock() as clock:
        return trio.run(main, clock=clock)

"""One thread for all watchdogs of a process: it looks where an event loop that is blocked cannot."""

from __future__ import annotations

import threading
import time
from typing import Protocol

import attrs

EVERY = 0.025
"""Seconds between two looks."""


class Ward(Protocol):
    """What is looked after."""

    resting: bool
    """Nobody looks after it; written by the guard, under its lock."""

    @property
    def at_work(self) -> bool:
        """There is something to look at."""
        ...

    def patrol(self) -> bool:
        """Look, in the guard's thread; False where there has been nothing to look at for so long that it may rest."""
        ...


@attrs.define(eq=False, repr=False)
class Guard:
    """Theory of operation. A ward that has something to look at asks to be looked after, and rests when it has had
    nothing for a while. It may go back to work in that very moment; so it first says so and then looks whether it
    rests, the guard first has it rest and then looks whether it works, and one of the two sees the other.

    The thread sleeps while all rest, and ends when the last ward has left.
    """

    every: float = EVERY
    _wards: set[Ward] = attrs.field(factory=set[Ward], init=False)
    _awake: set[Ward] = attrs.field(factory=set[Ward], init=False)
    _lock: threading.Lock = attrs.field(factory=threading.Lock, init=False)
    _work: threading.Event = attrs.field(factory=threading.Event, init=False)
    """Set while a ward is awake, and when the last has left."""
    _thread: threading.Thread | None = attrs.field(default=None, init=False)

    def look_after(self, ward: Ward) -> None:
        """From now on, until it rests."""
        with self._lock:
            self._wards.add(ward)
            self._awake.add(ward)
            ward.resting = False
            if self._thread is None or not self._thread.is_alive():  # a forked process has none
                self._thread = threading.Thread(target=self._stand, name="watchdog of tools", daemon=True)
                self._thread.start()
            self._work.set()

    def leave(self, ward: Ward) -> None:
        """It is over."""
        with self._lock:
            self._wards.discard(ward)
            self._awake.discard(ward)
            if not self._wards:
                self._work.set()

    def _stand(self) -> None:
        while self._work.wait() and not self._is_over():
            time.sleep(self.every)
            self.patrol()

    def _is_over(self) -> bool:
        with self._lock:
            if self._wards:
                return False
            self._work.clear()
            self._thread = None
            return True

    def patrol(self) -> None:
        """Look at all that are awake."""
        for ward in tuple(self._awake):
            if not ward.patrol():
                self._let_rest(ward)

    def _let_rest(self, ward: Ward) -> None:
        with self._lock:
            if ward not in self._wards:
                return
            ward.resting = True
            if ward.at_work:
                ward.resting = False
                return
            self._awake.discard(ward)
            if not self._awake:
                self._work.clear()


GUARD = Guard()
"""Of all conversations of the process: with a thread for each, some thread would wake up all the time."""

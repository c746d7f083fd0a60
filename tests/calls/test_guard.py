"""One thread looks after all watchdogs, while there is something to look at."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import attrs
import pytest

from voice_actors.calls.guard import Guard


@attrs.define(eq=False)
class Dog:
    """Rests after so many looks."""

    looks: int
    at_work: bool = False
    resting: bool = True
    seen: list[int] = attrs.field(factory=list[int])
    """The threads that looked."""
    as_it_rests: Callable[[], None] = lambda: None

    def patrol(self) -> bool:
        self.seen.append(threading.get_ident())
        if len(self.seen) % self.looks:
            return True
        self.as_it_rests()
        return False


@pytest.fixture
def guard():
    return Guard(every=0.001)


def until(what: Callable[[], object]) -> None:
    """The guard's thread tells nobody how far it is."""
    deadline = time.monotonic() + 20
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def ours(guard: Guard) -> list[threading.Thread]:
    return [one for one in threading.enumerate() if getattr(one, "_target", None) == guard._stand]


def test_one_thread_looks_after_all_and_goes_with_the_last(guard):
    """Each rests when it has had enough; the next one that comes wakes the thread, or begins another."""
    one, two = Dog(3), Dog(5)
    guard.look_after(one)
    guard.look_after(two)
    [thread] = ours(guard)
    until(lambda: one.resting and two.resting)
    assert ([thread.ident] * 3, [thread.ident] * 5) == (one.seen, two.seen)
    guard.look_after(one)
    until(lambda: one.resting)
    assert ([thread.ident] * 6, [thread]) == (one.seen, ours(guard))
    guard.leave(one)
    guard.leave(two)
    thread.join(20)
    assert [] == ours(guard)
    guard.look_after(one)
    assert 1 == len(ours(guard))
    until(lambda: one.resting)
    guard.leave(one)
    until(lambda: not ours(guard))
    print(f"{len(one.seen) + len(two.seen)} looks, one thread at a time")


def test_one_that_goes_to_work_in_that_moment_is_not_left_alone(guard):
    """It had been told that it is looked after, and so would not ask."""
    dog = Dog(2)

    def work() -> None:
        dog.at_work = len(dog.seen) < 10

    dog.as_it_rests = work
    guard.look_after(dog)
    until(lambda: dog.resting)
    assert 10 == len(dog.seen)
    guard.leave(dog)


def test_one_that_has_left_is_not_looked_after(guard):
    """Though the thread was about to."""
    dog = Dog(1)
    dog.as_it_rests = lambda: guard.leave(dog)
    guard.look_after(dog)
    until(lambda: not ours(guard))
    assert (1, False) == (len(dog.seen), dog.resting)

"""One thread looks after all watchdogs, while there is something to look at."""

from __future__ import annotations

import threading
from collections.abc import Callable

import attrs
import pytest

from voice_actors.calls.guard import Guard

PATIENCE = 20
"""Seconds for a thread, which a busy machine may keep waiting."""


@attrs.define(eq=False)
class Dog:
    """Rests after so many looks."""

    looks: int
    at_work: bool = False
    seen: list[int] = attrs.field(factory=list[int])
    """The threads that looked."""
    as_it_rests: Callable[[], None] = lambda: None
    rest: threading.Event = attrs.field(factory=threading.Event)

    @property
    def resting(self) -> bool:
        return self.rest.is_set()

    @resting.setter
    def resting(self, resting: bool) -> None:
        (self.rest.set if resting else self.rest.clear)()

    def patrol(self) -> bool:
        self.seen.append(threading.get_ident())
        if len(self.seen) % self.looks:
            return True
        self.as_it_rests()
        return False


def ours(guard: Guard) -> list[threading.Thread]:
    return [one for one in threading.enumerate() if getattr(one, "_target", None) == guard._stand]


def test_one_thread_looks_after_all_and_goes_with_the_last():
    """Each rests when it has had enough; the next one that comes wakes the thread, or begins another."""
    guard, one, two = Guard(every=0.001), Dog(3), Dog(5)
    guard.look_after(one)
    guard.look_after(two)
    [thread] = ours(guard)
    assert one.rest.wait(PATIENCE)
    assert two.rest.wait(PATIENCE)
    assert ([thread.ident] * 3, [thread.ident] * 5) == (one.seen, two.seen)
    guard.look_after(one)
    assert one.rest.wait(PATIENCE)
    assert ([thread.ident] * 6, [thread]) == (one.seen, ours(guard))
    guard.leave(one)
    guard.leave(two)
    thread.join(PATIENCE)
    assert [] == ours(guard)
    guard.look_after(one)
    [thread] = ours(guard)
    assert one.rest.wait(PATIENCE)
    guard.leave(one)
    thread.join(PATIENCE)
    assert [] == ours(guard)
    print(f"{len(one.seen) + len(two.seen)} looks, one thread at a time")


@pytest.fixture
def by_hand(monkeypatch):
    """A guard whose thread is over at once."""
    monkeypatch.setattr(Guard, "_stand", lambda _: None)
    return Guard()


def test_one_that_goes_to_work_in_that_moment_is_not_left_alone(by_hand):
    """It had been told that it is looked after, and so would not ask."""
    dog = Dog(1)

    def work() -> None:
        dog.at_work = len(dog.seen) < 3

    dog.as_it_rests = work
    by_hand.look_after(dog)
    resting = [(by_hand.patrol(), dog.resting)[1] for _ in range(4)]
    assert ([False, False, True, True], 3) == (resting, len(dog.seen))


def test_one_that_has_left_is_not_looked_after(by_hand):
    """Though the thread was about to."""
    dog = Dog(1)
    dog.as_it_rests = lambda: by_hand.leave(dog)
    by_hand.look_after(dog)
    by_hand.patrol()
    by_hand.patrol()
    assert (1, False) == (len(dog.seen), dog.resting)

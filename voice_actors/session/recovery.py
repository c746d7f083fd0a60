"""What follows when a link has ended: another try and when, a new session, or the end of the call."""

from __future__ import annotations

import random
from typing import Literal, TypeAlias

import attrs
import trio

from voice_actors.errors import LinkError, LinkGivenUp, LinkLost, Refused
from voice_actors.values import Value

BACKOFF = (0.25, 8.0)
"""Seconds: the longest first and the longest later wait for a new try, each drawn from 0 on (full jitter)."""
IN_BETWEEN = frozenset({"portal", "trust"})
"""Kinds of a refusal that somebody between us and the server may have made: the sign-in page of another network, which
over TLS has no certificate to show. The server was reached before; it is, again, when the network lets us through."""
WORKED = 5.0
"""Seconds after which a link counts as one that had worked."""

Stage: TypeAlias = Literal["setup", "conversation"]
_Step: TypeAlias = Literal["again", "afresh"]


@attrs.frozen(eq=False, repr=False)
class Ended(Value):
    """How a link ended, or why there is none."""

    error: LinkError | None
    """None where we left it ourselves."""
    stage: Stage
    resuming: bool
    """It was to go on with an earlier session."""
    lasted: float = 0.0
    """Seconds of conversation."""


@attrs.frozen(eq=False, repr=False)
class Again(Value):
    """Dial again, after so many seconds."""

    wait: float
    afresh: bool = False
    """In a new session: the old one is not to be resumed any more."""


@attrs.define(eq=False, repr=False)
class Recovery:
    """Theory of operation: a link that had worked forgives everything before it, and is dialled again at once, with the
    whole budget of time. One that fails as soon as it is made waits, and shares the budget with those before it. What
    may pass is tried for as long as the budget lasts, and so is what another network may have answered in between. What
    the same request would meet again is answered by a course of steps, one for each failure of the same kind at the
    same stage in a row; at the course's end the call ends.
    """

    budget: float
    """Seconds."""
    seed: float = attrs.field(factory=random.random)
    """Of the dice for the waits; Python's own are thrown for it, so that a seeded run repeats."""
    _dice: random.Random | None = attrs.field(default=None, init=False)
    """Made for the first wait: most conversations have none, and its state takes 2.5 KB."""
    _tries: int = attrs.field(default=0, init=False)
    _give_up_at: float = attrs.field(default=float("inf"), init=False)
    _last: tuple[str, Stage] | None = attrs.field(default=None, init=False)
    _alike: int = attrs.field(default=0, init=False)
    """Failures in a row that are as the last one."""

    def after(self, ended: Ended) -> Again | LinkError:
        """The next step; or the error to end with: `Refused` where the server would say no again, `LinkGivenUp` where
        the budget is spent or another try is known to be vain.
        """
        if ended.lasted >= WORKED:
            self._forgive()
        if ended.error is None:
            return Again(0.0)
        step = self._step(ended, ended.error)
        if step is None:
            return self._vain(ended.error, f"{self._alike} failures of one kind")
        if ended.lasted >= WORKED:
            return Again(0.0, step == "afresh")
        now, delay = trio.current_time(), self._delay()
        self._give_up_at = min(self._give_up_at, now + self.budget)
        if now + delay > self._give_up_at:
            return self._vain(ended.error, f"{self.budget:g} s of trying")
        return Again(delay, step == "afresh")

    def _forgive(self) -> None:
        self._tries, self._give_up_at, self._last = 0, float("inf"), None

    def _step(self, ended: Ended, error: LinkError) -> _Step | None:
        what = (error.kind, ended.stage)
        self._alike = self._alike + 1 if what == self._last else 1
        self._last = what
        course = _course(ended, error)
        if course is None:
            return "again"
        return course[self._alike - 1] if self._alike <= len(course) else None

    def _delay(self) -> float:
        first, longest = BACKOFF
        self._tries += 1
        self._dice = self._dice or random.Random(self.seed)
        return self._dice.uniform(0, min(first * 2 ** (self._tries - 1), longest))

    def _vain(self, error: LinkError, after: str) -> LinkError:
        if isinstance(error, Refused) and error.kind not in IN_BETWEEN:
            return error
        given_up = LinkGivenUp(f"gave up after {after}: {error}", error)
        given_up.__cause__ = error
        return given_up


def _course(ended: Ended, error: LinkError) -> tuple[_Step, ...] | None:
    """The steps that this failure is worth; None for as many as the budget allows."""
    match error.kind:
        case "authentication":
            return ("again",)  # with credentials looked up anew
        case "session":
            return ("afresh",)
        case "argument" if ended.stage == "setup":
            return ("afresh",) if ended.resuming else ()
        case "argument" | "aborted":
            return ("again", "afresh")
        case _:
            return None if isinstance(error, LinkLost) or error.kind in IN_BETWEEN else ()

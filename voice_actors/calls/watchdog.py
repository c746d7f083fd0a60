"""Names the tool that blocks the event loop: while it blocks in the log, and afterwards in an event."""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextvars import ContextVar
from types import FrameType
from typing import TYPE_CHECKING

import attrs
import trio

from voice_actors.values import Value

if TYPE_CHECKING:
    from voice_actors.calls.guard import Guard

LIMIT = 0.05
"""Seconds that one step of a tool may take: the microphone's chunk and the loudspeaker's block wait as long."""

ROUNDS = 40
"""So often the guard looks, a second in all, before it rests where no tool runs: to wake it costs a call a tenth of a
millisecond, and calls come in groups."""

_log = logging.getLogger("voice_actors.tools")


@attrs.frozen(eq=False, repr=False)
class Blocked(Value):
    """A tool held the loop up."""

    tool: str
    seconds: float
    place: str | None
    """The line of the tool, `file:line`, where it was seen in the act."""


@attrs.define(eq=False, repr=False)
class _Step:
    """One step of a task: what it does between two checkpoints."""

    tool: str
    began: float
    place: str | None = None
    seen: bool = False


@attrs.define(eq=False, repr=False)
class Watchdog(trio.abc.Instrument):
    """Theory of operation. Whatever an async tool runs, in its own task or in tasks that it starts, carries the tool's
    name as a context variable; so trio's hooks around each step of a task know whose step it is, and time it.

    They know it when the step is over, which may be never. So the guard's thread looks every few milliseconds whether a
    step has lasted too long, and logs where it is. Both cost nothing while no tool runs, or has run a second ago.
    """

    tell: Callable[[Blocked], None]
    """Called on the loop after a step of more than `limit` seconds."""
    limit: float = LIMIT
    clock: Callable[[], float] = time.perf_counter
    guard: Guard | None = None
    """Who looks after it; from the first tool on the one of the process, where none is given."""
    _watched: int = attrs.field(default=0, init=False)
    _step: _Step | None = attrs.field(default=None, init=False)
    """Written by the loop, read by the thread."""
    _loop: int = attrs.field(default=0, init=False)
    """The loop's thread, as the interpreter numbers it."""
    _calls: int = attrs.field(default=0, init=False)
    """So far; only the loop writes it."""
    _seen_calls: int = attrs.field(default=0, init=False)
    """When the thread looked last; only the thread writes this and the next."""
    _quiet_rounds: int = attrs.field(default=0, init=False)
    resting: bool = attrs.field(default=True, init=False)
    """See `Ward`."""

    @contextlib.contextmanager
    def watch(self, tool: str) -> Generator[None]:
        """Around an async tool: what it and its tasks do is watched."""
        token = _RUNNING.set((self, tool))
        self._enter()
        self._step = _Step(tool, self.clock())  # a tool that never waits lives in the step that began it
        try:
            yield
        finally:
            self._end_step()
            _RUNNING.reset(token)
            self._leave()

    def _enter(self) -> None:
        self._watched += 1
        self._calls += 1
        if self._watched > 1:
            return
        trio.lowlevel.add_instrument(self)
        self._loop = threading.get_ident()
        if self.resting:
            self._be_looked_after()

    def _be_looked_after(self) -> None:
        if self.guard is None:
            from voice_actors.calls.guard import GUARD

            self.guard = GUARD
        self.guard.look_after(self)

    def _leave(self) -> None:
        self._watched -= 1
        if not self._watched:
            trio.lowlevel.remove_instrument(self)

    def close(self) -> None:
        """Nothing will be watched any more."""
        if self.guard is not None:
            self.guard.leave(self)

    # ---- on the loop ---------------------------------------------------------------------------------------------

    def __dir__(self) -> list[str]:
        # trio looks through it for hooks, at each call of a tool: a twentieth of a millisecond for all that is in here
        return ["before_task_step", "after_task_step"]

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        """See `trio.abc.Instrument`."""
        running = task.context.get(_RUNNING)
        if running is not None and running[0] is self:
            self._step = _Step(running[1], self.clock())

    def after_task_step(self, task: trio.lowlevel.Task) -> None:  # noqa: ARG002 - whose it is, the step knows
        """See `trio.abc.Instrument`."""
        self._end_step()

    def _end_step(self) -> None:
        step, self._step = self._step, None
        if step is not None and (seconds := self.clock() - step.began) > self.limit:
            if not step.seen:  # over before the thread saw it
                _warn(step, seconds)
            self.tell(Blocked(step.tool, seconds, step.place))

    # ---- in the thread -------------------------------------------------------------------------------------------

    @property
    def at_work(self) -> bool:
        """See `Ward`."""
        return self._watched > 0

    def patrol(self) -> bool:
        """See `Ward`; it may rest where there has been nothing to look at for `ROUNDS`."""
        self.look()
        quiet = not self._watched and self._calls == self._seen_calls
        self._quiet_rounds, self._seen_calls = self._quiet_rounds + 1 if quiet else 0, self._calls
        if self._quiet_rounds < ROUNDS:
            return True
        self._quiet_rounds = 0
        return False

    def look(self) -> None:
        """Log the step that has lasted too long, once, with its place."""
        step = self._step
        if step is None or step.seen or (seconds := self.clock() - step.began) <= self.limit:
            return
        step.place = _place(sys._current_frames().get(self._loop))  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - documented
        step.seen = True
        _warn(step, seconds)


_RUNNING: ContextVar[tuple[Watchdog, str] | None] = ContextVar("the tool that runs", default=None)


def _warn(step: _Step, seconds: float) -> None:
    told = {"tool": step.tool, "ms": round(seconds * 1000), "place": step.place}
    _log.warning("a tool blocks the event loop", extra=told)


def _place(frame: FrameType | None) -> str | None:
    """The tool's own line: the outermost frame that is neither trio's nor ours."""
    own: FrameType | None = None
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] not in {"trio", "voice_actors"}:
        own, frame = frame, frame.f_back
    return None if own is None else f"{own.f_code.co_filename}:{own.f_lineno}"

"""Cancel a run at every single place where it could be cancelled, and look at what is left behind.

Between two of its steps a task waits at a checkpoint; a cancellation reaches it there and nowhere else. So the places
are countable: run once and cancel after the first step of the task in question, run again and cancel after the second,
until a run comes to its end by itself. The clock is a mock, so a run takes no time and waits for nothing outside. trio
tosses a coin for the order of tasks that are ready together: a sweep's `seed` says how the coins fall, and a sweep with
another seed sees another order.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import attrs
import trio

from voice_actors.testing.clock import run_in_virtual_time

_INNERMOST = 4
"""So many frames say where a task waits."""
_PATIENCE = 86_400.0
"""Virtual seconds after which a run is taken to have no end; they pass at once."""


@attrs.frozen
class Cancelled:
    """One run that was cancelled, or the last one, which came to its end before it could be."""

    step: int
    """After so many steps of the target, counted from one."""
    where: str
    """Where the target waited then, innermost last, such as `run:41 > receive:210`, trio's own frames left out; empty
    where it had returned."""
    cut: bool
    """Whether the cancellation stopped the run; False where the run had nothing left to cancel."""
    took: float
    """Seconds on the mock clock from the cancellation to the end of the run: 0.0 where it ends at once."""


def cancel_everywhere(
    make: Callable[[], Awaitable[object]],
    *,
    target: str,
    check: Callable[[Cancelled], object],
    limit: int = 1_000,
    seed: int = 0,
) -> list[Cancelled]:
    """Run `make()` again and again, each time cancelled one step later, and let `check` look at each outcome.

    `make` sets everything up anew and runs it to its end; leave what `check` needs to see in a variable around it.
    `target` is part of the name of the tasks whose steps are counted, as trio names them: the qualified name of the
    async function, or what `start_soon(name=...)` says. `check` raises where something is wrong. Call this from plain
    code: every run is a `trio.run` of its own, in virtual time, with the dice of the scheduler and of Python seeded: a
    run that fails does so again.

    Returns:
        Each run in order; the last is the one that was not cancelled any more.

    Raises:
        ValueError: no task of that name took a step.
        AssertionError: after `limit` runs there are still steps, or a run does not end by itself; and whatever `make`
            or `check` raises.

    """
    runs: list[Cancelled] = []
    for step in range(1, limit + 1):
        outcome, reached = _run(make, target, step, seed)
        if not reached and step == 1:
            raise ValueError(f"no task with {target!r} in its name took a step")
        try:
            check(outcome)
        except Exception as error:
            error.add_note(f"cancelled after step {step} of {target!r} (seed {seed}), at {outcome.where or 'its end'}")
            raise
        runs.append(outcome)
        if not reached:
            return runs
    raise AssertionError(f"{target!r} still takes steps after {limit} of them")


def _run(make: Callable[[], Awaitable[object]], target: str, step: int, seed: int) -> tuple[Cancelled, bool]:
    instrument = _CancelAfter(target, step)

    async def main() -> None:
        with trio.move_on_after(_PATIENCE) as patience:
            with instrument.scope:
                await make()
            instrument.ended_at = trio.current_time()
        if patience.cancelled_caught:
            raise AssertionError(f"the run does not end by itself, and takes no step {step} of {target!r}")

    run_in_virtual_time(main, seed=seed, instruments=[instrument])
    reached = instrument.cancelled_at is not None
    took = instrument.ended_at - instrument.cancelled_at if instrument.cancelled_at is not None else 0.0
    return Cancelled(step, instrument.where, instrument.scope.cancelled_caught, took), reached


@attrs.define(eq=False)
class _CancelAfter(trio.abc.Instrument):
    target: str
    step: int
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    steps: int = 0
    where: str = ""
    cancelled_at: float | None = None
    ended_at: float = 0.0

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        """Count, and cancel when the time has come."""
        if self.target not in task.name:
            return
        self.steps += 1
        if self.steps == self.step:
            self.where = _place(task)
            self.cancelled_at = trio.current_time()
            self.scope.cancel(f"cancel_everywhere, step {self.step}")


def _place(task: trio.lowlevel.Task) -> str:
    frames = [
        f"{frame.f_code.co_name}:{line}"
        for frame, line in task.iter_await_frames()
        if not frame.f_globals.get("__name__", "").startswith("trio.")
    ]
    return " > ".join(frames[-_INNERMOST:])

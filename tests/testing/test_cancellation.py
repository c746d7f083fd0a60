"""cancel_everywhere finds every place where a task waits, and cancels there."""

from __future__ import annotations

import pytest
import trio

from voice_actors.testing.cancellation import cancel_everywhere


def test_every_step_is_visited_once_and_the_last_run_is_whole():
    """A task that waits three times is cancelled in three places; the fourth run comes to its end."""
    trails: list[list[str]] = []

    async def worker():
        trail: list[str] = []
        trails.append(trail)
        for name in "abc":
            await trio.sleep(1)
            trail.append(name)

    async def make():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(worker)

    runs = cancel_everywhere(make, target="worker", check=lambda run: None)
    assert ["", "a", "ab", "abc", "abc"] == ["".join(trail) for trail in trails]
    assert [True, True, True, False, False] == [run.cut for run in runs]
    assert [1, 2, 3, 4, 5] == [run.step for run in runs]
    assert all(run.where.startswith("worker:") for run in runs[:3])
    assert ["", ""] == [run.where for run in runs[3:]]


def test_a_slow_end_is_measured():
    """Cleanup that takes its time shows in `took`, in virtual seconds."""

    async def make():
        try:
            await trio.sleep(100)
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(5)

    took: list[float] = []

    def check(run):
        took.append(run.took)
        if run.step == 2:
            raise LookupError

    with pytest.raises(LookupError):
        cancel_everywhere(make, target="main", check=check)
    assert 5.0 == took[0]


def test_a_run_without_an_end_is_noticed():
    """`make` must come to its end when nobody cancels it; if it waits for ever, that is said instead of waited for."""

    async def make():
        await trio.lowlevel.checkpoint()
        await trio.sleep_forever()

    with pytest.raises(AssertionError, match="no step 3 of 'main'"):
        cancel_everywhere(make, target="main", check=lambda run: None)


def test_a_failed_check_says_where():
    """The step and the place are notes on the exception that check raised."""

    async def make():
        await trio.sleep(1)

    def check(run):
        assert not run.cut, "left something behind"

    with pytest.raises(AssertionError, match="left something behind") as caught:
        cancel_everywhere(make, target="main", check=check)
    (note,) = caught.value.__notes__
    assert "after step 1 of 'main' (seed 0), at main" in note


def test_a_name_that_no_task_has_is_an_error():
    """A misspelt target would otherwise be a test that cannot fail."""
    with pytest.raises(ValueError, match="no task with 'speeker'"):
        cancel_everywhere(trio.lowlevel.checkpoint, target="speeker", check=lambda run: None)


def test_a_run_that_never_ends_is_given_up():
    """After `limit` steps."""

    async def make():
        while True:
            await trio.lowlevel.checkpoint()

    with pytest.raises(AssertionError, match="after 7 of them"):
        cancel_everywhere(make, target="main", check=lambda run: None, limit=7)


def test_a_failure_of_the_run_itself_is_not_hidden():
    """What `make` raises comes out."""

    async def make():
        await trio.lowlevel.checkpoint()
        raise KeyError("x")

    with pytest.raises(KeyError):
        cancel_everywhere(make, target="main", check=lambda run: None)

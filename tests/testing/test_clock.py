"""run_in_virtual_time: the same seed is the same run, and nothing of it stays behind."""

from __future__ import annotations

import random

import pytest
import trio

from voice_actors.testing.clock import run_in_virtual_time


async def race() -> tuple[list[int], float, float]:
    """Twenty tasks that are ready at once, ten times; then some chance, and the time."""
    order: list[int] = []

    async def runner(number: int) -> None:
        for _ in range(10):
            await trio.sleep(1)
            order.append(number)

    async with trio.open_nursery() as nursery:
        for number in range(20):
            nursery.start_soon(runner, number)
    return order, random.random(), trio.current_time()


def test_one_seed_is_one_run():
    """The order of tasks, Python's own dice and the clock: all as before; with another seed, not."""
    first, again, other = (run_in_virtual_time(race, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first[0] != other[0]
    assert first[1] != other[1]
    assert 10 == first[2]


def test_dice_are_put_back():
    """Whatever became of the run, those who cast them afterwards get what they would have got."""

    async def fail() -> None:
        random.random()
        raise ZeroDivisionError

    random.seed(5)
    expected = [random.random() for _ in range(3)]
    random.seed(5)
    got = [random.random()]
    run_in_virtual_time(race, seed=1)
    got.append(random.random())
    with pytest.raises(ZeroDivisionError):
        run_in_virtual_time(fail, seed=1)
    got.append(random.random())
    assert expected == got

"""The watchdog names the tool that blocks the loop, and no other."""

from __future__ import annotations

import logging
import threading
import time

import pytest
import trio
import trio.testing

from voice_actors.calls.guard import Guard
from voice_actors.calls.watchdog import LIMIT, ROUNDS, Watchdog


class Clock:
    """Advanced by whoever blocks."""

    now = 100.0

    def __call__(self) -> float:
        return self.now

    def block(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def told():
    return []


@pytest.fixture
def dog(clock, told):
    dog = Watchdog(told.append, clock=clock)
    yield dog
    dog.close()


async def test_a_tool_that_never_waits_is_named(dog, clock, told):
    """It lives in the very step that began it."""
    with dog.watch("quick"):
        clock.block(LIMIT)
    with dog.watch("slow"):
        clock.block(0.2)
    assert [("slow", pytest.approx(0.2))] == [(one.tool, one.seconds) for one in told]


async def test_a_tool_that_waits_is_timed_from_one_checkpoint_to_the_next(dog, clock, told):
    """Many short steps are no long one."""
    with dog.watch("steady"):
        for _ in range(10):
            clock.block(0.04)
            await trio.lowlevel.checkpoint()
    assert [] == told
    with dog.watch("late"):
        await trio.lowlevel.checkpoint()
        clock.block(0.3)
        await trio.lowlevel.checkpoint()
    assert [("late", 0.3)] == [(one.tool, round(one.seconds, 6)) for one in told]


async def test_a_task_of_the_tool_is_the_tool(dog, clock, told):
    """Started in its nursery, with its context."""

    async def child():
        await trio.lowlevel.checkpoint()
        clock.block(0.1)

    with dog.watch("parent"):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(child)
    assert ["parent"] == [one.tool for one in told]


async def test_others_are_not_blamed(dog, clock, told):
    """Neither our own tasks beside it, nor the tools of another conversation, nor what runs after it."""

    async def ours():
        await trio.lowlevel.checkpoint()
        clock.block(1)

    async def waiting(watchdog):
        with watchdog.watch("innocent"):
            await trio.testing.wait_all_tasks_blocked()

    others = []
    other = Watchdog(others.append, clock=clock)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(waiting, dog)
        nursery.start_soon(waiting, other)
        nursery.start_soon(ours)
    clock.block(1)
    await trio.lowlevel.checkpoint()
    other.close()
    assert [] == told
    assert [] == others


async def test_it_says_while_it_still_blocks_where_it_does(dog, clock, told, caplog):
    """The thread looks: the log names the tool and its line, once; the event has them too."""

    def helper():
        clock.block(0.1)
        in_thread(dog.look)
        in_thread(dog.look)

    async def tool():
        helper()

    caplog.set_level(logging.WARNING)
    with dog.watch("tool"):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(tool)
    [record] = caplog.records
    assert ("voice_actors.tools", "tool", 100) == (record.name, record.tool, record.ms)
    assert f"{__file__}:{tool.__code__.co_firstlineno + 1}" == record.place == told[0].place


def in_thread(look):
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()


async def test_nothing_is_left_when_no_tool_runs(clock, told):
    """Neither a hook in trio, nor, a second later, somebody who looks after it."""
    dog = Watchdog(told.append, clock=clock, guard=Guard(every=1e9))
    assert dog.resting
    with dog.watch("one"), dog.watch("two"):
        assert all(dog.patrol() for _ in range(3 * ROUNDS)), "it looks for as long as a tool runs"
    assert all(dog.patrol() for _ in range(ROUNDS - 1))
    with dog.watch("three"):
        pass
    assert [True, True] == [dog.patrol(), dog.patrol()], "another call came within the second"
    assert not all(dog.patrol() for _ in range(2 * ROUNDS))
    with pytest.raises(KeyError):
        trio.lowlevel.remove_instrument(dog)
    for _ in range(2 * ROUNDS):
        dog.guard.patrol()
    assert dog.resting
    with dog.watch("four"):
        assert not dog.resting, "it is awake again"
    dog.close()


@pytest.mark.slow
async def test_a_tool_that_really_blocks_is_seen_in_the_act(told, caplog):
    """The thread gets its turn although the loop does not."""
    dog = Watchdog(told.append)
    with dog.watch("sleeper"):
        time.sleep(0.3)  # what a tool does that blocks
    dog.close()
    assert told[0].place is not None
    assert told[0].seconds >= 0.3
    print(f"blocked {told[0].seconds * 1000:.0f} ms at {told[0].place.rpartition('/')[2]}")

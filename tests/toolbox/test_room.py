"""A place among those that run is taken until what runs there is done."""

from __future__ import annotations

import threading

import pytest
import trio
import trio.testing

from voice_actors.toolbox.room import Room


def room(own=1, threads=4):
    return Room(trio.CapacityLimiter(threads), None if own is None else trio.CapacityLimiter(own))


async def test_a_thread_that_nobody_waits_for_keeps_its_place():
    """`concurrency=1` means one at a time, also where a call was cancelled and its thread goes on."""
    place, release, began = room(), threading.Event(), threading.Event()

    def block():
        began.set()
        release.wait(10)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(place.in_thread, block)
        await trio.to_thread.run_sync(began.wait)
        nursery.cancel_scope.cancel("enough")
    assert (1, 1) == (place.own.borrowed_tokens, place.threads.borrowed_tokens)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(place.in_thread, began.is_set)
        await trio.testing.wait_all_tasks_blocked()
        assert 1 == place.own.statistics().tasks_waiting
        release.set()
    assert (0, 0) == (place.own.borrowed_tokens, place.threads.borrowed_tokens)


@pytest.mark.parametrize("own", [None, 1])
async def test_threads_are_shared_by_all(autojump_clock, own):
    """Whoever waits for a thread in vain gives his turn back."""
    place = room(own, threads=1)
    await place.threads.acquire_on_behalf_of("somebody else")
    with trio.move_on_after(1) as scope:
        await place.in_thread(lambda: None)
    assert scope.cancelled_caught
    assert own is None or 0 == place.own.borrowed_tokens
    place.threads.release_on_behalf_of("somebody else")
    assert 3 == await place.in_thread(lambda: 3)


async def test_turns_on_the_loop(autojump_clock):
    """One after the other, or all at once where there is no limit."""
    for own, ends in ((1, [1.0, 2.0]), (None, [1.0, 1.0])):
        place, began, ended = room(own), trio.current_time(), []

        async def work(place=place, began=began, ended=ended):
            async with place.turn():
                await trio.sleep(1)
            ended.append(trio.current_time() - began)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(work)
            nursery.start_soon(work)
        assert ends == ended

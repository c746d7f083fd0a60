"""Events to many, audio to whoever wants it."""

from __future__ import annotations

import gc
import weakref

import pytest
import trio

from voice_actors.broadcast import Broadcast, Tap, Wanted
from voice_actors.lanes import Overflow, open_lane


async def test_every_subscriber_sees_every_event():
    """Each from the moment it subscribed, to the end."""
    broadcast = Broadcast[int](lambda count: -count)
    first = broadcast.subscribe(10)
    broadcast.publish(1)
    second = broadcast.subscribe(10)
    broadcast.publish(2)
    broadcast.end()

    assert [1, 2] == [event async for event in first]
    assert [2] == [event async for event in second]
    assert [] == [event async for event in broadcast.subscribe(10)]


async def test_a_slow_subscriber_is_told_how_many_it_missed():
    """It loses its oldest events; the others lose nothing, and publishing never waits."""
    broadcast = Broadcast[int](lambda count: -count)
    slow, quick = broadcast.subscribe(2), broadcast.subscribe(100)
    for number in range(1, 6):
        broadcast.publish(number)
    broadcast.end()

    assert [-3, 4, 5] == [event async for event in slow]
    assert [1, 2, 3, 4, 5] == [event async for event in quick]


async def test_a_subscriber_who_lags_again_is_told_of_the_newly_missed_only():
    """And where only some events are wanted, the others take no room."""
    broadcast = Broadcast[int](lambda count: -count)
    slow, odd = broadcast.subscribe(1), broadcast.subscribe(2, wanted=lambda number: number % 2 == 1)
    seen: list[int] = []
    for last in (3, 4, 6):
        for number in range(1, last + 1):
            broadcast.publish(number)
        seen += [await anext(slow), await anext(slow)]
    broadcast.end()
    assert [-2, 3, -3, 4, -5, 6] == seen
    assert [-5, 3, 5] == [event async for event in odd]


async def test_a_subscriber_who_left_is_forgotten():
    """Its closing hook runs once, and later events go to the others."""
    left: list[int] = []
    broadcast = Broadcast[int](lambda count: -count)
    with broadcast.subscribe(1, on_close=lambda: left.append(1)) as gone:
        gone.close()
    stays = broadcast.subscribe(5)
    broadcast.publish(7)
    broadcast.end()

    assert [1] == left
    assert [7] == [event async for event in stays]


async def test_a_tap_never_waits_and_survives_its_reader():
    """Audio that nobody takes in time makes room; audio for nobody goes nowhere."""
    send, receive = open_lane[int]("audio", 1, Overflow.DROP_OLDEST)
    tap = Tap(send, Wanted())
    assert not tap.wanted
    tap.offer(1)
    tap.offer(2)
    assert 2 == receive.receive_nowait()
    receive.close()
    tap.offer(3)
    other = tap.clone()
    with tap:
        assert other.wanted is tap.wanted
    with pytest.raises(trio.ClosedResourceError):
        tap.offer(4)
    other.offer(5)
    other.close()


async def test_nobody_who_has_left_is_held_on_to():
    """Neither one who closed, nor all of them after the end; what is published then is nobody's."""
    broadcast = Broadcast[int](lambda count: -count)
    left, stayed = broadcast.subscribe(1), broadcast.subscribe(1)
    watched = [weakref.ref(left), weakref.ref(stayed)]
    with left as same:
        assert same is left
    with pytest.raises(trio.ClosedResourceError):
        await anext(left)
    broadcast.publish(1)
    del left, same
    gc.collect()
    assert watched[0]() is None
    broadcast.end()
    broadcast.publish(2)
    assert [1] == [event async for event in stayed]
    del stayed
    gc.collect()
    assert watched[1]() is None

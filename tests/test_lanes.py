"""Lanes, turns and broadcasts."""

from __future__ import annotations

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from voice_actors.lanes import Broadcast, Overflow, Reply, Tap, Wanted, open_lane


async def test_messages_come_out_in_order():
    """What goes in first comes out first, and the lane ends when its last sender closes."""
    send, receive = open_lane[int]("numbers", 4)
    second = send.clone()
    send.send_nowait(1)
    second.send_nowait(2)
    send.close()
    second.close()

    assert [1, 2] == [number async for number in receive]


async def test_a_waiting_lane_makes_its_sender_wait():
    """A full lane that waits refuses `send_nowait` and lets `send` wait, and counts the stall."""
    send, receive = open_lane[int]("numbers", 1)
    send.send_nowait(1)
    with pytest.raises(trio.WouldBlock):
        send.send_nowait(2)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(send.send, 2)
        await trio.testing.wait_all_tasks_blocked()
        assert 1 == await receive.receive()
    assert 2 == await receive.receive()

    statistics = receive.statistics()
    assert (1, 2, 0) == (statistics.stalls, statistics.sent, statistics.dropped)


async def test_a_dropping_lane_lets_its_oldest_go_and_says_so():
    """The newest is never dropped; each message that made room is counted and reported."""
    gone: list[int] = []
    send, receive = open_lane[int]("numbers", 2, Overflow.DROP_OLDEST, on_drop=gone.append)
    for number in range(5):
        send.send_nowait(number)
    send.close()

    assert [3, 4] == [number async for number in receive]
    assert [0, 1, 2] == gone
    assert 3 == receive.statistics().dropped
    assert 2 == receive.statistics().peak


async def test_nobody_receives_any_more():
    """Sending into a lane whose receiver has closed is an error in both policies."""
    for overflow in Overflow:
        send, receive = open_lane[int]("numbers", 1, overflow)
        receive.close()
        with pytest.raises(trio.BrokenResourceError):
            send.send_nowait(1)


def test_a_lane_is_bounded():
    """There is no such thing as a lane without a limit."""
    for capacity in (0, -1, float("inf")):
        with pytest.raises(ValueError, match="bounded"):
            open_lane[int]("numbers", capacity)  # type: ignore[arg-type]


@given(st.lists(st.one_of(st.just("receive"), st.integers()), max_size=60), st.integers(1, 5))
def test_a_dropping_lane_keeps_a_suffix(steps: list[object], capacity: int):
    """Whatever the order of sends and receives: what comes out and what is dropped is what went in, in order."""

    async def main() -> None:
        gone: list[object] = []
        send, receive = open_lane[object]("any", capacity, Overflow.DROP_OLDEST, on_drop=gone.append)
        sent, received = [], []
        for step in steps:
            if step == "receive":
                try:
                    received.append(receive.receive_nowait())
                except trio.WouldBlock:
                    assert 0 == receive.statistics().waiting
            else:
                send.send_nowait(step)
                sent.append(step)
        send.close()
        received += [message async for message in receive]
        assert len(sent) == len(received) + len(gone)
        assert received[-min(capacity, len(sent)) :] == sent[len(sent) - min(capacity, len(sent)) :] if sent else True

    trio.run(main)


async def test_a_cut_reply_is_silent_at_once():
    """Cutting sets the flag that the device reads, cancels the scope, and ends the lane."""
    reply = Reply.begin(1)
    await reply.say(b"\0\0")
    reply.cut("the user spoke")

    assert reply.turn.playback.cut
    assert reply.turn.scope.cancel_called
    assert reply.ended


async def test_a_reply_that_the_speaker_let_go_of_still_counts_what_came():
    """Audio after the speaker closed its end is received, though never heard."""
    reply = Reply.begin(1)
    reply.turn.audio.close()
    await reply.say(b"\0\0")

    assert 2 == reply.turn.playback.received


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
    with tap.clone():
        tap.close()

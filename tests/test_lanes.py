"""Lanes."""

from __future__ import annotations

import gc
from collections.abc import Callable

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from voice_actors.lanes import Overflow, open_lane


async def test_messages_come_out_in_order():
    """What goes in first comes out first, and the lane ends when its last sender closes."""
    send, receive = open_lane[int]("numbers", 4)
    second = send.clone()
    send.send_nowait(1)
    second.send_nowait(2)
    send.close()
    second.close()

    assert [1, 2] == [number async for number in receive]


async def test_what_waits_is_taken_at_once():
    """As much as was asked for, at one visit to the scheduler; who comes first waits for the first."""
    send, receive = open_lane[int]("numbers", 8)
    got = []

    async def take() -> None:
        got.append(await receive.receive_some(3))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(take)
        await trio.testing.wait_all_tasks_blocked()
        for number in range(6):
            send.send_nowait(number)
    assert [[0, 1, 2]] == got
    send.send_nowait(6)
    assert [3, 4, 5] == await receive.receive_some(3)
    assert [6] == await receive.receive_some(3)
    assert (7, 0, 0) == (receive.statistics().sent, receive.statistics().waiting, receive.statistics().dropped)
    send.close()
    with pytest.raises(trio.EndOfChannel):
        await receive.receive_some(3)


async def test_a_bell_rings_when_so_many_wait():
    """At once where they do; one for each number, and once."""
    send, receive = open_lane[int]("numbers", 4)
    one, earlier, two = trio.Event(), trio.Event(), trio.Event()
    receive.ring_at(1, one)
    receive.ring_at(2, earlier)
    receive.ring_at(2, two)
    assert not one.is_set()
    send.send_nowait(1)
    assert (True, False) == (one.is_set(), two.is_set())
    send.send_nowait(2)
    assert (False, True) == (earlier.is_set(), two.is_set())
    again = trio.Event()
    receive.ring_at(3, again)
    receive.receive_nowait()
    send.send_nowait(3)
    assert not again.is_set()
    receive.ring_at(2, again)
    assert again.is_set()


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


async def test_the_most_that_ever_waited_is_known():
    """Not how much went through."""
    send, receive = open_lane[int]("numbers", 8)
    assert (0, 0, 0) == (send.statistics().peak, send.statistics().sent, send.dropped)
    for many in (2, 3, 1):
        for number in range(many):
            send.send_nowait(number)
        assert list(range(many)) == await receive.receive_some(8)
    figures = receive.statistics()
    assert ("numbers", 8, Overflow.WAIT) == (figures.name, figures.capacity, figures.overflow)
    assert (3, 6, 0, 0, 0) == (figures.peak, figures.sent, figures.waiting, figures.stalls, figures.dropped)
    assert figures == send.statistics()


async def test_closed_ends_say_so():
    """Each to the other, and a lane is left with a `with` as with `close`."""
    send, receive = open_lane[int]("numbers", 1)
    with receive as out:
        assert out is receive
        with send as into:
            assert into is send
            send.send_nowait(1)
        with pytest.raises(trio.ClosedResourceError):
            send.send_nowait(2)
        assert receive.may_hold
        assert 1 == receive.receive_nowait()
        assert not receive.may_hold
    with pytest.raises(trio.ClosedResourceError):
        receive.receive_nowait()


def _outcome(action: Callable[[], object]) -> object:
    try:
        return action()
    except (trio.WouldBlock, trio.EndOfChannel, trio.BrokenResourceError, trio.ClosedResourceError) as error:
        return type(error)


_STEPS = st.sampled_from(["send", "send from the clone", "receive", "clone", "close", "close the clone", "stop"])


@given(st.lists(_STEPS, max_size=14))
def test_a_lane_answers_as_a_channel_does(steps: list[str]):
    """Whether its channel has been made or not, whoever closes first: messages and errors are trio's."""

    async def main() -> None:
        (send, receive), (theirs, out) = open_lane[int]("numbers", 2), trio.open_memory_channel[int](2)
        clones = [(send.clone(), theirs.clone())]
        for number, step in enumerate(steps):
            clone, their_clone = clones[-1]
            match step:
                case "send":
                    same = (
                        _outcome(lambda n=number: send.send_nowait(n)),
                        _outcome(lambda n=number: theirs.send_nowait(n)),
                    )
                case "send from the clone":
                    same = (
                        _outcome(lambda n=number, end=clone: end.send_nowait(n)),
                        _outcome(lambda n=number, end=their_clone: end.send_nowait(n)),
                    )
                case "receive":
                    same = _outcome(receive.receive_nowait), _outcome(out.receive_nowait)
                case "clone":
                    pair = _outcome(send.clone), _outcome(theirs.clone)
                    same = isinstance(pair[0], type), isinstance(pair[1], type)
                    clones += [] if same[0] else [pair]
                case "close":
                    same = send.close(), theirs.close()
                case "close the clone":
                    same = clone.close(), their_clone.close()
                case _:
                    same = receive.close(), out.close()
            assert same[0] == same[1], step
            assert out.statistics().current_buffer_used == receive.statistics().waiting, step

    trio.run(main)


async def test_who_waits_is_told_of_the_end_by_the_last_sender(autojump_clock):
    """In a lane that held nothing yet, where the clones close one after the other."""
    send, receive = open_lane[int]("numbers", 1)
    second = send.clone()
    ended_at = []

    async def wait() -> None:
        with pytest.raises(trio.EndOfChannel):
            await receive.receive()
        ended_at.append(trio.current_time())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait)
        await trio.sleep(1)
        send.close()
        send.close()
        await trio.sleep(1)
        second.close()
    assert [2.0] == ended_at


def test_a_lane_that_nobody_uses_has_no_channel():
    """It would take 2 KB, and a process may hold a hundred conversations."""

    def channels() -> int:
        return sum(type(one) is trio.MemoryReceiveChannel for one in gc.get_objects())

    before = channels()
    send, receive = open_lane[int]("numbers", 1)
    clone = send.clone()
    assert 0 == receive.statistics().waiting
    assert (False, before) == (receive.may_hold, channels())
    clone.send_nowait(1)
    assert before + 1 == channels()


async def test_a_bell_does_not_ring_for_what_made_room():
    """What was dropped does not wait."""
    send, receive = open_lane[int]("numbers", 1, Overflow.DROP_OLDEST)
    for number in range(3):
        send.send_nowait(number)
    one, two = trio.Event(), trio.Event()
    receive.ring_at(1, one)
    receive.ring_at(2, two)
    assert (True, False) == (one.is_set(), two.is_set())


async def test_a_lane_has_ended_when_nothing_can_come():
    """Not while a sender is left, or a message."""
    send, receive = open_lane[int]("numbers", 1)
    second = send.clone()
    send.send_nowait(1)
    found = [receive.ended]
    for step in (send.close, second.close, receive.receive_nowait):
        step()
        found.append(receive.ended)
    assert [False, False, False, True] == found

"""A filler at the loudspeaker, by itself; tests/loudspeaker/test_filling.py has it in conversations."""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial

import pytest
import trio

from voice_actors import messages as m
from voice_actors.audio.memory import MemorySpeaker
from voice_actors.broadcast import Tap, Wanted
from voice_actors.errors import DeviceError
from voice_actors.lanes import Overflow, open_lane
from voice_actors.loudspeaker.interlude import AHEAD_MS, Interlude
from voice_actors.turns import BYTES_PER_MS

SECOND = m.PlayFiller(b"\x01\x10" * 24_000, "One moment.")


@asynccontextmanager
async def playing(speaker):
    facts, told = open_lane[m.Event]("facts", 100)
    heard, audio = open_lane[m.AudioEvent]("audio", 10_000, Overflow.DROP_OLDEST)
    async with speaker.open() as device, trio.open_nursery() as nursery:
        interlude = Interlude(device, facts, Tap(heard, Wanted(1)))
        yield partial(interlude.play, nursery=nursery), interlude, told, audio
        nursery.cancel_scope.cancel("enough")


def drained(lane):
    found = []
    while lane.may_hold:
        found.append(lane.receive_nowait())
    return found


async def test_it_is_heard_to_its_end_and_told(autojump_clock):
    """Byte for byte, as turn 0."""
    speaker = MemorySpeaker()
    async with playing(speaker) as (play, interlude, told, audio):
        play(SECOND)
        await trio.sleep(3)
    [event] = drained(told)
    pieces = drained(audio)
    assert (1_000.0, False, "One moment.") == (event.heard_ms, event.cut, event.words)
    assert SECOND.pcm == speaker.pcm() == b"".join(piece.pcm for piece in pieces)
    assert {0} == {piece.turn for piece in pieces}


async def test_it_fills_the_device_no_further_than_a_reply_can_bear(autojump_clock):
    """There is room for one that has to begin at once."""
    speaker = MemorySpeaker()
    async with playing(speaker) as (play, interlude, _told, _audio):
        play(SECOND)
        most = 0.0
        for _ in range(100):
            await trio.sleep(0.009)
            most = max(most, interlude.device._ring.held_ms)
        print(f"the device held {most:.0f} ms of it at most")
        assert 20 <= most <= AHEAD_MS + 20


async def test_a_reply_silences_it_and_keeps_it_silent(autojump_clock):
    """What is ordered meanwhile is not heard, and afterwards not made up for."""
    speaker = MemorySpeaker()
    async with playing(speaker) as (play, interlude, told, _audio):
        play(SECOND)
        await trio.sleep(0.3)
        with interlude.make_way():
            await trio.sleep(1)
            play(SECOND)
            await trio.sleep(1)
        await trio.sleep(2)
        [event] = drained(told)
        assert event.cut
        assert 290 <= event.heard_ms <= 310
        assert len(speaker.pcm()) == event.heard_ms * BYTES_PER_MS
        play(SECOND)
        await trio.sleep(2)
        assert [False] == [event.cut for event in drained(told)]


async def test_one_at_a_time(autojump_clock):
    """An order while another one sounds is none."""
    speaker = MemorySpeaker()
    async with playing(speaker) as (play, interlude, told, _audio):
        for _ in range(3):
            play(SECOND)
            await trio.sleep(0.1)
        await trio.sleep(5)
        assert [1_000.0] == [event.heard_ms for event in drained(told)]


async def test_stopped_before_it_began(autojump_clock):
    """It is not heard at all, and there is nothing to tell."""
    async with playing(MemorySpeaker()) as (play, interlude, told, _audio):
        play(SECOND)
        interlude.stop()
        await trio.sleep(2)
        assert [] == drained(told)


async def test_a_shutdown_tells_how_much_was_heard(autojump_clock):
    """As of a reply."""
    async with playing(MemorySpeaker()) as (play, interlude, told, _audio):
        play(SECOND)
        await trio.sleep(0.5)
    [event] = drained(told)
    assert event.cut
    assert 490 <= event.heard_ms <= 510


@pytest.mark.parametrize("paced", [True, False])
async def test_a_device_that_fails_does_not_end_it(autojump_clock, paced):
    """The next reply meets the failure, and says it."""
    async with playing(MemorySpeaker(paced=paced)) as (play, interlude, told, _audio):
        play(SECOND)
        await trio.sleep(0.5)
        interlude.device.fail(DeviceError("it is gone", device="x"))
        await trio.sleep(1)
        play(SECOND)
        await trio.sleep(1)
        first, _second = drained(told)
        assert first.heard_ms < 1_000

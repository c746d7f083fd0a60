"""What waits to be sent: in order, within bounds, and taken back where it was not heard."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from voice_actors.errors import LinkLost
from voice_actors.gemini import events as e
from voice_actors.offline.session.outbox import LIMIT, SPEECH_WAITS_AT, Outbox


def test_only_the_speech_of_this_turn_is_taken_back():
    """Earlier turns stay whole, and so does what is not speech, in its order."""
    outbox = Outbox()
    stays = [
        (e.AudioOut(b"11"),),
        (e.TurnComplete(), e.Usage({})),
        (e.InputTranscription("and"),),
        (e.OutputTranscription("x"), e.ToolCall(())),
        (e.GenerationComplete(),),
    ]
    goes = [
        (e.AudioOut(b"22"),),
        (e.OutputTranscription("y"), e.AudioOut(b"33")),
        (e.TextOut("z"),),
        (e.MediaOut({}),),
    ]
    for message in (*stays[:2], goes[0], stays[2], goes[1], stays[3], goes[2], goes[3], stays[4]):
        outbox.post(*message)
    assert len(goes) == outbox.retract_speech()
    assert stays == list(outbox.waiting())
    assert 0 == outbox.retract_speech()


async def test_speech_waits_until_the_client_has_read(autojump_clock):
    """Also where the room comes from what was taken back; and nobody waits for a client that has gone."""
    outbox = Outbox()
    woken = []

    async def speak(name):
        await outbox.wait_room()
        woken.append(name)

    async def filled(name):
        while len(outbox.waiting()) < SPEECH_WAITS_AT:
            outbox.post(e.AudioOut(b"00"))
        nursery.start_soon(speak, name)
        await trio.testing.wait_all_tasks_blocked()
        assert name not in woken

    async with trio.open_nursery() as nursery:
        await filled("after a take")
        await outbox.take()
        await trio.testing.wait_all_tasks_blocked()
        await filled("after a retraction")
        outbox.retract_speech()
        await trio.testing.wait_all_tasks_blocked()
        await filled("after the end")
        outbox.close()
    assert ["after a take", "after a retraction", "after the end"] == woken


async def test_a_taker_that_is_cancelled_takes_nothing(autojump_clock):
    """The message is there for the next."""
    outbox = Outbox()
    with trio.move_on_after(1):
        await outbox.take()
    outbox.post(e.GenerationComplete())
    outbox.close()
    assert (e.GenerationComplete(),) == await outbox.take()
    with pytest.raises(trio.EndOfChannel):
        await outbox.take()


async def test_a_taker_that_waits_hears_of_the_end(autojump_clock):
    """It is woken by it."""
    outbox = Outbox()

    async def take():
        with pytest.raises(trio.EndOfChannel):
            await outbox.take()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(take)
        await trio.testing.wait_all_tasks_blocked()
        outbox.close()


async def test_a_client_that_never_reads_is_let_go(autojump_clock):
    """What cannot be delivered is bounded: the session ends with LinkLost."""
    outbox = Outbox()
    for _ in range(LIMIT + 1):
        outbox.post(e.Interrupted())
    assert len(outbox.waiting()) == LIMIT
    with pytest.raises(LinkLost):
        await outbox.take()


async def test_a_client_that_reads_nothing_is_lost_for_good():
    """One message too many: posting goes on without waiting, memory does not grow, and taking says why."""
    outbox = Outbox()
    for _ in range(LIMIT):
        outbox.post(e.InputTranscription("x"))
    await outbox.take()
    outbox.post(e.InputTranscription("x"))
    await outbox.take()  # full to the brim is not too full
    for _ in range(3):
        outbox.post(e.InputTranscription("x"))
    assert LIMIT == len(outbox.waiting())
    for _ in range(2):
        with pytest.raises(LinkLost, match="does not read"):
            await outbox.take()

"""What the user says waits for the model in one order, bounded in bytes, and nothing of it is lost unseen."""

from __future__ import annotations

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from tests.steps import Steps
from voice_actors.lanes import Overflow, SendLane, open_lane
from voice_actors.messages import AudioChunk, MicMessage, MicrophonePaused, StopReply, TypedText
from voice_actors.session.uplink_ring import HELD_MS, REPEATED_MS, TEXTS, Outgoing, UplinkRing


def chunk(number: int) -> AudioChunk:
    return AudioChunk(number.to_bytes(2, "little") * 320, number * 0.02)


async def drained(ring: UplinkRing) -> list[Outgoing]:
    found = []
    with trio.move_on_after(1):
        while True:
            found.append(await ring.take())
            ring.sent()
    return found


async def test_voice_and_writing_keep_their_order(autojump_clock):
    """Whatever was said first is sent first, and what is under way is not lost with its link."""
    ring, said = UplinkRing(), [chunk(1), TypedText("this"), chunk(2), MicrophonePaused(), TypedText("that"), chunk(3)]
    for message in said:
        ring.hear(message) if isinstance(message, AudioChunk | MicrophonePaused) else await ring.write(message)
    assert Outgoing(chunk(1)) == await ring.take()
    ring.link_gone(broke=False)
    assert [Outgoing(message) for message in said] == await drained(ring)


async def test_the_oldest_audio_makes_room_and_is_counted(autojump_clock):
    """Two seconds are kept, to the byte; text and a pause outlast the voice around them."""
    ring = UplinkRing()
    ring.hear(chunk(0))
    await ring.write(TypedText("look"))
    ring.hear(MicrophonePaused())
    for number in range(1, 500):
        ring.hear(chunk(number))
    kept = [outgoing.message for outgoing in await drained(ring)]
    assert [TypedText("look"), MicrophonePaused()] == kept[:2]
    assert [chunk(number) for number in range(400, 500)] == kept[2:]
    assert 400 * 640 == ring.dropped
    print(f"kept {20 * len(kept[2:])} of {HELD_MS} ms, dropped and counted {ring.dropped / 32:.0f} ms")


async def test_pauses_that_come_to_stand_side_by_side_are_one(autojump_clock):
    """So muting over and over without a link costs nothing."""
    ring = UplinkRing()
    for number in range(10_000):
        ring.hear(chunk(number))
        ring.hear(MicrophonePaused())
    assert 201 >= len(await drained(ring))


async def test_what_was_sent_last_is_said_again_after_a_break(autojump_clock):
    """And marked so; after a link that was left in order it is not, nor after a pause, nor twice."""
    ring = UplinkRing()
    for number in range(50):
        ring.hear(chunk(number))
    await drained(ring)
    ring.link_gone(broke=False)
    assert [] == await drained(ring)

    for number in range(50, 100):
        ring.hear(chunk(number))
    await drained(ring)
    ring.link_gone(broke=True)
    again = await drained(ring)
    assert [Outgoing(chunk(number), repeated=True) for number in range(95, 100)] == again
    assert REPEATED_MS == 20 * len(again)

    ring.hear(MicrophonePaused())
    await drained(ring)
    ring.link_gone(broke=True)
    assert [] == await drained(ring)


async def test_the_first_break_repeats_as_much_as_any(autojump_clock):
    """To the byte."""
    ring = UplinkRing()
    for number in range(10):
        ring.hear(chunk(number))
    await drained(ring)
    ring.link_gone(broke=True)
    assert [Outgoing(chunk(number), repeated=True) for number in range(5, 10)] == await drained(ring)


async def test_the_user_is_listened_to_while_somebody_asks(autojump_clock):
    """At first they may be speaking; what is loud counts, by the time at which it was said; and afterwards nothing."""
    ring, loud = UplinkRing(), b"\x00\x10" * 320
    await trio.sleep(10)
    with ring.listening():
        assert not ring.silent_for(0.5)
        await trio.sleep(0.5)
        assert ring.silent_for(0.5)
        ring.hear(AudioChunk(loud, 10.4))
        ring.hear(AudioChunk(bytes(640), 10.5))
        assert not ring.silent_for(0.5)
        await trio.sleep(0.4)
        assert ring.silent_for(0.5)
    ring.hear(AudioChunk(loud, trio.current_time()))
    assert ring.silent_for(0.5)


async def test_an_order_to_stop_ends_with_its_link(autojump_clock):
    """It was for the reply of that link; on the next it would cut another."""
    ring = UplinkRing()
    await ring.write(StopReply())
    await ring.write(TypedText("and then"))
    await ring.take()
    ring.link_gone(broke=True)
    assert [Outgoing(TypedText("and then"))] == await drained(ring)


async def test_audio_that_the_server_finds_invalid_is_not_said_again(autojump_clock):
    """Row 3: after 1007 no voice is repeated; what was typed is."""
    ring = UplinkRing()
    for number in range(10):
        ring.hear(chunk(number))
    await drained(ring)
    ring.hear(chunk(10))
    await ring.write(TypedText("still here"))
    await ring.take()
    ring.link_gone(broke=True)
    ring.forget_audio()
    assert [Outgoing(TypedText("still here"))] == await drained(ring)
    assert 640 == ring.dropped


async def test_what_is_put_back_takes_its_own_room_and_no_more(autojump_clock):
    """Texts and pauses that a link did not take: as many may wait as ever, and then as many again."""
    ring = UplinkRing()
    for _ in range(3):
        for number in range(TEXTS):
            with trio.fail_after(0):
                await ring.write(TypedText(str(number)))
        await ring.take()
        ring.link_gone(broke=True)
        with trio.move_on_after(1) as waited:
            await ring.write(TypedText("one too many"))
        assert waited.cancelled_caught
        assert TEXTS == len(await drained(ring))
    ring.hear(MicrophonePaused())
    await ring.take()
    ring.link_gone(broke=False)
    assert [Outgoing(MicrophonePaused())] == await drained(ring)


async def test_too_much_typing_waits(autojump_clock):
    """Whoever types waits for room, and nothing typed is dropped."""
    ring, texts = UplinkRing(), [TypedText(str(number)) for number in range(3 * TEXTS)]

    typed: list[TypedText] = []

    async def type_all() -> None:
        for text in texts:
            await ring.write(text)
            typed.append(text)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(type_all)
        await trio.testing.wait_all_tasks_blocked()
        assert TEXTS == len(typed)
        for _ in range(3):
            ring.link_gone(broke=True)
            await trio.testing.wait_all_tasks_blocked()
        assert TEXTS == len(typed)
        assert texts == [outgoing.message for outgoing in await drained(ring)]


STEPS = st.lists(
    st.sampled_from(["hear", "hear", "hear", "pause", "write", "take", "sent", "broke", "left"]), max_size=60
)


@given(STEPS)
@pytest.mark.filterwarnings("ignore:.*function-scoped fixture.*")
def test_any_order_of_events(steps):
    """Each chunk and text is delivered in order, once, or as repeated; or is counted as dropped."""

    async def run() -> None:
        ring, delivered, said, heard = UplinkRing(capacity=5 * 640, tail=2 * 640), [], [], 0
        for number, step in enumerate(steps):
            if step == "hear":
                ring.hear(chunk(number))
                said.append(chunk(number))
                heard += 640
            elif step == "pause":
                ring.hear(MicrophonePaused())
            elif step == "write":
                await ring.write(TypedText(str(number)))
                said.append(TypedText(str(number)))
            elif step in {"broke", "left"}:
                ring.link_gone(broke=step == "broke")
            elif step == "take":
                with trio.move_on_after(0):
                    await ring.take()
            elif ring._under_way is not None:
                delivered.append(ring._under_way)
                ring.sent()
        while ring._waiting or ring._under_way:
            delivered.append(await ring.take())
            ring.sent()
        first = [o.message for o in delivered if not o.repeated and not isinstance(o.message, MicrophonePaused)]
        assert first == [message for message in said if message in first]
        assert len(first) == len(set(map(id, first)))
        audio = sum(len(message.pcm) for message in first if isinstance(message, AudioChunk))
        assert heard == audio + ring.dropped
        assert [m for m in said if isinstance(m, TypedText)] == [m for m in first if isinstance(m, TypedText)]
        assert (0, 0) == (ring._held, ring._texts)
        repeated = [outgoing.message for outgoing in delivered if outgoing.repeated]
        assert all(message in first for message in repeated)

    trio.run(run)


def lane_of(*messages: MicMessage) -> tuple[SendLane[MicMessage], UplinkRing]:
    send, microphone = open_lane[MicMessage]("microphone", 4, Overflow.DROP_OLDEST)
    for message in messages:
        send.send_nowait(message)
    return send, UplinkRing(microphone)


async def test_what_the_microphone_says_is_taken_from_its_lane(autojump_clock):
    """What waits there at once, what comes later as soon as it comes; one task wakes for it."""
    send, ring = lane_of(chunk(1))
    assert Outgoing(chunk(1)) == await ring.take()
    ring.sent()
    taken = []

    async def take_all() -> None:
        async for message in (await ring.take() for _ in iter(int, 1)):
            taken.append(message)
            ring.sent()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(ring.hear_meanwhile)
        nursery.start_soon(take_all)
        await trio.testing.wait_all_tasks_blocked()
        with Steps() as steps:
            for number in range(2, 102):
                send.send_nowait(chunk(number))
                await trio.testing.wait_all_tasks_blocked()
        await ring.write(TypedText("over"))
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert [*(Outgoing(chunk(number)) for number in range(2, 102)), Outgoing(TypedText("over"))] == taken
    assert ["take_all"] * 100 == steps.names
    print(f"100 chunks: {len(steps.names)} steps of {set(steps.names)}")


async def test_nothing_is_lost_while_nobody_takes_it(autojump_clock):
    """The lane holds four; two seconds wait here, and one that no later one has pushed on yet."""
    send, ring = lane_of()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ring.hear_meanwhile)
        for number in range(99):
            await trio.testing.wait_all_tasks_blocked()
            send.send_nowait(chunk(number))
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert (0, 0) == (send.dropped, ring.dropped)
    assert [Outgoing(chunk(number)) for number in range(99)] == await drained(ring)


async def test_a_burst_keeps_its_order(autojump_clock):
    """Also when two tasks wake for it: a pre-roll comes at once."""
    send, ring = lane_of()
    taken = []

    async def take_all() -> None:
        while True:
            taken.append((await ring.take()).message)
            await trio.lowlevel.checkpoint()
            ring.sent()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(ring.hear_meanwhile)
        nursery.start_soon(take_all)
        for start in range(0, 300, 3):
            await trio.testing.wait_all_tasks_blocked()
            for number in range(start, start + 3):
                send.send_nowait(chunk(number))
            if start % 2:
                await trio.lowlevel.checkpoint()
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert [chunk(number) for number in range(300)] == taken


async def test_writing_comes_after_what_was_said_before(autojump_clock):
    """Even where that is still in the lane."""
    _send, ring = lane_of(chunk(1), MicrophonePaused())
    await ring.write(TypedText("and then"))
    assert [chunk(1), MicrophonePaused(), TypedText("and then")] == [
        outgoing.message for outgoing in await drained(ring)
    ]


async def test_the_end_of_the_microphone_is_not_the_end_of_what_is_typed(autojump_clock):
    """Its lane ends; the last chunk and the text after it are taken, and then the next text is waited for."""
    send, ring = lane_of(chunk(1))
    send.close()
    await ring.write(TypedText("still here"))
    assert [Outgoing(chunk(1)), Outgoing(TypedText("still here"))] == await drained(ring)
    await ring.write(TypedText("and here"))
    assert [Outgoing(TypedText("and here"))] == await drained(ring)


async def test_the_microphone_is_listened_to_for_the_users_voice(autojump_clock):
    """The last loud chunk counts."""
    said = [(1.0, bytes(640)), (1.02, b"\x00\x10" * 320), (1.04, bytes(640))]
    _send, ring = lane_of(*(AudioChunk(pcm, at) for at, pcm in said), MicrophonePaused())
    await drained(ring)
    assert 1.02 == ring.voiced.at

"""Which reply is open, which still plays, and what is stale."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from voice_actors.session.replies import Replies


@pytest.fixture
def replies() -> Replies:
    return Replies(patience=3.0)


async def test_an_interruption_that_the_server_does_not_know_of_lasts_until_turn_complete(replies, autojump_clock):
    """However long the server goes on; asking twice changes nothing."""
    replies.current()
    assert [1] == replies.interrupt("by the program", confirmed=False)
    await trio.sleep(1)
    assert [] == replies.interrupt("by the program again", confirmed=False)
    await trio.sleep(60)
    assert replies.stale
    assert replies.complete() is None
    assert not replies.stale


async def test_a_reply_that_has_arrived_whole_leaves_nothing_stale(replies, autojump_clock):
    """Cut by the program while it plays, before a turnComplete that may never come: the next audio is new."""
    replies.current()
    replies.generated()
    assert [1] == replies.interrupt("by the program", confirmed=False)
    assert not replies.stale
    assert (2, True) == (replies.current()[0].turn.number, True)
    replies.interrupt("by the program", confirmed=False)
    assert replies.stale  # the second one has not arrived whole


async def test_once_the_server_agrees_its_own_patience_counts(replies, autojump_clock):
    """The program was first, the server follows: three seconds from then on."""
    replies.current()
    replies.interrupt("by the program", confirmed=False)
    await trio.sleep(60)
    replies.interrupt("by the user")
    await trio.sleep(2.9)
    assert replies.stale
    await trio.sleep(0.2)
    assert not replies.stale


async def test_an_interruption_between_replies_makes_nothing_stale(replies, autojump_clock):
    """Whoever asks: the next audio is new."""
    replies.current()
    replies.complete()
    assert [1] == replies.interrupt("by the program", confirmed=False)
    assert not replies.stale
    replies.interrupt("by the user")
    assert not replies.stale
    assert (2, True) == (replies.current()[0].turn.number, True)


async def test_everything_that_still_plays_is_cut_and_nothing_else(replies, autojump_clock):
    """The oldest first; what has left the loudspeaker was heard."""
    made = []
    for _ in range(3):
        made.append(replies.current()[0])
        replies.complete()
    made[0].turn.ended.set()
    open_one, _ = replies.current()
    assert [2, 3, 4] == replies.interrupt("by the user")
    assert [False, True, True] == [reply.turn.playback.cut for reply in made]
    assert open_one.turn.scope.cancel_called
    assert [] == replies.interrupt("by the user again")


async def test_a_lost_link_ends_what_was_stale(replies, autojump_clock):
    """What the next link brings is new, and has a number of its own."""
    replies.current()
    replies.interrupt("by the program", confirmed=False)
    assert replies.close() is None
    reply, is_new = replies.current()
    assert (2, True) == (reply.turn.number, is_new)
    assert 2 == replies.close()
    with pytest.raises(trio.EndOfChannel):
        reply.turn.audio.receive_nowait()


async def test_the_end_of_all_speech_can_be_waited_for(replies, autojump_clock):
    """Of the reply that is open, and of one that is opened before that has ended at the loudspeaker."""
    first, _ = replies.current()
    silent: list[float] = []

    async def wait() -> None:
        await replies.until_none_is_open()
        silent.append(trio.current_time())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait)
        await trio.sleep(1)
        replies.complete()
        second, _ = replies.current()
        first.turn.ended.set()
        await trio.sleep(1)
        assert [] == silent
        replies.complete()
        second.turn.ended.set()
    assert [2.0] == silent
    with trio.fail_after(0):
        await replies.until_none_is_open()


async def test_words_belong_to_the_newest_reply(replies):
    """Also when it is over; before the first there is none, and its number is 0."""
    assert (None, 0) == (replies.add_words("early"), replies.number)
    reply, _ = replies.current()
    await reply.say(bytes(4_800))
    replies.complete()
    assert (100.0, 1) == (replies.add_words("late"), replies.number)
    assert "late" == reply.turn.words.text
    replies.drop_stale(3)
    replies.drop_stale(4)
    assert 7 == replies.stale_bytes

"""One spoken reply."""

from __future__ import annotations

import pytest
import trio

from voice_actors.turns import Reply


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


async def test_what_was_not_heard_is_known_once_a_cut_reply_has_ended():
    """Before that, and of a reply that nobody cut, every word counts as heard."""
    reply = Reply.begin(1)
    for second, word in enumerate(("one ", "two ", "three ", "four ")):
        assert 1_000.0 * second == reply.add_words(word)
        await reply.say(bytes(48 * 1_000))
    turn, whole = reply.turn, ("one two three four ", "")
    assert whole == turn.heard_and_not()
    turn.heard_ms = 2_000.0
    assert whole == turn.heard_and_not()
    reply.cut("the user spoke")
    assert ("one two", " three four ") == turn.heard_and_not()
    with pytest.raises(trio.ClosedResourceError):
        await reply.say(b"")

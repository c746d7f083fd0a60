"""One spoken reply."""

from __future__ import annotations

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

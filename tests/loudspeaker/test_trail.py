"""How a turn's audio comes to the loudspeaker."""

from __future__ import annotations

import pytest
import trio

from voice_actors.audio.jitter import JitterBuffer
from voice_actors.loudspeaker.trail import Inflow
from voice_actors.turns import Reply

PIECE = bytes(1_920)  # 40 ms


async def pieces_of(inflow):
    """When each batch was to be played, and how many pieces it had."""
    began, found = trio.current_time(), []
    while batch := await inflow.next():
        found.append((round(trio.current_time() - began, 3), len(batch)))
    return found


async def speak(reply, *waits):
    for wait in waits:
        await trio.sleep(wait)
        await reply.say(PIECE)
    reply.end()


@pytest.mark.parametrize(
    ("depth", "waits", "expected"),
    [
        (0.0, (0.0, 0.04, 0.04), [(0.0, 1), (0.04, 1), (0.08, 1)]),
        (0.05, (0.0, 0.04, 0.04), [(0.05, 2), (0.08, 1)]),
        (0.05, (0.0, 0.01, 0.01, 0.5), [(0.02, 3), (0.52, 1)]),
        (0.05, (0.0,), [(0.0, 1)]),
        (0.05, (0.0, 0.02), [(0.02, 2)]),
        (0.05, (), []),
    ],
    ids=["steady", "held back", "as much more came", "one piece", "ends early", "nothing"],
)
async def test_a_reply_is_held_back_until_it_is_safe_or_complete(autojump_clock, depth, waits, expected):
    """Not at all on a steady network; else for the depth, until as much more has come, or until its end."""
    jitter, reply = JitterBuffer(), Reply.begin(1)
    jitter.depth = depth
    async with trio.open_nursery() as nursery:
        nursery.start_soon(speak, reply, *waits)
        assert expected == await pieces_of(Inflow(reply.turn.audio, jitter))


async def test_pieces_without_audio_say_nothing(autojump_clock):
    """They are neither played nor taken for the end."""
    jitter, reply = JitterBuffer(), Reply.begin(1)
    for pcm in (b"", PIECE, b"", b"", PIECE):
        await reply.say(pcm)
    reply.end()
    assert [(0.0, 1), (0.0, 1)] == await pieces_of(Inflow(reply.turn.audio, jitter))

"""The lanes of a conversation: what fits, and what happens when they are full."""

from __future__ import annotations

import pytest

from voice_actors import Activity, AgentConfig
from voice_actors.conversation.lanes import ConversationLanes, room_for
from voice_actors.lanes import Overflow

NEVER_LOST = {
    "facts to recorder",
    "commands to session",
    "orders to microphone",
    "turns to speaker",
    "calls to tools",
    "results to session",
}
"""What was said, called, asked for and answered: its sender waits. Of sound, the oldest makes room."""


def test_what_is_not_sound_is_never_lost():
    """Each lane is bounded, and all are told of by name."""
    figures = ConversationLanes(AgentConfig()).statistics()
    assert NEVER_LOST == {name for name, lane in figures.items() if lane.overflow is Overflow.WAIT}
    assert {"audio to recorder", "microphone to session", "played to microphone", "ducks to speaker"} == set(
        figures
    ) - NEVER_LOST
    assert all(0 < lane.capacity <= 1_024 for lane in figures.values())


@pytest.mark.parametrize(
    ("activity", "milliseconds"),
    [
        (Activity(), 200),
        (Activity(mode="push-to-talk", pre_roll_ms=400), 600),
        (Activity(mode="local", pre_roll_ms=300, barge_in="two-stage", confirm_ms=500), 1_000),
    ],
)
def test_an_activity_begins_with_all_of_its_pre_roll_at_once(activity, milliseconds):
    """So the microphone's lane has room for it, and for 200 ms beside."""
    assert milliseconds == 20 * room_for(AgentConfig(activity=activity, chunk_ms=20))

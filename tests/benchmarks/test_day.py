"""A call that lasts: what counts as lost, and two hours of it once."""

import pytest

from benchmarks.day import measure
from benchmarks.sides.day import lost_of
from voice_actors import messages as m
from voice_actors.record.saved import Transcript


async def test_every_sentence_turn_and_number_counts():
    """So that the day cannot say 0 of a transcript that is not whole."""
    whole = [m.UserSaid(text="question 1"), m.AgentSaid(text="answer 1", turn=1), ended(1), m.Ended(reason="")]
    assert 0 == lost_of(Transcript(whole, complete=True, missing=[]), 1)
    assert 1 == lost_of(Transcript(whole[1:], complete=True, missing=[]), 1)
    assert 3 == lost_of(Transcript(whole, complete=True, missing=[]), 2)
    assert 1 == lost_of(Transcript(whole, complete=False, missing=[]), 1)
    assert 4 == lost_of(Transcript(whole, complete=True, missing=[(2, 4), (9, 9)]), 1)


def ended(turn: int) -> m.TurnEnded:
    return m.TurnEnded(turn=turn, heard_ms=4_000.0, dropped_ms=0.0, interrupted=False)


@pytest.mark.slow
def test_two_hours():
    """Fourteen connections, nothing lost, nothing kept."""
    result = measure(True, print)
    print(result.question, [target.row() for target in result.targets])
    assert [0.0] == [target.measured for target in result.targets if target.id == "D2"]
    assert all(target.ok for target in result.targets if target.id == "D1")
    assert "over 14 connections" in result.question

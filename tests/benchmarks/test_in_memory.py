"""Whole conversations in memory."""

import pytest

from benchmarks.in_memory import CONVERSATIONS, measure


@pytest.mark.slow
def test_every_kind_is_held_to_its_end():
    """Each answer is heard, or the run fails; the server alone is the quickest."""
    result = measure(True, print)
    found = {figure.name.partition(": ")[2]: min(figure.samples) for figure in result.figures}
    print(found)
    assert list(CONVERSATIONS) == list(found)
    assert found["the server alone, asked in writing"] > found["agent and server, asked aloud"]

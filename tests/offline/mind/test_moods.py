"""What only tells something, and what asks or demands."""

from __future__ import annotations

import pytest

from voice_actors.offline.mind.moods import asks_nothing, is_told
from voice_actors.offline.mind.text import read


@pytest.mark.parametrize(
    "words",
    [
        "Cooking is so much fun",
        "dinner was wonderful",
        "Her flight got cancelled",
        "Our translator made a mistake",
        "the traffic looks awful",
        "I missed my train again",
    ],
)
def test_what_tells_something_asks_nothing(words):
    """A statement is no request, whatever it speaks of."""
    assert is_told(read(words))
    assert asks_nothing(read(words))


@pytest.mark.parametrize(
    "words",
    [
        "is the shop open",
        "Check whether the window is closed",
        "remind me that lunch is at noon",
        "play what the crowd was singing",
        "The radio is too loud, turn it down",
        "We have no butter left, put it on the list",
    ],
)
def test_what_demands_something_is_no_statement(words):
    """Demands and questions stay so, even where a statement stands in them or before them."""
    assert not asks_nothing(read(words))

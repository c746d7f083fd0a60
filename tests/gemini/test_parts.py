"""Messages in several frames are joined, and none is longer than allowed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_actors.gemini._parts import Parts, TooLong


@given(st.lists(st.one_of(st.lists(st.text(max_size=5), min_size=1), st.lists(st.binary(max_size=5), min_size=1))))
def test_what_comes_in_parts_is_given_whole(messages):
    """One after the other, of either kind, empty parts too."""
    parts = Parts(10**6)
    for message in messages:
        *beginning, last = message
        assert [None] * len(beginning) == [parts.add(part, finished=False) for part in beginning]
        assert type(last)().join(message) == parts.add(last, finished=True)


@pytest.mark.parametrize("part", ["é", b"ab"])
def test_the_length_counts_in_bytes_over_all_parts(part):
    """To the byte, and anew for each message."""
    parts = Parts(10)
    for _ in range(2):
        assert [None] * 4 == [parts.add(part, finished=False) for _ in range(4)]
        assert part * 5 == parts.add(part, finished=True)
    with pytest.raises(TooLong, match="longer than 10 bytes"):
        [parts.add(part, finished=False) for _ in range(6)]

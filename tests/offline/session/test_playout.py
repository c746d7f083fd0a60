"""The listener's time axis."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voice_actors.offline.session.playout import Playout, heard


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50), st.sampled_from(["", "word"]))))
def test_pieces_follow_one_another_and_none_is_heard_before_it_is_sent(sent):
    """They neither overlap nor change order, and a pause comes only from a piece that was late."""
    playout, now, end, pieces = Playout(), 0, 0, []
    for wait, length, words in sent:
        now += wait
        piece = playout.add(float(now), float(length), words)
        assert piece.starts == max(now, end)
        end = piece.starts + length
        pieces.append(piece)
    assert (end, sum(length for _, length, _ in sent)) == (playout.ends, playout.seconds)
    assert heard(pieces, float("inf")) == heard(pieces)
    assert [len(heard(pieces, float(at)).split()) for at in range(-1, now)] == [
        sum(piece.starts < at for piece in pieces if piece.words) for at in range(-1, now)
    ]


def test_a_word_is_heard_when_it_has_begun():
    """Not at the instant at which it begins, and a stretch without words adds none."""
    playout = Playout()
    pieces = [playout.add(10.0, 1.0, "one"), playout.add(10.0, 1.0, ""), playout.add(10.5, 1.0, "two")]
    assert ["", "one", "one", "one two"] == [heard(pieces, at) for at in (10.0, 10.1, 12.0, 12.1)]

"""Which words of a reply were heard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_actors.loudspeaker.words import Unfolding, Words

STORY = ["Once", " upon", " a", " time", " there", " was", " a", " king."]


def spoken(*, leads: bool, each: float = 250.0) -> Words:
    """Each word takes 250 ms, and stands in front of its audio or behind it."""
    return Words.of((word, (at if leads else at + 1) * each) for at, word in enumerate(STORY))


@pytest.mark.parametrize("leads", [True, False])
def test_words_are_heard_when_their_audio_was(leads):
    """To the word, whether the transcript comes before its audio or after it."""
    words = spoken(leads=leads)
    for count in range(9):
        heard, unheard = words.split(count * 250.0, 2_000.0)
        assert "".join(STORY[:count]) == heard
        assert "".join(STORY) == heard + unheard


def test_a_word_that_was_cut_was_not_heard():
    """Half of "there" says nothing."""
    assert ("Once upon a time", " there was a king.") == spoken(leads=True).split(1_120.0, 2_000.0)


def test_slow_words_take_their_time():
    """Half of the audio are the first six words, though they have most of the letters."""
    words = Words.of([("One moment, please, while I look.", 0.0), (" Seven.", 2_000.0)])
    assert "One moment, please, while I look." == words.split(2_000.0, 4_000.0)[0]
    assert "One moment," == words.split(900.0, 4_000.0)[0]


@pytest.mark.parametrize(
    "pieces",
    [
        [("Once upon a time there was a king.", 0.0)],
        [("Once upon a time there was a king.", 40.0)],
        [("Once upon a time there was a king.", None)],
        [(word, 40.0 * at) for at, word in enumerate(STORY)],
        [(word, 2_000.0) for word in STORY],
    ],
    ids=["at once", "at once, nearly", "unknown", "far ahead", "in the end"],
)
def test_a_transcript_that_places_nothing_is_spread_over_all_of_the_audio(pieces):
    """Before the audio, far ahead of it, behind all of it, or from a file that does not tell."""
    words = Words.of(pieces)
    assert ("Once upon a time", " there was a king.") == words.split(1_000.0, 2_000.0)
    assert ("", words.text) == words.split(0.0, 2_000.0)


def test_the_transcript_of_a_cut_reply_may_trail_behind():
    """What comes after the cut was never heard, and no longer moves what was."""
    words = spoken(leads=True)
    words.add(" He lived", 2_000.0)
    words.add(" in Oslo.", 2_000.0)
    assert ("Once upon a time", " there was a king. He lived in Oslo.") == words.split(1_000.0, 2_000.0)


def test_where_everything_was_heard_all_words_were():
    """Also late ones, and written ones without any audio."""
    words = spoken(leads=True)
    words.add(" The end.", 2_000.0)
    assert (words.text, "") == words.split(2_000.0, 2_000.0)
    assert ("written", "") == Words.of([("written", 0.0)]).split(0.0, 0.0)
    assert ("", "") == Words().split(0.0, 1_000.0)


def test_languages_without_spaces_are_cut_between_letters():
    """There is no word to wait for."""
    words = Words.of([("昔々あるところに、おじいさんとおばあさんがいました。" * 2, 0.0)])
    heard, unheard = words.split(1_000.0, 2_000.0)
    assert len(heard) == len(unheard) == 26


PIECES = st.lists(st.tuples(st.text("ab ", max_size=12), st.floats(0, 500)), max_size=12)


@given(PIECES, st.lists(st.floats(0, 6_000), min_size=2, max_size=6), st.floats(1, 6_000))
def test_more_audio_is_never_fewer_words(steps, heard, total):
    """And nothing is lost or made up between the two halves, wherever the pieces stand."""
    words, at = Words(), 0.0
    for text, ms in steps:
        at += ms
        words.add(text, at)
    halves = [words.split(ms, total) for ms in sorted(heard)]
    assert {words.text} == {"".join(both) for both in halves}
    lengths = [len(first) for first, _ in halves]
    assert lengths == sorted(lengths)


def test_words_unfold_with_their_sound_and_never_fold_again():
    """None before the first sound, whatever has arrived; more audio later takes none of them back."""
    reply = Unfolding(Words.of([("Hello there, you.", 0.0)]))
    assert ("", "Hello there, you.") == (reply.so_far(), reply.at_the_end())
    reply.received_ms = 1_000.0
    assert ("", "") == (reply.so_far(), reply.at_the_end())
    reply.heard_ms = 600.0
    half = reply.so_far()
    assert "Hello" == half.strip()
    reply.received_ms = 6_000.0
    assert half == reply.so_far()
    reply.heard_ms = 6_000.0
    assert "Hello there, you." == reply.so_far()

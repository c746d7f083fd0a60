"""Speech that spells its words, and the ears that read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_actors.offline.parts import ActivitySettings, SpeechEnded, SpeechStarted
from voice_actors.testing import FakeEars, FakeMouth, utter, words_in

SILENCE = bytes(32_000)

words = st.lists(st.text(st.characters(exclude_categories=("Z", "C")), min_size=1, max_size=30), max_size=8)


@given(words, st.sampled_from([8_000, 16_000, 24_000]))
def test_what_is_uttered_can_be_read(said, rate):
    """Any words of any script, at any rate."""
    text = " ".join(" ".join(said).split())
    assert text == words_in(utter(text, rate))


def test_a_word_takes_as_long_as_a_person_would():
    """A quarter of a second, or its letters' number of samples; no sample of it is silent."""
    assert len(utter("well then")) == 2 * 8_000
    assert len(utter("ä" * 4_000)) > 8_000
    assert 0 not in memoryview(utter("well then")).cast("h")


def test_words_that_were_cut_are_not_read():
    """The half of a word is no word, and what comes after it is."""
    said = utter("one two")
    assert "one" == words_in(said[: 8_000 + 4])
    assert "two" == words_in(said[:4] + said[8_000:])
    assert "" == words_in(b"\x01")


@pytest.mark.parametrize("size", [2, 322, 640, 100_000])
async def test_ears_hear_utterances(size):
    """A start, and an end after the silence that was asked for, whatever the chunks."""
    listener = FakeEars().listen(ActivitySettings(silence_ms=300))
    pcm = SILENCE + utter("how are you") + SILENCE + utter("fine")
    found = [activity for at in range(0, len(pcm), size) for activity in listener.feed(pcm[at : at + size])]
    started, ended, again = found
    assert isinstance(started, SpeechStarted)
    assert started.offset == pytest.approx(1.0, abs=0.011)
    assert isinstance(ended, SpeechEnded)
    assert ended.offset == pytest.approx(1.75, abs=0.011)
    assert "how are you" == await FakeEars().recognise(ended.pcm)
    assert isinstance(again, SpeechStarted)
    (last,) = listener.finish()
    assert isinstance(last, SpeechEnded)
    assert "fine" == await FakeEars().recognise(last.pcm)
    assert not listener.finish()


async def test_the_mouth_says_what_can_be_read():
    """Word by word, at 24 kHz."""
    pieces = [piece async for piece in FakeMouth().speak("it is noon", None)]
    assert ["it", "is", "noon"] == [piece.text for piece in pieces]
    assert "it is noon" == words_in(b"".join(piece.pcm for piece in pieces))
    assert all(len(piece.pcm) == 12_000 for piece in pieces)

"""How written text is divided and read aloud."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from voice_actors.offline.speaking.reading import COMFORTABLE, LONGEST, ends_sentence, pieces, readable


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("The answer is **360**.", "The answer is 360."),
        ("_So_ ~~it~~ `is`", "So it is"),
        ("# Title", "Title"),
        ("- milk", "milk"),
        ("See [the docs](https://x.y/z).", "See the docs."),
        ("Visit https://www.example.com/a?b=1.", "Visit example dot com."),
        ("Open main.py now", "Open main dot py now"),
        ("12 * 30 = 360", "12 times 30 = 360"),
        ("12 x 30", "12 times 30"),
        ("10 / 4 = 2.5", "10 divided by 4 = 2.5"),
        ("(5 - 3) × 2", "(5 minus 3) times 2"),
        ("2^8", "2 to the power of 8"),
        ("10⁶ x² ② ٣", "10 to the power of 6 x² 2 3"),
        ("≈ 5 km → far", "about 5 km, far"),
        ("x ≤ 4, y ≥ 3, z ≠ 2", "x at most 4, y at least 3, z is not 2"),
        ("−5 °C", "-5 °C"),
        ("1234567890123456", "1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6"),
        # the voice reads these well by itself
        ("3/4 cup at 3:07 PM on 2026-11-24 for $4.50", "3/4 cup at 3:07 PM on 2026-11-24 for $4.50"),
        ("well-known snake_case 10x faster", "well-known snake_case 10x faster"),
        ("two  spaces\nand a line", "two spaces and a line"),
    ],
)
def test_what_is_written_becomes_what_is_said(written: str, said: str):
    """Marks are dropped, signs become words, and what the voice knows stays as it is."""
    assert said == readable(written)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four… Five", ["One. ", "Two! ", "Three? ", "Four… ", "Five"]),
        ("Dr. Bell met J. S. Mill at 5 p.m. Then she left.", ["Dr. Bell met J. S. Mill at 5 p.m. Then she left."]),
        ("He said “Go!” Then he went.", ["He said “Go!” ", "Then he went."]),
        ("Yes... no, e.g. never.", ["Yes... no, e.g. never."]),
        ("It costs 3.50 today. Cheap.", ["It costs 3.50 today. ", "Cheap."]),
        ("1. Tea\n2. Milk", ["1. Tea\n", "2. Milk"]),
        ("Hello! 😀 Good day.", ["Hello! ", "😀 Good day."]),
        ("Good day. 😀", ["Good day. 😀"]),
        ("", []),
        (" \n ", []),
        ("…", ["…"]),
    ],
)
def test_text_is_divided_at_sentences(text: str, expected: list[str]):
    """A piece is a sentence, and what only looks like an end of one does not divide."""
    assert expected == pieces(text)


def test_a_long_first_sentence_begins_with_a_short_piece():
    """The first piece of a reply is short where a comma allows it; later pieces may be longer."""
    clause = "and the old lamp turned above the sea, "
    first, *others = pieces("Once upon a time, " + 6 * clause + "and that was all.")
    assert len(first) <= 60
    assert all(20 <= len(piece) <= COMFORTABLE for piece in others)


def test_a_sentence_without_any_comma_is_divided_between_words():
    """Nothing is ever spoken in one piece that takes longer than 20 s."""
    parts = pieces("word " * 200)
    assert {"word"} == set(" ".join(parts).split())
    assert max(map(len, parts)) <= LONGEST
    assert len(parts) > 3


@given(st.text(st.sampled_from("aB3 .,;:!?—-\n\"')😀…"), max_size=400))
def test_pieces_make_up_the_text(text: str):
    """No letter is lost, doubled or moved; only a text without any sound has a piece without any."""
    parts = pieces(text)
    assert text.strip() == "".join(parts)
    assert all(any(letter.isalnum() for letter in part) for part in parts) or len(parts) == 1


@pytest.mark.parametrize(
    ("piece", "expected"),
    [("Yes. ", True), ('"No!" ', True), ("Milk\n", True), ("so, ", False), ("and ", False), ("**Yes.**", True)],
)
def test_the_pause_depends_on_the_end(piece: str, expected: bool):
    """A sentence's end is told from a comma."""
    assert expected == ends_sentence(piece)

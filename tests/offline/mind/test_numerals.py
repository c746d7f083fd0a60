"""Numbers in words."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_actors.offline.mind.numerals import exact, figure, read_number, read_ordinal

READ = [
    ("zero", 0, 1), ("seventeen", 17, 1), ("forty two", 42, 2), ("one hundred", 100, 2), ("a hundred and one", 101, 4),
    ("two thousand twenty six", 2026, 4), ("three million four hundred thousand and five", 3_400_005, 7), ("5 million", 5_000_000, 2),
    ("1,250", 1250, 1), ("3.75", Fraction("3.75"), 1), ("three point one four", Fraction("3.14"), 4), ("zero point oh five", Fraction("0.05"), 4),
    ("two and a half", Fraction("2.5"), 4), ("two and a quarter", Fraction("2.25"), 4), ("a dozen", 12, 2), ("half a dozen", 6, 3),
    ("half a million", 500_000, 3), ("two dozen", 2, 1), ("2 dozen", 24, 2), ("dozen", 12, 1), ("six and seven", 6, 1), ("four five", 4, 1),
    ("twenty twelve", 20, 1), ("one hundred and", 100, 2), ("three point", 3, 1),
]  # fmt: skip


@pytest.mark.parametrize(("words", "value", "after"), READ, ids=[words for words, _, _ in READ])
def test_reads_a_number_and_says_where_it_ends(words, value, after):
    """Words, figures and both together."""
    assert (Fraction(value), after) == read_number(words.split(), 0)


@pytest.mark.parametrize("words", ["", "hello", "hundred", "and", "a", "a cat", "point five", "1.2.3", "٣", "9" * 41])
def test_other_words_are_no_numbers(words):
    """What does not begin a number is none."""
    assert read_number(words.split(), 0) is None


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("first", (1, 1)),
        ("3 rd", (3, 2)),
        ("twenty first", (21, 2)),
        ("thirtieth", (30, 1)),
        ("nope", None),
        ("", None),
        ("3", None),
    ],
)
def test_reads_ordinals(words, value):
    """The words and the figures with an ending."""
    assert value == read_ordinal(words.split(), 0)


@given(st.integers(0, 10**14))
def test_what_is_written_with_figures_reads_back(number):
    """Figures, with and without grouping, say the number that they are."""
    assert (Fraction(number), 1) == read_number([str(number)], 0)
    assert (Fraction(number), 1) == read_number([f"{number:,}"], 0)


@pytest.mark.parametrize(
    ("value", "said"),
    [(Fraction(5), "5"), (Fraction(-5), "minus 5"), (Fraction(1, 3), "0.3333"), (2.5, "2.5"), (Fraction(5, 4), "1.25"),
     (1e20, "1 times 10 to the power of 20"), (-0.00001, "minus 1 times 10 to the power of minus 5"), (0.0, "0")],
)  # fmt: skip
def test_says_a_number_so_that_it_can_be_spoken(value, said):
    """No grouping, no signs, few decimals."""
    assert said == figure(value)


def test_knows_when_a_figure_says_all():
    """A third is only nearly 0.3333."""
    assert exact(Fraction(5, 4))
    assert not exact(Fraction(1, 3))
    assert not exact(2.5)

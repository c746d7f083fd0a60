"""Counting word errors."""

import pytest

from benchmarks.ears import distance, error_rate, measure, words


def test_punctuation_and_case_are_no_errors():
    """Nor is a figure for a small number."""
    assert ["a", "second", "hand", "bicycle", "it's", "four"] == words("A second-hand bicycle; it's 4!")


@pytest.mark.parametrize(
    ("said", "heard", "errors"),
    [("a b c", "a b c", 0), ("a b c", "a x c", 1), ("a b c", "a c", 1), ("a b c", "a b b c", 1), ("a b", "", 2)],
)
def test_changed_added_and_missing_words_count(said, heard, errors):
    """One each."""
    assert errors == distance(said.split(), heard.split())


def test_the_rate_is_over_all_words():
    """And not the mean of the sentences' rates."""
    group = [{"said": "one two three four", "heard": "one two three four"}, {"said": "five", "heard": "six"}]
    assert 20 == error_rate(group)


@pytest.mark.slow
def test_the_real_ears_understand_the_real_mouth():
    """Eight sentences, on any processor: at most one word in ten is lost, one in five under noise."""
    result = measure(True, print)
    (quiet, noise) = result.targets
    print(quiet.row(), noise.row())
    assert 8 == quiet.n == noise.n
    assert quiet.measured <= 10
    assert noise.measured <= 20

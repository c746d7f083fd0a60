"""What counts as a good answer, and how many conversations are carried."""

import pytest

from benchmarks.crowd import BAD, bad, carried, is_good


def answer(**more):
    return {"began_ms": 500.0, "gap_ms": 0.0, "expected": "51", "words": "17 times 3 is 51.", **more}


@pytest.mark.parametrize(
    ("wrong", "good"),
    [
        ({}, True),
        ({"began_ms": 1_001.0}, False),
        ({"began_ms": 0.0}, False),  # no answer at all
        ({"gap_ms": 21.0}, False),
        ({"words": "17 times 3 is 15."}, False),
        ({"words": ""}, False),
    ],
)
def test_a_good_answer_is_in_time_whole_and_right(wrong, good):
    """One that never came is none of it."""
    assert is_good(answer(**wrong)) is good


def test_the_first_crowd_that_is_too_much_ends_the_count():
    """What a larger one did by luck does not count."""
    good, late = [answer()] * 20, [answer(began_ms=2_000.0)]
    assert bad(good + late) < BAD < bad(good[:10] + late)
    assert carried({1: good, 10: good + late, 15: good[:10] + late, 20: good}) == 10
    assert carried({1: late}) == 0

"""Joining what the client and the server noted of one question."""

import pytest

from benchmarks.hops import HOPS, WHOLE, joined, ms
from benchmarks.processes import BenchmarkError

CLIENT = {"question": "q", "answer": "a", "last_word": (1280, 1.0), "understood": 1.6, "received": 1.7, "heard": 1.75}
SERVER = {
    "arrived": [(640, 0.9), (1280, 1.01), (1920, 1.03)],
    "decided": 1.4,
    "recognised": 1.5,
    "thought": 1.6,
    "spoke": 1.65,
}


def test_the_hops_add_up_to_the_whole():
    """No gap between one hop's end and the next one's beginning."""
    turn = joined(CLIENT, SERVER)
    found = {name: ms(turn, since, until) for name, since, until in HOPS}
    print(found)
    assert 10 == pytest.approx(found["microphone to server"])
    assert ms(turn, *WHOLE[1:]) == pytest.approx(sum(found.values())) == pytest.approx(750)


@pytest.mark.parametrize("lost", ["decided", "recognised", "thought", "spoke"])
def test_a_question_that_was_not_heard_as_one_is_no_sample(lost):
    """A hop without its end would make nonsense of the figures."""
    with pytest.raises(BenchmarkError, match='"q" was not heard as one'):
        joined(CLIENT, {name: value for name, value in SERVER.items() if name != lost})


def test_a_question_that_never_arrived_is_no_sample():
    """Its last sample is not among what the server got."""
    with pytest.raises(BenchmarkError):
        joined(CLIENT, {**SERVER, "arrived": SERVER["arrived"][:1]})

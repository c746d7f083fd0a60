"""Sides take turns, and one that fails is left out."""

from benchmarks.peers.turns import take_turns
from benchmarks.processes import BenchmarkError


def test_turns_are_taken_round_by_round_and_who_fails_is_left_out():
    """It is told why, and the others go on."""
    took, notes, said = [], [], []

    def one(name, side):
        took.append((name, side))
        if name == "b":
            raise BenchmarkError("it broke")

    sides = {"a": 1, "b": 2, "c": 3}
    take_turns(sides, 2, notes, said.append, one)
    assert [("a", 1), ("b", 2), ("c", 3), ("a", 1), ("c", 3)] == took
    assert ["b: left out, it broke"] == notes
    assert {"a": 1, "c": 3} == sides
    assert "c, round 2 of 2" == said[-1]

"""The benchmark of the built-in mind: what it counts as right, and that its findings do not get worse."""

from __future__ import annotations

import pytest

from benchmarks.mind import HALVES, hear, measure, same
from benchmarks.mind_sentences import Case, Either, Right, call, cases
from benchmarks.mind_tools import KITS
from voice_actors.offline.parts import Call


@pytest.mark.parametrize(
    ("made", "right", "ok"),
    [
        ({"city": "the Hague"}, {"city": "hague"}, True),
        ({"city": "Oslo", "days": 2}, {"city": "Oslo"}, False),
        ({"city": "Oslo"}, {"city": "Oslo", "days": 2}, False),
        ({"at": "2027-03-11T15:00:00+01:00"}, {"at": "2027-03-11T15:00"}, True),
        ({"at": "2027-03-11T03:00:00+01:00"}, {"at": "2027-03-11T15:00"}, False),
        ({"on": 1}, {"on": True}, False),
        ({"count": True}, {"count": 1}, False),
        ({"count": 1.0}, {"count": 1}, True),
        ({"rooms": ["Kitchen"]}, {"rooms": ["kitchen"]}, True),
        ({"goal": {"target": 3}}, {"goal": {"target": 4}}, False),
        ({"count": 1}, {"count": Either((1, None))}, True),
        ({}, {"count": Either((1, None))}, True),
    ],
)
def test_tells_right_arguments_from_wrong_ones(made, right, ok):
    """No argument may be missing, wrong or made up; case, articles and seconds do not count."""
    assert ok is same(Call("f", made), Right("f", right))


def test_every_case_can_be_won():
    """Each expected call names a declared function and gives it what it requires."""
    assert len(cases(0)) >= 60
    assert len(cases(1)) >= 60
    for case in (*cases(0), *cases(1)):
        declared = {one["name"]: one.get("parameters", one.get("parametersJsonSchema")) for one in KITS[case.kit]}
        for right in case.calls:
            schema = declared[right.name]
            assert set(schema["required"]) <= set(right.args) <= set(schema["properties"]), case


def test_a_call_before_the_last_turn_is_no_right_choice():
    """Where something has to be asked first, an early call is counted as wrong."""
    early = hear(
        Case("bank", ["What's the balance of my savings account?", "thanks"], [call("get_balance", account="savings")])
    )
    assert early.early
    assert not early.choice


@pytest.mark.slow
def test_the_findings_are_within_their_targets():
    """The held-out half is within the targets that the benchmark prints."""
    result = measure(quick=True, say=lambda what: None)
    assert all(target.ok for target in result.targets), result.targets
    assert all(any(note.startswith(f"{half}, all") for note in result.notes) for half in HALVES)

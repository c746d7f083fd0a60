"""Function calls that wait: which one an answer is for, and when it is the last."""

from __future__ import annotations

import pytest

from voice_actors.gemini.events import FunctionResponse
from voice_actors.offline.complaints import GUESSED, TWICE
from voice_actors.offline.session.calls import Calls


def opened() -> Calls:
    numbers = iter(range(10))
    calls = Calls(lambda: f"id-{next(numbers)}")
    calls.open("f", {}, blocking=True, turn=1)
    calls.open("f", {}, blocking=False, turn=1)
    calls.open("g", {}, blocking=False, turn=2)
    return calls


def test_without_an_id_the_oldest_call_of_that_name_is_answered():
    """As Vertex answers; and with an id the name does not matter."""
    calls = opened()
    answers = [("g", None), ("f", None), ("f", None), ("f", None), ("g", "id-2")]
    found = [calls.answered(FunctionResponse(id_, name, {})) for name, id_ in answers]
    assert ["id-2", "id-0", "id-1", None, None] == [call and call.id for call in found]


def test_an_answer_that_may_have_meant_another_call_makes_nobody_answer_twice():
    """It had no id: the answer with the call's own comes as the first of its client."""
    calls = opened()
    for id_ in (None, "id-1"):
        calls.answered(FunctionResponse(id_, "f", {}))
    assert [GUESSED, TWICE] == [calls.objection(FunctionResponse(id_, "f", {})) for id_ in ("id-0", "id-1")]


@pytest.mark.parametrize(("call_id", "waits_on"), [("id-0", False), ("id-1", True)])
def test_only_a_call_that_does_not_block_may_go_on(call_id, waits_on):
    """A turn that waits takes the first answer it gets."""
    calls = opened()
    answer = FunctionResponse(call_id, "f", {}, will_continue=True)
    assert calls.answered(answer) is not None
    assert waits_on == (calls.answered(answer) is not None)


def test_a_turn_withdraws_its_own():
    """All, or those it waits for; and it waits no longer."""
    calls = opened()
    assert calls.waiting_for(1)
    assert not calls.waiting_for(2)
    assert ["id-0"] == [call.id for call in calls.withdraw(1, blocking_only=True)]
    assert not calls.waiting_for(1)
    assert ["id-1"] == [call.id for call in calls.withdraw(1)]
    assert 1 == len(calls)


def test_ids_of_different_sessions_differ():
    """Clients run each id once, and sessions follow one another."""
    assert 1_000 == len({Calls().open("f", {}, blocking=True, turn=1).id for _ in range(1_000)})


def test_arguments_are_those_of_the_moment():
    """A mind may use its own mapping again."""
    args = {"n": 1}
    call = Calls().open("f", args, blocking=True, turn=1)
    args["n"] = 2
    assert {"n": 1} == call.args

"""The books of open calls: which result may still go out, and how."""

from __future__ import annotations

import pytest

from voice_actors.gemini.events import FunctionCall
from voice_actors.messages import CallTool, ToolResult
from voice_actors.session.calls import REMEMBERED_CALLS, OpenCalls


def result(call, **how):
    return ToolResult(call, "f", {}, **how)


def asked(*ids):
    calls = OpenCalls()
    for id_ in ids:
        calls.ask(FunctionCall(id_, "f", {"of": id_}))
    return calls


def test_a_call_is_ordered_once_and_answered_once():
    """Sent twice, before its answer or after it, it is known again."""
    calls = OpenCalls()
    assert CallTool("a", "f", {"x": 1}) == calls.ask(FunctionCall("a", "f", {"x": 1}))
    assert calls.ask(FunctionCall("a", "f", {"x": 2})) is None
    assert "answer" == calls.fate(result("a"))
    calls.answered(result("a"))
    assert calls.ask(FunctionCall("a", "f", {"x": 1})) is None
    assert "nothing" == calls.fate(result("a"))


def test_a_link_takes_with_it_the_calls_that_came_after_its_newest_handle():
    """What was open when the handle was given is answered on the next link; what came later is told in words."""
    calls = asked("before")
    calls.handle_given()
    calls.ask(FunctionCall("after", "f", {}))
    calls.link_gone()
    assert ["answer", "words"] == [calls.fate(result(call)) for call in ("before", "after")]
    assert ("f", {}) == (calls.asked("after").name, calls.asked("after").args)
    calls.told("after")
    assert "nothing" == calls.fate(result("after"))


def test_without_a_handle_every_call_is_lost_with_its_link():
    """The next session is another one; and so it is where the server forgot the session."""
    calls = asked("a")
    calls.link_gone()
    assert "words" == calls.fate(result("a"))
    calls = asked("a")
    calls.handle_given()
    calls.link_gone()
    calls.forget_session()
    assert "words" == calls.fate(result("a"))


def test_a_lost_call_that_is_asked_for_again_is_open_and_not_run_again():
    """The server shows that it knows the id."""
    calls = asked("a")
    calls.link_gone()
    assert calls.ask(FunctionCall("a", "f", {})) is None
    assert "answer" == calls.fate(result("a"))


def test_a_withdrawn_call_comes_to_nothing_unless_its_tool_wants_it_told():
    """Also one that was lost before; and a call is withdrawn once."""
    calls = asked("a", "b")
    calls.handle_given()
    calls.ask(FunctionCall("c", "f", {}))
    calls.link_gone()
    assert [True, True, True, False, False] == [calls.withdraw(call) for call in ("a", "b", "c", "a", "never")]
    assert ["nothing"] * 3 == [calls.fate(result(call)) for call in "abc"]
    assert ["words"] * 3 == [calls.fate(result(call, tell_anyway=True)) for call in "abc"]
    calls.told("a")
    assert "nothing" == calls.fate(result("a", tell_anyway=True))


def test_what_a_tool_says_on_its_way_leaves_the_call_open_and_is_not_told_in_words():
    """Nobody waits for a half answer that nobody knows the question to."""
    calls = asked("a")
    calls.answered(result("a", will_continue=True))
    assert calls.expects("a")
    calls.link_gone()
    assert ["nothing", "words"] == [calls.fate(result("a", will_continue=more)) for more in (True, False)]


@pytest.mark.parametrize("book", ["known", "withdrawn"])
def test_memory_does_not_grow_with_a_conversation(book):
    """Ids that are over are kept to a limit."""
    calls = OpenCalls()
    for number in range(REMEMBERED_CALLS * 2):
        calls.ask(FunctionCall(str(number), "f", {}))
        calls.withdraw(str(number))
    kept = {"known": calls._known, "withdrawn": calls._withdrawn}[book]
    assert REMEMBERED_CALLS == len(kept)


def test_a_handle_that_is_gone_back_to_has_not_heard_the_answers_after_it():
    """They are given once more, and only to calls that the handle covers; a forgotten session wants none of them."""
    calls = asked("a", "b", "c")
    calls.handle_given()
    calls.ask(FunctionCall("after", "f", {}))
    for call in ("a", "b", "after"):
        calls.answered(result(call))
    assert calls.unheard() is None
    calls.link_gone()
    assert calls.withdraw("b")
    assert calls.unheard() == result("a")
    assert "nothing" == calls.fate(result("after"))
    calls.answered(result("a"))
    assert calls.unheard() is None
    calls.link_gone()
    assert calls.unheard() == result("a")
    calls.forget_session()
    assert calls.unheard() is None
    assert ["nothing", "words"] == [calls.fate(result(call)) for call in "ac"]


def test_a_call_may_be_withdrawn_while_its_answer_is_being_sent():
    """The answer is out all the same, and nothing breaks."""
    calls = asked("a")
    calls.withdraw("a")
    calls.answered(result("a"))
    assert not calls.expects("a")

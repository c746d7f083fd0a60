"""Dialogues in the form that chat completions want: every call has its answer, and stands before it."""

from __future__ import annotations

import json

from voice_actors.offline.other_minds.chat import RUNNING, messages, tools
from voice_actors.offline.parts import AgentTurn, Answered, Called, Dialogue, Sight, UserTurn


def written(*entries, instructions=""):
    """The messages, in a short form, without the first."""
    first, *others = messages(Dialogue(entries, instructions))
    assert "system" == first["role"]
    short = []
    for each in others:
        if each["role"] == "tool":
            short.append(("tool", each["tool_call_id"], json.loads(each["content"])))
        else:
            short.append((each["role"], each["content"], *(call["id"] for call in each.get("tool_calls", ()))))
    return short


def test_turns_take_turns():
    """A reply that was cut says so."""
    found = written(UserTurn("a"), AgentTurn("b"), UserTurn("c"), AgentTurn("d", interrupted=True), UserTurn("e"))
    cut = "d (interrupted here by the user)"
    assert [("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", cut), ("user", "e")] == found


def test_calls_of_one_turn_are_one_message_and_are_answered_behind_it():
    """With what was said around them; the reply to the answers is a message of its own."""
    found = written(
        UserTurn("q"),
        AgentTurn("wait"),
        Called("1", "f", {"x": 1}),
        Called("2", "f", {}),
        Answered("2", "f", {"y": 2}),
        Answered("1", "f", {"y": 1}),
        AgentTurn("done"),
    )
    expected = [
        ("user", "q"),
        ("assistant", "wait", "1", "2"),
        ("tool", "1", {"y": 1}),
        ("tool", "2", {"y": 2}),
        ("assistant", "done"),
    ]
    assert expected == found


def test_pictures_in_an_answer_are_mentioned():
    """Their kind, behind the answer, wherever it stands."""
    answered = Answered("1", "f", {"y": 1}, (Sight("image/png", 3),))
    *_, told = messages(Dialogue([UserTurn("q"), Called("1", "f", {}), answered]))
    assert '{"y": 1} (with a picture, image/png)' == told["content"]


def test_a_call_that_works_on_is_said_to_be_running():
    """Its answer is told when it comes, after what was said meanwhile."""
    found = written(
        UserTurn("q"),
        Called("1", "f", {}),
        AgentTurn("it will take a while"),
        UserTurn("well?"),
        Answered("1", "f", {"y": 1}),
    )
    expected = [
        ("user", "q"),
        ("assistant", "it will take a while", "1"),
        ("tool", "1", RUNNING),
        ("user", "well?"),
        ("user", '(The function f has answered: {"y": 1})'),
    ]
    assert expected == found


def test_what_the_user_shows_is_told():
    """Only that there is a picture: nobody looks at it."""
    assert [("user", "(The user shows a picture, image/jpeg.)")] == written(Sight("image/jpeg", 10))


def test_instructions_come_first():
    """And that this is spoken."""
    (first,) = messages(Dialogue((), "Be brief."))
    assert first["content"].startswith("Be brief.\n\nThis is a spoken conversation.")


def test_a_function_without_parameters_has_an_empty_object():
    """As the form wants it."""
    ((tool),) = tools([{"name": "f"}])
    expected = {"name": "f", "description": "", "parameters": {"type": "object", "properties": {}}}
    assert {"type": "function", "function": expected} == tool

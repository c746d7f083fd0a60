"""Asking back until a call is complete, offering what may have been meant, and saying what is out of reach."""

from __future__ import annotations

import pytest

WINDOW = {
    "name": "set_window",
    "description": "Opens or closes a window.",
    "parameters": {
        "type": "OBJECT",
        "properties": {
            "window": {"type": "STRING", "enum": ["DRIVER", "REAR_LEFT"]},
            "percent": {"type": "INTEGER", "minimum": 0, "maximum": 100, "description": "0 is closed"},
        },
        "required": ["window", "percent"],
    },
}
GOAL = {
    "name": "set_goal",
    "description": "Set a fitness goal.",
    "parametersJsonSchema": {
        "type": "object",
        "properties": {"goal": {"$ref": "#/$defs/Goal"}},
        "required": ["goal"],
        "$defs": {
            "Goal": {
                "type": "object",
                "properties": {"metric": {"enum": ["steps", "sleep"]}, "target": {"type": "number"}},
                "required": ["metric", "target"],
            }
        },
    },
}
PAY = {
    "name": "pay_bill",
    "description": "Pays a bill.",
    "parameters": {
        "type": "object",
        "properties": {"biller": {"type": "string", "description": "the company"}, "amount": {"type": "number"}},
        "required": ["biller", "amount"],
    },
}
MAIL = {
    "name": "send_email",
    "description": "Send an email.",
    "parameters": {
        "type": "object",
        "properties": {"to": {"type": "string", "description": "recipient"}, "body": {"type": "string"}},
        "required": ["to", "body"],
    },
}
VACUUM = {
    "name": "start_vacuum",
    "description": "Let the robot vacuum clean rooms.",
    "parameters": {
        "type": "object",
        "properties": {"rooms": {"type": "array", "items": {"enum": ["kitchen", "hallway"]}}},
        "required": ["rooms"],
    },
}
LIMIT = {
    "name": "set_limit",
    "description": "Sets a spending limit.",
    "parameters": {
        "type": "object",
        "properties": {"amount": {"type": "number"}, "currency": {"type": "string", "default": "EUR"}},
        "required": ["amount", "currency"],
    },
}
ALL = [WINDOW, GOAL, PAY, MAIL, VACUUM, LIMIT]

COMPLETED = [
    (["open a window", "the rear left one", "all the way"], ("set_window", {"window": "REAR_LEFT", "percent": 100})),
    (["close a window", "driver"], ("set_window", {"window": "DRIVER", "percent": 0})),
    (["set a goal", "steps", "ten thousand"], ("set_goal", {"goal": {"metric": "steps", "target": 10000}})),
    (["set a goal of ten thousand steps"], ("set_goal", {"goal": {"metric": "steps", "target": 10000}})),
    (["pay a bill", "thirty euros", "Telekom"], ("pay_bill", {"biller": "Telekom", "amount": 30})),
    (["pay a bill", "Telekom", "39 euros 90"], ("pay_bill", {"biller": "Telekom", "amount": 39.9})),
    (["send an email to Nora", "the meeting is off"], ("send_email", {"to": "Nora", "body": "the meeting is off"})),
    (["clean the house", "sure", "the hallway"], ("start_vacuum", {"rooms": ["hallway"]})),
    (["clean the house", "the hallway"], ("start_vacuum", {"rooms": ["hallway"]})),
    (["set a limit of fifty"], ("set_limit", {"amount": 50, "currency": "EUR"})),
    (["I don't want to spend more than 20 euros"], ("set_limit", {"amount": 20, "currency": "EUR"})),
]


@pytest.mark.parametrize(("turns", "call"), COMPLETED, ids=[" / ".join(turns) for turns, _ in COMPLETED])
def test_calls_once_all_is_known(talk, turns, call):
    """Each question is for one value; an answer may give another one, and a default need not be asked for."""
    chat = talk(ALL)
    for words in turns[:-1]:
        assert chat.say(words).endswith("?")
        assert [] == chat.calls
    chat.say(turns[-1])
    assert [call] == chat.calls


GIVEN_UP = [
    ["pay a bill", "forget it", "thirty"],
    ["pay a bill", "actually never mind", "thanks"],
    ["set a goal", "steps", "never mind"],
    ["clean the house", "no"],
    ["clean the house", "no", "the hallway"],
]


@pytest.mark.parametrize("turns", GIVEN_UP, ids=[" / ".join(turns) for turns in GIVEN_UP])
def test_a_request_can_be_given_up(talk, turns):
    """After "never mind" nothing is called, and what is said next answers no question."""
    chat = talk(ALL)
    assert all(chat.say(words) for words in turns)
    assert [] == chat.calls


@pytest.mark.parametrize(
    ("words", "question"),
    [
        ("open a window", "Which window? Driver or rear left?"),
        ("set a goal", "Which metric? Steps or sleep?"),
        ("open the driver window", "What should the percent be, as a number from 0 to 100?"),
        ("clean the house", "Shall I let the robot vacuum clean rooms?"),
    ],
)
def test_asks_for_what_is_missing_by_its_name(talk, words, question):
    """The question names the choices, the range, the field of an object, or what would be done."""
    assert talk(ALL).say(words).endswith(question)


def test_says_what_it_can_do_instead(talk):
    """What no function is for is refused in one sentence, and another names the functions by their descriptions."""
    chat = talk(ALL)
    said = chat.say("renew my passport")
    assert "stand-in" in said
    assert "open or close a window, set a fitness goal, pay a bill, send an email and do 2 more things" in said
    assert [] == chat.calls
    assert "I can pay a bill and send an email." in talk([PAY, MAIL]).say("renew my passport")


TOLD = [
    ("I ran five kilometers in thirty minutes", [("log_run", {"km": 5, "minutes": 30})]),
    ("I lost my card, the last four digits are 4 7 1 1", [("freeze_card", {"digits": "4711"})]),
    ("my card was stolen please block it it ends in nine eight seven six", [("freeze_card", {"digits": "9876"})]),
    ("I have a coupon SPRING20", [("apply_coupon", {"code": "SPRING20"})]),
    ("I ran with my sister yesterday", []),
    ("I have a coupon somewhere", []),
    ("my brother lost five kilos", []),
    ("I never run five kilometers in thirty minutes", []),
    ("he ran five kilometers in thirty minutes", []),
]


@pytest.mark.parametrize(("words", "calls"), TOLD, ids=[words for words, _ in TOLD])
def test_what_the_user_tells_of_himself_may_be_what_a_function_is_for(talk, declare, words, calls):
    """A run is recorded, a lost card blocked and a coupon applied without being asked to; other tales call nothing."""
    run = declare(
        "log_run", "Record a run.", {"km": {"type": "number"}, "minutes": {"type": "integer"}}, "km", "minutes"
    )
    digits = {"type": "string", "pattern": "^[0-9]{4}$"}
    card = declare("freeze_card", "Blocks a card that is lost or stolen.", {"digits": digits}, "digits")
    coupon = declare("apply_coupon", "Apply a coupon code.", {"code": {"type": "string"}}, "code")
    chat = talk([run, card, coupon])
    chat.say(words)
    assert calls == chat.calls


def test_a_value_alone_does_nothing(talk):
    """The name of a room, with nothing that says what to do there, calls no function."""
    light = {"name": "set_light", "description": "Control the light.", "parameters": {"type": "object", "properties": {"room": {"enum": ["kitchen", "attic"]}}, "required": ["room"]}}  # fmt: skip
    chat = talk([light])
    chat.say("the attic is dusty")
    chat.say("I have 3 lamps in the kitchen")
    chat.say("tell me about attics")
    assert [] == chat.calls

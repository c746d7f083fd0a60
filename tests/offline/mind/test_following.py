"""Turns that only make sense after the one before."""

from __future__ import annotations

import pytest

from voice_actors.offline.parts import Sight

ASKED = [
    (["What's the weather?", "In Oslo, please."], ("get_weather", {"city": "Oslo"})),
    (["Do I need an umbrella?", "oslo"], ("get_weather", {"city": "Oslo"})),
    (["What's the weather?", "Um, Rio de Janeiro, tomorrow."], ("get_weather", {"city": "Rio de Janeiro", "date": "2026-07-15"})),
    (["set a timer", "five minutes"], ("set_timer", {"seconds": 300})),
    (["set a timer", "make it one and a half hours"], ("set_timer", {"seconds": 5400})),
    (["order a pizza", "medium, with olives"], ("order_pizza", {"size": "medium", "toppings": ["olives"]})),
    (["send a message", "to Anna", "I will be late"], ("send_message", {"recipient": "Anna", "message": "I will be late"})),
    (["turn on the light", "the kitchen"], ("set_light", {"room": "kitchen", "on": True})),
    (["Dim the bedroom light to 30 percent", "on"], ("set_light", {"room": "bedroom", "on": True, "brightness": 30})),
    (["Schedule a dentist appointment", "tomorrow at five pm"], ("create_event", {"title": "dentist appointment", "start": "2026-07-15T17:00:00+00:00"})),
    (["set the thermostat", "twenty one"], ("set_thermostat", {"temperature": 21})),
]  # fmt: skip


@pytest.mark.parametrize(("turns", "call"), ASKED, ids=[" / ".join(turns) for turns, _ in ASKED])
def test_asks_for_what_is_missing_and_takes_the_answer(talk, home, turns, call):
    """A required argument that was not said is asked for; the answers fill it, and only then is the function called."""
    chat = talk(home)
    for words in turns[:-1]:
        assert chat.say(words).endswith("?")
        assert [] == chat.calls
    chat.say(turns[-1])
    assert [call] == chat.calls


@pytest.mark.parametrize("words", ["never mind", "No.", "What time is it?", "cancel that", "Tell me a joke."])
def test_an_open_question_binds_nobody(talk, home, words):
    """The user may drop the question or ask something else; the function is then not called."""
    chat = talk(home)
    chat.say("order a pizza")
    chat.say(words)
    assert [] == chat.calls


@pytest.mark.parametrize(
    "words", ["Who was the first man on the moon?", "I broke my leg last winter", "Gardening is so relaxing"]
)
def test_another_matter_is_no_answer(talk, home, words):
    """A question or a statement does not become the value of an argument that takes any text."""
    for request in ("What's the weather?", "add something to the shopping list"):
        chat = talk(home)
        chat.say(request)
        chat.say(words)
        assert [] == chat.calls


def test_an_answer_counts_even_when_the_question_was_cut_short(talk, home):
    """The user may interrupt the question with the answer."""
    chat = talk(home)
    chat.say("What's the weather?", heard=14)
    chat.say("Oslo")
    assert [("get_weather", {"city": "Oslo"})] == chat.calls


def test_a_picture_in_between_does_not_disturb(talk, home):
    """Video frames between question and answer change nothing."""
    chat = talk(home)
    chat.say("What's the weather?")
    chat.entries.append(Sight("image/jpeg", 10))
    chat.say("Oslo")
    assert [("get_weather", {"city": "Oslo"})] == chat.calls


def test_the_rest_of_a_double_request_is_asked_after_the_answer(talk, home):
    """Of two requests the complete one is called first; what the other needs is asked for behind its answer."""
    chat = talk(home, answers={"get_weather": {"conditions": "snow"}})
    assert chat.say("set a timer and tell me the weather in Oslo") == "The weather in Oslo: snow. For how long?"
    chat.say("ten minutes")
    assert ("set_timer", {"seconds": 600}) == chat.calls[-1]


def test_a_follow_up_changes_one_thing(talk, home):
    """A turn like "And in Bergen?" and "what about tomorrow?" repeat the last call with another value."""
    chat = talk(home)
    for words in ("What's the weather in Oslo?", "And in Bergen?", "what about tomorrow?"):
        chat.say(words)
    assert [
        ("get_weather", {"city": "Oslo"}),
        ("get_weather", {"city": "Bergen"}),
        ("get_weather", {"city": "Bergen", "date": "2026-07-15"}),
    ] == chat.calls


def test_it_stands_for_what_was_last_meant(talk, home):
    """A turn like "Turn it off again" needs no room where the last call named one."""
    chat = talk(home)
    chat.say("Turn on the kitchen light")
    chat.say("turn the light off again please")
    assert ("set_light", {"room": "kitchen", "on": False}) == chat.calls[-1]


def test_a_follow_up_without_a_call_before_is_no_follow_up(talk, home):
    """A turn like "What about tomorrow?" alone calls nothing."""
    chat = talk(home)
    chat.say("What about tomorrow?")
    assert [] == chat.calls

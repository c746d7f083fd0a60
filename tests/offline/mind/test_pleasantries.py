"""Kindness, blame and curiosity: small talk in words that nobody wrote down."""

from __future__ import annotations

import pytest

SAID = [
    ("I feel awful today", "sorry"),
    ("We won the game yesterday", "glad|good to hear"),
    ("How is life treating you, is everything fine? That does not make sense.", "other words|differently"),
    ("Hello, lovely to meet you", "mine|Likewise"),
    ("have a lovely evening", "Goodbye|See you|Bye"),
    ("When do you sleep?", "program|Programs"),
    ("My day was terrible", "sorry"),
    ("I am so happy", "glad|good to hear"),
    ("I am not sad at all", "glad|good to hear"),
    ("I am not very happy", "sorry"),
    ("That was brilliant", "glad|nice"),
    ("your voice sounds strange", "sorry"),
    ("Happy new year!", "the same to you"),
    ("good luck", "the same to you"),
    ("It's a pleasure to meet you", "mine|Likewise"),
    ("May I ask a question?", "go ahead|What is it"),
    ("What have you been up to lately", "Nothing much|quiet"),
    ("That's not what I asked", "other words|differently"),
    ("Talk a bit slower please", "cannot change"),
    ("When were you born?", "age|birthday"),
    ("Where do you live?", "machine"),
    ("Do you need the internet?", "without the internet"),
    ("Are you recording me?", "this machine"),
    ("Who programmed you?", "Programmers"),
    ("Can you speak Portuguese?", "English"),
    ("are you cleverer than a human", "small program"),
    ("What's your favourite season?", "stand-in"),
    ("Do you get tired?", "program|Programs"),
]


@pytest.mark.parametrize(("words", "said"), SAID, ids=[words for words, _ in SAID])
def test_answers_what_wants_kindness(talk, home, words, said):
    """Feelings, wishes, praise and blame are met, and no function is called for them."""
    chat = talk(home)
    answer = chat.say(words)
    assert any(one in answer for one in said.split("|")), answer
    assert [] == chat.calls


def test_another_one_is_another_of_the_same(talk):
    """After a joke, "another one" is a different joke."""
    chat = talk()
    first = chat.say("Tell me a joke")
    assert chat.say("One more!") not in {first, ""}
    assert "stand-in" not in chat.say("another one")


def test_says_only_once_what_it_can_do(talk, home):
    """Declining again and again, it does not list its abilities each time."""
    chat = talk(home)
    assert "I can" in chat.say("Who painted the Mona Lisa?")
    second = chat.say("Who was Napoleon?")
    assert "stand-in" in second
    assert "And I can" not in second


def test_a_statement_is_heard_and_not_answered_as_a_question(talk, home):
    """It does not say "I do not know" to somebody who asked nothing."""
    chat = talk(home)
    assert "know" not in chat.say("The neighbours had a barbecue")
    assert [] == chat.calls

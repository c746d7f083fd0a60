"""What the user told, and what can be asked of it later."""

from __future__ import annotations

import pytest

TOLD = [
    (["My name is Alice."], "What's my name?", "Your name is Alice."),
    (["hello, i'm called bob"], "do you remember my name", "Your name is Bob."),
    (["I'm Alice", "Sorry, my name is Eve"], "who am I?", "Your name is Eve."),
    (["My favorite color is blue."], "What is my favourite colour?", "Your favorite color is blue."),
    (
        ["My favourite colour is blue.", "No, it's green."],
        "what's my favorite color",
        "Your favourite colour is green.",
    ),
    (
        ["my favourite colour is blue", "actually my favourite colour is red"],
        "what's my favourite colour",
        "Your favourite colour is red.",
    ),
    (["Remember that my dog is called Rex."], "What is my dog called?", "Your dog is called Rex."),
    (["My dog's name is Rex"], "what's the name of my dog", "Your dog is called Rex."),
    (["I have a cat named Tom"], "what is my cat's name", "Your cat is called Tom."),
    (["My sister's name is Eva, and my brother's name is Max."], "who is my brother?", "Your brother is called Max."),
    (["I live in Oslo and I work as a nurse."], "Where do I live?", "You live in Oslo."),
    (["I live in Oslo and I work as a nurse."], "Where do I work?", "You work as a nurse."),
    (["I'm 34 years old"], "How old am I?", "You are 34 years old."),
    (["I was born in 1990."], "When was I born?", "You were born in 1990."),
    (["I come from Chile"], "where am I from", "You come from Chile."),
    (["I like trains."], "What do I like?", "You like trains."),
    (["Remember the code is 4711."], "What is the code?", "The code is 4711."),
    (["please remember that the meeting is at five"], "When is the meeting?", "The meeting is at five."),
    (["I parked the car on level three"], "Where did I park the car?", "You parked the car on level three."),
    (["My phone number is 555 1234"], "what is my phone number", "Your phone number is 555 1234."),
    (["My flight is at noon.", "What time is it?"], "when is my flight", "Your flight is at noon."),
    (["We've got a hamster called Pip"], "what's our hamster called?", "Your hamster is called Pip."),
    (["I live in Ghent"], "What town do I live in?", "You live in Ghent."),
    (["My uncle's shop opens at ten"], "When does my uncle's shop open?", "Your uncle's shop opens at ten."),
    (["Our house is yellow."], "What colour is our house?", "Your house is yellow."),
    (["I work as a baker"], "What's my job?", "You work as a baker."),
    (["I'm allergic to cats"], "what am I allergic to", "You are allergic to cats."),
]


@pytest.mark.parametrize(
    ("turns", "question", "answer"), TOLD, ids=[" / ".join([*turns, question]) for turns, question, _ in TOLD]
)
def test_remembers_what_was_told(talk, turns, question, answer):
    """Facts are kept under what they are about; later ones win, and a bare correction changes the last."""
    chat = talk()
    for words in turns:
        chat.say(words)
    chat.say("What is 3 times 4?")
    assert answer == chat.say(question)


@pytest.mark.parametrize(
    "question",
    ["What's my name?", "what is my dog called", "Where do I live?", "How old am I?", "What is my sister's name?", "what's my favourite food", "where did I park?", "what do I like?"],
)  # fmt: skip
def test_owns_up_to_what_it_was_not_told(talk, question):
    """It never makes up a fact: nothing told, or something else told, is "you have not told me"."""
    chat = talk()
    assert "You have not told me" in chat.say(question)
    chat.say("My cat is called Tom and my lucky number is seven")
    assert "You have not told me" in chat.say(question)


def test_tells_all_that_it_knows(talk):
    """The newest telling of each fact, and nothing of questions."""
    chat = talk()
    for words in ("My name is Ann.", "What is my name?", "My name is Bea.", "I like tea"):
        chat.say(words)
    assert chat.say("What do you know about me?") == "You told me that your name is Bea and you like tea."


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("My dog is called Rex and I like tea", "like tea"),
        ("I'm fine", "Glad|Good"),
        ("No, it's green", "stand-in"),
        ("I am tired of this", "sorry"),
        ("I love this place", "stand-in"),
        ("I have already paid the bill", "stand-in"),
        ("If I have nine plums and eat four, how many remain?", "stand-in"),
    ],
)
def test_takes_in_only_what_is_a_fact(talk, words, said):
    """Moods and corrections of nothing are no facts."""
    answer = talk().say(words)
    assert any(one in answer for one in said.split("|")), answer


def test_uses_the_name_in_greetings(talk):
    """Whoever told a name is greeted by it."""
    chat = talk()
    chat.say("My name is Zoe")
    assert "Zoe" in chat.say("Hello!")
    assert "Zoe" in chat.say("Goodbye")


def test_a_fact_and_a_question_in_one_turn_are_both_met(talk):
    """What is told in front of a question counts for it already."""
    chat = talk()
    chat.say("I live in Bonn")
    assert chat.say("Actually, I live in Cologne. Where do I live?").endswith("You live in Cologne.")


def test_repeats_what_was_said_last(talk):
    """However it is asked for, the turn before is repeated."""
    for question in ("What was the last thing I told you?", "what did I just say"):
        chat = talk()
        chat.say("It rained all day")
        assert chat.say(question) == "You said: It rained all day."

"""The mind as a whole: what it says to words that nobody wrote down for it."""

from __future__ import annotations

import pytest

from voice_actors.offline.mind import BuiltinMind, local_now
from voice_actors.offline.parts import Dialogue, Say, Sight, UserTurn

ALONE = [
    ("Hello there!", "offline stand-in"),
    ("hi", "offline stand-in"),
    ("Good morning.", "offline stand-in"),
    ("Hey, Gemini!", "offline stand-in"),
    ("um, how are you?", "how are you"),
    ("How's it going", "how are you"),
    ("I'm fine, thanks.", ("Glad to hear", "Good to know")),
    ("Who are you?", "offline stand-in for Gemini"),
    ("What's your name?", "no name of my own"),
    ("Are you a robot?", "small program on your own machine"),
    ("So, uh, what can you do?", "do sums"),
    ("help", "do sums"),
    ("Thank you very much!", ("welcome", "pleasure", "Any time")),
    ("Goodbye.", ("Goodbye", "See you", "Bye")),
    ("ok bye", ("Goodbye", "See you", "Bye")),
    ("Stop.", ("Okay", "stop", "never mind")),
    ("never mind", ("Okay", "stop", "never mind")),
    ("No, stop, please.", ("Okay", "stop", "never mind")),
    ("Can you hear me?", "Yes"),
    ("Repeat after me: the cat is red", "The cat is red."),
    ("say good night", "Good night."),
    ("What time is it?", "5 minutes past 2 in the afternoon"),
    ("Could you tell me what time it is, please?", "5 minutes past 2"),
    ("whats the time", "5 minutes past 2"),
    ("Do you know what time it is right now", "5 minutes past 2"),
    ("What time is it in Tokyo?", "In Tokyo it is 5 minutes past 11 in the evening"),
    ("what's the time in Atlantis", "I do not know the time in Atlantis"),
    ("What's the date today?", "Tuesday, July 14, 2026"),
    ("What day is it?", "Tuesday, July 14"),
    ("what day is it tomorrow", "Wednesday, July 15"),
    ("What day was it yesterday?", "Monday, July 13"),
    ("What day is it in ten days?", "Friday, July 24"),
    ("what date was it three weeks ago", "Tuesday, June 23"),
    ("What weekday was July 4th, 1976?", "July 4, 1976, was a Sunday."),
    ("what day of the week is december 25th", "December 25 is a Friday."),
    ("How many days until Christmas?", "164 days"),
    ("how many weeks until December 1st", "20 weeks"),
    ("What year is it?", "2026"),
    ("What month is it?", "July"),
    ("today's date please", "Tuesday, July 14, 2026"),
    ("what is Sunday's date", "July 19"),
    ("Is today Thursday?", "No. Today is Tuesday"),
    ("is it tuesday", "Yes. Today is Tuesday"),
    ("How many days since the 4th of March?", "132 days since"),
    ("Was 2024 a leap year?", "Yes, 2024 is a leap year."),
    ("how many minutes until half past three pm", "85 minutes"),
    ("How long is it till noon tomorrow?", "21 hours and 55 minutes"),
    ("What time will it be in ninety minutes?", "25 minutes to 4"),
    ("Is it still morning?", "5 minutes past 2 in the afternoon"),
    ("What is 12 times 30?", "12 times 30 is 360."),
    ("what's 12 x 30", "12 times 30 is 360."),
    ("Uh, how much is, um, twelve times thirty?", "12 times 30 is 360."),
    ("How much is twenty-five percent of 80?", "25 percent of 80 is 20."),
    ("What's 15% of 240?", "15 percent of 240 is 36."),
    ("what's to plus to?", "2 plus 2 is 4."),
    ("What is the square root of two?", "about 1.4142"),
    ("Hi! What's 3 plus 4?", "3 plus 4 is 7."),
    ("Can you calculate 144 divided by 12 for me?", "144 divided by 12 is 12."),
    ("My name is Alice.", "Nice to meet you, Alice."),
    ("hi, i'm called bob", "Nice to meet you, Bob."),
    ("What's my name?", "You have not told me"),
    ("What's my favourite colour?", "You have not told me"),
    ("What do you know about me?", "not told me anything"),
    ("What did I just say?", "not said anything"),
    ("Remember that my dog is called Rex.", "your dog is called Rex"),
    ("Count to 12.", "11, 12."),
    ("count from five down to one", "5, 4, 3, 2, 1."),
    ("Tell me a joke", ("?", ".")),
    ("What do you see?", "not shown me"),
    ("Greet me.", "stand-in for Gemini"),
    ("What's the capital of France?", "stand-in for Gemini"),
    ("Is the moon made of cheese?", "stand-in for Gemini"),
    ("Why is the sky blue?", "stand-in for Gemini"),
    ("Write me a poem in the style of Goethe about databases and their tables of rows", "story"),
    ("asdf qwer", "stand-in for Gemini"),
    (" .", ("did not catch", "say that again")),
    ("--", ("did not catch", "say that again")),
    ("", ("did not catch", "say that again")),
    ("you", ("did not catch", "say that again")),
]


@pytest.mark.parametrize(("words", "wanted"), ALONE, ids=[words for words, _ in ALONE])
def test_answers_what_is_within_its_reach_and_owns_up_to_the_rest(talk, words, wanted):
    """Small talk, time, dates, sums and memory are answered from unscripted words; the rest honestly declined."""
    said = talk().say(words)
    assert any(one in said for one in ((wanted,) if isinstance(wanted, str) else wanted)), said


async def test_responds_sentence_by_sentence():
    """`respond` yields sentences as thoughts of their own, a short one first, so that speech can begin at once."""
    mind = BuiltinMind()
    thoughts = [one async for one in mind.respond(Dialogue([UserTurn("Who are you?")]))]
    assert len(thoughts) >= 3
    assert all(isinstance(one, Say) for one in thoughts)
    assert len(thoughts[0].text) < 40


def test_says_nothing_to_nobody():
    """Where no user has spoken, there is nothing to answer."""
    assert [] == list(BuiltinMind().think(Dialogue([])))
    assert [] == list(BuiltinMind().think(Dialogue([Sight("image/jpeg", 1)])))


def test_knows_how_many_pictures_it_was_shown(talk):
    """It counts the pictures and says that it cannot see what is on them."""
    chat = talk()
    chat.entries += [Sight("image/jpeg", 100), Sight("image/png", 100)]
    assert chat.say("What do you see?") == "You showed me 2 pictures. But offline I cannot see what is on them."


def test_takes_its_name_and_brevity_from_the_instructions(talk):
    """The system prompt's name is used in greetings, and a wish for short answers is respected; the rest has no effect."""
    chat = talk(instructions="You are Nova, a helpful assistant. Answer briefly. Talk like a pirate.")
    assert "I am Nova, the offline stand-in" in chat.say("hello")
    assert len(chat.say("What is the capital of Peru?")) < len(talk().say("What is the capital of Peru?"))
    assert "no name" in talk(instructions="You are a helpful assistant.").say("what is your name")


def test_names_the_declared_tools_by_what_they_do(talk, home):
    """Asked for its abilities, it tells the declared functions by their descriptions."""
    said = talk(home).say("What can you do?")
    assert "get the current weather for a city" in said
    assert "set a countdown timer" in said
    assert "12 more tools" in said


@pytest.mark.parametrize(
    "words",
    [
        "Tell me a long story.",
        "Tell me about yourself at length.",
        "tell me a story about a brave mouse",
        "count to 60",
    ],
)
def test_can_talk_long_enough_to_be_interrupted(talk, words):
    """A story, its own story and counting are worth twenty seconds of speech, at three words a second."""
    said = talk().say(words)
    assert len(said.split()) >= 60
    assert "mouse" not in words or "a brave mouse" in said


def test_goes_on_where_it_was_interrupted(talk):
    """After a barge-in, "go on" says what had not been heard, and nothing twice."""
    chat = talk()
    whole = chat.say("Tell me a story about a whale", heard=300)
    rest = chat.say("Go on.")
    assert whole.endswith(rest)
    assert 300 - 130 < len(whole) - len(rest) <= 300


def test_repeats_itself_and_the_user(talk):
    """What was said before can be asked for, from either side."""
    chat = talk()
    chat.say("I live in Oslo")
    assert "I live in Oslo" in chat.say("What did I just say?")
    chat.say("What is 2 plus 2?")
    assert "2 plus 2 is 4." in chat.say("Sorry, what did you say?")


def test_varies_its_answers_but_not_for_the_same_conversation(talk):
    """Different questions out of reach get different refusals; the same dialogue always gets the same."""
    asked = ["Who won the cup?", "Is it art?", "How tall is he?", "Name a river", "Where is Wally", "Define love"]
    assert len({talk().say(one) for one in asked}) > 2
    assert talk().say("Is it art?") == talk().say("Is it art?")


def test_the_clock_is_the_local_one_unless_told():
    """By default the time carries the machine's own time zone."""
    assert local_now().tzinfo is not None

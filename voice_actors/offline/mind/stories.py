"""Long answers, for those who want to listen or to interrupt: stories put together anew, and counting."""

from __future__ import annotations

import re

from voice_actors.offline.mind.numerals import read_number
from voice_actors.offline.mind.small_talk import Persona
from voice_actors.offline.mind.text import Utterance

_COUNT = re.compile(
    r"\bcount(?:ing)?\b(?: (?:up|out loud|aloud"
    r"|slowly))*(?: from (?P<low>[\w ]+?))?(?: (?:up )?to (?P<high>[\w ]+?))?(?: for me| slowly| now| out loud"
    r"| aloud)*$"
)
_DOWN = re.compile(
    r"\bcount(?:ing)? (?:back(?:wards?)?"
    r"|down)\b(?: (?:from (?P<high>[\w ]+?)))?(?: (?:down )?to (?P<low>[\w ]+?))?(?: for me| slowly| now)*$"
)
_STORY = re.compile(r"\b(?:story|stories|fairy ?tale|tale)\b(?:.*?\babout (?P<about>.+))?$")
_LONG = re.compile(
    r"\b(?:at length|in detail|long answer|talk for|speak for|keep talking|talk a lot|tell me everything"
    r"|tell me all about you"
    r"|all about yourself|a lot about yourself|long (?:speech|talk)|talk to me|entertain me|say something long"
    r"|recite|poem)\b",
)
_NOT_ASKED = re.compile(r"^(?:i (?:read|heard|like|love|wrote|saw)|that (?:was|is)|the story|what is a story|no\b)")
_HEROES = (
    "an old lighthouse keeper",
    "a young clockmaker",
    "a retired sea captain",
    "a curious postwoman",
    "a patient gardener",
)
_PLACES = (
    "on a small island in the north",
    "at the edge of a deep forest",
    "in a town with seven bridges",
    "by a quiet river",
)
_LOSSES = (
    "the bell of the tower stopped ringing",
    "all the lamps went out at once",
    "the river began to run backwards",
    "a letter came without a sender",
)
_FRIENDS = (
    "a fox with a limp",
    "a boy who never spoke",
    "a parrot that knew four languages",
    "an owl who was afraid of the dark",
)
_FINDS = (
    "a rusty key under a stone",
    "a map drawn on a leaf",
    "a door that was not there before",
    "a song that nobody else could hear",
)
_ENDINGS = (
    "And if you listen on a still evening, you can hear it to this day.",
    "And nobody in that place was ever in a hurry again.",
    "They kept the key, just in case, and they never needed it.",
)


def answer_at_length(utterance: Utterance, persona: Persona, seed: int) -> list[str] | None:
    """Twenty seconds of speech or more, in sentences; None where nothing long is asked for."""
    plain = utterance.plain
    if _NOT_ASKED.search(plain):
        return None
    if (down := _DOWN.search(plain)) is not None:
        return _counted(_number(down.group("high"), 10), _number(down.group("low"), 1))
    if (count := _COUNT.search(plain)) is not None and (count.group("high") or "from" not in plain):
        return _counted(_number(count.group("low"), 1), _number(count.group("high"), 20))
    story = _STORY.search(plain)
    if story is not None:
        return _story(story.group("about") or "", seed)
    if _LONG.search(plain):
        return _about_itself(persona) if re.search(r"\byou(?:rself)?\b", plain) else _story("", seed)
    return None


def _number(words: str | None, otherwise: int) -> int:
    found = read_number((words or "").split(), 0)
    if found is None or found[0].denominator != 1:
        return otherwise
    return int(found[0])


def _counted(first: int, last: int) -> list[str]:
    """Count, five numbers to a sentence; at most a hundred of them, and it says so."""
    step = 1 if last >= first else -1
    numbers = (
        list(range(first, last + step, step))
        if abs(last - first) < 100
        else list(range(first, first + 100 * step, step))
    )
    lines = [", ".join(str(number) for number in numbers[at : at + 5]) + "." for at in range(0, len(numbers), 5)]
    return lines if numbers[-1] == last else [*lines, "That is a hundred numbers, and enough for me."]


def _story(about: str, seed: int) -> list[str]:
    about = re.sub(r"\b(?:please|for me|now)\b", "", about).strip()
    hero = about or _HEROES[seed % 5]
    hero = hero if re.match(r"(?:a|an|the|my|two|three|some|one)\b", hero) or not about else f"something called {hero}"
    friend, found, place = _FRIENDS[seed // 2 % 4], _FINDS[seed // 3 % 4], _PLACES[seed // 5 % 4]
    return [
        "Here is a story.",
        f"Once upon a time, {place}, there was {hero}.",
        "Every morning began the same way: a walk to the market, a cup of tea, and a long look at the sky.",
        f"Then one day {_LOSSES[seed // 7 % 4]}, and nobody could say why.",
        "Some people blamed the weather, others blamed the mayor, and the baker blamed everybody.",
        f"So our hero packed some bread and a warm coat, and set out together with {friend}.",
        "They walked for three days and three nights, over hills and through fog so thick that they had to hold hands.",
        f"On the fourth day they found {found}.",
        "They looked at it for a long time, and then both of them began to laugh, because now they understood.",
        "On the way home everything seemed shorter, and the hills had grown kinder.",
        "When they arrived, the whole place was waiting for them, with soup on the stove and music in the street.",
        _ENDINGS[seed // 11 % 3],
        "And that is the end of the story.",
    ]


def _about_itself(persona: Persona) -> list[str]:
    name = f"My name is {persona.name}." if persona.name else "I have no name of my own."
    return [
        "Gladly.",
        f"{name} I am the offline stand-in for Gemini, and I live entirely on your own machine.",
        "When you speak, a small detector first decides whether it hears a voice or only a noisy room.",
        "Then a recogniser writes down your words, and now and then it gets one of them wrong.",
        "After that comes the part that is me.",
        "I look for sums, for questions about the time, and for things you told me earlier.",
        "If you have declared functions, I compare your words with their names and descriptions.",
        "If one of them fits, I fill in what it needs, or ask you for what is missing.",
        "I do not understand the world as a large model does, and I try never to pretend that I do.",
        "Whatever I answer goes to a synthesiser, which turns my sentences into speech.",
        "It does that one after another, so that you may already be listening to the first.",
        "You can interrupt me at any moment, and I will stop and listen.",
        "Nothing that you say to me leaves this machine, which is perhaps the best thing about me.",
        "That is about all there is to tell.",
    ]

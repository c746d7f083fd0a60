"""Greetings, thanks, questions about itself, jokes, and the other things one says without wanting anything."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

import attrs

from voice_actors.offline.mind.pleasantries import answer_pleasantry
from voice_actors.offline.mind.text import Utterance, listed, one_of, sentence

_NAME = r"([A-Z][\w'-]*(?: [A-Z][\w'-]*)?)"
_CALLED = re.compile(
    rf"\b(?:[Yy]our name is|[Yy]ou are called|[Cc]all yourself|(?:[Yy]ou are|[Yy]ou're) (?!a\b|an\b"
    rf"|the\b)(?=[A-Z])) ?{_NAME}"
)
_BRIEF = re.compile(
    r"\b(?:brief(?:ly)?|short(?:ly)?|concise(?:ly)?|terse(?:ly)?|one sentence|few words)\b", re.IGNORECASE
)
_GREETING = re.compile(
    r"^(?:hi|hello|hey|howdy|greetings|good (?:morning|afternoon|evening|day)|hiya|yo|hallo|welcome)"
    r"(?: (?:there|again|everyone|gemini|friend|you|to you|my friend|assistant|computer|\w+))?$",
)
_GREET = re.compile(
    r"^(?:greet (?:me|the user|us|them|the caller)|say (?:hi|hello)(?: to (?:me|the user|us))?"
    r"|introduce yourself|start the conversation)\b"
)
_HOW = re.compile(
    r"\bhow (?:are you|(?:is|are) (?:it|everything|all|things|life) going|is everything|is it going|do you"
    r" do|are things|have you been|is your day|are you doing|is life)\b"
    r"|^(?:what is up|what up|you ok|are you ok(?:ay)?|are you well)$"
)
_WELL = re.compile(
    r"^(?:i am |i am doing |we are |all |pretty |very |not )*(?:fine|good|great|well|bad|ok)(?: thanks"
    r"| thank you)?(?: and you| how about you| what about you)?$"
)
_THANKS = re.compile(r"\b(?:thanks|thank you|thank u|cheers mate|much appreciated|appreciate it)\b")
_BYE = re.compile(
    r"^(?:good ?bye|bye|bye bye|see you|see ya|farewell|so long|good night|that is all|that will be all"
    r"|talk to you later|i have to go|have an? (?:nice|good|great|lovely|wonderful|pleasant|amazing) (?:day"
    r"|one|evening|night|weekend|week|trip|time))\b"
)
_WHO = re.compile(
    r"\b(?:who (?:are|r) you|what (?:do|should|can|may|shall) (?:i|we|people|they|others) call you|what are"
    r" you called|what are you(?! \w+ing)|what is your name|your name$|are you (?:a |an"
    r" )?(?:human|man|woman|boy|girl|male|female"
    r"|real|robot|machine|computer|person|bot|gemini|ai|alive|there a human)|introduce yourself"
    r"|who am i (?:talking|speaking) (?:to|with)|who made you|tell me (?:something "
    r"|a bit )?about yourself|about yourself)\b"
)
_CAN = re.compile(
    r"\b(?:what (?:can|could|else can) you (?:do|help)|what do you do|what are you able|how can you help"
    r"|what can i (?:ask|say|do)|what (?:tools|functions|abilities|skills) (?:do|have|can)|which (?:tools"
    r"|functions)|help me$|^help$|your abilities|list your)"
)
_STOP = re.compile(
    r"^(?:no )?(?:stop|never ?mind|nevermind|cancel(?: that)?|forget (?:it|that|about it)|quiet|shut up"
    r"|be quiet|silence|enough|that is enough|hush|wait|hold on|stop (?:it|that|talking|speaking|now|please)"
    r"|stop stop(?: stop)*)(?: stop| now| a moment| a second| please)*$"
)
_JOKE = re.compile(r"\b(?:joke|jokes|make me laugh|something funny|be funny|cheer me up)\b")
_SAY = re.compile(
    r"^(?:(?:can|could|would) you )?(?:please )?(?:repeat after me|say after me|say|repeat)(?: the (?:words?"
    r"|sentence|phrase))?[: ,]+(?!that\b|it\b|again\b|what\b|something\b|anything\b)(.+)$",
    re.IGNORECASE,
)
_YES = re.compile(
    r"^(?:yes|yeah|yep|sure|right|exactly|correct|good|great|nice|cool|awesome|perfect|wonderful|interesting"
    r"|i see|got it|ok|okay|all right|alright|fine|oh|wow|amazing|well done|good job|thats right"
    r"|that is (?:right|great|good|nice|cool))+$"
)
_NO = re.compile(r"^(?:no|nope|no thanks|no thank you|not really|nothing|nothing else|not now)$")
_HEAR = re.compile(
    r"\b(?:can you hear me|do you hear me|(?:are )?you there|are you listening|(?:is )?any(?:one|body)"
    r" (?:there|home|here)|testing|mic check"
    r"|is this (?:thing )?on|do you understand me|can you understand me)\b"
)
_SEE = re.compile(
    r"\b(?:what (?:do|can|did) you see|can you see|do you see|look at (?:this|that|the (?:picture|screen"
    r"|camera))|what (?:is|am i) (?:on|in|showing|holding|this picture)|what is in (?:the|this) (?:picture"
    r"|image|photo)|describe (?:the|this|what)|what am i (?:holding|showing|wearing))\b"
)
_LOVE = re.compile(
    r"^(?:i (?:love|like|hate) you|you are (?:the best|great|stupid|funny|nice|smart|cool|awesome|useless"
    r"|amazing|so \w+))$"
)
_SORRY = re.compile(r"^(?:i am )?sorry(?: about that)?$")

_JOKES = (
    "Why did the actor leave the nursery? He was cancelled.",
    "I told my microphone a secret. Now everybody has heard it.",
    "Why was the clock sent out of class? It tocked too much.",
    "What do you call a bear without teeth? A gummy bear.",
    "I wanted to tell you a joke about silence. It goes like this.",
    "Why do programmers confuse Halloween and Christmas? Because oct 31 is dec 25.",
)


@attrs.frozen
class Persona:
    """What the instructions and the declarations make of it."""

    name: str = ""
    brief: bool = False
    tools: Sequence[str] = ()
    """What each declared tool does, as it goes on after "I can"."""
    user: str = ""
    """The user's name, where it was told."""


_Answer: TypeAlias = Callable[[Persona, int], list[str]]


def read_persona(instructions: str) -> tuple[str, bool]:
    """The name that the instructions give, and whether they ask for short answers; all else in them is left alone."""
    named = _CALLED.search(instructions)
    name = "" if named is None or named.group(1).split()[0] in {"I", "Not", "Gemini"} else named.group(1)
    return name, _BRIEF.search(instructions) is not None


def answer_small_talk(utterance: Utterance, persona: Persona, sights: int, seed: int) -> list[str] | None:
    """What one answers to small talk, in sentences; None where it is something else."""
    plain = utterance.plain
    said = _SAY.match(utterance.spoken)
    if said is not None and len(said.group(1).split()) <= 40 and not _GREET.match(plain):
        return [sentence(said.group(1))]
    if _SEE.search(plain) and (sights or "see" in plain or "picture" in plain):
        return _seen(sights)
    for pattern, answer in _ANSWERS:
        if pattern.search(plain):
            return answer(persona, seed)
    return answer_pleasantry(plain, seed)


def _seen(sights: int) -> list[str]:
    if not sights:
        return ["You have not shown me any picture.", "And offline I could not see what is on it."]
    pictures = "one picture" if sights == 1 else f"{sights} pictures"
    return [f"You showed me {pictures}.", f"But offline I cannot see what is on {'it' if sights == 1 else 'them'}."]


def _hello(persona: Persona, seed: int) -> list[str]:
    hello = one_of(("Hello", "Hi", "Hello there"), seed) + (f", {persona.user}" if persona.user else "") + "!"
    me = f"I am {persona.name}," if persona.name else "I am"
    first = [] if persona.brief and not persona.name else [f"{me} the offline stand-in for Gemini."]
    return [hello, *first, one_of(("What can I do for you?", "How can I help?", "What would you like?"), seed)]


def _how_are_you(_persona: Persona, seed: int) -> list[str]:
    return [one_of(("I am fine, thank you.", "Very well, thanks.", "All is well here."), seed), "And how are you?"]


def _who(persona: Persona, _seed: int) -> list[str]:
    me = f"I am {persona.name}." if persona.name else "I have no name of my own."
    what = "I am the offline stand-in for Gemini, a small program on your own machine."
    return [me, what, *([] if persona.brief else _abilities(persona))]


def _abilities(persona: Persona) -> list[str]:
    """What it can do, the declared tools by what their descriptions say."""
    base = ["I can chat a little, do sums, tell the time and the date, and remember what you tell me."]
    if not persona.tools:
        return base
    shown = list(persona.tools[:4])
    more = len(persona.tools) - len(shown)
    also = sentence(f"I can also {listed(shown)}")
    return [*base, also, *([f"And {more} more tool{'s' * (more > 1)}."] if more else [])]


def _can(persona: Persona, _seed: int) -> list[str]:
    return ["I am the offline stand-in for Gemini, with a few abilities.", *_abilities(persona)]


def _joke(_persona: Persona, seed: int) -> list[str]:
    first, mark, rest = one_of(_JOKES, seed).partition("? ")
    return [first + "?", rest] if mark else [first]


def _bye(persona: Persona, seed: int) -> list[str]:
    return [one_of(("Goodbye", "See you", "Bye for now"), seed) + (f", {persona.user}." if persona.user else ".")]


def _always(*choices: str) -> _Answer:
    return lambda _persona, seed: [one_of(choices, seed)]


_ANSWERS: tuple[tuple[re.Pattern[str], _Answer], ...] = (
    (_GREET, _hello),
    (_STOP, _always("Okay.", "All right, I will stop.", "Sure, never mind.")),
    (_GREETING, _hello),
    (_HOW, _how_are_you),
    (_WELL, _always("Glad to hear it.", "Good to know.")),
    (_JOKE, _joke),
    (_CAN, _can),
    (_WHO, _who),
    (_HEAR, _always("Yes, I hear you.", "Yes, I am listening.")),
    (_BYE, _bye),
    (_SORRY, _always("No harm done.", "That is all right.")),
    (_LOVE, _always("That is kind of you to tell me.", "I take it as it is meant.")),
    (_THANKS, _always("You are welcome.", "My pleasure.", "Any time.")),
    (_YES, _always("Good.", "All right.", "Very well.")),
    (_NO, _always("All right.", "Okay, then not.")),
)

"""What one says to feelings, wishes, praise and blame, and to curious questions about the mind itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from voice_actors.offline.mind.lexicon import bag
from voice_actors.offline.mind.text import one_of

_GOOD: Final = bag(
    """
    good great nice lovely wonderful fantastic excellent amazing awesome brilliant perfect happy glad cheerful excited
    fine super terrific pleased funny hilarious cool sweet kind helpful smart clever beautiful interesting delicious
    fun cute relaxed proud delighted grateful thrilled impressive best better fabulous marvellous marvelous charming
    useful fast quick well won passed married engaged promoted
    """,
)
_BAD: Final = bag(
    """
    bad sad tired exhausted terrible awful horrible sick ill lonely bored boring angry annoyed annoying upset stressed
    worried scared afraid nervous depressed unhappy miserable hungry thirsty sleepy cold disappointed disappointing
    frustrated frustrating rough tough hard difficult long hurt hurts headache worst worse robotic stupid useless slow
    badly poorly terribly failed died stolen cried awfully
    dull rude strange weird confused confusing crazy broken lost late tiring sore painful
    """,
)
_FEELS: Final = re.compile(
    r"^(?:(?:today|yesterday|right now|lately|this \w+|last \w+) )?(?:(?:i|we|my|our)\b"
    r"(?! (?:\w+ )?(?:want|need|would|will|wish|think|know|hope|must|should|can|could|have to|bet|guess|wonder|mean)\b)"
    r"|(?:it|this|today|things|work|everything) (?:is|are|was|were|went|has been)\b|not|never been|could not be|feeling"
    r"|doing|having)(?: [a-z']+){1,9}$"
)
_YOU_ARE: Final = re.compile(
    r"^(?:you|your (?:voice|answer|answers|jokes?)|that|that one|this|it|what an?)(?: (?:is|are|was|were"
    r"|sounds?|seems?|looks?|made|just))*"
    r"(?P<how>(?: [a-z']+){1,5})$"
)
_WISHES: Final = re.compile(
    r"^(?:(?:i wish you |wish you |have )?(?:an? )?(?:very )?(?:happy|merry|joyful|blessed)"
    r" (?:birthday|christmas|easter|new year|holidays?|halloween|hanukkah|diwali|thanksgiving|anniversary"
    r"|weekend|\w+day)"
    r"|season greetings|happy holidays|cheers|good luck|all the best|take care|sleep well|sweet dreams|bless"
    r" you|enjoy(?: (?:it|your \w+))?"
    r"|have fun|congratulations|congrats)\b(?! .*\b(?:to|saying|card)\b (?!you\b))"
)
_PLEASED: Final = re.compile(
    r"^(?:it (?:is|was) )?(?:so )?(?:nice|good|lovely|great|pleased|glad|a pleasure|pleasure|happy)"
    r" (?:to (?:meet|see|talk|speak|chat|hear|have|be)|meeting|talking|speaking|chatting|hearing|seeing)\b"
)
_MAY_I: Final = re.compile(
    r"^(?:(?:can|could|may|might) i ask(?: you)?(?: (?:a|one|another|some) (?:quick |little )?questions?|"
    r" something| a favou?r)?(?: else)?"
    r"|i have (?:got )?(?:a|another|one|some) (?:quick |little |more )?(?:questions?|request)(?: for you)?"
    r"|i (?:want|would like) to ask(?: you)?(?: something| a question)?|(?:can|could|would) you (?:help|do"
    r" something)(?: me)?(?: out| with something| for me)?"
    r"|(?:do )?you have a (?:minute|moment|second))$"
)
_WHATS_NEW: Final = re.compile(
    r"^(?:what is new|what is (?:going on|happening)|anything new|what have you been (?:up to|doing)|what"
    r" are you (?:doing|up to)"
    r"|how was your (?:day|night|weekend|morning)|did you sleep well|busy)(?: with you| today| right now|"
    r" lately| these days)?$"
)
_WRONG: Final = re.compile(
    r"^(?:no )?(?:(?:you are|you got (?:it|that)|that is|that was|this is|it is|that sounds) (?:\w+"
    r" )?(?:wrong|incorrect|false|nonsense|rubbish)"
    r"|(?:that|this|it) (?:makes no|does not make(?: any)?) sense|that is not (?:\w+ )?(?:right|true|correct"
    r"|it|what i (?:said|meant|asked|wanted))|(?:you )?(?:did not"
    r"|do not) (?:understand|get|hear|listen)(?: me| that| it| right)*"
    r"|(?:you )?misunderstood(?: me)?|i (?:did not|never) (?:say|said|ask|mean) (?:that|this|for that)"
    r"|(?:you are not|are you(?: even)?|you never) listen(?:ing)?|wrong)\b"
)
_VOICE: Final = re.compile(
    r"^(?:(?:can|could|would|will) you )?(?:please )?(?:speak|talk|say it|say that|go|read) (?:\w+"
    r" ){0,2}?(?:slower|faster|louder|quieter"
    r"|slowly|quickly|softly|clearly|up|down)\b"
    r"|^(?:slow down|speak up|louder|slower|faster|quieter|not so (?:fast|loud|slow|quick))\b|\b(?:change"
    r"|lower|raise) your voice\b"
)
_ABOUT_YOU: Final = (
    (re.compile(r"\bhow old are you\b|\byour (?:age|birthday)\b|\bwhen (?:were you|was your)\b"),
     ("I have no age: I start anew with every conversation.", "A program has no birthday that it would remember.")),
    (re.compile(r"^(?:where|what (?:city|country|place)) (?:are|do|did|were) you\b|^(?:are|do) you (?:from"
                r"|live|based)\b|\bwhere is your (?:home|server)\b"),
     ("I am right here, on your own machine.", "I run on this machine, and nowhere else.")),
    (re.compile(r"\b(?:connected to|on|use|access|have|need)(?: to)?(?: the)? (?:internet|web|cloud"
                r"|wifi)\b.*$|^are you (?:online|offline|local)\b"),
     ("No, I work on your own machine, without the internet.",)),
    (re.compile(r"\b(?:record|recorded|recording|spying|spy|privacy|private|store|save|keep|share|listening in)\b"),
     ("What you say is handled on this machine; I myself keep nothing after the conversation.",)),
    (re.compile(r"\b(?:created|built|made|programmed|designed|wrote|invented|developed|trained|owns) you\b"
                r"|\byour (?:creator|maker|developer|boss|parents?|mother|father|family|owner)\b"),
     ("Programmers wrote me as the offline stand-in for Gemini.",)),
    (re.compile(r"^(?:do|can|could) you (?:speak|understand|know|talk)(?: any| some| in)? (?:other"
                r" languages?|languages?|[a-z]+(?:ish|ese|ian|an|ench|utch|eek|indi|abic|elsh))\b|^(?:what"
                r"|which|how many) languages?\b.*\byou\b"),
     ("I only understand English.", "Only English, I am afraid.")),
    (re.compile(r"\b(?:smarter|cleverer|better|faster|more intelligent|stronger|as (?:smart|clever|good))"
                r" (?:than|as) (?:me|i|us|a human|humans|people|him|her|\w+)\b"),
     ("Hardly: I am a small program with a few rules.",)),
    (re.compile(r"\byour favou?rite\b|^(?:do|would) you (?:really |even )?(?:like|love|enjoy|prefer|hate)\b"
                r"|^what (?:do|would) you (?:like|prefer|enjoy)\b|\byour hobb(?:y|ies)\b"),
     ("I have no taste of my own: I am only the offline stand-in for Gemini.",
      "As an offline stand-in I have no likes or dislikes.")),
    (re.compile(r"^(?:what|when|where|how often|how long|why) (?:do|did|are|can) you (?:sleep|eat|drink"
                r"|dream|feel|cry|laugh)\b"),
     ("I am a program, and do nothing of the kind.",)),
    (re.compile(r"^(?:do|can|are|have|did|could|would|will) you"
                r" (?:\w+ )?(?:sleep|sleeping|eat|eating|drink"
                r"|dream|feel|feelings|emotions|get tired|get bored|bored|tired|hungry|lonely|sad|happy|love"
                r"|cry|laugh|think|die|alive|conscious|breathe|friends|married|children|kids|pets?|body|a"
                r" body|girlfriend|boyfriend|brain|busy)\b"),
     ("No, I am only a program.", "Programs do not, as far as I can tell.")),
)  # fmt: skip


def answer_pleasantry(plain: str, seed: int) -> list[str] | None:
    """One sentence, or two, to what wants kindness rather than knowledge; None where it is something else."""
    for pattern, answers in _ABOUT_YOU:
        if re.search(r"\byou(?:r|rs)?\b|\bthis\b|\bmy voice\b", plain) and pattern.search(plain):
            return [one_of(answers, seed)]
    for pattern, answers in _MANNERS:
        if pattern.search(plain):
            return [one_of(answers, seed)]
    return _felt(plain, seed)


_MANNERS: Final = (
    (_WRONG, ("I am sorry. Please try it in other words.", "Sorry, I got that wrong. Could you say it differently?")),
    (_WISHES, ("Thank you, the same to you!", "That is kind, and the same to you.")),
    (_PLEASED, ("The pleasure is mine.", "Likewise.")),
    (_MAY_I, ("Of course, go ahead.", "Sure. What is it?")),
    (_WHATS_NEW, ("Nothing much: I wait for what you say.", "All quiet here, thank you.")),
    (_VOICE, ("I am sorry, I cannot change how I speak.",)),
)


def _felt(plain: str, seed: int) -> list[str] | None:
    """Sympathy with the user's feelings, thanks for praise, apology for blame."""
    mine, other = _FEELS.match(plain), _YOU_ARE.match(plain)
    if mine is None and other is None:
        return None
    words = plain.split()
    mood = _mood(words)
    if mood == 0:
        return None
    if mine is not None and words[0] != "it":
        return [one_of(_GLAD if mood > 0 else _SORRY, seed)]
    return [one_of(_PRAISED if mood > 0 else _BLAMED, seed)]


_GLAD: Final = ("I am glad to hear that.", "That is good to hear.")
_SORRY: Final = ("I am sorry to hear that.", "Oh, I am sorry. I hope it gets better soon.")
_PRAISED: Final = ("I am glad that you think so.", "How nice.")
_BLAMED: Final = ("I am sorry about that. I am only an offline stand-in.", "Oh, I am sorry.")


def _mood(words: Sequence[str]) -> int:
    """1 for a good mood, -1 for a bad one, 0 for none; "not" turns it round, but "never better" does not."""
    good, bad = (any(word in words for word in kind) for kind in (_GOOD, _BAD))
    if good == bad:
        return 0
    turned = ("not" in words and "bad" not in words) != ("not" in words and "worse" in words)
    return (1 if good else -1) * (-1 if turned and good else 1) if "not" not in words or good else 1

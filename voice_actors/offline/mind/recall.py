"""Questions about what was said before: the user's own facts, and the conversation itself."""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

from voice_actors.offline.mind.lexicon import bag
from voice_actors.offline.mind.memory import Fact, everything, facts_of, to_you
from voice_actors.offline.mind.text import STOPWORDS, Utterance, sentence, stem

_MY_NAME = re.compile(
    r"\b(?:what is my name|my name is what|who am i|what am i called|know my name|remember my name"
    r"|remember who i am|say my name|what my name is)\b"
)
_ALL = re.compile(
    r"\bwhat (?:do|did|have) (?:you|i) (?:know about me|remember(?: about me)?$|tell you(?: about (?:me"
    r"|myself))?$|told you)"
)
_JUST_SAID = re.compile(
    r"\bwhat was the last (?:thing|sentence|question) (?:that )?i (?:just )?(?:said|told you|asked)\b|\bwhat"
    r" (?:did|have) i (?:just |last )?(?:say|said|tell you|told you|ask|asked)(?: to you)?(?: just now"
    r"| before| last| right now)?$|\brepeat what i (?:just )?said\b|^what was my (?:last )?question$"
)
_YOU_SAID = re.compile(
    r"\b(?:what did you (?:just )?(?:say|tell me)|(?:say|repeat|tell me) that again|repeat that|say it again"
    r"|come again|pardon|once more|repeat(?: please)?$|(?:did|could) not (?:hear|catch|get) (?:that|you)"
    r"|what (?:do|did) you mean|^(?:sorry )?what$)"
)
_TELL_ME = re.compile(r"\b(?:what|where|who|how|which|when|do you (?:know|remember)|tell me|remind me|whose)\b")
_WHICH_PLACE = r"(?:which|what) (?:city|town|village|country|state|place|street|part of \w+|company|firm|shop)"
_MINE = re.compile(r"\b(?:my|our)\b")
_SHAPES: tuple[tuple[re.Pattern[str], tuple[str, ...], str], ...] = (
    (
        re.compile(rf"\b(?:where|{_WHICH_PLACE}) (?:(?:do|did) (?:i|we) (?:say (?:i|we) )?|i |we )live\b"),
        ("you", "liv"),
        "where you live",
    ),
    (
        re.compile(
            rf"\b(?:where|{_WHICH_PLACE}) (?:do i work|am i working)\b|\bwho do i work for\b|\bwhat do i"
            rf" (?:do for|work as)\b"
            r"|\bwhat is my (?:job|profession|occupation|trade)\b"
        ),
        ("you", "work"),
        "where you work",
    ),
    (re.compile(r"\bhow old am i\b|\bwhat is my age\b|\bhow old i am\b"), ("age",), "how old you are"),
    (
        re.compile(rf"\b(?:where|{_WHICH_PLACE}) (?:am|do) i (?:come )?from\b|\bwhere i (?:am|come) from\b"),
        ("you", "from"),
        "where you are from",
    ),
    (re.compile(r"\b(?:when|where) was i born\b"), ("you", "born"), "when you were born"),
    (re.compile(r"\bwhat (?:do|did) i (?:say i )?(?:like|love)\b"), ("you", "lik"), "what you like"),
    (re.compile(r"\bwhat do i hate\b"), ("you", "hat"), "what you hate"),
    (re.compile(r"\bwhat (?:do i|instrument do i) play\b"), ("you", "play"), "what you play"),
    (re.compile(r"\bwhat (?:am i allergic to)\b"), ("you", "allergic"), "what you are allergic to"),
)
_SAME = {"favorite": "favourite", "color": "colour", "telephone": "phone", "mum": "mother", "mom": "mother"}
_QUALITIES = frozenset({"colour", "day", "dat", "tim", "kind", "siz", "sort", "old", "age", "long", "tall", "big"})
"""Stems of what is asked about a thing and need not have been said of it: "my car is red" tells its colour."""
_ASKING = bag("remember remind said told tell ask asked want wanted called name named old where what who when")


@attrs.frozen
class Past:
    """What was said before the utterance in question, oldest first."""

    user: Sequence[str]
    agent: Sequence[str]

    @property
    def facts(self) -> list[Fact]:
        """What the user told."""
        return facts_of(self.user)


def answer_recall(utterance: Utterance, past: Past) -> str | None:
    """Answer a question about earlier turns; None where the utterance asks no such thing."""
    plain = utterance.plain
    if _JUST_SAID.search(plain):
        return f"You said: {sentence(past.user[-1])}" if past.user else "You have not said anything before this."
    if _YOU_SAID.search(plain):
        return f"I said: {sentence(past.agent[-1])}" if past.agent else "I have not said anything yet."
    if _ALL.search(plain):
        return everything(past.facts)
    if _MY_NAME.search(plain):
        return _told(past.facts, frozenset({"name"}), "what your name is")
    for pattern, key, about in _SHAPES:
        if pattern.search(plain):
            return _told(past.facts, frozenset(key), about)
    return _asked_for(plain, past.facts)


def _told(facts: Sequence[Fact], key: frozenset[str], about: str) -> str:
    match = next((fact for fact in reversed(facts) if fact.key == key or (len(key) > 1 and key <= fact.key)), None)
    return f"You have not told me {about} yet." if match is None else sentence(match.told)


def _asked_for(plain: str, facts: Sequence[Fact]) -> str | None:
    if not _TELL_ME.search(plain):
        return None
    wanted = frozenset(
        stem(word)
        for word in (_SAME.get(word, word) for word in plain.split())
        if (word not in STOPWORDS or word == "live") and word not in _ASKING
    )
    naming = {"name"} if re.search(r"\b(?:called|named?|who)\b", plain) else set[str]()
    best = _closest(facts, wanted, naming) or _quality(facts, wanted)
    if best is not None:
        return sentence(best.told)
    if re.match(r"^(?:where|what|when|who) did i \w+", plain):
        return "You have not told me that yet."
    if not (
        _MINE.search(plain) and wanted and re.match(r"^(?:what|who|where|when|which|how|do you|tell|remind)", plain)
    ):
        return None
    named = re.search(r"\b(?:my|our) (.+?)(?: called| named| again)?$", plain)
    if named is None or len(named.group(1).split()) > 4:
        return None
    what = re.sub(r"(?<=\w) name$", "'s name", to_you(named.group(1)))
    return f"You have not told me about your {what} yet."


def _closest(facts: Sequence[Fact], wanted: frozenset[str], naming: set[str]) -> Fact | None:
    best = max(reversed(facts), key=lambda fact: _closeness(fact, wanted, naming), default=None)
    return best if best is not None and _closeness(best, wanted, naming) > 0 else None


def _quality(facts: Sequence[Fact], wanted: frozenset[str]) -> Fact | None:
    """The fact that tells a quality without naming it."""
    thing = wanted - _QUALITIES
    return next((fact for fact in reversed(facts) if thing and thing != wanted and fact.key == thing), None)


def _closeness(fact: Fact, wanted: frozenset[str], naming: set[str]) -> float:
    """How well a fact answers: all that is asked for must be in it, and little else."""
    about = fact.key - {"name", "you"}
    if not wanted or not about or not (wanted <= fact.key | {"name"} and wanted & about):
        return 0.0
    fits_name = bool(naming) == ("name" in fact.key)
    return len(wanted & about) / len(about) + (0.3 if fits_name else 0.0)

"""Which of the declared functions an utterance asks for, if any.

Theory of operation: a function is a bag of word stems with weights, the words of its name above those of its
description, those above parameter names and enum values. Every content word of the utterance earns the weight of the
term that it meets (exactly, by meaning, or nearly spelled alike, in this order). Words of a description that several
functions share count for less. What is wanted (to know, to make, to remove, to change) must not contradict the
function's verb, and an utterance that only tells, denies or asks for an opinion calls nothing.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import attrs

from voice_actors.offline.mind.lexicon import bag
from voice_actors.offline.mind.numerals import read_number
from voice_actors.offline.mind.profiles import SWITCHES, Profile, Term
from voice_actors.offline.mind.roles import canonical_unit, dimensions_of, is_unit
from voice_actors.offline.mind.schema import Tool
from voice_actors.offline.mind.text import STOPWORDS, Utterance, Word, stem
from voice_actors.offline.mind.thesaurus import PHRASES, Intent, alike, groups_of, intents_of

ENOUGH: Final = 0.7
"""Score from which a function is called."""
WEAK: Final = 0.42
"""Score from which it is worth saying what it was taken for."""
MARGIN: Final = 0.12
"""By so much the best must lead the next."""
_NAMED: Final = 0.2
"""Weight from which a term stands for the function; below it is only mentioned, and may as well be a value."""
_TELLING_WEIGHT: Final = 0.5
"""A function is not called unless a word of its name, or one of the first of its description, is met."""
_NOT_ASKED_FOR: Final = 0.37
"""Score at most of a function that does something, where the state of things is asked for: "is the door locked?"."""
_STATE: Final = re.compile(r"^(?:is|are|was|were|has|have|had|did|does)\b(?! (?:it|there) (?:possible|any way|a way))")
_NEARLY: Final = 86.0
"""Similarity, of 100, from which two spellings of a longer word are the same word misheard."""

_HOMOPHONES: Final = {
    "whether": "weather", "wether": "weather", "lites": "light", "stalk": "stock", "male": "mail", "timber": "timer",
    "massage": "messag", "massages": "messag", "role": "roll", "dye": "dic", "die": "dic",
}  # fmt: skip
"""What recognisers write for words that sound alike, with the stem that may be meant."""
_ASKS = bag(
    """
    what which who whose how when where is are do does will did was were any has have am can
    """,
)
_OPPOSED: Final = (
    ("remove", "create"),
    ("remove", "read"),
    ("change", "read"),
    ("act", "read"),
    ("remove", "act"),
)


@attrs.frozen
class Match:
    """How well a function fits, and which words of the utterance it explains."""

    tool: Tool
    score: float
    explained: frozenset[int]
    asked_for: bool = True
    """False where only the state of things is asked for, and the function would change it."""
    telling: bool = True
    """Whether something but values of its parameters was said."""


def intents_in(utterance: Utterance) -> frozenset[Intent]:
    """What the utterance wants done, as far as its first verb or question word says."""
    norms = utterance.plain.split()
    if norms[:1] in (["tell"], ["ask"], ["let"]) and "messag" in dict(_meant(utterance)):
        return frozenset({"act"})
    if _converts(utterance):
        return frozenset({"read"})
    if (
        norms[:2] == ["get", "me"]
        or norms[:2] == ["i", "need"]
        or norms[:3] == ["i", "would", "like"]
        or norms[:2] == ["i", "want"]
    ):
        lead = next((at for at, norm in enumerate(norms[:4]) if norm == "to"), None)
        norms = [] if lead is None else norms[lead + 1 :]  # "I would like to return it"
    if "forget" in norms[:5] and "remind" in dict(_meant(utterance)):
        return frozenset({"create", "change"})
    if norms[1:2] == ["number"]:  # "phone number of Bo" wants no call
        return frozenset({"read"})
    if norms[:1] == ["return"]:  # what a function does with a value, and what one does with a purchase
        return frozenset({"act"})
    return (frozenset({"read"}) if norms[0] in _ASKS else intents_of(norms[0])) if norms else frozenset[Intent]()


def match_tools(utterance: Utterance, profiles: Sequence[Profile]) -> list[Match]:
    """Every function with some resemblance, the likeliest first."""
    wanted = intents_in(utterance)
    shared = Counter(name for each in profiles for name, term in each.terms.items() if not term.in_name)
    vocabulary = sorted({name for each in profiles for name in each.terms if len(name) > 2})
    unquoted = any(not word.quote for word in utterance.words)
    open_words = {0} if unquoted else {word.quote for word in utterance.words}  # what is quoted asks for nothing
    heard = [
        (place, _heard_as(word, vocabulary))
        for place, word in enumerate(utterance.words)
        if _carries(word) and word.quote in open_words
    ]
    if _converts(utterance):  # "what is it worth in euros" asks for no price
        heard = [one for one in heard if not alike(one[1][0], stem("price"))]
    heard += [(-1, meant) for meant in _meant(utterance)]
    state = _STATE.match(utterance.plain) is not None
    found = [_match(each, heard, shared, wanted, state=state) for each in profiles]
    return sorted((one for one in found if one.score > 0), key=lambda one: -one.score)


def _meant(utterance: Utterance) -> Iterable[tuple[str, float]]:
    """Words that are meant, though others are said: "how many feet are in 3 meters" asks to convert."""
    plain = utterance.plain
    yield from ((word, sure) for pattern, word, sure in PHRASES if pattern.search(plain))
    if _converts(utterance):
        yield "convert", 1.0


def _converts(utterance: Utterance) -> bool:
    """Whether an amount is wanted in another unit: two units, a number, and a word that leads from one to the other."""
    plain = utterance.plain
    if re.search(r"\b(?:per|an?|each) (?:hour|second|minute|day|week|month)\b", plain):  # a speed, or a rate
        return False
    units = [norm for norm in utterance.norms if is_unit(norm)]
    measured = Counter(one for norm in units for one in dimensions_of(canonical_unit(norm)))
    if max(measured.values(), default=0) < 2 or len({canonical_unit(norm) for norm in units}) < 2:
        return False
    counted = any(read_number(utterance.norms, at) for at in range(len(utterance.norms)))
    leads = re.search(r"\b(?:in|to|into|is|as|for|from|of|worth|get|makes?|equals?)\b", plain)
    return len(units) > 1 and (counted or "how many" in plain) and leads is not None


def _carries(word: Word) -> bool:
    return word.norm not in STOPWORDS or word.norm in SWITCHES


def _heard_as(word: Word, vocabulary: Sequence[str]) -> tuple[str, float]:
    """The term that a word may be, and how surely: a recogniser writes "whether" for weather."""
    name = word.capital and not word.first  # "Mount Everest" is no amount
    if word.stem in vocabulary or len(word.stem) < 5 or groups_of(word.stem) or name:
        return word.stem, 1.0
    if word.norm.startswith("un") and stem(word.norm[2:]) in vocabulary:
        return stem(word.norm[2:]), 1.0
    twin = _HOMOPHONES.get(word.norm)
    if twin is not None and twin in vocabulary:
        return twin, 1.0
    from rapidfuzz import fuzz, process

    near = process.extractOne(word.stem, vocabulary, scorer=fuzz.ratio, score_cutoff=_NEARLY)
    near = near or process.extractOne(word.norm, vocabulary, scorer=fuzz.ratio, score_cutoff=_NEARLY)
    return (word.stem, 1.0) if near is None else (str(near[0]), float(near[1]) / 100)


def _match(
    each: Profile,
    heard: Sequence[tuple[int, tuple[str, float]]],
    shared: Mapping[str, int],
    wanted: frozenset[Intent],
    *,
    state: bool,
) -> Match:
    gained: dict[str, float] = {}
    explained: set[int] = set()
    for place, (spoken, sure) in heard:
        name, worth = _best(each.terms, spoken)
        if name is None or (spoken in SWITCHES and not each.terms[name].in_name):
            continue
        if each.terms[name].weight >= _NAMED and place >= 0:
            explained.add(place)
        gained[name] = max(gained.get(name, 0.0), worth * sure)
    of_name = sum(worth for name, worth in gained.items() if each.terms[name].in_name)
    other = sum(
        worth / math.sqrt(max(1, shared[name])) for name, worth in gained.items() if not each.terms[name].in_name
    )
    known = max((each.terms[name].weight for name in gained), default=0.0)
    if known < _TELLING_WEIGHT:  # only shared small change: a "date", a word from a parameter's description
        other = min(other, WEAK)
    covered = min(1.0, of_name / each.name_weight) if each.name_weight else 0.0
    score = min(of_name, 1.2) * (0.55 + 0.45 * covered) + min(other, 0.9)
    score += _agreement(wanted, each.intents) if score else 0.0
    changes = state and bool(each.intents) and "read" not in each.intents
    score = min(score, _NOT_ASKED_FOR) if changes else score
    return Match(each.tool, score, frozenset(explained), not changes, known >= _TELLING_WEIGHT)


def _best(terms: Mapping[str, Term], spoken: str) -> tuple[str | None, float]:
    near = [
        (name, term.weight * (1.0 if name == spoken else 0.8)) for name, term in terms.items() if alike(name, spoken)
    ]
    return max(near, key=lambda one: one[1], default=(None, 0.0))


def _agreement(wanted: frozenset[Intent], offered: frozenset[Intent]) -> float:
    """Agreement of what is wanted with what a function does: a little for, much against."""
    if not wanted or not offered:
        return 0.0
    if wanted & offered:
        return 0.2
    opposed = any((a in wanted and b in offered) or (b in wanted and a in offered) for a, b in _OPPOSED)
    made = wanted | offered >= {"create", "read"}  # one who books a flight has to search for it first
    return -0.6 if opposed else -0.35 if made else 0.0

"""Values that can be told by their form: choices, flags and lists."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from voice_actors.offline.mind.figures import fitting
from voice_actors.offline.mind.gleaning import Gleaner
from voice_actors.offline.mind.lexicon import bag
from voice_actors.offline.mind.roles import (
    STATE_NAMES,
    STATES,
    Role,
    canonical_unit,
    currency_code,
    direction_of,
    role_of,
)
from voice_actors.offline.mind.schema import Parameter, Shape
from voice_actors.offline.mind.spellings import days_of, other_ways, week_of
from voice_actors.offline.mind.text import STOPWORDS, split_name, stem
from voice_actors.offline.mind.thesaurus import alike, intents_of

_AFTER_ON = bag("in and please for at now then with")
_UNWANTED = bag("avoid exclude excluding excluded without skip allergies allergens")
_SWITCHES = bag("turn switch put power flip lights light lamp it them turned switched turning")

Spot = tuple[int, int, Any]
"""First word, the place after the last, and the value."""


def glean_choice(parameter: Parameter, gleaner: Gleaner, beside: Sequence[Parameter]) -> Any:
    """The value of an enum that was said; a constant needs no saying."""
    choices = parameter.shape.choices
    if len(choices) == 1 and parameter.required:
        return choices[0]
    spots = choice_spots(parameter.shape, gleaner)
    if not parameter.required:
        spots = [spot for spot in spots if not _only_named(spot, gleaner)]
    twins = [one for one in beside if one.shape.choices == choices]
    if len(twins) > 1 and direction_of(parameter):
        spots = _directed(spots, direction_of(parameter), gleaner)
    if not spots:
        return None
    start, end, value = spots[0]
    gleaner.used.update(range(start, end))
    return value


def named_choice(parameter: Parameter, gleaner: Gleaner) -> Any:
    """A value beside the name of its parameter, beyond doubt even inside other text: "high priority", "size XL"."""
    own = {stem(word) for word in parameter.words}
    said = {place for place, norm in enumerate(gleaner.norms) if stem(norm) in own}
    if not said:
        return None
    ways = ((way, one) for one in parameter.shape.choices for way in _spellings(one))
    for start, end, value in _spots(ways, gleaner, unwanted=False):
        beside = said & {start - 1, end}
        if beside and parameter.shape.allows(value):
            gleaner.used.update(range(start, end), beside)
            return value
    return None


def _only_named(spot: Spot, gleaner: Gleaner) -> bool:
    """Whether the words of a value only named the function: "set the heating" asks for no mode called heat."""
    start, end, value = spot
    norm = gleaner.norms[start]
    verbal = end == start + 1 and norm.endswith("ing") and norm != str(value).lower()
    return verbal and start in gleaner.explained


def choice_spots(shape: Shape, gleaner: Gleaner, *, unwanted: bool = False) -> list[Spot]:
    """Where values of an enum are said, in the order of the words; longer ones win over those inside them.

    The plain ways and phrases come first, then other words for a value, words of like meaning, and misheard ones.
    `unwanted` takes values also where they are denied, for a parameter that says what to avoid.
    """
    others = [(way, one) for one in shape.choices if isinstance(one, str) for way in other_ways(one)]
    plain = [(way, one) for one in shape.choices for way in _spellings(one)]
    phrases = [(way, one) for way, one in others if len(way) > 1]
    found = _spots([*plain, *phrases], gleaner, unwanted=unwanted) or _spots(others, gleaner, unwanted=unwanted)
    found = found or _counted(shape, gleaner)
    found = found or [spot for spot in _meant(shape, gleaner) or _nearly_said(shape, gleaner) if _wanted(spot, gleaner)]
    return sorted(found, key=lambda spot: spot[0])


def _wanted(spot: Spot, gleaner: Gleaner) -> bool:
    return not (spot[0] > 0 and gleaner.norms[spot[0] - 1] in _DENYING)


def _counted(shape: Shape, gleaner: Gleaner) -> list[Spot]:
    """Choices that are numbers, said in words: "three hundred"."""
    listed = [one for one in shape.choices if isinstance(one, (int, float)) and not isinstance(one, bool)]
    numbers = {Fraction(one): one for one in listed if math.isfinite(one)}
    figures = gleaner.figures() if numbers else []
    return [(one.start, one.end, numbers[one.value]) for one in figures if one.value in numbers]


def _spots(ways: Iterable[tuple[Sequence[str], Any]], gleaner: Gleaner, *, unwanted: bool) -> list[Spot]:
    found: list[Spot] = []
    for words, choice in sorted(ways, key=lambda way: -len(way[0])):
        for at in range(len(gleaner.norms) - len(words) + 1 if words else 0):
            end = _said(words, at, gleaner, unwanted=unwanted)
            taken = any(start < end and at < stop for start, stop, _ in found)
            if end and not taken and gleaner.free(at, end):
                found.append((at, end, choice))
    return found


def _meant(shape: Shape, gleaner: Gleaner) -> list[Spot]:
    """A word of like meaning: "a ride on my bike" is cycling; only where it is like one of the values and no other."""
    names = {one: [stem(word) for word in split_name(one)] for one in shape.choices if isinstance(one, str)}
    single = {one: words[0] for one, words in names.items() if len(words) == 1 and len(words[0]) > 3}
    for place, word in enumerate(gleaner.utterance.words):
        if place in gleaner.used | gleaner.explained or word.norm in STOPWORDS or len(word.stem) < 3:
            continue
        near = [one for one, name in single.items() if alike(name, word.stem)]
        if len(near) == 1:
            return [(place, place + 1, near[0])]
    return []


def _spellings(choice: Any) -> list[list[str]]:
    if isinstance(choice, str):
        words = list(split_name(choice))
        ways = [words, [canonical_unit(choice)]] if len(words) == 1 else [words]
        return [way for way in ways if way]
    return [[str(choice).lower()]]


_DENYING = frozenset(["not", "no", "without"])
_SMALL_BUT_SAID = frozenset({"on", "off", "all", "both", "no", "any", "up", "down", "more", "very"})
_BETWEEN = bag("my your the a an of")


def _said(words: Sequence[str], at: int, gleaner: Gleaner, *, unwanted: bool = False) -> int:
    """Where the words of a value that are said from word `at` on end; 0 where they are not."""
    if len(words) == 1 and words[0] in STOPWORDS and words[0] not in _SMALL_BUT_SAID:
        return 0
    place = at
    for word in words:
        if word != words[0] and place < len(gleaner.norms) and gleaner.norms[place] in _BETWEEN - {word}:
            place += 1  # "changed my mind" says changed_mind
        if place >= len(gleaner.norms) or not _is_word(word, place, gleaner):
            return 0
        place += 1
    denied = at > 0 and gleaner.norms[at - 1] in _DENYING
    return 0 if denied and not unwanted else place


def _is_word(word: str, place: int, gleaner: Gleaner) -> bool:
    norm = gleaner.norms[place]
    if word in {"on", "off", "of"} and norm == word and not _switching(place, gleaner):
        return False
    return norm == word or stem(norm) == stem(word) or canonical_unit(norm) == word


def _nearly_said(shape: Shape, gleaner: Gleaner) -> list[Spot]:
    """A misheard value: one long word that is spelled nearly alike."""
    from rapidfuzz import fuzz, process

    names = {str(choice).lower(): choice for choice in shape.choices if len(str(choice)) >= 5}
    for place, word in enumerate(gleaner.utterance.words):
        if place in gleaner.used or len(word.norm) < 4 or word.norm in STOPWORDS or not names:
            continue
        near = process.extractOne(word.norm, list(names), scorer=fuzz.ratio, score_cutoff=83)
        if near is not None:
            return [(place, place + 1, names[str(near[0])])]
    return []


def _directed(spots: Sequence[Spot], direction: str, gleaner: Gleaner) -> list[Spot]:
    """Of two places for the same kind of thing: "10 miles to kilometers", "how many feet are in a mile"."""
    norms = gleaner.norms

    def goes_to(spot: Spot) -> bool:
        before = norms[max(0, spot[0] - 2) : spot[0]]
        counted = before[-1:] in (("many",), ("much",))
        measured = before[-1:] and (before[-1][0].isdigit() or before[-1] in {"a", "an", "one"})
        return counted or (bool(before) and before[-1] in {"to", "into", "in", "as"} and not measured)

    wanted = [spot for spot in spots if goes_to(spot) == (direction == "to")]
    return wanted or ([] if len(spots) > 1 else list(spots) if direction == "from" else [])


_LOCKING = {"open": False, "close": True, "shut": True, "secure": True, "release": False}


def glean_flag(parameter: Parameter, gleaner: Gleaner) -> bool | None:
    """A yes or no: on and off for a state, else whether the parameter's own word is said, and not denied."""
    norms = gleaner.norms
    own = {stem(word) for word in parameter.words} - {"is", "should", "with", "includ"}
    for place, norm in enumerate(norms):
        if place in gleaner.used:
            continue
        if norm in {"on", "off"} and _switching(place, gleaner) and set(parameter.words) & STATE_NAMES:
            gleaner.used.add(place)
            return STATES[norm]
        if (
            norm in STATES
            and norm not in {"on", "off"}
            and (own & {stem(norm), stem(norm.removeprefix("un"))} or set(parameter.words) & STATE_NAMES)
        ):
            return STATES[norm]
        if "lock" in own and norm in _LOCKING:
            return _LOCKING[norm]
        if stem(norm) in own and len(norm) > 3:
            gleaner.used.add(place)
            return not set(norms[max(0, place - 2) : place]) & {"not", "no", "without", "non"}
    return None


def _switching(place: int, gleaner: Gleaner) -> bool:
    """Whether "on" switches something on, and does not stand before a day."""
    before = gleaner.norms[place - 1] if place else ""
    after = gleaner.norms[place + 1] if place + 1 < len(gleaner.norms) else ""
    if place in gleaner.timely:
        return False
    return before in _SWITCHES or not after or after in _AFTER_ON or (place == 0 and after != "the")


def glean_list(parameter: Parameter, gleaner: Gleaner) -> list[Any] | None:
    """Several values: of an enum, of numbers, or things named one after another."""
    items = parameter.shape.items
    if items is not None and items.choices:
        unwanted = bool(set(parameter.words) & _UNWANTED)
        spots = _week_spots(items, gleaner) or choice_spots(items, gleaner, unwanted=unwanted)
        values = list(dict.fromkeys(spot[2] for spot in spots))
        gleaner.used.update(place for start, end, _ in spots for place in range(start, end))
        return values or None
    if items is not None and items.kind in {"integer", "number"}:
        found = [fitting(one.value, Parameter(parameter.name, items)) for one in gleaner.figures()]
        return [value for value in found if value is not None] or None
    if items is not None and items.kind not in {"string", "any"}:
        return None
    return _named_things(parameter, gleaner)


def _week_spots(items: Shape, gleaner: Gleaner) -> list[Spot]:
    week = week_of(items.choices)
    spans = days_of(gleaner.norms) if week else ()
    return [(start, end, week[day]) for start, end, days in spans for day in days if day in week]


def _named_things(parameter: Parameter, gleaner: Gleaner) -> list[str] | None:
    cues = (
        ("to", "with", "for", "called")
        if role_of(parameter) is Role.PERSON
        else ("with", "of", "for", "add", "buy", "get", "order", "put", "need", "including")
    )
    for cue in cues:
        for place, norm in enumerate(gleaner.norms):
            if norm != cue or place in gleaner.used:
                continue
            things, end = _chain(gleaner, place + 1)
            if things:
                gleaner.used.update(range(place, end))
                return things
    return None


def _chain(gleaner: Gleaner, at: int) -> tuple[list[str], int]:
    """Things joined by commas and "and"."""
    things: list[str] = []
    end = at
    while (span := gleaner.phrase(at, 3)) is not None:
        if things and gleaner.utterance.words[span[0] - 1].pause and intents_of(gleaner.norms[span[0]]) - {"read"}:
            break  # "toothpaste, put it on the list"
        things.append(gleaner.utterance.slice(*span))
        end = at = span[1]
        if at < len(gleaner.norms) and gleaner.norms[at] in {"and", "or"}:
            at += 1
        elif not gleaner.utterance.words[span[1] - 1].pause:
            break
    return things, end


def as_currency(word: str, parameter: Parameter) -> str:
    """A currency's code, where the parameter asks for codes; else the word itself."""
    described = parameter.shape.description
    about_money = "currency" in parameter.words or "currency" in described.lower()
    wants_code = about_money and re.search(r"\bcode|USD|EUR|ISO", described)
    if not wants_code:
        return f"{canonical_unit(word)}s" if word in {"$", "€", "£"} else word
    return next((code for one in (word, *word.split()[::-1]) if (code := currency_code(one)) is not None), word)

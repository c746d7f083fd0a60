"""Values that can be told by their form: choices, numbers, times, flags and lists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from voice_actors.offline.mind.gleaning import Figure, Gleaner
from voice_actors.offline.mind.lexicon import bag
from voice_actors.offline.mind.roles import (
    STATE_NAMES,
    STATES,
    Role,
    canonical_unit,
    currency_code,
    direction_of,
    hint_stems,
    role_of,
)
from voice_actors.offline.mind.schema import Parameter, Shape
from voice_actors.offline.mind.text import STOPWORDS, split_name, stem
from voice_actors.offline.mind.thesaurus import intents_of
from voice_actors.offline.mind.timely import SECONDS, free_duration, time_unit

_AFTER_ON = bag("in and please for at now then with")
_SWITCHES = bag("turn switch put power flip lights light lamp it them turned switched")

Spot = tuple[int, int, Any]
"""First word, the place after the last, and the value."""


def glean_choice(parameter: Parameter, gleaner: Gleaner, beside: Sequence[Parameter]) -> Any:
    """The value of an enum that was said; a constant needs no saying."""
    choices = parameter.shape.choices
    if len(choices) == 1 and parameter.required:
        return choices[0]
    spots = choice_spots(parameter.shape, gleaner)
    twins = [one for one in beside if one.shape.choices == choices]
    if len(twins) > 1 and direction_of(parameter):
        spots = _directed(spots, direction_of(parameter), gleaner)
    if not spots:
        return None
    start, end, value = spots[0]
    gleaner.used.update(range(start, end))
    return value


def choice_spots(shape: Shape, gleaner: Gleaner) -> list[Spot]:
    """Where values of an enum are said, in the order of the words; longer ones win over those inside them."""
    found: list[Spot] = []
    ways = [(tuple(words), choice) for choice in shape.choices for words in _spellings(choice) if words]
    for words, choice in sorted(ways, key=lambda way: -len(way[0])):
        for at in range(len(gleaner.norms) - len(words) + 1):
            end = at + len(words)
            taken = any(start < end and at < stop for start, stop, _ in found)
            if not taken and gleaner.free(at, end) and _said(words, at, gleaner):
                found.append((at, end, choice))
    if not found:
        found = _nearly_said(shape, gleaner)
    return sorted(found, key=lambda spot: spot[0])


def _spellings(choice: Any) -> list[list[str]]:
    if isinstance(choice, str):
        words = list(split_name(choice))
        ways = [words, [canonical_unit(choice)]] if len(words) == 1 else [words]
        return [way for way in ways if way]
    return [[str(choice).lower()]]


def _said(words: Sequence[str], at: int, gleaner: Gleaner) -> bool:
    for place, word in enumerate(words, at):
        norm = gleaner.norms[place]
        if word in {"on", "off"} and not _switching(place, gleaner):
            return False
        if (
            word in STOPWORDS
            and len(words) == 1
            and word not in {"on", "off", "all", "both", "no", "any", "up", "down"}
        ):
            return False
        if norm != word and stem(norm) != stem(word) and canonical_unit(norm) != word:
            return False
    return not (at > 0 and gleaner.norms[at - 1] in {"not", "no", "without"})


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


def glean_number(parameter: Parameter, gleaner: Gleaner, beside: Sequence[Parameter]) -> int | float | None:
    """A number: a duration in the parameter's own unit, one beside the parameter's name, or the only one there is."""
    unit = time_unit(parameter)
    if unit is not None and (length := free_duration(gleaner)) is not None:
        gleaner.used.update(range(length.start, length.end))
        return _fitting(Fraction(length.seconds, SECONDS[unit]), parameter)
    figures = [one for one in gleaner.figures() if _usable(one, gleaner, unit)]
    numeric = [one for one in beside if one.shape.kind in {"integer", "number"} and not one.shape.choices]
    if set(parameter.words) & {"id", "number", "code", "pin", "phone"}:
        figures = _spelled(figures)
    best = max(figures, key=lambda one: _belongs(one, parameter, gleaner), default=None)
    if best is None:
        return _single(parameter, gleaner)
    if _belongs(best, parameter, gleaner) == 0 and len(numeric) > 1 and not _first_in_line(parameter, numeric):
        return None
    gleaner.used.update(range(best.start, best.end))
    return _fitting(best.value, parameter)


def _spelled(figures: Sequence[Figure]) -> list[Figure]:
    """Digits said one by one make one number: "order four five six"."""
    found: list[Figure] = []
    for one in figures:
        last = found[-1] if found else None
        if last is not None and last.end == one.start and 0 <= one.value < 10 and one.value.denominator == 1:
            found[-1] = Figure(last.start, one.end, last.value * 10 + one.value)
        else:
            found.append(one)
    return found


def _first_in_line(parameter: Parameter, numeric: Sequence[Parameter]) -> bool:
    return parameter.required and next(one for one in numeric if one.required) is parameter


def _usable(figure: Figure, gleaner: Gleaner, unit: str | None) -> bool:
    clocked = any(moment.start <= figure.start < moment.end for moment in gleaner.moments)
    return not clocked or unit is not None


def _belongs(figure: Figure, parameter: Parameter, gleaner: Gleaner) -> float:
    hints = hint_stems(parameter)
    after = [stem(norm) for norm in gleaner.norms[figure.end : figure.end + 2]]
    before = [stem(norm) for norm in gleaner.norms[max(0, figure.start - 3) : figure.start]]
    if after[:1] == ["%"]:
        after = ["percent", *after[1:]]
    own = {stem(word) for word in parameter.words}
    return 2.0 * bool(own & set(before)) + 1.5 * bool(after[:1] and after[0] in own) + bool(set(after) & hints)


def _single(parameter: Parameter, gleaner: Gleaner) -> int | float | None:
    """A required count that was said as "a": "roll a die"."""
    words = set(parameter.words)
    counted = words & {"count", "quantity", "number", "amount", "dice", "times"} and parameter.required
    return _fitting(Fraction(1), parameter) if counted and {"a", "an"} & set(gleaner.norms) else None


def _fitting(value: Fraction, parameter: Parameter) -> int | float | None:
    if value.denominator == 1 and abs(value) < 10**15:
        return int(value)
    return float(value) if parameter.shape.kind == "number" and abs(value) < 10**300 else None


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
        spots = choice_spots(items, gleaner)
        values = list(dict.fromkeys(spot[2] for spot in spots))
        gleaner.used.update(place for start, end, _ in spots for place in range(start, end))
        return values or None
    if items is not None and items.kind in {"integer", "number"}:
        found = [_fitting(one.value, Parameter(parameter.name, items)) for one in gleaner.figures()]
        return [value for value in found if value is not None] or None
    if items is not None and items.kind not in {"string", "any"}:
        return None
    return _named_things(parameter, gleaner)


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

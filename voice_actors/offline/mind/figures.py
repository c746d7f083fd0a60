"""Which number belongs to which parameter: told by the words around it, its unit, and how it is limited."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Final

from voice_actors.offline.mind.gleaning import Gleaner
from voice_actors.offline.mind.hours import Duration, unit_of
from voice_actors.offline.mind.lexicon import bag
from voice_actors.offline.mind.quantities import Figure
from voice_actors.offline.mind.roles import canonical_unit, dimensions_of, hint_stems
from voice_actors.offline.mind.schema import Parameter
from voice_actors.offline.mind.text import stem
from voice_actors.offline.mind.thesaurus import alike
from voice_actors.offline.mind.timely import SECONDS, free_duration, time_unit

_MOST: Final = bag("max maximum most limit upper highest latest")
_LEAST: Final = bag("min minimum least lower lowest")
_WITHIN: Final = bag("radius distance within range")
_AT_MOST: Final = re.compile(r"(?:under|below|less than|at most|up to|maximum|max|(?:no|not) more than|cheaper than)$")
_AT_LEAST: Final = re.compile(r"(?:over|above|more than|at least|minimum|min|no less than|better than)$")
_NEAR: Final = re.compile(r"(?:within|in a radius of|around|less than|up to)$")
_MONEY: Final = bag("amount price cost budget sum total money spending fee salary limit fare value")
_COUNTS: Final = bag(
    """
    quantity count number guests passengers people persons size shots times limit rooms adults children party
    copies items tickets seats nights days pages
    """,
)
_FULL: Final = bag("fully full completely entirely all maximum max")
_LEADING: Final = bag("by to at of than under over within about around for least most up")

Part = tuple[int, int]


def glean_number(parameter: Parameter, gleaner: Gleaner, beside: Sequence[Parameter]) -> int | float | None:
    """A number: a duration in the parameter's own unit, one that is told by its words, or the only one there is."""
    unit = time_unit(parameter)
    if unit is not None:
        if (pieces := _pieces(unit, gleaner, beside)) is not None:
            return pieces
        length = free_duration(gleaner)
        if length is not None:
            gleaner.used.update(range(length.start, length.end))
            return fitting(Fraction(length.seconds, SECONDS[unit]), parameter)
    figures = [one for one in gleaner.figures() if _usable(one, gleaner, unit)]
    if set(parameter.words) & {"id", "number", "code", "pin", "phone", "digits"}:
        figures = spelled(figures)
    numeric = [one for one in beside if one.shape.kind in {"integer", "number"} and not one.shape.choices]
    best = max(figures, key=lambda one: belongs(one, parameter, gleaner), default=None)
    worth = belongs(best, parameter, gleaner) if best is not None else -1.0
    if best is None or worth < 0:
        return _in_a_word(parameter, gleaner)
    others = [one for one in numeric if one is not parameter and one.name not in gleaner.settled]
    rival = max((belongs(best, one, gleaner) for one in others), default=-1.0)
    if rival > worth or (worth == 0 and len(numeric) > 1 and not _first_in_line(parameter, numeric)):
        return _in_a_word(parameter, gleaner)
    _take(best, gleaner)
    return fitting(best.value, parameter)


def _take(figure: Figure, gleaner: Gleaner) -> None:
    """Take a number with the unit behind it and the words that limit it."""
    end = figure.end + bool(figure.unit and gleaner.norms[figure.end : figure.end + 1] != ())
    end = end if figure.unit and canonical_unit(gleaner.norms[end - 1]) == figure.unit else figure.end
    start = figure.start
    before = " ".join(gleaner.norms[max(0, start - 3) : start])
    limited = next((found for one in (_AT_MOST, _AT_LEAST, _NEAR) if (found := one.search(before))), None)
    start -= len(limited.group().split()) if limited else 0
    gleaner.used.update(range(start, figure.end))
    gleaner.beside.update(range(figure.end, end))


def _pieces(unit: str, gleaner: Gleaner, beside: Sequence[Parameter]) -> int | None:
    """A length of time whose hours, minutes and seconds are parameters of their own: each gets what was said of it."""
    units = {one for each in beside if (one := _own_unit(each)) is not None}
    if len(units) < 2:
        return None
    length = next(iter(gleaner.durations), None)
    if length is None:
        return None
    counts = _said_in(length, gleaner, units)
    if unit not in counts:
        return None
    gleaner.used.update(range(length.start, length.end))
    return counts[unit]


def _own_unit(parameter: Parameter) -> str | None:
    return unit_of(parameter.words[0]) if len(parameter.words) == 1 else None


def _said_in(length: Duration, gleaner: Gleaner, units: set[str]) -> dict[str, int]:
    """A length in the units in which it was said, or cut down from the largest where it was not said in whole ones."""
    said = {one for norm in gleaner.norms[length.start : length.end] if (one := unit_of(norm)) is not None}
    ordered = sorted(units & said or units, key=lambda one: -SECONDS[one])
    whole = length.seconds % SECONDS[ordered[-1]] == 0
    ordered = ordered if whole else sorted(units, key=lambda one: -SECONDS[one])
    found: dict[str, int] = {}
    rest = length.seconds
    for unit in ordered:
        count, rest = divmod(rest, SECONDS[unit])
        if count:
            found[unit] = count
    return found


def spelled(figures: Sequence[Figure]) -> list[Figure]:
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
    timed = any(one.start <= figure.start < one.end for one in gleaner.durations)
    return unit is not None or not (clocked or timed)


def belongs(figure: Figure, parameter: Parameter, gleaner: Gleaner) -> float:
    """How much speaks for a number as this parameter's value; below zero where its unit forbids it."""
    if not _fits_unit(figure, parameter):
        return -1.0
    hints = hint_stems(parameter)
    after = [stem(norm) for norm in gleaner.norms[figure.end : figure.end + 2]]
    before = [stem(norm) for norm in gleaner.norms[max(0, figure.start - 3) : figure.start]]
    if after[:1] == ["%"]:
        after = ["percent", *after[1:]]
    own = {stem(word) for word in parameter.words}
    worth = 2.0 * bool(own & set(before)) + 1.5 * bool(after[:1] and after[0] in own) + bool(set(after) & hints)
    if not worth and after[:1] and any(alike(after[0], one) for one in own | hints):
        worth = 0.8
    return worth + _limited(figure, parameter, gleaner) + _measured(figure, parameter)


def _limited(figure: Figure, parameter: Parameter, gleaner: Gleaner) -> float:
    """Whether the number is said to be the most or the least, and the parameter is that."""
    said = " ".join(gleaner.norms[max(0, figure.start - 3) : figure.start])
    words = {*parameter.words, *re.findall(r"[a-z]+", parameter.shape.description.lower())}
    ways = ((_AT_MOST, _MOST), (_AT_LEAST, _LEAST), (_NEAR, _WITHIN))
    found = [2.0 for pattern, names in ways if pattern.search(said) and words & names]
    return max(found, default=0.0)


def _units_of(parameter: Parameter) -> Iterable[str]:
    words = [*parameter.words, *re.findall(r"[^\W\d_]+", parameter.shape.description)]
    return (name for word in words if dimensions_of(name := canonical_unit(word)) and len(word) > 1)


def _measured(figure: Figure, parameter: Parameter) -> float:
    if not figure.unit:
        return 0.0
    if figure.unit in set(_units_of(parameter)):
        return 1.5
    said = dimensions_of(figure.unit)
    money = "money" in said and bool(set(parameter.words) & _MONEY)
    same = any(said & dimensions_of(one) for one in _units_of(parameter))
    return 1.0 if money or same else 0.0


def _fits_unit(figure: Figure, parameter: Parameter) -> bool:
    """A price is no number of people, and 50 kilometers are no kilowatts."""
    said = dimensions_of(figure.unit)
    if not said:
        return True
    wanted = {one for unit in _units_of(parameter) for one in dimensions_of(unit)}
    if wanted:
        return bool(said & wanted)
    words = set(parameter.words)
    return not words & _COUNTS or bool(words & _MONEY)


_CODED: Final = re.compile(r"(-?\d+(?:\.\d+)?)\s*(?:is|are|=|means|for|:|-)?\s*(?:fully |completely )?([a-z]+)")


def _in_a_word(parameter: Parameter, gleaner: Gleaner) -> int | float | None:
    """A number that is said without one: "completely", "halfway", "closed" where its description tells, "a" die."""
    low, high = (parameter.shape.limits.get(name) for name in ("minimum", "maximum"))
    if isinstance(low, (int, float)) and isinstance(high, (int, float)):
        for place, norm in enumerate(gleaner.norms):
            full = norm in _FULL and (norm != "all" or gleaner.norms[place + 1 : place + 3] == ("the", "way"))
            half = norm in {"halfway", "half"}
            if (full or half) and place not in gleaner.used:
                gleaner.used.update(range(place, place + (3 if norm == "all" else 1)))
                return fitting(Fraction(high if full else (low + high) / 2), parameter)
    described = _CODED.findall(parameter.shape.description.lower())
    for place, norm in enumerate(gleaner.norms):
        for value, word in described:
            if (
                not dimensions_of(canonical_unit(word))
                and alike(stem(word), stem(norm))
                and place not in gleaner.beside
            ):
                return fitting(Fraction(value), parameter)
    return _single(parameter, gleaner)


def _single(parameter: Parameter, gleaner: Gleaner) -> int | float | None:
    """A required count that was said as "a": "roll a die"."""
    words = set(parameter.words)
    counted = words & {"count", "quantity", "number", "dice", "times"} and parameter.required
    return fitting(Fraction(1), parameter) if counted and {"a", "an"} & set(gleaner.norms) else None


def fitting(value: Fraction, parameter: Parameter) -> int | float | None:
    """A number as the parameter's type has it; None for a fraction where a whole number is wanted."""
    if value.denominator == 1 and abs(value) < 10**15:
        return int(value)
    return float(value) if parameter.shape.kind == "number" and abs(value) < 10**300 else None

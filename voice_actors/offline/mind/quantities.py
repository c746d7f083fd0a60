"""Numbers with the units that were said with them: "3 euros 50", "$20", "half a mile"."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Final

import attrs

from voice_actors.offline.mind.lexicon import bag
from voice_actors.offline.mind.numerals import read_number
from voice_actors.offline.mind.roles import canonical_unit, dimensions_of
from voice_actors.offline.mind.text import STOPWORDS

_SIGNS: Final = frozenset("$€£¥₹")
_KINDS: Final = bag("us american british canadian australian swiss norwegian swedish danish square cubic")
_AFTER_CENTS: Final = STOPWORDS | {"please", "tomorrow", "today", "on"}


@attrs.frozen
class Figure:
    """A number said at words `start` to `end` (not included)."""

    start: int
    end: int
    value: Fraction
    unit: str = ""
    """The unit or currency that was said with it, in its plain spelling."""


def read_figures(norms: Sequence[str], free: Callable[[int, int], bool]) -> Iterable[Figure]:
    """Every number whose words are `free`, an amount such as "3 euros 50" as one."""
    at = 0
    while at < len(norms):
        number = read_number(norms, at) or _part_of_one(norms, at)
        if number is None or _stands_for_it(norms, at) or not free(at, number[1]):
            at += 1
            continue
        value, end = number
        minus = at > 0 and norms[at - 1] in {"minus", "negative", "-"}
        unit = _unit_around(norms, at, end)
        cents = _cents(norms, end) if "money" in dimensions_of(unit) else None
        value, end = (value + cents[0], cents[1]) if cents is not None else (value, end)
        yield Figure(at - minus, end, -value if minus else value, unit)
        at = end


def _stands_for_it(norms: Sequence[str], at: int) -> bool:
    """Whether a "one" counts nothing: "the left one", "this one"."""
    before = norms[at - 1] if at else ""
    named = before in {"the", "this", "that", "another", "which"} or (before not in STOPWORDS and not before.isdigit())
    last = at + 1 == len(norms) or norms[at + 1] in STOPWORDS
    if tuple(norms[at : at + 2]) == ("one", "way"):
        return True
    return norms[at] == "one" and bool(before) and named and last


def _unit_around(norms: Sequence[str], start: int, end: int) -> str:
    """The unit behind a number, or the currency's sign before it."""
    after, before = norms[end : end + 1], norms[max(0, start - 1) : start]
    after = norms[end + 1 : end + 2] if after and after[0] in _KINDS else after
    for word in (*after, *(one for one in before if one in _SIGNS)):
        if dimensions_of(name := canonical_unit(word)) and word not in {"in", "a"}:
            return name
    return ""


def _cents(norms: Sequence[str], at: int) -> tuple[Fraction, int] | None:
    """What follows "3 euros": 50, or "and fifty cents", at the word after the number."""
    here = at + 1 + (norms[at + 1 : at + 2] in (("and",), ["and"]))
    number = read_number(norms, here) if at < len(norms) else None
    if number is None or not 0 < number[0] < 100 or number[0].denominator != 1:
        return None
    named = number[1] < len(norms) and norms[number[1]] in {"cents", "cent", "pence"}
    if not named and (here > at + 1 or (number[1] < len(norms) and norms[number[1]] not in _AFTER_CENTS)):
        return None
    return number[0] / 100, number[1] + named


def _part_of_one(norms: Sequence[str], at: int) -> tuple[Fraction, int] | None:
    """Read "half a" and "a couple of" before what is counted."""
    match tuple(norms[at : at + 3]):
        case ("half", "a" | "an", *_):
            return Fraction(1, 2), at + 2
        case ("a", "couple", "of"):
            return Fraction(2), at + 3
        case ("a", "couple", *_):
            return Fraction(2), at + 2
        case _:
            return None

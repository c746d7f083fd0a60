"""Numbers as people say them and recognisers write them, exactly; and numbers made ready to be spoken."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from voice_actors.offline.mind.lexicon import words

_SMALL = {
    word: value
    for value, word in enumerate(
        words(
            """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen
    """,
        ),
    )
}
_TENS = {
    word: value * 10
    for value, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
} | {"fourty": 40}
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_DIGITS = {**{word: value for word, value in _SMALL.items() if value < 10}, "oh": 0, "o": 0}
_ORDINALS = {
    word: value
    for value, word in enumerate(
        words(
            """
    first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth
    fifteenth sixteenth seventeenth eighteenth nineteenth twentieth
    """,
        ),
        start=1,
    )
} | {"thirtieth": 30}

Reading = tuple[Fraction, int]
"""A number, and the place after it."""


def read_number(norms: Sequence[str], at: int) -> Reading | None:
    """Read the number at word `at`: "two hundred and five", "1,000", "three point one four", "5 million"."""
    if at >= len(norms):
        return None
    found = _figures(norms, at) or _article(norms, at) or _in_words(norms, at)
    if found is None:
        return None
    return _and_a_half(norms, *found)


def _and_a_half(norms: Sequence[str], value: Fraction, after: int) -> Reading:
    match tuple(norms[after : after + 3]):
        case ("and", "a", "half"):
            return value + Fraction(1, 2), after + 3
        case ("and", "a", "quarter"):
            return value + Fraction(1, 4), after + 3
        case _:
            return value, after


def _plain(token: str) -> Fraction | None:
    digits = token.replace(",", "")
    if len(digits) > 40 or not digits.replace(".", "", 1).isdecimal() or not digits.isascii():
        return None
    return Fraction(digits)


def _figures(norms: Sequence[str], at: int) -> Reading | None:
    value = _plain(norms[at])
    if value is None:
        return None
    at += 1
    while at < len(norms) and norms[at] in {"hundred", "dozen", *_SCALES}:
        value *= {"hundred": 100, "dozen": 12, **_SCALES}[norms[at]]
        at += 1
    return value, at


def _article(norms: Sequence[str], at: int) -> Reading | None:
    two, three = tuple(norms[at : at + 2]), tuple(norms[at : at + 3])
    if three in {("half", "a", "dozen"), ("half", "a", "million"), ("half", "a", "billion")}:
        return Fraction({"dozen": 12, **_SCALES}[three[2]], 2), at + 3
    if two == ("a", "dozen"):
        return Fraction(12), at + 2
    if norms[at] == "dozen":
        return Fraction(12), at + 1
    if two[0] == "a" and two[1:] and (two[1] == "hundred" or two[1] in _SCALES):
        return _in_words(["one", *norms[at + 1 :]], 0, shift=at)
    return None


def _in_words(norms: Sequence[str], at: int, shift: int = 0) -> Reading | None:
    total, group, here, last = 0, 0, at, ""
    while here < len(norms):
        word = norms[here]
        if word in _SMALL and last not in {"small", "teen"} and not (last == "tens" and _SMALL[word] >= 10):
            group, last = group + _SMALL[word], "small" if _SMALL[word] < 10 else "teen"
        elif word in _TENS and last not in {"small", "teen", "tens"}:
            group, last = group + _TENS[word], "tens"
        elif word == "hundred" and 0 < group < 100:
            group, last = group * 100, "hundred"
        elif word in _SCALES and group:
            total, group, last = total + group * _SCALES[word], 0, "scale"
        elif not (word == "and" and last in {"hundred", "scale"} and _continues(norms, here + 1)):
            break
        here += 1
    if not last:
        return None
    return _decimals(norms, Fraction(total + group), here, shift)


def _continues(norms: Sequence[str], at: int) -> bool:
    return at < len(norms) and (norms[at] in _SMALL or norms[at] in _TENS)


def _decimals(norms: Sequence[str], value: Fraction, at: int, shift: int) -> Reading:
    if at + 1 < len(norms) and norms[at] == "point" and (norms[at + 1] in _DIGITS or norms[at + 1].isdecimal()):
        digits = ""
        at += 1
        while at < len(norms) and len(digits) < 20 and (norms[at] in _DIGITS or norms[at].isdecimal()):
            digits += str(_DIGITS[norms[at]]) if norms[at] in _DIGITS else norms[at]
            at += 1
        if digits.isascii():
            value += Fraction(int(digits), 10 ** len(digits))
    return value, at + shift


def read_ordinal(norms: Sequence[str], at: int) -> tuple[int, int] | None:
    """Read "third", "3rd" (two words: 3, rd) or "twenty first" at word `at`."""
    if at >= len(norms):
        return None
    following = norms[at + 1] if at + 1 < len(norms) else ""
    if norms[at].isdecimal() and norms[at].isascii() and len(norms[at]) < 5 and following in {"st", "nd", "rd", "th"}:
        return int(norms[at]), at + 2
    if norms[at] in _TENS and _ORDINALS.get(following, 99) < 10:
        return _TENS[norms[at]] + _ORDINALS[following], at + 2
    if norms[at] in _ORDINALS:
        return _ORDINALS[norms[at]], at + 1
    return None


def figure(value: Fraction | float) -> str:
    """A number to be spoken: figures without grouping, at most four decimals; huge ones in powers of ten."""
    if isinstance(value, Fraction):
        if value.denominator == 1 and abs(value) < 10**15:
            return str(value.numerator).replace("-", "minus ")
        value = float(value)
    if abs(value) >= 1e15 or (value and abs(value) < 1e-4):
        mantissa, _, power = f"{value:.3e}".partition("e")
        return f"{figure(float(mantissa))} times 10 to the power of {figure(float(power))}"
    return f"{value:.4f}".rstrip("0").rstrip(".").replace("-", "minus ")


def exact(value: Fraction | float) -> bool:
    """Whether `figure` says all of it."""
    return isinstance(value, Fraction) and (value * 10**4).denominator == 1 and abs(value) < 10**15

"""Sums: a small grammar of spoken arithmetic, worked out exactly.

Sum     = Product {("plus" | "minus") Product}
Product = Power {("times" | "divided by" | "percent of" | ...) Power}
Power   = Atom {"squared" | "cubed" | "to the power of" Atom}
Atom    = number | "minus" Atom | "the square root of" Power | "half of" Power | "(" Sum ")"
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from fractions import Fraction

import attrs

from voice_actors.offline.mind.numerals import exact, figure, read_number
from voice_actors.offline.mind.text import Utterance, sentence

_OPENING = re.compile(
    r"^(?:(?:what|how much|how many|which number) (?:is|are|does|do|would|will)(?: it if)?"
    r"|what|calculate|compute|work out|solve|evaluate|figure out|give me|find|tell me|is|can you|the result of|how much"
    r"|what do you get (?:if|when) you|and|now|then|do the math|do you know|i (?:need|want)(?: to know)?|so) ",
)
_CLOSING = re.compile(
    r" (?:equals?|equal to|is|be|make|makes|come to|give|gives|add up to|altogether|in total|all together|together"
    r"|please|for me|exactly|then|now|what|=|\?)$"
)
_PLUS = {
    "plus": 1,
    "+": 1,
    "added to": 1,
    "and": 0,
    "minus": -1,
    "-": -1,
    "−": -1,
    "–": -1,
    "take away": -1,
    "less": -1,
}  # noqa: RUF001
_TIMES = ("multiplied by", "times", "x", "*", "×", "by")  # noqa: RUF001
_OVER = ("divided by", "divide by", "over", "/", "÷")
_PAIRS = {
    "add": "plus",
    "sum": "plus",
    "subtract": "from",
    "multiply": "times",
    "product": "times",
    "divide": "divided by",
    "difference": "minus",
    "quotient": "divided by",
}
_HEARD_AS = {"to": 2, "too": 2, "for": 4, "fore": 4, "won": 1, "ate": 8, "tree": 3, "sex": 6}
"""What a recogniser makes of a lone figure, where only a figure can stand."""


class _NoSum(Exception):  # noqa: N818 - it is an answer, not a fault
    """These words are no sum."""


class _Impossible(Exception):  # noqa: N818
    """A sum without a value; the text says why."""


@attrs.frozen
class _Value:
    number: Fraction | float
    said: str


@attrs.define(eq=False)
class _Parser:
    words: list[str]
    at: int = 0
    operations: int = 0
    depth: int = 0

    def take(self, *phrases: str) -> str | None:
        for phrase in phrases:
            parts = phrase.split()
            if self.words[self.at : self.at + len(parts)] == parts:
                self.at += len(parts)
                return phrase
        return None

    def sum(self, *, joined: bool = False) -> _Value:
        self.depth += 1
        if self.depth > 20:
            raise _NoSum
        left = self.product()
        while sign := self._plus(joined=joined):
            right = self.product()
            word = "plus" if sign > 0 else "minus"
            left = _Value(_apply(lambda a, b, s=sign: a + s * b, left, right), f"{left.said} {word} {right.said}")
            self.operations += 1
        self.depth -= 1
        return left

    def _plus(self, *, joined: bool) -> int:
        sign = self.take(*(phrase for phrase in _PLUS if joined or phrase != "and"))
        return 0 if sign is None else _PLUS[sign] or 1

    def product(self) -> _Value:
        left = self.power()
        while True:
            if self.take("percent of", "per cent of", "% of", "% from"):
                right = self.power()
                left = _Value(_apply(lambda a, b: a * b / 100, left, right), f"{left.said} percent of {right.said}")
            elif self.take("percent off", "per cent off", "% off"):
                right = self.power()
                less = _apply(lambda a, b: b * (100 - a) / 100, left, right)
                left = _Value(less, f"{right.said} with {left.said} percent off")
            elif self.take(*_TIMES):
                right = self.power()
                left = _Value(_apply(lambda a, b: a * b, left, right), f"{left.said} times {right.said}")
            elif self.take(*_OVER):
                right = self.power()
                left = _Value(_apply(_divide, left, right), f"{left.said} divided by {right.said}")
            elif self.take("modulo", "mod"):
                right = self.power()
                left = _Value(_apply(_rest, left, right), f"{left.said} modulo {right.said}")
            else:
                return left
            self.operations += 1

    def power(self) -> _Value:
        base = self.atom()
        while True:
            if self.take("squared"):
                base = _Value(_power(base.number, Fraction(2)), f"{base.said} squared")
            elif self.take("cubed"):
                base = _Value(_power(base.number, Fraction(3)), f"{base.said} cubed")
            elif self.take("factorial"):
                base = _Value(_factorial(base.number), f"{base.said} factorial")
            elif self.take("to the power of", "to the power", "raised to the power of", "^"):
                exponent = self.atom()
                base = _Value(_power(base.number, exponent.number), f"{base.said} to the power of {exponent.said}")
            else:
                return base
            self.operations += 1

    def atom(self) -> _Value:
        if self.take("("):
            inner = self.sum()
            if not self.take(")"):
                raise _NoSum
            return inner
        if self.take("minus", "negative", "-", "−"):  # noqa: RUF001
            inner = self.atom()
            return _Value(-inner.number, f"minus {inner.said}")
        for phrase, said, work in _PREFIXES:
            if self.take(f"the {phrase}", f"a {phrase}", phrase):
                inner = self.power()
                self.operations += 1
                return _Value(work(inner.number), f"{said} {inner.said}")
        return self.number()

    def number(self) -> _Value:
        self.take("the number", "$", "€", "£")
        found = read_number(self.words, self.at)
        if found is None:
            alike = _HEARD_AS.get(self.words[self.at] if self.at < len(self.words) else "")
            found = None if alike is None else (Fraction(alike), self.at + 1)
        if found is None:
            raise _NoSum
        self.at = found[1]
        return _Value(found[0], figure(found[0]))


def _apply(work: Callable[[Fraction, Fraction], Fraction], left: _Value, right: _Value) -> Fraction | float:
    a, b = left.number, right.number
    try:
        if isinstance(a, Fraction) and isinstance(b, Fraction):
            return work(a, b)
        return float(work(Fraction(a), Fraction(b)))
    except ZeroDivisionError:
        raise _Impossible("You cannot divide by zero.") from None
    except (OverflowError, ValueError):
        raise _Impossible("That number is too big for me.") from None


def _divide(a: Fraction, b: Fraction) -> Fraction:
    return a / b


def _rest(a: Fraction, b: Fraction) -> Fraction:
    return a % b


def _power(base: Fraction | float, exponent: Fraction | float) -> Fraction | float:
    try:
        if isinstance(base, Fraction) and isinstance(exponent, Fraction) and exponent.denominator == 1:
            bits = max(base.numerator.bit_length(), base.denominator.bit_length())
            if bits * abs(exponent.numerator) > 2000:
                raise _Impossible("That number is too big for me.")
            return Fraction(base**exponent.numerator)
        return _real(math.pow(float(base), float(exponent)))
    except ZeroDivisionError:
        raise _Impossible("You cannot divide by zero.") from None
    except (OverflowError, ValueError):
        raise _Impossible("That has no answer among the real numbers that I can handle.") from None


def _real(value: float) -> Fraction | float:
    """Keep a root that comes out even exact."""
    near = Fraction(round(value)) if abs(value) < 1e15 else Fraction(0)
    return near if abs(value) < 1e9 and float(near) == value else value


def _root(value: Fraction | float) -> Fraction | float:
    if value < 0:
        raise _Impossible("A negative number has no real square root.")
    try:
        return _real(math.sqrt(value))
    except OverflowError:
        raise _Impossible("That number is too big for me.") from None


def _cube_root(value: Fraction | float) -> Fraction | float:
    try:
        size = math.pow(abs(float(value)), 1 / 3)
    except OverflowError:
        raise _Impossible("That number is too big for me.") from None
    whole = Fraction(round(size))
    found: Fraction | float = whole if whole**3 == abs(value) else size
    return found if value >= 0 else -found


def _factorial(value: Fraction | float) -> Fraction:
    if not isinstance(value, Fraction) or value.denominator != 1 or not 0 <= value <= 100:
        raise _Impossible("I can do factorials of whole numbers up to 100.")
    return Fraction(math.factorial(value.numerator))


_PREFIXES: tuple[tuple[str, str, Callable[[Fraction | float], Fraction | float]], ...] = (
    ("square root of", "the square root of", _root),
    ("root of", "the square root of", _root),
    ("cube root of", "the cube root of", _cube_root),
    ("factorial of", "the factorial of", _factorial),
    ("square of", "the square of", lambda value: _power(value, Fraction(2))),
    ("cube of", "the cube of", lambda value: _power(value, Fraction(3))),
    ("half of", "half of", lambda value: value / 2),
    ("third of", "a third of", lambda value: value / 3),
    ("quarter of", "a quarter of", lambda value: value / 4),
    ("double", "twice", lambda value: value * 2),
    ("twice", "twice", lambda value: value * 2),
    ("triple", "three times", lambda value: value * 3),
)


def answer_sum(utterance: Utterance) -> str | None:
    """Say what the sum comes to ("12 times 30 is 360."); None where the words are no sum."""
    words = _opened(utterance.plain)
    if not any(read_number(words, at) or words[at] in _HEARD_AS for at in range(len(words))):
        return None
    for start in (words, _pair(words)):
        parser = _Parser(start)
        try:
            value = parser.sum(joined=start is not words)
        except _NoSum:
            continue
        except _Impossible as reason:
            return str(reason)
        if parser.operations and parser.at == len(start):
            return _told(value)
    return None


def _told(value: _Value) -> str:
    # figure() of a huge float or Fraction could overflow: such numbers are refused before they get here.
    verb = "is" if exact(value.number) else "is about"
    try:
        return sentence(f"{value.said} {verb} {figure(value.number)}")
    except OverflowError:
        return "That number is too big for me."


def _opened(plain: str) -> list[str]:
    while (shorter := _CLOSING.sub("", _OPENING.sub("", plain))) != plain:
        plain = shorter
    plain = re.sub(r"\bopen(?:ing)? (?:paren\w*|brackets?)\b", "(", plain)
    plain = re.sub(r"\bclos(?:e|ing) (?:paren\w*|brackets?)\b", ")", plain)
    plain = re.sub(r"\bto the (second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth) power\b", _nth, plain)
    return plain.split()


def _nth(match: re.Match[str]) -> str:
    places = "second third fourth fifth sixth seventh eighth ninth tenth".split()
    return f"to the power of {places.index(match.group(1)) + 2}"


def _pair(words: list[str]) -> list[str]:
    """Turn "multiply 6 by 7", "the sum of 5 and 7" and "subtract 3 from 10" into the form between the numbers."""
    words = [word for word in words if word not in {"the", "up"}]
    if not words or words[0] not in _PAIRS:
        return ["and"]
    verb, rest = _PAIRS[words[0]], words[1:]
    rest = rest[1:] if rest[:1] in (["of"], ["between"]) else rest
    joint = next((word for word in ("from", "by", "with", "and", "to") if word in rest), None)
    if joint is None:
        return ["and"]
    cut = rest.index(joint)
    if verb == "from":
        return [*rest[cut + 1 :], "minus", *rest[:cut]] if joint == "from" else ["and"]
    return [*rest[:cut], *verb.split(), *rest[cut + 1 :]]

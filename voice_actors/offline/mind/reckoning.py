"""A small grammar of spoken arithmetic, worked out exactly.

Sum     = Product {("plus" | "minus") Product}
Product = Power {("times" | "divided by" | "percent of" | ...) Power}
Power   = Atom {"squared" | "cubed" | "to the power of" Atom}
Atom    = number | "minus" Atom | "the square root of" Power | "half of" Power | "(" Sum ")"
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from fractions import Fraction

import attrs

from voice_actors.offline.mind.numerals import figure, read_number

_PLUS = {
    "plus": 1,
    "+": 1,
    "added to": 1,
    "more than": 1,
    "and": 0,
    "minus": -1,
    "-": -1,
    "\N{MINUS SIGN}": -1,
    "\N{EN DASH}": -1,
    "take away": -1,
    "less": -1,
}
_TIMES = ("multiplied by", "times", "x", "*", "\N{MULTIPLICATION SIGN}", "by")
_OVER = ("divided by", "divide by", "over", "/", "÷")
_MOST = 100
"""Numbers in one sum; it also bounds how deep prefixes nest."""
_BIGGEST = 10**100
HEARD_AS = {"to": 2, "too": 2, "for": 4, "fore": 4, "won": 1, "ate": 8, "tree": 3, "sex": 6}
"""What a recogniser makes of a lone figure, where only a figure can stand."""


PARTS = {
    "half": 2, "halve": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8,
    "ninth": 9, "tenth": 10, "twelfth": 12, "twentieth": 20, "hundredth": 100, "thousandth": 1000,
}  # fmt: skip


class NoSum(Exception):  # noqa: N818 - it is an answer, not a fault
    """These words are no sum."""


class Impossible(Exception):  # noqa: N818
    """A sum without a value; the text says why."""


@attrs.frozen
class Value:
    """A number, and the words that it came from."""

    number: Fraction | float
    said: str


@attrs.define(eq=False)
class Parser:
    """Works out a sum from words, one grammar rule a method. Raises `NoSum` and `Impossible`."""

    words: list[str]
    at: int = 0
    operations: int = 0
    depth: int = 0
    atoms: int = 0

    def take(self, *phrases: str) -> str | None:
        """Step over the first of these phrases that stands here."""
        for phrase in phrases:
            parts = phrase.split()
            if self.words[self.at : self.at + len(parts)] == parts:
                self.at += len(parts)
                return phrase
        return None

    def sum(self, *, joined: bool = False) -> Value:
        """Terms, added and taken away; `joined` allows "and" for plus."""
        self.depth += 1
        if self.depth > 20:
            raise NoSum
        left = self.product()
        while True:
            if self.take("less than", "subtracted from", "taken from", "taken away from"):
                right = self.product()
                left = Value(_apply(operator.sub, right, left), f"{right.said} minus {left.said}")
                self.operations += 1
                continue
            if not (sign := self._plus(joined=joined)):
                break
            right = self._share(left, self.product())
            word, work = ("plus", operator.add) if sign > 0 else ("minus", operator.sub)
            left = Value(_apply(work, left, right), f"{left.said} {word} {right.said}")
            self.operations += 1
        self.depth -= 1
        return left

    def _share(self, left: Value, right: Value) -> Value:
        """Where "percent" follows, it is of what stands before: "80 minus 10 percent"."""
        if not self.take("percent", "per cent", "%"):
            return right
        return Value(_apply(lambda a, b: a * b / 100, left, right), f"{right.said} percent")

    def _plus(self, *, joined: bool) -> int:
        sign = self.take(*(phrase for phrase in _PLUS if joined or phrase != "and"))
        return 0 if sign is None else _PLUS[sign] or 1

    def product(self) -> Value:
        """Factors, and percentages of something."""
        left = self.power()
        while True:
            if self.take("percent of", "per cent of", "% of", "% from"):
                right = self.power()
                left = Value(_apply(lambda a, b: a * b / 100, left, right), f"{left.said} percent of {right.said}")
            elif self.take("percent more than", "% more than"):
                right = self.power()
                more = _apply(lambda a, b: b * (100 + a) / 100, left, right)
                left = Value(more, f"{right.said} plus {left.said} percent")
            elif self.take("percent off", "percent less than", "% less than", "per cent off", "% off"):
                right = self.power()
                less = _apply(lambda a, b: b * (100 - a) / 100, left, right)
                left = Value(less, f"{right.said} with {left.said} percent off")
            elif self._is_part(left) and self.take("of", "of a", "of the"):
                right = self.power()
                left = Value(_apply(operator.mul, left, right), f"{left.said} of {right.said}")
            elif self.take(*_TIMES):
                right = self.power()
                left = Value(_apply(operator.mul, left, right), f"{left.said} times {right.said}")
            elif self.take(*_OVER):
                right = self.power()
                left = Value(_apply(lambda a, b: a / b, left, right), f"{left.said} divided by {right.said}")
            elif self.take("modulo", "mod"):
                right = self.power()
                left = Value(_apply(operator.mod, left, right), f"{left.said} modulo {right.said}")
            else:
                return left
            self.operations += 1

    def _is_part(self, value: Value) -> bool:
        return isinstance(value.number, Fraction) and value.number.denominator != 1

    def power(self) -> Value:
        """Work out what is squared, cubed or raised."""
        base = self.atom()
        while True:
            if self.take("squared"):
                base = Value(_power(base.number, Fraction(2)), f"{base.said} squared")
            elif self.take("cubed"):
                base = Value(_power(base.number, Fraction(3)), f"{base.said} cubed")
            elif self.take("factorial"):
                base = Value(_factorial(base.number), f"{base.said} factorial")
            elif self.take("to the power of", "to the power", "raised to the power of", "^"):
                exponent = self.atom()
                base = Value(_power(base.number, exponent.number), f"{base.said} to the power of {exponent.said}")
            else:
                return base
            self.operations += 1

    def atom(self) -> Value:
        """Work out a number, or what stands in brackets or behind a prefix."""
        self.atoms += 1
        if self.atoms > _MOST:
            raise NoSum
        if self.take("("):
            inner = self.sum()
            if not self.take(")"):
                raise NoSum
            return inner
        if self.take("minus", "negative", "-", "\N{MINUS SIGN}"):
            inner = self.atom()
            return Value(-inner.number, f"minus {inner.said}")
        for phrase, said, work in _PREFIXES:
            if self.take(f"the {phrase}", f"a {phrase}", phrase):
                inner = self.power()
                self.operations += 1
                return Value(work(inner.number), f"{said} {inner.said}")
        number = self.fraction() or self.number()
        mixed = self.fraction() if self._whole(number) and self.take("and") else None
        return (
            number if mixed is None else Value(_apply(operator.add, number, mixed), f"{number.said} and {mixed.said}")
        )

    def _whole(self, value: Value) -> bool:
        """Whether a whole number is followed by "and" and a fraction: "two and three quarters"."""
        if self.words[self.at : self.at + 1] != ["and"] or value.number != round(value.number):
            return False
        here, self.at = self.at, self.at + 1
        found, self.at = self.fraction(), here
        return found is not None

    def fraction(self) -> Value | None:
        """Read "three quarters", "a third" or "half"; None, and no step taken, where there is none."""
        at = self.at
        if self.words[at : at + 1] == ["half"] and read_number(self.words, at) is None:  # "half a million" is a number
            self.at += 2 if self.words[at + 1 : at + 2] in (["a"], ["an"]) else 1
            return Value(Fraction(1, 2), "half")
        counted = (Fraction(1), at + 1) if self.words[at : at + 1] in (["a"], ["an"]) else read_number(self.words, at)
        if counted is None or counted[1] >= len(self.words) or counted[0].denominator != 1:
            return None
        part = self.words[counted[1]]
        below = PARTS.get(part, PARTS.get(part.removesuffix("s")))
        if below is None:
            return None
        self.at = counted[1] + 1
        return Value(counted[0] / below, f"{'a' if counted[0] == 1 else figure(counted[0])} {part}")

    def number(self) -> Value:
        """Read one number, be it misheard."""
        self.take("the number", "$", "€", "£")
        found = read_number(self.words, self.at)
        if found is None:
            alike = HEARD_AS.get(self.words[self.at] if self.at < len(self.words) else "")
            found = None if alike is None else (Fraction(alike), self.at + 1)
        if found is None:
            raise NoSum
        if found[0] > _BIGGEST:
            raise Impossible("That number is too big for me.")
        self.at = found[1]
        return Value(found[0], figure(found[0]))


def _apply(work: Callable[[Fraction, Fraction], Fraction], left: Value, right: Value) -> Fraction | float:
    a, b = left.number, right.number
    try:
        if isinstance(a, Fraction) and isinstance(b, Fraction):
            return work(a, b)
        return float(work(Fraction(a), Fraction(b)))
    except ZeroDivisionError:
        raise Impossible("You cannot divide by zero.") from None
    except (OverflowError, ValueError):
        raise Impossible("That number is too big for me.") from None


def _power(base: Fraction | float, exponent: Fraction | float) -> Fraction | float:
    try:
        if isinstance(base, Fraction) and isinstance(exponent, Fraction) and exponent.denominator == 1:
            bits = max(base.numerator.bit_length(), base.denominator.bit_length())
            if bits * abs(exponent.numerator) > 2000:
                raise Impossible("That number is too big for me.")
            return Fraction(base**exponent.numerator)
        return _real(math.pow(float(base), float(exponent)))
    except ZeroDivisionError:
        raise Impossible("You cannot divide by zero.") from None
    except (OverflowError, ValueError):
        raise Impossible("That has no answer among the real numbers that I can handle.") from None


def _real(value: float) -> Fraction | float:
    """Keep a root that comes out even exact."""
    near = Fraction(round(value)) if abs(value) < 1e15 else Fraction(0)
    return near if abs(value) < 1e9 and float(near) == value else value


def _root(value: Fraction | float) -> Fraction | float:
    if value < 0:
        raise Impossible("A negative number has no real square root.")
    try:
        return _real(math.sqrt(value))
    except OverflowError:
        raise Impossible("That number is too big for me.") from None


def _cube_root(value: Fraction | float) -> Fraction | float:
    try:
        size = math.pow(abs(float(value)), 1 / 3)
    except OverflowError:
        raise Impossible("That number is too big for me.") from None
    whole = Fraction(round(size))
    found: Fraction | float = whole if whole**3 == abs(value) else size
    return found if value >= 0 else -found


def _factorial(value: Fraction | float) -> Fraction:
    if not isinstance(value, Fraction) or value.denominator != 1 or not 0 <= value <= 100:
        raise Impossible("I can do factorials of whole numbers up to 100.")
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

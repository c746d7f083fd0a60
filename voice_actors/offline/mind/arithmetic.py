"""Sums that are asked for in words, and what they come to."""

from __future__ import annotations

import re
from fractions import Fraction

from voice_actors.offline.mind.numerals import exact, figure, read_number
from voice_actors.offline.mind.reckoning import HEARD_AS, PARTS, Impossible, NoSum, Parser, Value
from voice_actors.offline.mind.text import Utterance, listed, sentence

_OPENING = re.compile(
    r"^(?:(?:what )?do you get (?:if|when) you"
    r"|(?:what|how much|how many|which number) (?:is|are|does|do|would|will|in)(?: it if)?"
    r"|what|calculate|compute|work out|solve|evaluate|figure out|give me|find|tell me|is|can you|the result of|how much"
    r"|take|deduct|knock|if (?:you|i|we)|when (?:you|i|we)|and|now|then|do the math|do you know|i (?:need"
    r"|want)(?: to know)?|so) ",
)
_CLOSING = re.compile(
    r" (?:equals?|equal to|is|be|make|makes|come to|give|gives|add up to|altogether|in total|all together|together"
    r"|please|for me|exactly|then|now|what|=|\?|what do (?:you|i|we) get|what (?:is|does) (?:it|that)(?:"
    r" make)?|what (?:is|are) left|what remains)$"
)
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


_TURNS = (
    (
        re.compile(r"^(?:times |often )?(?:does|do|can|will|would) (.+) (?:go|fit) (?:in|into) (.+)$"),
        r"\2 divided by \1",
    ),
    (re.compile(r"^(?:times |often )?(?:go|goes|fit) (.+) (?:in|into) (.+)$"), r"\2 divided by \1"),
    (
        re.compile(r"^how (?:many times|often) (?:does|do|can|will) (.+) (?:go|fit) (?:in|into) (.+)$"),
        r"\2 divided by \1",
    ),
    (
        re.compile(r"^(?:the )?(?:remainder|rest) (?:of|when|if)(?: you divide)? (.+?) (?:is )?(?:divided )?by (.+)$"),
        r"\1 modulo \2",
    ),
    (re.compile(r"\bto the (\d+) (?:st|nd|rd|th)(?: power)?$"), r"to the power of \1"),
    (re.compile(r"^(?:split|share) (.+?) (?:between|among|by) (.+?)(?: people| ways)?$"), r"\1 divided by \2"),
)
"""Turns of phrase, and the same between the numbers."""
_LIST = re.compile(r"^(?:add|sum|total)(?: up)? ")
_OF_MANY = re.compile(
    r"^(?:the )?(average|mean|sum|total|biggest|largest|highest|greatest|smallest|lowest|least)(?: number)?"
    r" (?:of|between|among) (.+)$"
)


def _of_many(words: list[str]) -> str | None:
    """The average, sum, largest or smallest of several numbers."""
    asked = _OF_MANY.match(" ".join(words))
    if asked is None:
        return None
    rest = [word for word in asked.group(2).split() if word not in {"and", "or", "numbers", "the"}]
    numbers: list[Fraction] = []
    at = 0
    while at < len(rest) and (found := read_number(rest, at)) is not None:
        numbers.append(found[0])
        at = found[1]
    if at < len(rest) or not 2 <= len(numbers) <= 100:
        return None
    kind = asked.group(1)
    if kind in {"sum", "total"} and len(numbers) == 2:
        return None
    value = sum(numbers, Fraction(0))
    if kind in {"average", "mean"}:
        value /= len(numbers)
    elif kind not in {"sum", "total"}:
        value = min(numbers) if kind in {"smallest", "lowest", "least"} else max(numbers)
    return _told(Value(value, f"The {kind} of {listed([figure(one) for one in numbers])}"))


def answer_sum(utterance: Utterance) -> str | None:
    """Say what the sum comes to ("12 times 30 is 360."); None where the words are no sum."""
    words = _opened(utterance.plain)
    if not any(read_number(words, at) or words[at] in HEARD_AS for at in range(len(words))):
        return None
    for way in (words, _as_heard(words), _LIST.sub("sum of ", " ".join(words)).split()):
        if (told := _of_many(way) or _computed(way)) is not None:
            return told
    return None


_OPERATIONS = ("divide", "divided", "multiply", "multiplied", "subtract", "squared", "cubed", "times", "minus", "plus",
               "percent", "square", "average")  # fmt: skip
_SOUNDS = {"route": "root", "buy": "by", "bye": "by"}


def _as_heard(words: list[str]) -> list[str]:
    """The words with operations in place of what sounds like them: a recogniser writes "divine 90 by 4"."""
    figures = sum(read_number(words, at) is not None for at in range(len(words)))
    return [_meant(words, at, near=figures > 1) for at in range(len(words))]


def _meant(words: list[str], at: int, *, near: bool) -> str:
    """One word as it may be meant; `near` allows any that is spelled nearly like an operation."""
    word, before = words[at], words[at - 1] if at else ""
    parted = before in {"%", "percent", "half"} or before.removesuffix("s") in PARTS
    if parted and (word in {"on", "in", "or"} or (word == "off" and before not in {"%", "percent"})):
        return "of"
    if word in _SOUNDS or not near or len(word) < 4 or word in PARTS or read_number(words, at) is not None:
        return _SOUNDS.get(word, word)
    from rapidfuzz import fuzz, process

    found = process.extractOne(word, _OPERATIONS, scorer=fuzz.ratio, score_cutoff=80)
    return word if found is None else str(found[0])


def _computed(words: list[str]) -> str | None:
    for start in (words, _pair(words)):
        parser = Parser(start)
        try:
            value = parser.sum(joined=start is not words)
        except NoSum:
            continue
        except Impossible as reason:
            return str(reason)
        if parser.operations and parser.at == len(start):
            return _told(value)
    return None


def _told(value: Value) -> str:
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
    for pattern, said in _TURNS:
        plain = pattern.sub(said, plain)
    plain = re.sub(r"\bto the (second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)(?: power)?$", _nth, plain)
    return plain.split()


def _nth(match: re.Match[str]) -> str:
    places = ["second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]
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

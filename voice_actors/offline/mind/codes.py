"""Numbers and codes that are texts: order numbers, card digits, coupon codes, spelled out or not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from voice_actors.offline.mind.gleaning import Gleaner
from voice_actors.offline.mind.lexicon import bag, words
from voice_actors.offline.mind.roles import hint_stems
from voice_actors.offline.mind.schema import Parameter
from voice_actors.offline.mind.text import STOPWORDS, Word, stem

_NAMES: Final = bag(
    """
    id code number digits pin voucher coupon serial plate postcode zip zipcode isbn iban sku barcode otp passcode
    """,
)
_DIGITS: Final = {
    word: str(value)
    for value, word in enumerate(words("zero one two three four five six seven eight nine"))
} | {"oh": "0", "o": "0", "double": ""}  # fmt: skip

Span = tuple[int, int, str]


def is_code(parameter: Parameter) -> bool:
    """Whether a text parameter wants a code: by its name, or by a pattern of digits or capitals."""
    shape = parameter.shape
    if shape.kind != "string" or shape.choices:
        return False
    pattern = shape.limits.get("pattern")
    strict = isinstance(pattern, str) and ("0-9" in pattern or "\\d" in pattern or "A-Z" in pattern)
    return strict or bool(set(parameter.words) & _NAMES)


def glean_code(parameter: Parameter, gleaner: Gleaner) -> str | None:
    """The code that was said, without spaces; the one nearest behind a word that announces it."""
    hints = hint_stems(parameter)
    known = [span for span in _codes(gleaner) if parameter.shape.allows(span[2])]
    best = max(known, key=lambda span: (_announced(span[0], hints, gleaner), len(span[2])), default=None)
    best = best or _after_name(parameter, gleaner)
    if best is None:
        return None
    start, end, text = best
    gleaner.used.update(range(start, end))
    return text


def _codes(gleaner: Gleaner) -> Iterable[Span]:
    """Runs of digits, single letters and signs that belong together: "4 7 1 1", "A 12", "SPRING20"."""
    listed = gleaner.utterance.words
    at = 0
    while at < len(listed):
        end = at
        while end < len(listed) and gleaner.free(at, end + 1) and _spells(listed, at, end):
            end += 1
        text = "".join(_DIGITS.get(word.norm, word.text) for word in listed[at:end])
        if end > at and (any(char.isdigit() for char in text) or (len(text) > 2 and text.isupper())):
            yield at, end, text
        at = max(end, at + 1)


def _spells(listed: Sequence[Word], start: int, at: int) -> bool:
    word = listed[at]
    if word.norm in _DIGITS or word.text.isdecimal():
        return True
    joined = at > start and listed[at - 1].end == word.start
    ahead = at + 1 < len(listed) and word.end == listed[at + 1].start and listed[at + 1].text.isdecimal()
    shouted = word.text.isupper() and len(word.text) > 2
    letter = len(word.text) == 1 and word.text.isalpha() and (word.text.isupper() or word.norm not in STOPWORDS)
    return joined or ahead or shouted or (letter and word.norm != "i")


def _announced(start: int, hints: frozenset[str], gleaner: Gleaner) -> bool:
    return bool({stem(norm) for norm in gleaner.norms[max(0, start - 3) : start]} & hints)


def _after_name(parameter: Parameter, gleaner: Gleaner) -> Span | None:
    """A word that is a code though nothing in its form tells: "the coupon code welcome"."""
    for place, norm in enumerate(gleaner.norms[:-1]):
        following = place + 1
        word = gleaner.utterance.words[following]
        if norm not in {"code", "voucher", "coupon", "pin", *parameter.words} - STOPWORDS or word.norm in STOPWORDS:
            continue
        if word.stem not in hint_stems(parameter) and gleaner.free(following, following + 1):
            ended = following + 1 == len(gleaner.norms) or word.pause or gleaner.norms[following + 1] in STOPWORDS
            return (following, following + 1, word.text) if ended and parameter.shape.allows(word.text) else None
    return None

"""How written text is read aloud: where one takes breath, and what is said for what is written.

Pure text; knows nothing of voices. The voice itself reads numbers, dates, clock times, money and units; what stands
here is what it gets wrong: the marks of Markdown, addresses, and arithmetic.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

FIRST = 60
"""Letters of the first piece, where a comma allows it: the shorter it is, the sooner there is something to hear."""
COMFORTABLE = 110
"""Letters above which a sentence is divided at a comma; about 7 s of speech."""
SENTENCE_PAUSE = 0.22
CLAUSE_PAUSE = 0.08
"""Seconds of silence behind a piece."""
LONGEST = 240
"""Letters above which it is divided between any two words."""

_SENTENCE_END = re.compile(r"""[.!?…]+["'”’)\]*_]*(?=\s)|\n(?=\s*\S)""")  # noqa: RUF001 - quotes
_CLAUSE_END = re.compile(r"[,;:—](?=\s)| [-–—](?=\s)")  # noqa: RUF001 - dashes
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"“])(?:[A-Z]|Dr|Mr|Mrs|Ms|Prof|St|Jr|Sr|vs|etc|No|approx|e\.g|i\.e|[ap]\.m)\.$|(?:^|\n)\d{1,2}\.$"
)

_MARKDOWN = (
    (re.compile(r"!?\[([^\]]*)\]\([^)]*\)"), r"\1"),  # [words](address)
    (re.compile(r"^[ \t]*(?:#{1,6}|[-*+•>]|```\w*)[ \t]+", re.MULTILINE), ""),
    (re.compile(r"(?<!\w)(\*{1,3}|_{1,3}|`{1,3}|~~)(?=\S)(.+?)(?<=\S)\1(?!\w)"), r"\2"),
)
_SYMBOLS = (
    (re.compile(r"https?://(?:www\.)?([\w.-]+\w)\S*?(?=[.,;:!?)]*(?:\s|$))"), r"\1"),
    (re.compile(r"(?<=\w)\.(?=(?:com|org|net|dev|io|ai|edu|gov|co|de|uk|eu|py|js|wav)\b)", re.IGNORECASE), " dot "),
    (re.compile(r"[−–](?=\d)"), "-"),  # noqa: RUF001 - the typographical minus and dash are what is meant
    (re.compile(r"(?<=[\d)])\s*[*×·⋅x]\s*(?=[\d(])"), " times "),  # noqa: RUF001 - as above
    (re.compile(r"(?<=[\d)])\s*÷\s*(?=[\d(])|(?<=[\d)])\s+/\s+(?=[\d(])"), " divided by "),
    (re.compile(r"(?<=[\d)])\s+-\s+(?=[\d(])"), " minus "),
    (re.compile(r"(?<=[\d)])\s*\^\s*(?=\d)"), " to the power of "),
    (re.compile(r"(?<=\w)([⁰⁴-⁹]+)"), r" to the power of \1"),
    (re.compile(r"\s*(?:→|->|⇒|=>)\s*"), ", "),
    (re.compile(r"[≈~]\s*(?=\d)"), "about "),
    (re.compile(r"\s*≤\s*"), " at most "),
    (re.compile(r"\s*≥\s*"), " at least "),
    (re.compile(r"\s*≠\s*"), " is not "),
)
_ENDLESS_NUMBER = re.compile(r"\d[\d,]{14,}")
"""The voice knows no word above a thousand billions, and fails; who reads such a number reads its digits."""


def readable(text: str) -> str:
    """What is to be said for `text`, in words and signs that a voice knows."""
    for pattern, words in (*_MARKDOWN, *_SYMBOLS):
        text = pattern.sub(words, text)
    text = "".join(_plain_digit(letter) for letter in text)
    text = _ENDLESS_NUMBER.sub(lambda number: " ".join(number.group().replace(",", "")), text)
    return " ".join(text.split())


def _plain_digit(letter: str) -> str:
    """Digits in circles, raised, or of other scripts: the voice fails on them, but for "squared" and "cubed"."""
    if letter.isascii() or letter in "²³" or not letter.isdigit():
        return letter
    return str(unicodedata.digit(letter))


def pieces(text: str) -> list[str]:
    """Divide text where a speaker would pause; put together again the pieces are the text, without its outer spaces.

    Each piece keeps the space behind it, and holds at least one letter or digit where the text has any.
    """
    text = text.strip()
    parts: list[str] = []
    for sentence in _divide(text, _SENTENCE_END):
        for clause in _clauses(sentence, COMFORTABLE if parts else FIRST):
            parts += _lines(clause)
    return _with_sound(parts)


def ends_sentence(piece: str) -> bool:
    """The speaker drops the voice here, and pauses longer than at a comma."""
    return re.search(r"""[.!?…]["'”’)\]*_]*\s*$|\n\s*$""", piece) is not None  # noqa: RUF001 - quotes


def pause_behind(piece: str) -> float:
    """Seconds until the next piece."""
    return SENTENCE_PAUSE if ends_sentence(piece) else CLAUSE_PAUSE


def _divide(text: str, end: re.Pattern[str]) -> Iterator[str]:
    """Cut behind each match and the space that follows it."""
    start = 0
    for match in end.finditer(text):
        if end is _SENTENCE_END and not _is_end(text, match):
            continue
        cut = match.end() + len(text[match.end() :]) - len(text[match.end() :].lstrip())
        yield text[start:cut]
        start = cut
    if text[start:]:
        yield text[start:]


def _is_end(text: str, match: re.Match[str]) -> bool:
    """A new line always ends a sentence; a stop does not inside "Dr. Bell", "1. Tea" or "Yes... no"."""
    if match.group() == "\n":
        return True
    following = text[match.end() :].lstrip(" ")[:1]
    return not following.islower() and _ABBREVIATION.search(text[max(0, match.end() - 12) : match.end()]) is None


def _clauses(sentence: str, comfortable: int) -> Iterator[str]:
    """Leave a short sentence whole; else gather its clauses into pieces that are neither long nor a word or two."""
    gathered = ""
    for clause in _divide(sentence, _CLAUSE_END) if len(sentence) > comfortable else (sentence,):
        if len(gathered) >= 20 and len(gathered) + len(clause) > comfortable:
            yield gathered
            gathered, comfortable = "", COMFORTABLE
        gathered += clause
    yield gathered


def _lines(clause: str) -> Iterator[str]:
    while len(clause) > LONGEST:
        cut = clause.rfind(" ", 1, LONGEST) + 1 or LONGEST
        yield clause[:cut]
        clause = clause[cut:]
    yield clause


def _with_sound(parts: list[str]) -> list[str]:
    """Join what cannot be said (a dash, a smile) to what is said before it, or else after it."""
    joined: list[str] = []
    for part in parts:
        if joined and not (_sounds(part) and _sounds(joined[-1])):
            joined[-1] += part
        else:
            joined.append(part)
    return joined


def _sounds(part: str) -> bool:
    return any(letter.isalnum() for letter in part)

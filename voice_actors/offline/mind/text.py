"""Words as a speech recogniser writes them, made comparable: tokens, contractions, fillers and light stems."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import attrs

from voice_actors.offline.mind.lexicon import bag

_TOKEN = re.compile(
    r"\d{4}-\d{2}-\d{2}|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,2}:\d{2}|\d+(?:\.\d+)?"
    r"|[^\W\d_]+(?:'[^\W\d_]+)*|[-+*/^\u00d7÷=%$€£¥₹()\u2212\u2013]",
)
_MERIDIEM = re.compile(r"\b([ap])\.\s?m\b\.?", re.IGNORECASE)
_QUOTED = re.compile(r"\"([^\"]+)\"|(?<!\w)'([^']+)'(?!\w)")
_STRAIGHT = {0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"'}
"""Typographic quotation marks, as the plain ones."""
_PAUSES = frozenset(",;:.?!")
_ENDS = frozenset(".?!")
_SHORT = {"m": "am", "re": "are", "ll": "will", "ve": "have", "d": "would"}
_NEGATED = {"can't": "can", "won't": "will", "shan't": "shall", "cannot": "can"}
_IS_AFTER = bag("what who where how when it that there here he she which name")
_CONTRACTED = frozenset(f"{word}'s" for word in (*_IS_AFTER, "let"))
_JOINED = {"gonna": "going to", "wanna": "want to", "gimme": "give me", "lemme": "let me", "whats": "what is"}

FILLERS = bag(
    """
    um uh er erm ah hmm mm mhm please just kindly okay ok alright well so actually basically
    """,
)
STOPWORDS = bag(
    """
    a an the this that these those and or but if then than so as is am are was were be been being do does did
    doing have has had having will would shall should can could may might must i me my mine we us our you
    your yours he him his she her it its they them their to of in on at for from with by about into onto up
    out over under again there here what which who whom whose when where why how all any both each more most
    some such no not only own same too very just also please like tell give want need know let go get got
    thing things something anything now right hey hi hello okay ok um uh thanks thank going look looking much
    many way kind sort
    """,
)
_LEAD = re.compile(
    r"^(?:(?:hey|hi|hello|yes|yeah|oh|right|now|then|and|gemini|assistant|computer)\s+(?=\S+\s+\S)"
    r"|(?:can|could|would|will) you (?!be\b|do\b|help\b|see\b|hear\b|understand\b|speak\b|feel\b|think\b"
    r"|sleep\b)(?:tell me |help me )?"
    r"|(?:i would like|i want|i need|i would love) you to "
    r"|(?:i would like|i want|i need|i would love|do you know|any idea|let me know|tell me if you know) "
    r"(?:to know )?(?=what\b|how\b|who\b|when\b|where\b|which\b)"
    r"|tell me (?=what\b|how\b|who\b|when\b|where\b|which\b|the\b))",
)


@attrs.frozen
class Word:
    """One word of an utterance; a contraction is two words that share their place."""

    text: str
    norm: str
    """Lower case, no possessive."""
    start: int
    end: int
    first: bool
    """A sentence starts here, so that a capital says nothing."""
    pause: bool
    """A comma, full stop or the like follows."""
    quote: int
    """Number of the quotation that it stands in, 0 outside."""

    @property
    def stem(self) -> str:
        """The word without its ending."""
        return stem(self.norm)

    @property
    def capital(self) -> bool:
        """Written like a name."""
        return self.text[0].isupper() and self.norm not in STOPWORDS


@attrs.frozen
class Utterance:
    """What was said, as text and as words."""

    text: str
    words: tuple[Word, ...]

    @property
    def norms(self) -> tuple[str, ...]:
        """The words in lower case."""
        return tuple(word.norm for word in self.words)

    @property
    def cased(self) -> bool:
        """Whether capitals mean anything here: a recogniser writes them, a typist may not."""
        return any(word.capital and not word.first for word in self.words)

    @property
    def plain(self) -> str:
        """Lower-case words without fillers and polite openings, for patterns."""
        return strip_lead(self.unled)

    @property
    def unled(self) -> str:
        """Lower-case words without fillers, a leading "and" still in front."""
        return " ".join(norm for norm in self.norms if norm not in FILLERS)

    @property
    def spoken(self) -> str:
        """The words in their own case, contractions opened, punctuation and fillers gone."""
        return " ".join(self._written(word) for word in self.words if word.norm not in FILLERS)

    def _written(self, word: Word) -> str:
        """The word with its possessive, if it had one: "Anna's"."""
        whole = self.text[word.start : word.end]
        return whole if whole == f"{word.text}'s" and whole.lower() not in _CONTRACTED else word.text

    def slice(self, start: int, end: int) -> str:
        """The text of words `start` to `end` (not included), as it was written."""
        if start >= end:
            return ""
        return self.text[self.words[start].start : self.words[end - 1].end]

    def part(self, start: int, end: int) -> Utterance:
        """Words `start` to `end` (not included) as an utterance of their own."""
        return Utterance(self.text, self.words[start:end])


def strip_lead(plain: str) -> str:
    """Drop polite openings, however many there are."""
    while (shorter := _LEAD.sub("", plain, count=1)) != plain:
        plain = shorter
    return plain.strip()


def read(text: str) -> Utterance:
    """Cut an utterance into words."""
    tidy = _MERIDIEM.sub(r"\1m", text.translate(_STRAIGHT))[:2000]
    words: list[Word] = []
    first = True
    quotes = [match.span() for match in _QUOTED.finditer(tidy)]
    # "twenty-five" is two words, but a hyphen before a figure is a minus.
    for match in _TOKEN.finditer(re.sub(r"(?<=\w)-(?=[^\W\d])", " ", tidy)):
        after = tidy[match.end() : match.end() + 2].lstrip("\"') ")
        start, end = match.span()
        quote = next((number for number, (a, b) in enumerate(quotes, 1) if a < start and end < b), 0)
        pause = tidy[end : end + 1] in _PAUSES or (after[:1] in _PAUSES and bool(after))
        parts = list(_open(match.group().removesuffix("'")))
        for place, (written, norm) in enumerate(parts):
            last = place == len(parts) - 1
            words.append(Word(written, norm, start, end, first and place == 0, pause and last, quote))
        first = tidy[end : end + 1] in _ENDS and bool(tidy[end : end + 1])
    return Utterance(tidy, tuple(_counted(words)))


_SOUND: Final = {
    "to": "two",
    "too": "two",
    "for": "four",
    "fore": "four",
    "ate": "eight",
    "won": "one",
    "tree": "three",
}
_BEFORE_COUNT: Final = bag("for in at of by about around after every in least most under over than within")
_COUNTED: Final = bag(
    "second seconds minute minutes hour hours day days week weeks night nights people persons am pm o'clock"
)


def _counted(words: list[Word]) -> Iterable[Word]:
    """Numbers that were written as the words they sound like: "for to minutes", "at ate pm"."""
    for at, word in enumerate(words):
        before = words[at - 1].norm if at else ""
        after = words[at + 1].norm if at + 1 < len(words) else ""
        heard = _SOUND.get(word.norm) if before in _BEFORE_COUNT and after in _COUNTED else None
        yield word if heard is None or before == word.norm == "in" else attrs.evolve(word, norm=heard)


def _open(token: str) -> Iterable[tuple[str, str]]:
    """Yield a token's words (as written, lower case): "what's" is two, "Oslo's" is one."""
    low = token.lower()
    if low in _JOINED:
        return [(word, word) for word in _JOINED[low].split()]
    if low in _NEGATED or (low.endswith("n't") and len(low) > 3):
        base = _NEGATED.get(low, low[:-3])
        return [(token[: len(base)], base), ("not", "not")]
    head, mark, tail = low.partition("'")
    if not mark:
        return [(token, low)]
    if tail in _SHORT:
        return [(token[: len(head)], head), (_SHORT[tail], _SHORT[tail])]
    if tail == "s" and (head in _IS_AFTER or head == "let"):
        second = "us" if head == "let" else "is"
        return [(token[: len(head)], head), (second, second)]
    return [(token[: len(head)], head)] if tail == "s" else [(token, low)]


_IRREGULAR = {
    "ran": "run", "swam": "swim", "rode": "ride", "ridden": "ride", "walked": "walk", "bought": "buy", "sent": "send",
    "paid": "pay", "stolen": "steal", "stole": "steal", "spent": "spend", "drove": "drive", "driven": "drive",
    "ate": "eat", "eaten": "eat", "slept": "sleep", "flew": "fly", "flown": "fly", "broke": "break", "met": "meet",
    "broken": "break", "drank": "drink", "wrote": "write", "written": "write", "took": "take", "taken": "take",
}  # fmt: skip


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """Cut the endings that English puts on nouns and verbs; meant for comparing, not for reading."""
    word = word.lower()
    word = _IRREGULAR.get(word, word)
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes", "zes", "oes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ation", "ion", "ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and re.search(r"[aeiouy]", word[: -len(ending)]):
            word = word[: -len(ending)] + ("at" if ending == "ation" else "")
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "ls":
                word = word[:-1]
            break
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


_HUMP = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@lru_cache(maxsize=4096)
def split_name(name: str) -> tuple[str, ...]:
    """The words of an identifier: get_stockPrice is get, stock, price."""
    return tuple(part.lower() for part in _HUMP.findall(name))


def one_of(choices: tuple[str, ...], seed: int) -> str:
    """One of several ways to say it: the same for the same conversation."""
    return choices[seed % len(choices)]


def sentence(text: str) -> str:
    """Text as a sentence: a capital in front, a full stop behind."""
    text = text.strip()
    if not text:
        return ""
    text = text[0].upper() + text[1:]
    return text if text[-1] in ".?!" else text + "."


def listed(items: Iterable[str], word: str = "and") -> str:
    """Several things as one says them: a, b and c."""
    every = [item for item in items if item]
    if len(every) < 2:
        return "".join(every)
    return f"{', '.join(every[:-1])} {word} {every[-1]}"

"""Taking words out of an utterance: spans after a small word, quotations, leftovers; each word is used once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import attrs

from voice_actors.offline.mind.days import find_moments
from voice_actors.offline.mind.hours import Duration, Moment, read_duration
from voice_actors.offline.mind.lexicon import bag
from voice_actors.offline.mind.quantities import Figure, read_figures
from voice_actors.offline.mind.text import FILLERS, STOPWORDS, Utterance, read
from voice_actors.offline.mind.thesaurus import intents_of

ARTICLES: Final = bag("a an the my our your some this that")
_OBJECTS: Final = ARTICLES | {"me", "us", "it", "them", "him", "her"}
_LEADS: Final = frozenset({"that", "a", "an", "the", "some", "to", "please"})
_STOPPERS: Final = bag(
    """
    in on at for to from with by about into saying says that which who what when where how and or then please
    but of is are was will be now right using via as if because called named titled i you me it we tonight
    today tomorrow currently look looking like going doing under over below above than less more within
    least most leave leaves
    depart departs arrive arrives this next every each without via over through
    """,
)
_INNER: Final = bag("of de la le upon on the and in del da du van von")
_NOWHERE: Final = bag(
    """
    general case fact mind advance total detail short particular return me you us it them celsius fahrenheit
    """,
)
_MEASURES: Final = bag(
    """
    pair pairs bottle bottles pack packs packet packets box boxes bag bags can cans cup cups glass glasses piece
    pieces slice slices loaf loaves kilo kilos pound pounds liter liters litre litres gram grams bunch tube tubes
    roll rolls carton cartons jar jars dozen sheet sheets
    """,
)
_DANGLING: Final = bag("to in on at for and with by until before from of due")
_NOTHING: Final = bag("something anything things stuff")
_KIND_NAMES: Final = bag("event task reminder note alarm timer calendar list todo item entry title name thing")
_OPENERS: Final = re.compile(
    r"^(?:(?:oh|yes|yeah|um|uh|er|well|so|okay|ok|sure|hmm|no|please|it is|that is|this is|it should be|make it"
    r"|i am in|i am at|i live in|let us say|let us take|i would say"
    r"|i would like|i want|i need|i mean|i meant|how about|what about|maybe|perhaps|say|take|use|the one in|for"
    r"|in|at|to|on|with|of|from|about|a|an|the|my|some|called|named|just)\s+)+",
)  # fmt: skip


@attrs.define(eq=False)
class Gleaner:
    """An utterance and which of its words are taken."""

    utterance: Utterance
    now: datetime
    explained: frozenset[int]
    """Words that named the function, and so are no values."""
    kinds: frozenset[str] = frozenset()
    """Stems of the function's own name, which are no values either."""
    used: set[int] = attrs.field(factory=set[int])
    refused: set[str] = attrs.field(factory=set[str])
    """Parameters for which a value was said that is not allowed."""
    told: set[tuple[int, str]] = attrs.field(factory=set[tuple[int, str]])
    """Days and times of day, by the first word of their moment, that went into a parameter."""
    settled: set[str] = attrs.field(factory=set[str])
    """Parameters that were looked for already."""
    beside: set[int] = attrs.field(factory=set[int])
    """Units behind numbers that were taken; they may still be the value of a parameter that wants a unit."""
    partial: list[tuple[object, Mapping[str, Any]]] = attrs.field(factory=list[tuple[object, Mapping[str, Any]]])
    """Parameters that are objects, with the part of them that was found."""
    moments: list[Moment] = attrs.field(init=False)
    durations: list[Duration] = attrs.field(init=False)
    timely: set[int] = attrs.field(init=False)
    """Words that tell a time, day or duration."""

    def __attrs_post_init__(self) -> None:
        norms = self.norms
        self.durations = _durations(norms)
        self.moments = find_moments(norms, self.now)
        spans: list[Moment | Duration] = [*self.moments, *self.durations]
        self.timely = {place for span in spans for place in range(span.start, span.end)}

    @property
    def norms(self) -> tuple[str, ...]:
        """The words in lower case."""
        return self.utterance.norms

    def free(self, start: int, end: int) -> bool:
        """Whether none of these words is taken."""
        return not self.used & set(range(start, end))

    def take(self, start: int, end: int) -> str:
        """Take words, with the small word before them, and return their text."""
        text = self.utterance.slice(start, end)
        self.used.update(range(start, end))
        before = start - 1
        while before >= 0 and self.norms[before] in ARTICLES:
            before -= 1
        if before >= 0 and self.norms[before] in _STOPPERS - {"and", "or"}:
            self.used.update(range(before, start))
        return text.strip(' .,;:?!"“”')

    def figures(self) -> list[Figure]:
        """Every number that is not taken, an amount such as "3 euros 50" as one."""
        return list(read_figures(self.norms, self.free))

    def after_cue(self, cues: Sequence[str], *, longest: int = 5) -> tuple[int, int] | None:
        """The first run of words after one of the cues, the surest cue first."""
        for cue in cues:
            for place, norm in enumerate(self.norms):
                if norm == cue and place not in self.used and place not in self.timely:
                    span = self.phrase(place + 1, longest)
                    if span is not None:
                        return span
        return None

    def phrase(self, at: int, longest: int = 5) -> tuple[int, int] | None:
        """The noun phrase that starts at word `at`, without its article; None where there is none worth taking."""
        while (
            at < len(self.norms) and (self.norms[at] in ARTICLES or self.norms[at] in FILLERS) and at not in self.used
        ):
            at += 1
        end = at
        while end < len(self.norms) and end - at < longest and (self._goes_on(at, end) or self._measures(at, end)):
            end += 1
            if self.utterance.words[end - 1].pause:
                break
        norms = self.norms[at:end]
        solid = any(norm not in STOPWORDS and norm not in _NOWHERE for norm in norms)
        return (at, end) if solid and not set(range(at, end)) <= self.explained else None

    def _measures(self, at: int, end: int) -> bool:
        """Whether an "of" stands behind a measure: "bottles of shampoo"."""
        return at < end < len(self.norms) - 1 and self.norms[end] == "of" and self.norms[end - 1] in _MEASURES

    def _goes_on(self, at: int, end: int) -> bool:
        if end in self.used or end in self.timely or self.norms[end] in {"%", "$"}:
            return False
        words = self.utterance.words
        if self.norms[end] not in _STOPPERS:
            return True
        following = end + 1 < len(words) and words[end + 1].capital and end + 1 not in self.used
        return at < end and self.norms[end] in _INNER - {"in", "on", "and"} and words[end - 1].capital and following

    def after_colon(self) -> tuple[int, int] | None:
        """What stands behind a colon: "new task: clean the desk"."""
        words = self.utterance.words
        at = next((at for at, word in enumerate(words[:-1], 1) if self.utterance.text[word.end :][:1] == ":"), None)
        return None if at is None else self.rest(at, until_time=True, whole=True)

    def rest(self, at: int, *, until_time: bool, whole: bool = False) -> tuple[int, int] | None:
        """Everything from word `at` on, up to the first taken word (or time, where a time is wanted elsewhere).

        `whole` keeps an article in front, as a message has it.
        """
        skipped = _LEADS - ARTICLES | {"that"} if whole else _LEADS
        while at < len(self.norms) and (self.norms[at] in skipped or at in self.used):
            at += 1
        end = at
        while end < len(self.norms) and end not in self.used and not (until_time and end in self.timely):
            end += 1
        while end > at and (self.norms[end - 1] in FILLERS or self.norms[end - 1] in _DANGLING):
            end -= 1
        solid = any(norm not in _STOPPERS | ARTICLES | _NOTHING for norm in self.norms[at:end])
        return (at, end) if solid else None

    def quoted(self) -> tuple[int, int] | None:
        """The first quotation that is not taken."""
        for place, word in enumerate(self.utterance.words):
            if word.quote and place not in self.used:
                end = place
                while end < len(self.norms) and self.utterance.words[end].quote == word.quote:
                    end += 1
                return place, end
        return None

    def leftover(self, *, names_only: bool, keep_heads: bool = False) -> tuple[int, int] | None:
        """The longest run of words that nothing else explains; of names only, where capitals tell them."""
        best: tuple[int, int] | None = None
        for start, end in self._runs(keep_heads=keep_heads):
            named = not names_only or not self.utterance.cased or self.utterance.words[start].capital
            own = set(range(start, end)) - self.explained or (keep_heads and not self._kind(start, end))
            if named and own and (best is None or end - start > best[1] - best[0]):
                best = start, end
        return best

    def _kind(self, start: int, end: int) -> bool:
        words = self.utterance.words[start:end]
        return all(word.norm in _KIND_NAMES or word.stem in self.kinds for word in words)

    def _runs(self, *, keep_heads: bool) -> Iterable[tuple[int, int]]:
        start: int | None = None
        for place in range(len(self.norms) + 1):
            inside = place < len(self.norms) and self._loose(place, keep_heads=keep_heads)
            if inside and start is None:
                start = place
            elif not inside and start is not None:
                yield start, place
                start = None
            if inside and start is not None and self.utterance.words[place].pause:
                yield start, place + 1
                start = None

    def _loose(self, place: int, *, keep_heads: bool) -> bool:
        norm = self.norms[place]
        if place in self.used or place in self.timely or norm in STOPWORDS or norm in FILLERS or norm in _NOWHERE:
            return False
        if place == 0 and self.norms[1:2] and self.norms[1] in _OBJECTS:
            return False  # "kill the lights": a verb that we do not know is no value
        if place in self.explained:
            return keep_heads and not (intents_of(norm) and place < 2)
        verb = intents_of(norm) and not self.utterance.words[place].capital
        return not verb and not (place < 2 and intents_of(norm)) and norm[0].isalnum()


def _durations(norms: Sequence[str]) -> list[Duration]:
    found: list[Duration] = []
    at = 0
    while at < len(norms):
        length = read_duration(norms, at)
        if length is not None:
            found.append(length)
        at = at + 1 if length is None else length.end
    return found


def bare_answer(text: str) -> str:
    """What is left of an answer such as "oh, in Oslo, please" when the wrapping is off."""
    utterance = read(text)
    words = [word for word in utterance.words if word.norm not in {"please", "thanks", "uh", "um", "er"}]
    plain = " ".join(word.norm for word in words)
    opened = _OPENERS.match(plain)
    skip = len(opened.group().split()) if opened else 0
    kept = words[skip:] or words
    if kept and kept[-1].norm == "you" and len(kept) > 2 and kept[-2].norm == "thank":
        kept = kept[:-2]
    if not kept:
        return ""
    return utterance.text[kept[0].start : kept[-1].end].strip(' .,;:?!"“”')

"""Values that are words: places, people, messages, titles, things to look for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from voice_actors.offline.mind.gleaning import ARTICLES, Gleaner
from voice_actors.offline.mind.lexicon import LANGUAGES, bag
from voice_actors.offline.mind.roles import Role, cues_of, direction_of, role_of
from voice_actors.offline.mind.schema import Parameter
from voice_actors.offline.mind.text import STOPWORDS, Word, stem
from voice_actors.offline.mind.thesaurus import GENERIC, intents_of
from voice_actors.offline.mind.unit_texts import unit_span
from voice_actors.offline.mind.values import as_currency

_TIMES: Final = frozenset({Role.DATE, Role.CLOCK, Role.INSTANT, Role.DURATION})
_TO_PEOPLE: Final = bag("text message call email phone ring tell ask invite remind ping pay mail dial")
_SAYING: Final = frozenset(["saying", "says", "reading"])
_ANNOUNCING: Final = frozenset({"me", "us", "reminder", "task", "note", "alarm"})
_NAMING: Final = frozenset(["called", "named", "titled", "labelled", "labeled"])
_OBJECT_VERBS: Final = bag(
    """
    search google play define translate add order buy find lookup call spell calculate book create track
    """,
)

_HOW_SAID: Final = {("how", verb) for verb in ("do", "would", "can", "could", "should")}

Span = tuple[int, int]


def glean_text(
    parameter: Parameter, gleaner: Gleaner, beside: Sequence[Parameter], *, outright: bool = False
) -> str | None:
    """The words that a text parameter wants. `outright` takes only what is announced beyond doubt."""
    role = role_of(parameter)
    span = _outright(role, gleaner) if outright else _span(parameter, role, gleaner, beside)
    if span is None:
        return None
    before = set(gleaner.used)
    span = _without_kind(span, role, gleaner)
    text = gleaner.take(*span)
    if span[1] in gleaner.explained:  # "Oslo's weather" is Oslo's, but "a table at Luigi's" is at Luigi's
        text = text.removesuffix("'s")
    if role in {Role.PLACE, Role.PERSON} and text == text.lower() and not re.search(r"\d", text):
        common = _common(parameter) or (span[0] > 0 and gleaner.norms[span[0] - 1] in ARTICLES)
        text = text if common else text.title()  # but "my brother" and "the airport" are no names
    text = as_currency(text, parameter)
    if not text or not parameter.shape.allows(text):
        gleaner.used = before
        return None
    return text


def _without_kind(span: Span, role: Role, gleaner: Gleaner) -> Span:
    """Drop what only names the kind behind a name: "Google shares" is Google, "Bo's phone number" is Bo's."""
    start, end = span
    words = gleaner.utterance.words
    if role in {Role.TITLE, Role.PERSON, Role.WORD}:
        owner = next((at for at in range(start, end - 1) if _possessive(gleaner.utterance.text, words[at])), None)
        kind = range(end if owner is None else owner + 1, end)
        if owner is not None and all(at in gleaner.explained or words[at].stem in GENERIC for at in kind):
            gleaner.used.update(range(owner + 1, end))
            return start, owner + 1
    while role is Role.WORD and end - start > 1 and end - 1 in gleaner.explained:
        end -= 1
    return start, end


def _possessive(text: str, word: Word) -> bool:
    return text[word.start : word.end].endswith("'s") and not word.text.endswith("'s")


def _common(parameter: Parameter) -> bool:
    """Rooms and zones have no proper names."""
    return bool(set(parameter.words) & {"room", "zone", "area"})


def _outright(role: Role, gleaner: Gleaner) -> Span | None:
    if (quoted := gleaner.quoted()) is not None:
        return quoted
    if role in {Role.MESSAGE, Role.TITLE} and (after := gleaner.after_colon()) is not None:
        return after
    marks = _SAYING if role is Role.MESSAGE else _NAMING if role is Role.TITLE else frozenset[str]()
    for place, norm in enumerate(gleaner.norms):
        if norm in marks and place not in gleaner.used:
            return gleaner.rest(place + 1, until_time=role is Role.TITLE)
    return None


def _span(parameter: Parameter, role: Role, gleaner: Gleaner, beside: Sequence[Parameter]) -> Span | None:
    named = _beside_its_name(parameter, gleaner)
    if named is not None:
        return named
    timed = any(role_of(one) in _TIMES or one.shape.kind in {"integer", "number"} for one in beside)
    match role:
        case Role.PERSON:
            return _person(gleaner) or _named(parameter, gleaner) or _one_left(parameter, gleaner)
        case Role.PLACE:
            return _place(parameter, gleaner)
        case Role.UNIT:
            return unit_span(parameter, gleaner)
        case Role.MESSAGE:
            found = _phrase_for(gleaner) or _told(gleaner, timed=timed) or _message(gleaner, timed=timed)
            return found or _object(gleaner, timed=timed)
        case Role.QUERY:
            return (
                _object(gleaner, timed=timed)
                or gleaner.after_cue(cues_of(parameter, role))
                or _left(gleaner, parameter)
            )
        case Role.TITLE:
            return _title(gleaner, timed=timed) or _left(gleaner, parameter)
        case _:
            return (
                gleaner.after_cue(cues_of(parameter, role))
                or _object(gleaner, timed=timed)
                or _left(gleaner, parameter)
            )


def _left(gleaner: Gleaner, parameter: Parameter) -> Span | None:
    """What nothing else explains; only where the parameter must have a value."""
    return (
        gleaner.leftover(names_only=False, keep_heads=role_of(parameter) is Role.TITLE) if parameter.required else None
    )


def _beside_its_name(parameter: Parameter, gleaner: Gleaner) -> Span | None:
    """The words after the parameter's own name: "subject lunch", "room number twelve", "label: tea"."""
    own = [stem(word) for word in parameter.words if word not in STOPWORDS]
    for place, norm in enumerate(gleaner.norms):
        if own and stem(norm) == own[-1] and place not in gleaner.used and place not in gleaner.explained:
            start = place + 1
            while start < len(gleaner.norms) and gleaner.norms[start] in {"is", "of", "called", "named", "as"}:
                start += 1
            span = gleaner.phrase(start, 4)
            if span is not None:
                return span
    return None


def _person(gleaner: Gleaner) -> Span | None:
    """Whom a message goes to: "text Anna", "call my sister", "tell Bob Smith that"."""
    for place, norm in enumerate(gleaner.norms[:-1]):
        if norm in _TO_PEOPLE and place not in gleaner.used:
            span = gleaner.phrase(place + 1, 3)
            if span is None or gleaner.norms[span[0]] in _TO_PEOPLE or span[0] in gleaner.explained:
                continue
            start, end = span
            words = gleaner.utterance.words
            named = start + 1
            while named < end and words[named].capital:
                named += 1
            return start, named
    return None


def _one_left(parameter: Parameter, gleaner: Gleaner) -> Span | None:
    known = parameter.required or gleaner.utterance.cased
    return gleaner.leftover(names_only=True) if known else None


def _named(parameter: Parameter, gleaner: Gleaner) -> Span | None:
    """The person after "to", "for" or "with", but not what is to be done: "a task to fix the printer"."""
    span = gleaner.after_cue(cues_of(parameter, Role.PERSON))
    if span is None or parameter.required:
        return span
    follows = gleaner.norms[span[1] : span[1] + 1]
    words = gleaner.utterance.words[span[0] : span[1]]
    plain = gleaner.utterance.cased and not any(word.capital for word in words)
    deed = any(norm in ARTICLES for norm in (*follows, *gleaner.norms[span[0] + 1 : span[1]]))
    return None if deed or (plain and gleaner.norms[span[0] - 1] not in ARTICLES) else span


def _place(parameter: Parameter, gleaner: Gleaner) -> Span | None:
    found = gleaner.after_cue(cues_of(parameter, Role.PLACE))
    if found is not None:
        return found
    if _common(parameter):
        return _before_head(gleaner)
    return gleaner.leftover(names_only=True) if not direction_of(parameter) and parameter.required else None


def _before_head(gleaner: Gleaner) -> Span | None:
    """A room is said before the thing in it: "the kitchen light"."""
    for place in sorted(gleaner.explained):
        before = place - 1
        free = before >= 0 and before not in gleaner.used and before not in gleaner.explained
        if free and gleaner.norms[before] not in STOPWORDS and not intents_of(gleaner.norms[before]):
            start = before
            while start > 0 and gleaner.norms[start - 1] in {
                "living",
                "dining",
                "bed",
                "bath",
                "guest",
                "front",
                "back",
            }:
                start -= 1
            return start, place
    return None


def _message(gleaner: Gleaner, *, timed: bool) -> Span | None:
    """What is to be said: after the person, or after "that"."""
    for place, norm in enumerate(gleaner.norms):
        if place in gleaner.used and place + 1 < len(gleaner.norms) and place + 1 not in gleaner.used:
            recipient = norm not in STOPWORDS
            known = gleaner.norms[place + 1] == "know" and "let" in gleaner.norms[:place]
            after = place + (2 if known else 1)  # "let Bo know that"
            span = gleaner.rest(after, until_time=False, whole=True) if recipient else None
            if span is not None and not set(range(*span)) <= gleaner.explained:
                return span
        if norm in {"that", "about"} and place not in gleaner.used and place + 1 < len(gleaner.norms):
            return gleaner.rest(place + 1, until_time=timed, whole=True)
    return None


def _object(gleaner: Gleaner, *, timed: bool) -> Span | None:
    """What a verb is done to: "play Yellow Submarine", "search for trio", "translate good morning"."""
    for place, norm in enumerate(gleaner.norms):
        asked = norm == "say" and gleaner.norms[max(0, place - 3) : place - 1] in _HOW_SAID
        asked = asked or (norm == "up" and "look" in gleaner.norms[:place])
        if (norm in _OBJECT_VERBS or asked) and place not in gleaner.used:
            gleaner.used.update({place} if asked else ())
            start = place + 1
            while start < len(gleaner.norms) and (
                gleaner.norms[start]
                in {"for", "up", "about", "on", "the", "a", "an", "me", "web", "internet", "online", "of", "word"}
            ):
                start += 1
            span = gleaner.rest(start, until_time=timed)
            return None if span is None or set(range(*span)) <= gleaner.explained else span
    return None


def _phrase_for(gleaner: Gleaner) -> Span | None:
    """What is to be said in another language: "the French for good night"."""
    norms = gleaner.norms
    for at in range(1, len(norms)):
        before = norms[at - 2 if norms[at - 1] in {"word", "phrase", "translation", "expression"} else at - 1]
        if norms[at] in {"for", "of"} and before in LANGUAGES:
            gleaner.used.add(at - 1)
            return gleaner.rest(at + 1, until_time=False)
    return None


def _told(gleaner: Gleaner, *, timed: bool) -> Span | None:
    """What follows "remind me to", "a note that" or "called"."""
    norms = gleaner.norms
    for place, norm in enumerate(norms):
        announced = norm in {"to", "about", "that"} and place > 0 and norms[place - 1] in _ANNOUNCING
        late = norm == "to" and place > 0 and "remind" in norms[:place] and place - 1 in gleaner.timely
        late = late or (norm == "to" and norms[place - 1 : place] == ("forget",))
        if (announced or late or norm in _NAMING) and place not in gleaner.used:
            return gleaner.rest(place + 1, until_time=timed)
    return None


def _title(gleaner: Gleaner, *, timed: bool) -> Span | None:
    """What something is called, or what is added to a list or played."""
    if (told := _told(gleaner, timed=timed)) is not None:
        return told
    for place, norm in enumerate(gleaner.norms):
        if norm in {"add", "put", "play", "order", "buy", "need"} and place not in gleaner.used:
            start = place + 1
            while start in gleaner.used:  # "add three bottles of milk": the number is known
                start += 1
            if (span := gleaner.phrase(start)) is not None:
                return _with_and(span, gleaner)
    return None


def _with_and(span: Span, gleaner: Gleaner) -> Span:
    """A title that has an "and" in it: "Hearts and Bones"."""
    words, (start, end) = gleaner.utterance.words, span
    inside = gleaner.norms[end : end + 1] == ("and",) and words[end - 1].capital and words[end + 1 :][:1]
    further = gleaner.phrase(end + 1) if inside and words[end + 1].capital else None
    return (start, further[1]) if further is not None else span

"""From an utterance to calls: which functions, with which arguments, or the question that is still open."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import attrs

from voice_actors.offline.mind.codes import is_code
from voice_actors.offline.mind.doubling import counts_on, several
from voice_actors.offline.mind.gleaning import ARTICLES
from voice_actors.offline.mind.moods import asks_nothing, reports
from voice_actors.offline.mind.plans import Plan, called_with, one_request
from voice_actors.offline.mind.profiles import Profile, content_stems
from voice_actors.offline.mind.roles import Role, role_of
from voice_actors.offline.mind.schema import Parameter, Shape
from voice_actors.offline.mind.text import STOPWORDS, Utterance, read, split_name, stem
from voice_actors.offline.mind.weighing import is_sure

_JOINT: Final = frozenset({"and", "then", "also"})
_RECORDS: Final = frozenset(stem(word) for word in ("log", "record", "track", "note", "report", "save", "add"))
_MISHAPS: Final = frozenset(
    stem(word) for word in ["lost", "stolen", "steal", "broken", "break", "damaged", "missing", "forgot"]
)


def plan(text: str, profiles: Sequence[Profile], now: datetime) -> Plan:
    """What these words ask of the declared functions."""
    utterance = read(text)
    if not profiles or not utterance.words:
        return Plan()
    if asks_nothing(utterance):
        return _reported(utterance, profiles, now)
    whole = one_request(utterance, profiles, now)
    for cut in _joints(utterance):
        both = _both(utterance, cut, profiles, now)
        if both is not None:
            return both
    return several(utterance, whole, profiles, now) or whole


def _reported(utterance: Utterance, profiles: Sequence[Profile], now: datetime) -> Plan:
    """What the user tells of himself may be what a function is for: "I ran five kilometers", "I lost my card"."""
    found = one_request(utterance, profiles, now) if reports(utterance) else Plan()
    tool = next((one.tool for one in found.open), None)
    tool = tool or next((each.tool for each in profiles for one in found.calls if each.tool.name == one.name), None)
    if tool is None or not tool.required:
        return Plan()
    args: Mapping[str, Any] = found.calls[0].args if found.calls else dict[str, Any]()
    sure = sum(is_sure(one, args[one.name]) for one in tool.required if one.name in args)
    words = [word.stem for word in utterance.words if word.norm not in STOPWORDS]
    named = {stem(word) for word in split_name(tool.name)}
    described = set(content_stems(tool.description)) - named
    if any(word in described and word in _MISHAPS for word in words):
        return found
    coded = any(is_code(one) for one in tool.required) and sure == len(tool.required)
    owned = coded and re.match(r"^(?:i|we) have\b", utterance.plain) is not None  # "I have a coupon SPRING20"
    recorded = bool(named & _RECORDS) and sure > 0
    return found if found.calls and (owned or recorded) else Plan()


def _joints(utterance: Utterance) -> Iterable[int]:
    """Places where one request may end and the next begin."""
    told = next((at for at, norm in enumerate(utterance.norms) if norm in {"saying", "says", "called", "titled"}), None)
    for place, word in enumerate(utterance.words[1:-1], 1):
        ended = utterance.words[place - 1].pause and word.first
        if word.quote or (told is not None and place > told):
            return
        if (word.norm in _JOINT and not counts_on(utterance, place)) or ended:
            yield place


def _both(utterance: Utterance, cut: int, profiles: Sequence[Profile], now: datetime) -> Plan | None:
    """Two requests in one breath, where each half stands on its own."""
    skip = cut
    while skip < len(utterance.words) and utterance.norms[skip] in _JOINT:
        skip += 1
    halves = utterance.part(0, cut), utterance.part(skip, len(utterance.words))
    if any(asks_nothing(half) for half in halves):
        return None
    first, second = (one_request(half, profiles, now) for half in halves)
    if not (first.calls or first.open) or not asks_itself(halves[1], profiles):
        alone = second.calls and not second.open and not first.settled and asks_itself(halves[0], profiles)
        return attrs.evolve(second, rest=(halves[0],)) if alone else None
    second = _there(first, second, halves[1])
    if second.calls or second.open:
        return Plan((*first.calls, *second.calls), (*first.open, *second.open))
    further = plan(halves[1].slice(0, len(halves[1].words)), profiles, now) if len(halves[1].words) > 3 else Plan()
    if further.calls:
        return Plan((*first.calls, *further.calls), (*first.open, *further.open))
    return attrs.evolve(first, rest=(halves[1],)) if _question(halves[1]) else None


_REQUEST: Final = re.compile(
    r"^(?:what|who|when|where|which|how|is|are|will|do|does|set|turn|switch|tell|show|give|get|find|search|look"
    r"|check|send"
    r"|play|order|book|create|add|make|start|stop|cancel|delete|remove|call|text|message|email|remind|convert"
    r"|translate|open"
    r"|close|lock|unlock|roll|flip|schedule|put|dim|raise|lower|i (?:want|need|would)|buy|play|pause|wake"
    r"|say|count)\b",
)


def asks_itself(half: Utterance, profiles: Sequence[Profile]) -> bool:
    """Whether a half begins as a request does: with a verb that asks, or with the verb of a declared function."""
    head, _, rest = half.plain.partition(" ")
    if head in ARTICLES or head == "the":  # "the weather in Rome", but not "the hallway"
        named = {name for each in profiles for name, term in each.terms.items() if term.in_name}
        return any(stem(word) in named for word in rest.split())
    first = stem(head)
    verbs = (_verb(each) for each in profiles if first in each.terms and split_name(each.tool.name))
    return first in verbs or _REQUEST.match(half.plain) is not None


def _verb(each: Profile) -> str:
    return stem(split_name(each.tool.name)[0])


def _there(first: Plan, second: Plan, half: Utterance) -> Plan:
    """The second request with the place of the first, where it says "there"."""
    asked = next(iter(second.open), None)
    if asked is None or "there" not in half.norms or role_of(asked.wanted) is not Role.PLACE:
        return second
    args = [*(one.args for one in first.calls), *(one.args for one in first.open)]
    known = [value for each in args for name, value in each.items() if role_of(_text_named(name)) is Role.PLACE]
    fits = next((value for value in known if asked.wanted.shape.allows(value)), None)
    return second if fits is None else called_with(asked.tool, {**asked.args, asked.wanted.name: fits})


def _text_named(name: str) -> Parameter:
    return Parameter(name, Shape("string"))


def _question(half: Utterance) -> bool:
    return re.match(r"^(?:what|who|when|where|how|tell|say)\b", half.plain) is not None and len(half.words) > 2

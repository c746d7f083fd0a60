"""From an utterance to calls: which functions, with which arguments, or the question that is still open."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import attrs

from voice_actors.offline.mind.arguments import fill, missing, unfinished
from voice_actors.offline.mind.gleaning import ARTICLES, bare_answer
from voice_actors.offline.mind.hours import read_duration
from voice_actors.offline.mind.matching import (
    ENOUGH,
    MARGIN,
    WEAK,
    Profile,
    content_stems,
)
from voice_actors.offline.mind.moods import asks_nothing, reports
from voice_actors.offline.mind.numerals import read_number
from voice_actors.offline.mind.questions import question_for
from voice_actors.offline.mind.roles import Role, role_of
from voice_actors.offline.mind.schema import Parameter, Shape, Tool
from voice_actors.offline.mind.text import STOPWORDS, Utterance, read, split_name, stem
from voice_actors.offline.mind.weighing import is_sure, weigh_all
from voice_actors.offline.parts import Call

_JOINT: Final = frozenset({"and", "then", "also"})
_RECORDS: Final = frozenset(stem(word) for word in ("log", "record", "track", "note", "report", "save", "add"))
_MISHAPS: Final = frozenset(
    stem(word) for word in ["lost", "stolen", "steal", "broken", "break", "damaged", "missing", "forgot"]
)


@attrs.frozen
class Open:
    """A function that would be called if it were known what to put in `wanted`."""

    tool: Tool
    args: Mapping[str, Any]
    wanted: Parameter

    @property
    def question(self) -> str:
        """What to ask for it; of an object, for the field that it lacks."""
        wanted = self.wanted
        while wanted.shape.kind == "object" and (lacking := unfinished(wanted, self.args.get(wanted.name, {}))):
            wanted = lacking[0]
        return question_for(wanted)


@attrs.frozen
class Plan:
    """What an utterance comes to."""

    calls: Sequence[Call] = ()
    open: Sequence[Open] = ()
    between: Sequence[Tool] = ()
    """Functions that fit equally well."""
    nearly: Tool | None = None
    """A function that the utterance may have meant."""
    rest: Sequence[Utterance] = ()
    """Parts that ask for something else than a function."""

    @property
    def settled(self) -> bool:
        """Whether something is to be called or asked."""
        return bool(self.calls or self.open or self.between)


def plan(text: str, profiles: Sequence[Profile], now: datetime) -> Plan:
    """What these words ask of the declared functions."""
    utterance = read(text)
    if not profiles or not utterance.words:
        return Plan()
    if asks_nothing(utterance):
        return _reported(utterance, profiles, now)
    whole = _one(utterance, profiles, now)
    for cut in _joints(utterance):
        both = _both(utterance, cut, profiles, now)
        if both is not None:
            return both
    return _doubled(utterance, whole, profiles, now) or whole


def _reported(utterance: Utterance, profiles: Sequence[Profile], now: datetime) -> Plan:
    """What the user tells of himself may be what a function is for: "I ran five kilometers", "I lost my card"."""
    found = _one(utterance, profiles, now) if reports(utterance) else Plan()
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
    owned = re.match(r"^(?:i|we) have\b", utterance.plain) is not None and sure == len(tool.required)
    recorded = bool(named & _RECORDS) and sure > 0
    return found if found.calls and (owned or recorded) else Plan()


def _joints(utterance: Utterance) -> Iterable[int]:
    """Places where one request may end and the next begin."""
    told = next((at for at, norm in enumerate(utterance.norms) if norm in {"saying", "says", "called", "titled"}), None)
    for place, word in enumerate(utterance.words[1:-1], 1):
        ended = utterance.words[place - 1].pause and word.first
        if word.quote or (told is not None and place > told):
            return
        if (word.norm in _JOINT and not _counts_on(utterance, place)) or ended:
            yield place


def _counts_on(utterance: Utterance, at: int) -> bool:
    """Whether this "and" stands inside a number or a length of time: "an hour and a half"."""
    norms = utterance.norms
    starts = range(max(0, at - 6), at)
    numbers = (read_number(norms, start) for start in starts)
    lengths = (read_duration(norms, start) for start in starts)
    return any(one is not None and one[1] > at for one in numbers) or any(
        one is not None and one.end > at for one in lengths
    )


def _both(utterance: Utterance, cut: int, profiles: Sequence[Profile], now: datetime) -> Plan | None:
    """Two requests in one breath, where each half stands on its own."""
    skip = cut
    while skip < len(utterance.words) and utterance.norms[skip] in _JOINT:
        skip += 1
    halves = utterance.part(0, cut), utterance.part(skip, len(utterance.words))
    if any(asks_nothing(half) for half in halves):
        return None
    first, second = (_one(half, profiles, now) for half in halves)
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


def _one(utterance: Utterance, profiles: Sequence[Profile], now: datetime) -> Plan:
    """One request: the best function, if it is good enough and clearly the best."""
    weighed = weigh_all(utterance, profiles, now)
    if not weighed or weighed[0].score < WEAK:
        return Plan()
    best = weighed[0]
    if best.score < ENOUGH:
        return Plan(nearly=best.tool)
    rivals = [one.tool for one in weighed[1:] if one.score > best.score - MARGIN and one.score >= ENOUGH]
    if rivals:
        return Plan(between=(best.tool, *rivals[:2]))
    filled = best.filled
    found = called_with(best.tool, {**filled.partial, **filled.args}, filled.refused)
    return Plan(nearly=best.tool) if found.calls and best.guessed else found


def _defaults(tool: Tool) -> dict[str, Any]:
    """Values of required parameters that need not be said, since the schema has one for them."""
    told = ((one, one.shape.limits.get("default")) for one in tool.required)
    return {one.name: value for one, value in told if value is not None and one.shape.allows(value)}


def called_with(tool: Tool, args: Mapping[str, Any], refused: Sequence[Parameter] = ()) -> Plan:
    """A call, if all that it needs is there; else the question for what is missing first."""
    args = {**_defaults(tool), **args}
    wanted = [*missing(tool, args), *(one for one in refused if one.name not in args)]
    if wanted:
        return Plan(open=(Open(tool, args, wanted[0]),))
    return Plan(calls=(Call(tool.name, args),))


def _doubled(utterance: Utterance, whole: Plan, profiles: Sequence[Profile], now: datetime) -> Plan | None:
    """One function asked for twice with another value: "the weather in Oslo and Bergen"."""
    cut = next((at for at, norm in enumerate(utterance.norms) if norm == "and" and not _counts_on(utterance, at)), None)
    tail = None if cut is None else utterance.part(cut + 1, len(utterance.words))
    if cut is None or tail is None or not 0 < len(tail.words) <= 5 or asks_itself(tail, profiles):
        return None
    first = _one(utterance.part(0, cut), profiles, now)
    if len(first.calls) != 1 or any(one.name != first.calls[0].name for one in whole.calls):
        return None
    tool = next(each.tool for each in profiles if each.tool.name == first.calls[0].name)
    second = with_other(tool, first.calls[0].args, tail.slice(0, len(tail.words)), now)
    if second is None or set(second.args) - set(first.calls[0].args):
        return None  # what is new belongs to the same call: "with milk and two shots"
    said = tail.slice(0, len(tail.words)).lower()
    values = [value for one in whole.calls for value in one.args.values()]
    inside = any(isinstance(value, list) or said in str(value).lower() for value in values)
    return None if inside else Plan((first.calls[0], second))


def with_other(tool: Tool, args: Mapping[str, Any], text: str, now: datetime) -> Call | None:
    """The same call with the one value exchanged that the text names."""
    utterance = read(text)
    filled = fill(tool, utterance, now, frozenset())
    other = dict(filled.args)
    for parameter in tool.parameters:
        swaps = parameter.name in args and role_of(parameter) is Role.PLACE and not parameter.shape.choices
        bare = bare_answer(text)
        if not other and swaps and bare and len(bare.split()) <= 3 and parameter.shape.allows(bare):
            other = {parameter.name: bare if bare != bare.lower() else bare.title()}
    content = [place for place, word in enumerate(utterance.words) if word.norm not in STOPWORDS]
    fits = other and set(other) <= {one.name for one in tool.parameters} and len(content) <= 4
    return Call(tool.name, {**args, **other}) if fits and {**args, **other} != args else None

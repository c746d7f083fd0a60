"""One function asked for several times in one breath, each time with another value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from voice_actors.offline.mind.arguments import fill
from voice_actors.offline.mind.gleaning import Gleaner, bare_answer
from voice_actors.offline.mind.hours import read_duration
from voice_actors.offline.mind.numerals import read_number
from voice_actors.offline.mind.plans import Plan, one_request
from voice_actors.offline.mind.profiles import Profile
from voice_actors.offline.mind.roles import Role, role_of
from voice_actors.offline.mind.schema import Tool
from voice_actors.offline.mind.text import STOPWORDS, Utterance, read
from voice_actors.offline.mind.values import choice_spots
from voice_actors.offline.parts import Call


def several(utterance: Utterance, whole: Plan, profiles: Sequence[Profile], now: datetime) -> Plan | None:
    """The calls for "the weather in Oslo, Rome and Bergen" or "water the lawn and the roses"; None where it is one.

    `whole` is what the utterance comes to as one request. Parts that ask for something of their own are not for here.
    """
    return _chosen_twice(utterance, whole, profiles, now) or _exchanged(utterance, whole, profiles, now)


def _chosen_twice(utterance: Utterance, whole: Plan, profiles: Sequence[Profile], now: datetime) -> Plan | None:
    """Several choices, joined by commas and "and", for a parameter that takes but one."""
    if len(whole.calls) != 1:
        return None
    call = whole.calls[0]
    tool = _tool(call.name, profiles)
    for parameter in tool.parameters:
        if not parameter.shape.choices or parameter.name not in call.args:
            continue
        spots = choice_spots(parameter.shape, Gleaner(utterance, now, frozenset()))
        joined = [(a, b) for a, b in pairwise(spots) if _is_join(utterance, a[1], b[0])]
        values = list(dict.fromkeys(value for _, _, value in spots))
        if len(values) > 1 and len(joined) == len(spots) - 1 and _is_last_and(utterance, spots[-1][0]):
            return Plan([Call(tool.name, {**call.args, parameter.name: value}) for value in values])
    return None


def _is_join(utterance: Utterance, end: int, start: int) -> bool:
    between = set(utterance.norms[end:start])
    return between <= {"and", "the", "in", "my", "a", "for", "of"} and (
        "and" in between or utterance.words[end - 1].pause
    )


def _is_last_and(utterance: Utterance, start: int) -> bool:
    return "and" in utterance.norms[max(0, start - 3) : start]


def _tool(name: str, profiles: Sequence[Profile]) -> Tool:
    return next(each.tool for each in profiles if each.tool.name == name)


def _exchanged(utterance: Utterance, whole: Plan, profiles: Sequence[Profile], now: datetime) -> Plan | None:
    """One complete request, and after each "and" or comma what is different the next time."""
    cuts = list(_cuts(utterance))
    if not any(utterance.norms[at] == "and" for at in cuts):
        return None
    first = one_request(utterance.part(0, cuts[0]), profiles, now)
    if len(first.calls) != 1 or any(one.name != first.calls[0].name for one in whole.calls):
        return None
    calls = [first.calls[0]]
    for start, end in pairwise([*cuts, len(utterance.words)]):
        tail = utterance.part(start + (utterance.norms[start] == "and"), end)
        further = _next(calls[-1], tail, whole, profiles, now)
        if further is None:
            return None
        calls.append(further)
    return Plan(calls)


def _cuts(utterance: Utterance) -> Iterable[int]:
    for at in range(1, len(utterance.words)):
        joint = utterance.norms[at] == "and" and not counts_on(utterance, at)
        if joint or (utterance.words[at - 1].pause and utterance.norms[at] != "and"):
            yield at


def _next(last: Call, tail: Utterance, whole: Plan, profiles: Sequence[Profile], now: datetime) -> Call | None:
    said = tail.slice(0, len(tail.words))
    further = with_other(_tool(last.name, profiles), last.args, said, now) if 0 < len(tail.words) <= 5 else None
    if further is None or set(further.args) - set(last.args):
        return None  # what is new belongs to the same call: "with milk and two shots"
    values: list[Any] = [value for one in whole.calls for value in one.args.values()]
    # "play Hearts and Bones" is one thing, but of "Rome and Oslo" the whole may have kept the last.
    inside = any(isinstance(value, list) or (said.lower() in str(value).lower() and value != said) for value in values)
    return None if inside else further


def counts_on(utterance: Utterance, at: int) -> bool:
    """Whether this "and" stands inside a number or a length of time: "an hour and a half"."""
    norms = utterance.norms
    starts = range(max(0, at - 6), at)
    numbers = (read_number(norms, start) for start in starts)
    lengths = (read_duration(norms, start) for start in starts)
    return any(one is not None and one[1] > at for one in numbers) or any(
        one is not None and one.end > at for one in lengths
    )


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

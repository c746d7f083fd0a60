"""Filling a function's parameters from what was said; whatever its schema does not allow is left out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import attrs

from voice_actors.offline.mind.codes import glean_code, is_code
from voice_actors.offline.mind.figures import glean_number
from voice_actors.offline.mind.gleaning import Gleaner, bare_answer
from voice_actors.offline.mind.moods import is_question, is_told
from voice_actors.offline.mind.roles import Role, role_of
from voice_actors.offline.mind.schema import Parameter, Tool
from voice_actors.offline.mind.spellings import week_of
from voice_actors.offline.mind.text import STOPWORDS, Utterance, read, split_name, stem
from voice_actors.offline.mind.texts import glean_text
from voice_actors.offline.mind.timely import glean_time
from voice_actors.offline.mind.values import glean_choice, glean_flag, glean_list, named_choice

_TIMES = frozenset({Role.DATE, Role.CLOCK, Role.INSTANT, Role.DURATION})
_LATE = frozenset({Role.TITLE, Role.WORD, Role.QUERY, Role.MESSAGE})


_INTRODUCED = re.compile(r"(?i)^(?:(?:please|to|that|say|saying|just|it should say|tell (?:him|her|them)(?: that)?) )+")
"""What may stand before a message that was asked for."""


@attrs.frozen
class Filled:
    """The arguments that were found, and the words that went into them."""

    args: Mapping[str, Any]
    used: frozenset[int]
    refused: tuple[Parameter, ...] = ()
    """Numbers that were said but are not allowed: to leave them out would not be what was asked for."""
    partial: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    """Objects of which a part is known."""


def missing(tool: Tool, args: Mapping[str, Any]) -> list[Parameter]:
    """The required parameters that have no value yet."""
    return [one for one in tool.required if one.name not in args or unfinished(one, args[one.name])]


def unfinished(parameter: Parameter, value: Any) -> list[Parameter]:
    """The required fields that an object lacks."""
    if parameter.shape.kind != "object" or not isinstance(value, dict):
        return []
    return [field for field in parameter.shape.fields if field.required and field.name not in value]


def fill(tool: Tool, utterance: Utterance, now: datetime, explained: frozenset[int]) -> Filled:
    """Find values for a function's parameters. `explained` are the words that named the function itself."""
    gleaner = Gleaner(utterance, now, explained, frozenset(map(stem, split_name(tool.name))))
    args = _fill_all(tool.parameters, gleaner)
    ordered = {one.name: args[one.name] for one in tool.parameters if one.name in args}
    refused = tuple(one for one in tool.parameters if one.name in gleaner.refused)
    halves = [(one, part) for one in tool.required for whose, part in gleaner.partial if whose is one]
    partial = {one.name: part for one, part in halves if unfinished(one, part)}
    return Filled(ordered, frozenset(gleaner.used), refused, partial)


def fill_answer(tool: Tool, wanted: Parameter, text: str, now: datetime, known: Mapping[str, Any]) -> dict[str, Any]:
    """Add to `known` what an answer to "which ...?" gives: the wanted value, and others said beside it."""
    others = tuple(one for one in tool.parameters if one.name not in known and one is not wanted)
    gleaner = Gleaner(read(text), now, frozenset())
    if wanted.shape.kind == "object" and wanted.shape.fields:
        return {**known, **_fill_object(wanted, text, known.get(wanted.name), now, gleaner)}
    free_text = _told_outright(wanted)
    found: dict[str, Any] = {} if free_text else dict(_fill_all((wanted,), gleaner))
    if _in_own_words(wanted) and _no_answer(text, wanted):
        return dict(known)
    if wanted.name not in found:
        beside = _fill_all(tuple(one for one in others if _stage(one) < 6), gleaner)
        amount = any(one.shape.kind in {"integer", "number"} and one.required for one in others if one.name in beside)
        if amount and _only_amount(gleaner):  # "thirty euros" is no answer to "who is to be paid?"
            return {**known, **beside}
        bare = bare_answer(text)
        plain = next((value for value in _as_told(wanted, bare, text) if wanted.shape.allows(value)), None)
        return {**known, **beside} if plain is None else {**known, wanted.name: plain}
    timed = tuple(one for one in others if _stage(one) < 6)
    return {**known, **found, **_fill_all(timed, gleaner)}


def _only_amount(gleaner: Gleaner) -> bool:
    """Whether nothing was said but a number and its unit."""
    taken = gleaner.used | gleaner.beside | gleaner.timely
    return all(at in taken or norm in STOPWORDS for at, norm in enumerate(gleaner.norms))


def _fill_object(wanted: Parameter, text: str, known: Any, now: datetime, gleaner: Gleaner) -> dict[str, Any]:
    """An object with the fields that an answer gives: the one that was asked for, and others said beside it."""
    inside: dict[str, Any] = dict(cast("Mapping[str, Any]", known)) if isinstance(known, dict) else {}
    asked = next(iter(unfinished(wanted, inside)), None)
    parts = Tool(wanted.name, "", wanted.shape.fields)
    if asked is not None and asked.shape.kind != "object":
        inside = fill_answer(parts, asked, text, now, inside)
    else:
        inside |= _fill_all([one for one in wanted.shape.fields if one.name not in inside], gleaner)
    fits = inside and (unfinished(wanted, inside) or wanted.shape.allows(inside))
    return {wanted.name: inside} if fits else {}


def _in_own_words(wanted: Parameter) -> bool:
    """Whether any words could be the value, so that only their form tells an answer from another matter."""
    shape = wanted.shape.items if wanted.shape.kind == "array" else wanted.shape
    plain = shape is None or (shape.kind in {"string", "any"} and not shape.choices)
    return plain and role_of(wanted) not in _TIMES | {Role.MESSAGE, Role.QUERY}


def _no_answer(text: str, wanted: Parameter) -> bool:
    """Whether a turn asks or tells something else instead of answering; "it is Oslo" and "I mean Oslo" do answer."""
    utterance = read(text)
    if "?" in text or is_question(utterance.plain):
        return len(utterance.words) > 2
    return is_told(utterance) and bare_answer(text) == utterance.text.strip(' .,;:?!"“”') and wanted.name != "name"


def _without_name(wanted: Parameter, bare: str) -> str:
    """An answer that repeats what was asked for: "project Hera"."""
    head, _, rest = bare.partition(" ")
    return rest if rest and stem(head.lower()) in {stem(word) for word in wanted.words} else bare


def _as_told(wanted: Parameter, bare: str, said: str) -> Sequence[Any]:
    if not bare:
        return []
    match wanted.shape.kind:
        case "string" | "any" if role_of(wanted) is Role.MESSAGE:
            return [_INTRODUCED.sub("", said.strip(" .,;"))]
        case "string" | "any":
            bare = _without_name(wanted, bare)
            named = role_of(wanted) in {Role.PLACE, Role.PERSON} and bare == bare.lower()
            return [] if role_of(wanted) in _TIMES - {Role.DURATION} else [bare.title() if named else bare]
        case "array":
            return [[bare]]
        case "boolean":
            first = bare.lower().split()[0]
            return [first in {"yes", "yeah", "yep", "sure", "true", "ok", "okay"}] if first not in {"i", "what"} else []
        case _:
            return []


def _stage(parameter: Parameter) -> int:
    """When a parameter is looked for: what is easy to tell first, free text last."""
    shape = parameter.shape
    if shape.choices:
        return 0 if parameter.required else 1
    match shape.kind:
        case "integer" | "number":
            return 4
        case "boolean":
            return 3
        case "array":
            if shape.items is not None and week_of(shape.items.choices):
                return 1  # before "on Monday" becomes a date
            return 5 if shape.items is not None and shape.items.choices else 8
        case "object":
            return 10
        case _:
            role = role_of(parameter)
    if is_code(parameter):
        return 1
    if role in _TIMES:
        return 2
    order = {Role.UNIT: 3, Role.PLACE: 6, Role.PERSON: 7, Role.TITLE: 9, Role.WORD: 9, Role.QUERY: 11, Role.MESSAGE: 12}
    return order.get(role, 9)


def _fill_all(parameters: Sequence[Parameter], gleaner: Gleaner) -> dict[str, Any]:
    found: dict[str, Any] = {}
    ordered = sorted(parameters, key=lambda one: (_stage(one), not one.required))
    for parameter in ordered:
        if parameter.shape.choices and (value := named_choice(parameter, gleaner)) is not None:
            found[parameter.name] = value
    for parameter in ordered:
        if (
            parameter.name not in found
            and _told_outright(parameter)
            and (value := glean_text(parameter, gleaner, ordered, outright=True)) is not None
        ):
            found[parameter.name] = value
    for parameter in ordered:
        if parameter.name in found:
            continue
        before = set(gleaner.used)
        value = _one(parameter, gleaner, ordered)
        gleaner.settled.add(parameter.name)
        if value is None or not parameter.shape.allows(value):
            gleaner.used = before
            if parameter.shape.kind == "object" and value:
                gleaner.partial.append((parameter, value))
            if isinstance(value, (int, float)) and parameter.shape.kind in {"integer", "number"}:
                gleaner.refused.add(parameter.name)
            continue
        found[parameter.name] = value
    return found


def _told_outright(parameter: Parameter) -> bool:
    """Free text after "saying" or in quotation marks is taken before anything in it can be mistaken for a value."""
    plain = parameter.shape.kind in {"string", "any"} and not parameter.shape.choices
    return plain and role_of(parameter) in _LATE and not is_code(parameter)


def _one(parameter: Parameter, gleaner: Gleaner, beside: Sequence[Parameter]) -> Any:
    shape = parameter.shape
    if shape.choices:
        return glean_choice(parameter, gleaner, beside)
    match shape.kind:
        case "integer" | "number":
            return glean_number(parameter, gleaner, beside)
        case "boolean":
            return glean_flag(parameter, gleaner)
        case "array":
            return glean_list(parameter, gleaner)
        case "object":
            return _fill_all(shape.fields, gleaner) or ({} if parameter.required and not shape.fields else None)
        case "null":
            return None
        case _ if is_code(parameter):
            return glean_code(parameter, gleaner)
        case _:
            timed = role_of(parameter) in _TIMES
            return glean_time(parameter, gleaner, beside) if timed else glean_text(parameter, gleaner, beside)

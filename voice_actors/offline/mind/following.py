"""Turns that only make sense after the one before: answers to a question, and changes of the last call.

Theory of operation: a mind has no memory but the dialogue, so an open question is found again by planning the user's
earlier turn once more; if that plan's question is what was then said, the new turn answers it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import attrs

from voice_actors.offline.mind.arguments import fill, fill_answer
from voice_actors.offline.mind.doubling import with_other
from voice_actors.offline.mind.matching import match_tools
from voice_actors.offline.mind.planning import asks_itself, plan
from voice_actors.offline.mind.plans import Plan, called_with
from voice_actors.offline.mind.profiles import Profile
from voice_actors.offline.mind.roles import Role, role_of
from voice_actors.offline.mind.schema import Parameter, Tool
from voice_actors.offline.mind.text import read
from voice_actors.offline.parts import AgentTurn, Called, Dialogue, Entry, UserTurn

_ALSO: Final = re.compile(
    r"^(?:and (?:what about|how about|in|for|at)?|what about|how about|also (?:in|for)|same (?:for"
    r"|in))\b ?(?P<rest>.+)$"
)
_GIVE_UP: Final = re.compile(
    r"^(?:no|nope|never ?mind|cancel|stop|forget (?:it|that)|nothing|none|i do not know|do not bother)(?: .{0,12})?$"
)
_DEEPEST: Final = 4
OFFER: Final = "Shall I"
"""How a function is offered that the user may have meant."""
_YES: Final = re.compile(r"^(?:yes|yeah|yep|sure|right|correct|exactly|do it|do that|go ahead|of course)(?: .{0,16})?$")


def plan_dialogue(dialogue: Dialogue, profiles: Sequence[Profile], now: datetime, depth: int = 0) -> Plan:
    """What the last user turn asks for, read together with the question or the call that came before it."""
    turns = [at for at, entry in enumerate(dialogue.entries) if isinstance(entry, UserTurn)]
    if not turns:
        return Plan()
    last = dialogue.entries[turns[-1]]
    text = last.text if isinstance(last, UserTurn) else ""
    fresh = plan(text, profiles, now)
    if len(turns) < 2 or depth >= _DEEPEST:
        return fresh
    if (same := _same_again(dialogue.entries[: turns[-1]], fresh, text)) is not None:
        return same
    if fresh.settled and (answer := _continued(dialogue, turns, text, fresh, profiles, now, depth)) is not None:
        return answer
    if not (fresh.calls or fresh.open):
        answered = _answered(dialogue, turns, text, profiles, now, depth)
        return answered or _followed(dialogue.entries[: turns[-1]], text, profiles, now) or fresh
    return fresh


def _same_again(entries: Sequence[Entry], fresh: Plan, text: str) -> Plan | None:
    """What "turn it off again" leaves unsaid is as in the last call of the same function."""
    called = next((one for one in reversed(entries[-8:]) if isinstance(one, Called)), None)
    asked = fresh.open[0] if len(fresh.open) == 1 and not fresh.calls else None
    if called is None or asked is None or asked.tool.name != called.name:
        return None
    if not {"it", "them", "again", "that", "same"} & set(read(text).norms):
        return None
    allowed = {one.name: one.shape for one in asked.tool.required}
    known = {name: value for name, value in called.args.items() if name in allowed and allowed[name].allows(value)}
    return called_with(asked.tool, {**known, **asked.args})


def _continued(
    dialogue: Dialogue,
    turns: Sequence[int],
    text: str,
    fresh: Plan,
    profiles: Sequence[Profile],
    now: datetime,
    depth: int,
) -> Plan | None:
    """An answer that also sounds like a request: "a hundred euros", where it was asked how much to transfer."""
    utterance = read(text)
    if "?" in text or asks_itself(utterance, profiles):
        return None
    answered = _answered(dialogue, turns, text, profiles, now, depth)
    if answered is None or not answered.settled:
        return None
    names = {one.name for one in answered.calls} | {one.tool.name for one in answered.open}
    again = [one.name for one in fresh.calls] + [one.tool.name for one in fresh.open]
    further = not (answered.open and fresh.open) or answered.open[0].question != fresh.open[0].question
    if names == set(again):
        return answered if further else None
    return answered if further and _by_form(dialogue, turns, profiles, now, depth) else None


def _by_form(dialogue: Dialogue, turns: Sequence[int], profiles: Sequence[Profile], now: datetime, depth: int) -> bool:
    """Whether what was asked for is known by its form (a number, a choice), so that an answer is no other matter."""
    before = attrs.evolve(dialogue, entries=dialogue.entries[: turns[-2] + 1])
    asked = next(iter(plan_dialogue(before, profiles, now, depth + 1).open), None)
    return asked is not None and _is_formal(asked.wanted)


def _answered(
    dialogue: Dialogue, turns: Sequence[int], text: str, profiles: Sequence[Profile], now: datetime, depth: int
) -> Plan | None:
    """The turn as the answer to a question that the turn before left open."""
    said = " ".join(entry.text for entry in dialogue.entries[turns[-2] : turns[-1]] if isinstance(entry, AgentTurn))
    if "?" not in said and len(said) < 8:
        return None
    before = attrs.evolve(dialogue, entries=dialogue.entries[: turns[-2] + 1])
    earlier = plan_dialogue(before, profiles, now, depth + 1)
    if earlier.nearly is not None and OFFER in said:
        return _taken_up(earlier.nearly, before, text, profiles, now)
    if (chosen := _chosen(earlier.between, text)) is not None and earlier.between:
        return _again(chosen, before, profiles, now)
    asked = next((one for one in earlier.open if asks(said, one.question)), None)
    if asked is None or _GIVE_UP.match(read(text).plain):
        return None
    args = fill_answer(asked.tool, asked.wanted, text, now, asked.args)
    return called_with(asked.tool, args) if args != asked.args or _short(text) else None


def _taken_up(tool: Tool, before: Dialogue, text: str, profiles: Sequence[Profile], now: datetime) -> Plan | None:
    """What follows from an offer: with a yes it is done; an answer to what would then be asked is a yes as well."""
    offered = _again(tool, before, profiles, now)
    if _YES.match(read(text).unled):
        return offered
    asked = next(iter(offered.open), None)
    if asked is None or _GIVE_UP.match(read(text).plain) or not _is_formal(asked.wanted):
        return None
    args = fill_answer(tool, asked.wanted, text, now, asked.args)
    return called_with(tool, args) if asked.wanted.name in args else None


def _is_formal(wanted: Parameter) -> bool:
    """Whether a value is known by its form: a number, a choice, a time."""
    shape = wanted.shape.items if wanted.shape.kind == "array" and wanted.shape.items else wanted.shape
    timed = role_of(wanted) in {Role.DATE, Role.CLOCK, Role.INSTANT}
    return bool(shape.choices) or shape.kind not in {"string", "any"} or timed


def asks(said: str, question: str) -> bool:
    """Whether this question was said, be it cut short or with its signs changed on the way."""
    plain, wanted = (re.sub(r"\W+", " ", one.lower()).strip() for one in (said, question))
    return wanted in plain or (len(plain) > 8 and wanted.startswith(plain[-60:])) or plain.endswith(wanted[:20])


def _short(text: str) -> bool:
    return len(text.split()) <= 2


def _chosen(between: Sequence[Tool], text: str) -> Tool | None:
    """Which of several functions the user then names."""
    words = set(read(text).plain.split())
    if between and words & {"first", "former"}:
        return between[0]
    if len(between) > 1 and words & {"second", "latter", "last"}:
        return between[1]
    scored = [
        (len(words & set(re.findall(r"[a-z]+", f"{tool.name} {tool.description}".lower()))), tool) for tool in between
    ]
    best = sorted(scored, key=lambda one: -one[0])
    return best[0][1] if best and best[0][0] and (len(best) == 1 or best[0][0] > best[1][0]) else None


def _again(tool: Tool, before: Dialogue, profiles: Sequence[Profile], now: datetime) -> Plan:
    last = before.entries[-1]
    only = [each for each in profiles if each.tool is tool]
    utterance = read(last.text if isinstance(last, UserTurn) else "")
    match = match_tools(utterance, only)
    return called_with(tool, fill(tool, utterance, now, match[0].explained if match else frozenset()).args)


def _followed(entries: Sequence[Entry], text: str, profiles: Sequence[Profile], now: datetime) -> Plan | None:
    """The turn as a change of the last call: "and in Bergen?", "what about tomorrow?"."""
    match = _ALSO.match(read(text).unled)
    if match is None:
        return None
    called = next((one for one in reversed(entries[-6:]) if isinstance(one, Called)), None)
    tool = next((each.tool for each in profiles if called is not None and each.tool.name == called.name), None)
    if called is None or tool is None:
        return None
    tail = re.sub(r"(?i)^\W*(?:and\s+)?(?:(?:what|how) about|also|same)?\s*", "", text).strip()
    call = with_other(tool, called.args, tail or match.group("rest"), now)
    return None if call is None else Plan((call,))

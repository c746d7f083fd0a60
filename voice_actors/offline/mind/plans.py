"""What an utterance comes to: calls, a question that is open, or a function that may have been meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs

from voice_actors.offline.mind.arguments import missing, unfinished
from voice_actors.offline.mind.matching import ENOUGH, MARGIN, WEAK
from voice_actors.offline.mind.profiles import Profile
from voice_actors.offline.mind.questions import question_for
from voice_actors.offline.mind.schema import Parameter, Tool
from voice_actors.offline.mind.text import Utterance
from voice_actors.offline.mind.weighing import weigh_all
from voice_actors.offline.parts import Call


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


def one_request(utterance: Utterance, profiles: Sequence[Profile], now: datetime) -> Plan:
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

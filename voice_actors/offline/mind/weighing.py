"""How well each declared function fits, once its arguments are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import attrs

from voice_actors.offline.mind.arguments import Filled, fill
from voice_actors.offline.mind.matching import WEAK, Match, match_tools
from voice_actors.offline.mind.profiles import Profile
from voice_actors.offline.mind.roles import Role, role_of
from voice_actors.offline.mind.schema import Parameter, Tool
from voice_actors.offline.mind.text import STOPWORDS, Utterance, stem

_CANDIDATES: Final = 4
_TIMES: Final = frozenset({Role.DATE, Role.CLOCK, Role.INSTANT})


@attrs.frozen
class Weighed:
    """A function with the arguments that were found for it."""

    score: float
    match: Match
    filled: Filled
    utterance: Utterance

    @property
    def tool(self) -> Tool:
        """The function."""
        return self.match.tool

    @property
    def guessed(self) -> bool:
        """Whether nothing but one value speaks for it, such as the name of a room: too little to do anything."""
        own = {stem(word) for parameter in self.tool.parameters for word in parameter.words}
        named = any(self.utterance.words[at].stem in own for at in self.match.explained)
        timed = sum(role_of(one) in _TIMES for one in self.tool.parameters if one.name in self.filled.args)
        return not self.match.telling and not named and surely(self.tool, self.filled.args) + timed < 2


def weigh_all(utterance: Utterance, profiles: Sequence[Profile], now: datetime) -> list[Weighed]:
    """The likeliest functions with their arguments, the best first."""
    found: list[Weighed] = []
    for match in match_tools(utterance, profiles)[:_CANDIDATES]:
        if match.score >= WEAK - 0.2:
            filled = fill(match.tool, utterance, now, match.explained)
            found.append(Weighed(_weigh(match, filled, utterance), match, filled, utterance))
    return sorted(found, key=lambda one: -one.score)


def _weigh(match: Match, filled: Filled, utterance: Utterance) -> float:
    """The score of a match once its arguments are known: found values speak for it, stray words against it."""
    if not match.asked_for:
        return match.score + 0.1
    content = {place for place, word in enumerate(utterance.words) if word.norm not in STOPWORDS}
    stray = content - match.explained - filled.used
    lost = len(stray) / max(3, len(content))
    return match.score + _fullness(match, filled, few_stray=lost <= 0.34, none_stray=not stray) - 0.5 * lost


def _fullness(match: Match, filled: Filled, *, few_stray: bool, none_stray: bool) -> float:
    """What the arguments add: most when all that are required were said."""
    required = match.tool.required
    told = [one for one in required if one.name in filled.args]
    sure = 0.1 * min(surely(match.tool, filled.args), 3)
    several = 0.08 * min(max(len(told) - 1, 0), 2)
    if required and len(told) == len(required):
        return sure + several + (0.2 if few_stray and match.explained else 0.12)
    chosen = none_stray and any(one.shape.choices for one in told)  # "an espresso, please"
    return sure + (several if few_stray else 0.0) + (0.25 if chosen else 0.0)


def surely(tool: Tool, args: Mapping[str, Any]) -> int:
    """How many arguments were told by their form."""
    kinds = {one.name: one.shape for one in tool.parameters}
    return sum(bool(kinds[name].choices) or kinds[name].kind not in {"string", "any"} for name in args)


def is_sure(parameter: Parameter, value: Any) -> bool:
    """Whether a value tells by its form that it was meant: a number, a choice, a code, a time."""
    coded = isinstance(value, str) and (value.isupper() or any(char.isdigit() for char in value))
    return coded or bool(parameter.shape.choices) or not isinstance(value, str)

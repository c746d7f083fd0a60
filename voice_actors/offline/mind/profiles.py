"""Declared functions as bags of words: what they are called, what they are said to be for, and what they take."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import attrs

from voice_actors.offline.mind.schema import Parameter, Tool
from voice_actors.offline.mind.spellings import other_ways
from voice_actors.offline.mind.text import STOPWORDS, split_name, stem
from voice_actors.offline.mind.thesaurus import GENERIC, Intent, groups_of, intents_of

_TELLING_VERBS: Final = frozenset({"return", "change", "call", "check", "query"})
"""Verbs that say little in a description, but much in front of a function's name."""
_DEEDS: Final = frozenset({"run", "call", "check", "chang", "return"})
SWITCHES: Final = frozenset({"on", "off", "up", "down"})
"""Small words that tell one function's name from another's."""


@attrs.frozen
class Term:
    """A word that stands for a function, and what meeting it is worth."""

    weight: float
    in_name: bool = False


@attrs.frozen
class Profile:
    """A declared function as a bag of words."""

    tool: Tool
    terms: Mapping[str, Term]
    name_weight: float
    intents: frozenset[Intent]


def content_stems(text: str) -> list[str]:
    """The stems of a text's words that carry meaning."""
    return [stem(word) for word in re.findall(r"[^\W\d_]+", text.lower()) if word not in STOPWORDS and len(word) > 1]


def profile(tool: Tool) -> Profile:
    """Read a declaration for what it is about."""
    terms: dict[str, Term] = {}
    names = [stem(word) for word in split_name(tool.name) if not word.isdigit()]
    nouns = [name for at, name in enumerate(names) if name in SWITCHES or _tells(name, at)] or names
    for place, name in enumerate(nouns):
        verb = place == 0 and len(nouns) > 1 and intents_of(split_name(tool.name)[0])
        terms[name] = Term(0.5 if name in SWITCHES else 0.6 if verb else 1.0, in_name=True)
    if names[1:] and names[-1] == "list":  # "add it to the list"; in front it is a verb
        terms["list"] = Term(0.7)
    for head in split_name(tool.name)[:1]:
        if head in _TELLING_VERBS and stem(head) not in terms:
            terms[stem(head)] = Term(0.5)
    own = {name: term.weight for name, term in terms.items() if term.in_name}
    # Words of a name that mean the same ("weather_forecast") count once.
    in_name = sum(weight for name, weight in own.items() if not _repeats(name, own))
    for word, weight in _described(tool):
        if word not in terms:
            terms[word] = Term(weight)
    return Profile(tool, terms, in_name, _intents(tool))


def _tells(name: str, place: int) -> bool:
    """Whether a word of a name says what the function is about; a "run" does so only as a noun, behind the verb."""
    return (name not in GENERIC and name not in STOPWORDS) or (place > 0 and name in _DEEDS)


def _repeats(name: str, names: Iterable[str]) -> bool:
    before = itertools.takewhile(lambda one: one != name, names)
    return any(groups_of(name) & groups_of(one) for one in before)


def _intents(tool: Tool) -> frozenset[Intent]:
    if split_name(tool.name)[:1] == ("return",):
        return frozenset({"act"})
    words = [*split_name(tool.name)[:1], *(word.lower() for word in re.findall(r"\w+", tool.description)[:1])]
    return next((found for word in words if (found := intents_of(word))), frozenset[Intent]())


def _described(tool: Tool) -> Iterable[tuple[str, float]]:
    first, _, rest = tool.description.partition(".")
    own = {stem(word) for parameter in _every(tool.parameters) for word in parameter.words}
    stems = content_stems(first)
    heads = [word for word in stems if word not in GENERIC and word not in own]
    if "return" in stems[1:]:  # "start the return of an order", but not "returns the weather"
        yield "return", 0.7
    for word in heads[:2]:
        yield word, 0.7
    for word in heads[2:]:
        yield word, 0.35
    for parameter in _every(tool.parameters):
        for choice in parameter.shape.choices:
            worth = 0.45 if parameter.required else 0.35
            yield from ((word, worth) for word in content_stems(str(choice)))
            for way in other_ways(str(choice)):
                yield from ((word, 0.2) for word in content_stems(" ".join(way)) if word not in GENERIC)
    for word in content_stems(rest):
        if word not in GENERIC:
            yield word, 0.25
    for parameter in _every(tool.parameters):
        yield from ((stem(word), 0.25) for word in parameter.words if stem(word) not in GENERIC)
        yield from ((word, 0.12) for word in content_stems(parameter.shape.description) if word not in GENERIC)


def _every(parameters: Sequence[Parameter]) -> Iterable[Parameter]:
    for parameter in parameters:
        yield parameter
        yield from _every(parameter.shape.fields)

"""Units, currencies and languages as words: which of those that were said a parameter wants."""

from __future__ import annotations

from typing import Final

from voice_actors.offline.mind.gleaning import Gleaner
from voice_actors.offline.mind.lexicon import LANGUAGES
from voice_actors.offline.mind.roles import Role, cues_of, direction_of, is_unit
from voice_actors.offline.mind.schema import Parameter
from voice_actors.offline.mind.text import STOPWORDS
from voice_actors.offline.mind.thesaurus import intents_of

_SIGNS: Final = frozenset("$€£¥₹")

Span = tuple[int, int]


def unit_span(parameter: Parameter, gleaner: Gleaner) -> Span | None:
    """A unit or language: after the number, after "how many", or after "to"."""
    norms = gleaner.norms
    if direction_of(parameter) and (known := _known_unit(parameter, gleaner)) is not None:
        return known
    if set(parameter.words) & {"language", "lang"} or "language" in parameter.shape.description.lower():
        named = [at for at, norm in enumerate(norms) if norm in LANGUAGES and at not in gleaner.used]
        if named:  # the text to be translated comes before it, and may name a language too
            return named[-1], named[-1] + 1
    if direction_of(parameter) == "from":
        for figure in gleaner.figures():
            after = figure.end
            if after < len(norms) and norms[after] not in STOPWORDS and after not in gleaner.used:
                return after, after + 1
    else:
        for place in range(2, len(norms)):
            if norms[place - 2 : place] in {("how", "many"), ("how", "much")} and norms[place] not in STOPWORDS:
                return place, place + 1
    return gleaner.after_cue(cues_of(parameter, Role.UNIT), longest=2)


def _known_unit(parameter: Parameter, gleaner: Gleaner) -> Span | None:
    """Of two units or currencies: the counted one is what is converted, "how many" asks for the other."""
    norms = gleaner.norms
    units = [at for at, norm in enumerate(norms) if is_unit(norm)]
    if len(units) != 2:
        return None
    ends = {figure.end for figure in gleaner.figures()} | {figure.end + 1 for figure in gleaner.figures()}
    ends |= {at for at, norm in enumerate(norms[:-1]) if norm in _SIGNS and norms[at + 1][0].isdigit()}
    ends |= {at + 1 for at, norm in enumerate(norms) if norm in {"a", "an"}}
    sources = [at for at in units if at in ends or "from" in norms[max(0, at - 2) : at]]
    source = sources[-1] if len(sources) == 1 or norms[0] == "how" else sources[0] if sources else units[0]
    wanted = source if direction_of(parameter) == "from" else next(at for at in units if at != source)
    if wanted in gleaner.used:
        return None
    before = wanted - 1  # "Norwegian kroner", but not "40 kroner", "from kroner" or "convert kroner"
    whose = before >= 0 and before not in gleaner.used | gleaner.explained and norms[before] not in STOPWORDS
    counted = any(figure.end == wanted for figure in gleaner.figures())
    whose = whose and norms[wanted] not in _SIGNS
    return (before if whose and not counted and not intents_of(norms[before]) else wanted), wanted + 1

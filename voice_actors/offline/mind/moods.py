"""Whether words ask, tell or demand: only what asks or demands can call a function."""

from __future__ import annotations

import re
from typing import Final

from voice_actors.offline.mind.lexicon import bag
from voice_actors.offline.mind.text import Utterance
from voice_actors.offline.mind.thesaurus import intents_of

_TELLING = re.compile(
    r"^(?:(?:well|so|and|but|because|yesterday|today) )*(?:i (?!want|need|would|wonder|am looking|am wondering"
    r"|wish|have to|must|should"
    r"|am interested|am after|am in the mood|could use|feel like|will (?:have|take))"
    r"|my (?!name)|we (?!need|want|should)|he |she |they |it (?:is|was|has)|that (?:is|was)|there (?:is|was|are|were)"
    r"|you (?!should|could|can|may|need)|the [\w ]+? (?:was|were|is (?!in|at|for)|are|has|had|went|looks?|seems?) )",
)
_ASKED_AFTER = re.compile(
    r" (?:what is|what are|what will|how is|can you|could you|would you|please|tell me|show me|will it|is it|find me) ",
)
_NEVER = re.compile(
    r"\b(?:do not|never|please do not|stop asking|no need to|should not|would not|must not)\b"
    r"|\b(?:do|did|would) you (?:ever|really|need|use|sleep|eat|dream|speak|understand|like|love|think|feel"
    r"|believe|enjoy|hate|prefer|remember|have)\b"
    r"|\b(?:nice|good|lovely|great|pleased|glad|pleasure|happy) (?:to (?:meet|see|hear|know|talk)|meeting|seeing) you\b"
    r"|\bhow do (?:you|i) (?:spell|pronounce)\b|\bspell\b|\bwhat is your (?:favou?rite|opinion)\b"
    r"|\bwhy (?:is|are|do|does|did|was|were|would|can)\b|\bhave you ever\b|\bwhat if\b|^(?:thanks|thank you"
    r"|sorry) (?:for|about)\b|^what (?:is|are) an? \w+$|\byour favou?rite\b",
)
_QUESTION: Final = re.compile(
    r"^(?:what|who|whom|whose|which|when|where|why|how|is|are|am|was|were|do|does|did|can|could|will|would|shall|should"
    r"|may|has|have|had)\b"
)
_DECLARES: Final = re.compile(
    r"^(?P<first>\w+)(?: \w+){0,3}? (?:is|are|was|were|has|had|went|feels?|felt|looks?|looked|seems?|seemed|sounds?"
    r"|makes|made|takes|took|kept|came|sent|said|told|costs?|never|always|got|lost|broke|fell|won|left"
    r"|ran)\b (?!it\b|there\b|the\b)"
)
_ON_IT: Final = bag("it them the a an my our me us some this that these those")


_BOUNDED: Final = re.compile(
    r"\b(?:not|no|never) (?:want to )?(?:\w+ )?(?:more|longer) than\b|\bdo not (?:let me )?forget to\b"
)
_REPORTS: Final = re.compile(r"^(?:i|we|my|our)\b")


def is_question(plain: str) -> bool:
    """Whether words (lower case, without a polite opening) are put as a question."""
    return _QUESTION.match(plain) is not None


def is_told(utterance: Utterance) -> bool:
    """Whether the words tell something: "my alarm did not ring", "shopping is so tiring"."""
    plain = utterance.plain
    if "?" in utterance.text or is_question(plain):
        return False
    declares = _DECLARES.match(plain)
    return bool(_TELLING.match(plain)) or (declares is not None and not intents_of(declares.group("first")))


def asks_nothing(utterance: Utterance) -> bool:
    """Whether the words tell, deny or ask for an opinion, so that no function should be called."""
    plain = utterance.plain
    if _BOUNDED.search(plain):  # "I do not want to spend more than 20 euros" sets a limit
        return False
    asked_after = _ASKED_AFTER.search(plain) or utterance.norms[-1:] == ("please",) or _demands_after(utterance)
    told = _TELLING.match(plain) or is_told(utterance)
    return bool(_NEVER.search(plain) or (told and not asked_after))


def reports(utterance: Utterance) -> bool:
    """Whether the user tells of himself, and denies nothing: "I ran five kilometers", "my card was stolen"."""
    plain = utterance.plain
    return _REPORTS.match(plain) is not None and not _NEVER.search(plain) and "?" not in utterance.text


def _demands_after(utterance: Utterance) -> bool:
    """Whether a demand follows what was told: "the music is too loud, turn it down"."""
    words = utterance.words
    return any(
        before.pause and intents_of(verb.norm) - {"read"} and on.norm in _ON_IT
        for before, verb, on in zip(words, words[1:], words[2:], strict=False)
    )

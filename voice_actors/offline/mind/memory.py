"""What the user said about themselves and their world, read anew from the dialogue each time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import attrs

from voice_actors.offline.mind.lexicon import bag
from voice_actors.offline.mind.text import STOPWORDS, listed, read, sentence, stem

_QUESTION = re.compile(
    r"^(?:(?:and|so|now|but|then|hey|hi|hello|ok|okay) )*(?:what|who|where|when|why|how|which|whose|is|are|am|was|were"
    r"|do|does|did|can|could|will|would|tell me|have|has)\b",
    re.IGNORECASE,
)
_NAME = r"([^\W\d_][\w'-]*(?: (?!and\b|but\b|i\b|from\b|nice\b|what\b|who\b|how\b|can\b|could\b)[^\W\d_][\w'-]*){0,2})"
_MY_NAME = re.compile(
    rf"\b(?:my (?:full |first |real )?name is|i am called|call me|they call me|people call me"
    rf"|i go by) (?!what\b|not\b){_NAME}",
    re.IGNORECASE,
)
_I_AM_NAMED = re.compile(
    r"\b(?:I|i) am ([A-Z][\w'-]+(?: [A-Z][\w'-]+)?)$|^(?:[Ii]t is|[Tt]his is) ([A-Z][\w'-]+)(?: speaking)?$"
)
_THEIR_NAME = re.compile(
    rf"\b(?:my|our|the) ([\w' ]{{1,30}}?)(?: name)? is (?:called|named) {_NAME}|\b(?:my"
    rf"|our) ([\w' ]{{1,30}}?) name is {_NAME}"
    rf"|\bname of my ([\w' ]{{1,30}}?) is {_NAME}"
    rf"|\b(?:i|we)(?: have)?(?: just)? (?:have|had|got|own|keep|adopted) (?:a|an|one|this|two|\w+) ([\w"
    rf" ]{{1,30}}?) (?:called|named) {_NAME}",
    re.IGNORECASE,
)
_DOES = (
    "lives?|works?|starts?|begins?|ends?|opens?|closes?|likes?|loves?|hates?|plays?|speaks?|studies|study|teaches"
    "|has|have|drives?|costs?|weighs?|leaves?|arrives?|comes?"
)
_MY = re.compile(
    rf"\b(my|our) ((?!name\b)[\w'-]+(?: [\w'-]+){{0,4}}?) (is|are|was|were|{_DOES}) (?!called\b|named\b)(.+)$",
    re.IGNORECASE,
)
_I = re.compile(
    r"^(?:\w+,? ){0,4}?(?<!if )\b(?:i|we) (?:(?:currently|really|also|just|always|usually) )?"
    r"(live|work|come|was born|like|love|prefer|hate|have|own|play|study|speak|am allergic|am from|am afraid"
    r"|parked|left|put|am(?= (?:about |nearly )?[\w -]+ years? old))(?: (.+))?$",
    re.IGNORECASE,
)
_PASSING = re.compile(r"(?:this|that|these|those|it|them|you|such|no|not)\b", re.IGNORECASE)
"""What only the moment gives a meaning is not worth remembering."""
_HOURS_AND_MOODS = bag("day morning evening night week weekend mood head time turn mistake fault pleasure")
_DONE = re.compile(
    r"(?:\w+ly |already |just |never |always )?(?:[^\W\d_]{2,}ed|been|had|got|gone|done|seen|made|said|told"
    r"|taken|given|come"
    r"|known|found|lost|left|heard|read|written|eaten|spoken|forgotten|bought|sent|met|paid|won|put|thought)\b",
    re.IGNORECASE,
)
"""Something that has happened, not something that one has."""
_REMEMBER = re.compile(
    r"\b(?:remember|keep in mind|note|do not forget|memori[sz]e|make a note)(?: down)?(?: for me)?(?: that)?[: ]+"
    r"(?!what\b|who\b|my name$|me$|to\b|when\b|how\b|where\b)(.+)$",
    re.IGNORECASE,
)
_CORRECTION = re.compile(
    r"^(?:no|actually|sorry|wait|correction|i meant)\b[\w ]{0,20}?\b(?:it is|i meant|i mean|actually"
    r"|no) (?:actually )?(.+)$",
    re.IGNORECASE,
)
_IS = re.compile(r"^(?:the |a )?(.{1,60}?) (is|are|was) (.+)$", re.IGNORECASE)
_NOT_NAMES = bag(
    """
    fine good great well ok sorry sure happy sad tired here back ready done bored hungry not
    """,
)
_SAME = {
    "favorite": "favourite",
    "color": "colour",
    "favor": "favour",
    "telephone": "phone",
    "mum": "mother",
    "mom": "mother",
}
_YOURS = {
    "my": "your",
    "i": "you",
    "me": "you",
    "mine": "yours",
    "am": "are",
    "our": "your",
    "we": "you",
    "us": "you",
    "myself": "yourself",
}


@attrs.frozen
class Fact:
    """One thing that the user told."""

    key: frozenset[str]
    """Stems of what it is about."""
    value: str
    told: str
    """The whole, as told back to the user: "your dog is called Rex"."""


def _key(words: str) -> frozenset[str]:
    norms = (_SAME.get(word, word) for word in re.findall(r"[\w-]+", re.sub(r"'s\b", "", words.lower())))
    return frozenset(stem(word) for word in norms if word not in STOPWORDS or word == "live")


def to_you(text: str) -> str:
    """Turn the user's words round: "my dog" is "your dog"."""
    swapped = " ".join(_YOURS.get(word.lower(), word) for word in text.split())
    return re.sub(r"\byou was\b", "you were", swapped)


def _clauses(text: str) -> Iterable[str]:
    """Cut a turn into sentences and joined statements, contractions opened, capitals kept."""
    for piece in re.split(
        r"[.!?;]+(?=\s|$)|, and (?=my\b|i\b)| and (?=i (?:live|work|come|was|like|love|prefer|hate|have|own"
        r"|play|study|speak|am)\b)| and (?=my (?:\w+ ){1,4}(?:is|are)\b)|, (?=my\b)",
        text,
        flags=re.IGNORECASE,
    ):
        words = read(piece)
        spoken = words.spoken
        if spoken:
            yield re.sub(
                r"^(?:hi|hello|hey|by the way|and|well|yes|oh|also)(?: there)? (?=\S+ \S)",
                "",
                spoken,
                flags=re.IGNORECASE,
            )


def facts_in(text: str, last: Fact | None = None) -> list[Fact]:
    """What this turn tells. `last` is the fact that a bare "no, it's green" would correct."""
    found: list[Fact] = []
    for clause in _clauses(text):
        if "?" in text and _QUESTION.match(clause):
            continue
        fact = _fact(clause, found[-1] if found else last)
        if fact is not None:
            found.append(fact)
    return found


def _fact(clause: str, last: Fact | None) -> Fact | None:
    named = _named(clause)
    if named is not None:
        return named
    remembered = _REMEMBER.search(clause)
    if remembered is not None:
        inner = _named(remembered.group(1)) or _own(remembered.group(1)) or _other(remembered.group(1))
        return inner or Fact(_key(remembered.group(1)), to_you(remembered.group(1)), to_you(remembered.group(1)))
    corrected = _CORRECTION.match(clause)
    if corrected is not None and _own(clause) is None:
        return None if last is None else _instead(last, corrected.group(1))
    return None if _QUESTION.match(clause) else _own(clause)


def _instead(fact: Fact, value: str) -> Fact:
    head, mark, _ = fact.told.rpartition(fact.value)
    return Fact(fact.key, value, f"{head}{value}" if mark else f"it is {value}")


def _named(clause: str) -> Fact | None:
    own = _MY_NAME.search(clause)
    name = own.group(1) if own else _first_group(_I_AM_NAMED.search(clause))
    if name is not None and name.split()[0].lower() not in _NOT_NAMES:
        return Fact(frozenset({"name"}), _as_name(name), f"your name is {_as_name(name)}")
    theirs = _THEIR_NAME.search(clause)
    if theirs is None or _QUESTION.match(clause):
        return None
    who, called = [part for part in theirs.groups() if part][:2]
    who = re.sub(r"(?:'s|s')$", "", who)
    return Fact(_key(who) | {"name"}, _as_name(called), f"your {who} is called {_as_name(called)}")


def _first_group(match: re.Match[str] | None) -> str | None:
    return None if match is None else next((part for part in match.groups() if part), None)


def _as_name(name: str) -> str:
    return name if name != name.lower() else name.title()


def _own(clause: str) -> Fact | None:
    mine = _MY.search(clause)
    if mine is not None:
        _, what, verb, value = mine.groups()
        if what.lower() in _HOURS_AND_MOODS:
            return None
        extra = set[str]() if verb.lower() in {"is", "are", "was", "were", "has", "have"} else {stem(verb)}
        return Fact(_key(what) | extra, to_you(value), f"your {to_you(what)} {verb} {to_you(value)}")
    self = _I.search(clause)
    if self is None or not (self.group(2) or "").strip():
        return None
    verb, value = self.group(1).strip().lower(), to_you(self.group(2))
    must = verb == "have" and self.group(2).lower().startswith("to ")
    if must or _PASSING.match(self.group(2)) or (verb == "have" and _DONE.match(self.group(2))):
        return None
    told = f"you {to_you(verb)} {value}"
    told = told.replace("you was", "you were")
    if verb == "am":
        return Fact(frozenset({"age"}), value, told)
    verb = {"come": "from", "am from": "from", "was born": "born", "am allergic": "allergic"}.get(verb, verb)
    broad = _key(value) if verb in {"have", "own", "parked", "left", "put"} else frozenset[str]()
    return Fact(frozenset({"you", stem(verb)}) | broad, value, told)


def _other(clause: str) -> Fact | None:
    match = _IS.match(clause)
    if match is None:
        return None
    what, verb, value = match.groups()
    return Fact(_key(what), to_you(value), to_you(clause) if verb else clause)


def facts_of(turns: Sequence[str]) -> list[Fact]:
    """Everything told in these turns, the oldest first."""
    found: list[Fact] = []
    for text in turns:
        found.extend(facts_in(text, found[-1] if found else None))
    return found


def acknowledge(fact: Fact) -> str:
    """Say that a fact was taken in."""
    if fact.key == frozenset({"name"}):
        return f"Nice to meet you, {fact.value}."
    return sentence(f"Noted: {fact.told}")


def everything(facts: Sequence[Fact]) -> str:
    """Say all that is known of the user, the newest telling of each fact."""
    newest = {fact.key: fact.told for fact in facts}
    if not newest:
        return "You have not told me anything about yourself yet."
    return sentence(f"You told me that {listed(list(newest.values())[-6:])}")

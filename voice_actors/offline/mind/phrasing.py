"""Functions and their answers in words. An answer is read out as data; nothing in it is ever followed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, cast

from voice_actors.offline.mind.amounts import MOST, cut, in_words, speakable, with_units
from voice_actors.offline.mind.lexicon import bag
from voice_actors.offline.mind.roles import Role, direction_of, is_unit, role_of, unit_name
from voice_actors.offline.mind.schema import Parameter, Shape, Tool
from voice_actors.offline.mind.text import listed, sentence, split_name
from voice_actors.offline.mind.thesaurus import intents_of

_WRAPPERS: Final = ("output", "result", "results", "response", "data", "value", "answer")
_FINE: Final = bag(
    """
    ok okay success successful succeeded done true completed complete created sent set added
    """,
)
_DONE: Final = {
    "set": "set", "send": "sent", "create": "created", "add": "added", "book": "booked", "order": "ordered",
    "cancel": "cancelled", "delete": "deleted", "remove": "removed", "update": "updated", "start": "started",
    "stop": "stopped", "schedule": "scheduled", "reserve": "reserved", "open": "opened", "close": "closed",
    "lock": "locked", "unlock": "unlocked", "save": "saved", "turn": "switched", "switch": "switched",
    "toggle": "switched", "change": "changed", "move": "moved", "make": "made", "buy": "bought", "pay": "paid",
    "transfer": "transferred", "post": "posted", "adjust": "adjusted", "control": "set",
}  # fmt: skip
_AFTER_VERB: Final = bag("a an the all your my this some to when how what which whether each every one")
_BASE: Final = {
    "return": "look up",
    "returns": "look up",
    "does": "do",
    "has": "have",
    "goes": "go",
    "searches": "search",
    "fetches": "fetch",
    "switches": "switch",
    "matches": "match",
    "watches": "watch",
    "finishes": "finish",
    "passes": "pass",
    "processes": "process",
}


def ability(tool: Tool) -> str:
    """What a function does, so that it goes on after "I can": the first sentence of its description."""
    text = re.split(r"[.;\n(]", tool.description.strip())[0].strip()
    words = text.split()[:14]
    if not words:
        return f"use {' '.join(split_name(tool.name)) or tool.name}"
    base = _imperative(words[0].lower(), tool, words[1:2])
    if not base:
        return f"use {' '.join(split_name(tool.name))}"
    told = base != words[0].lower()  # "locks or unlocks" becomes "lock or unlock"
    rest = [_plainly(word) if told and before in {"or", "and"} else word for before, word in pairwise(words)]
    return " ".join([base, *rest]).rstrip(",:")


def _imperative(first: str, tool: Tool, following: Sequence[str]) -> str:
    """The first word of a description as "I can" wants it; "" where it is no verb."""
    if first in _BASE:
        return _BASE[first]
    if intents_of(first) or first.endswith(("ts", "ds", "ns", "rs", "ks", "es")):
        plain = first.removesuffix("s")
        return plain if plain != first or intents_of(first) else ""
    own = first == next(iter(split_name(tool.name)), "")
    return first if own or (following and following[0].lower() in _AFTER_VERB) else ""


def _plainly(verb: str) -> str:
    return verb.removesuffix("s") if intents_of(verb.removesuffix("s")) else verb


def tell(name: str, args: Mapping[str, Any], response: Any, tool: Tool | None) -> list[str]:
    """A function's answer in sentences."""
    trouble = _error(response)
    if trouble is not None:
        return ["Sorry, that did not work.", *([sentence(cut(trouble))] if trouble else [])]
    found = _unwrapped(response)
    if _is_done(found) and _acts(name):
        return [_accomplished(name, args)]
    subject = _subject(name, args, tool)
    if _is_nothing(found):
        return [f"{subject}: nothing came back."]
    if isinstance(found, str) and len(found.split()) > 3:
        return [sentence(cut(speakable(found)))]
    if isinstance(found, list):
        items = cast("Sequence[Any]", found)
        return _told_list(subject, items)
    if (turned := _turned(found, args)) is not None:
        return [turned]
    text = in_words("", _without_subject(found, name), 0)
    if len(split_name(name)) == 1 and intents_of(name):  # "translate" names no thing that the answer could be about
        return [sentence(cut(text))]
    return [sentence(f"{subject}: {cut(text)}")]


def _turned(found: Any, args: Mapping[str, Any]) -> str | None:
    """A bare number that came of a conversion, in the unit that was asked for."""
    if isinstance(found, Mapping):
        fields = cast("Mapping[str, Any]", found)
        found = next(iter(fields.values())) if len(fields) == 1 else None
    ends = {direction_of(Parameter(key, Shape("string"))): value for key, value in args.items()}
    unit = ends.get("to")
    known = isinstance(unit, str) and "from" in ends and is_unit(unit)
    if not known or isinstance(found, bool) or not isinstance(found, (int, float)):
        return None
    return sentence(f"That is {in_words('', found, 0)} {unit_name(str(unit))}")


def _without_subject(found: Any, name: str) -> Any:
    """Drop the name of a field that only repeats what the answer is about: the balance is no "balance 12 euros"."""
    if not isinstance(found, Mapping):
        return found
    fields = cast("Mapping[str, Any]", found)
    words = set(split_name(name))
    return {("value" if set(split_name(key)) <= words else key): one for key, one in fields.items()}


def _error(response: Any) -> str | None:
    """What went wrong, None where nothing did."""
    if not isinstance(response, Mapping):
        return None
    fields = cast("Mapping[str, Any]", response)
    wrong = fields.get("error", fields.get("errors", fields.get("exception")))
    if wrong:
        return in_words("", _named(wrong), 0)
    failed = fields.get("ok") is False or fields.get("success") is False
    failed = failed or str(fields.get("status", "")).lower() in {"error", "failed", "failure"}
    return in_words("", fields.get("message") or fields.get("reason") or "", 0) if failed else None


def _named(wrong: Any) -> Any:
    fields: Mapping[str, Any] = cast("Mapping[str, Any]", wrong) if isinstance(wrong, Mapping) else {}
    return fields.get("message", wrong)


def _unwrapped(response: Any) -> Any:
    """What stands inside `output`, `result` and the like, as deep as they are nested."""
    for _ in range(4):
        if not isinstance(response, Mapping):
            return response
        fields = cast("Mapping[str, Any]", response)
        inner = {key: one for key, one in fields.items() if key not in {"error", "errors"}}
        if len(inner) != 1 or not (next(iter(inner)) in _WRAPPERS or isinstance(next(iter(inner.values())), list)):
            return inner
        response = next(iter(inner.values()))
    return response


def _is_done(found: Any) -> bool:
    if found is None or found is True or found in ("", {}, []):
        return True
    if isinstance(found, str):
        return found.lower().strip(" .!") in _FINE
    if isinstance(found, Mapping):
        fields = cast("Mapping[str, Any]", found)
        return all(one is True or str(one).lower() in _FINE or key in {"id", "uid"} for key, one in fields.items())
    return False


def _is_nothing(found: Any) -> bool:
    return found is None or (isinstance(found, (str, list, Mapping)) and not found)


def _acts(name: str) -> bool:
    """Whether the function does something, rather than find something out."""
    words = split_name(name)
    intents = intents_of(words[0]) if words else frozenset[str]()
    return bool(intents - {"read"})


def _accomplished(name: str, args: Mapping[str, Any]) -> str:
    """Say that something was done: "Done. The timer is set: 5 minutes."."""
    verb, *rest = split_name(name)
    rest = [word for word in rest if word not in {"on", "off", "state", "the"}]
    values = ", ".join(_argument(key, value) for key, value in with_units(args).items())
    about = f": {values}" if values else ""
    if not rest or verb not in _DONE:
        return sentence(f"Done{about}")
    if rest[0] in {"to", "from"} and len(rest) > 1:
        return sentence(f"Done. {_DONE[verb].capitalize()} {rest[0]} the {' '.join(rest[1:])}{about}")
    plural = rest[-1].endswith("s") and not rest[-1].endswith("ss")
    return sentence(f"Done. The {' '.join(rest)} {'are' if plural else 'is'} {_DONE[verb]}{about}")


def _argument(key: str, value: Any) -> str:
    words = split_name(key)
    if isinstance(value, bool):
        return (
            ("on" if value else "off")
            if set(words) & {"on", "state", "enabled", "power"}
            else f"{'' if value else 'not '}{' '.join(words)}"
        )
    text = in_words(key, value, 1)
    if isinstance(value, (int, float)) and text.removeprefix("minus ").replace(".", "", 1).isdigit():
        counted = words and (words[-1] == "people" or (words[-1].endswith("s") and not words[-1].endswith("ss")))
        return f"{text} {' '.join(words)}" if counted and value != 1 else f"{' '.join(words)} {text}"
    return text


def _subject(name: str, args: Mapping[str, Any], tool: Tool | None) -> str:
    """What an answer is about: "The weather in Oslo"."""
    named = list(split_name(name)) or [name]
    words = named[1:] if named[1:] and intents_of(named[0]) else named
    known = {one.name: one for one in (tool.parameters if tool else ())}
    places = [
        str(value)
        for key, value in args.items()
        if isinstance(value, str) and role_of(known.get(key, Parameter(key, Shape("string")))) is Role.PLACE
    ]
    others = [in_words("", value, 1) for value in args.values() if isinstance(value, str) and value not in places]
    ends = {
        direction_of(known[key]): str(value) for key, value in args.items() if key in known and str(value) in places
    }
    if {"from", "to"} <= ends.keys():
        return f"The {' '.join(words)} from {ends['from']} to {ends['to']}"
    where = f" in {listed(places)}" if places else (f" for {listed(others[:2])}" if others else "")
    return f"The {' '.join(words)}{where}"


def _told_list(subject: str, found: Sequence[Any]) -> list[str]:
    """A list: short things in one sentence, longer ones in a sentence each."""
    shown = [in_words("", one, 1) for one in found[:MOST]]
    more = len(found) - len(shown)
    after = [f"And {more} more."] if more > 0 else []
    if all(len(one) < 40 and not isinstance(raw, Mapping) for one, raw in zip(shown, found, strict=False)):
        return [sentence(f"{subject}: {cut(listed(shown))}"), *after]
    return [f"{subject}: {len(found)} found.", *(sentence(cut(one)) for one in shown if one), *after]

"""Functions and their answers in words. An answer is read out as data; nothing in it is ever followed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from voice_actors.offline.mind.amounts import MOST, cut, in_words, speakable
from voice_actors.offline.mind.lexicon import bag
from voice_actors.offline.mind.roles import Role, direction_of, role_of
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
    first = words[0].lower()
    base = _BASE.get(
        first,
        first.removesuffix("s") if intents_of(first) or first.endswith(("ts", "ds", "ns", "rs", "ks", "es")) else "",
    )
    if not base or (not intents_of(base) and first == base and first not in _BASE):
        return f"use {' '.join(split_name(tool.name))}"
    return " ".join([base, *words[1:]]).rstrip(",:")


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
    text = in_words("", found, 0)
    if len(split_name(name)) == 1 and intents_of(name):  # "translate" names no thing that the answer could be about
        return [sentence(cut(text))]
    return [sentence(f"{subject}: {cut(text)}")]


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
    values = ", ".join(_argument(key, value) for key, value in args.items())
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
    words = [word for word in split_name(name) if not intents_of(word)] or list(split_name(name)) or [name]
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

"""Functions and their answers in words. An answer is read out as data; nothing in it is ever followed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, cast

from voice_actors.offline.mind.days import say_day
from voice_actors.offline.mind.hours import say_clock
from voice_actors.offline.mind.roles import Role, role_of
from voice_actors.offline.mind.schema import Parameter, Shape, Tool
from voice_actors.offline.mind.text import listed, sentence, split_name
from voice_actors.offline.mind.thesaurus import intents_of

_LONGEST: Final = 400
"""Characters of one answer that are read out."""
_MOST: Final = 6
"""Items of a list, or fields of an object, that are read out."""
_WRAPPERS: Final = ("output", "result", "results", "response", "data", "value", "answer")
_PLAIN_KEYS: Final = frozenset(
    """condition conditions summary description text message status forecast weather answer content title name label
    detail details info note""".split(),
)
_FINE: Final = frozenset(
    "ok okay success successful succeeded done true completed complete created sent set added".split()
)
_UNITS: Final = {
    "temperature": "degrees", "temp": "degrees", "degrees": "degrees", "celsius": "degrees Celsius", "fahrenheit": "degrees Fahrenheit",
    "c": "degrees Celsius", "f": "degrees Fahrenheit", "humidity": "percent humidity", "percent": "percent", "percentage": "percent",
    "km": "kilometers", "kmh": "kilometers per hour", "kph": "kilometers per hour", "mph": "miles per hour", "ms": "milliseconds",
    "seconds": "seconds", "minutes": "minutes", "hours": "hours", "days": "days", "meters": "meters", "miles": "miles",
    "usd": "dollars", "eur": "euros", "gbp": "pounds",
}  # fmt: skip
_DONE: Final = {
    "set": "set", "send": "sent", "create": "created", "add": "added", "book": "booked", "order": "ordered", "cancel": "cancelled",
    "delete": "deleted", "remove": "removed", "update": "updated", "start": "started", "stop": "stopped", "schedule": "scheduled",
    "reserve": "reserved", "open": "opened", "close": "closed", "lock": "locked", "unlock": "unlocked", "save": "saved",
    "turn": "switched", "switch": "switched", "toggle": "switched", "change": "changed", "move": "moved", "make": "made",
    "buy": "bought", "pay": "paid", "transfer": "transferred", "post": "posted", "adjust": "adjusted", "control": "set",
}  # fmt: skip
_BASE: Final = {
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
    if not base or (not intents_of(base) and first == base):
        return f"use {' '.join(split_name(tool.name))}"
    return " ".join([base, *words[1:]]).rstrip(",:")


def tell(name: str, args: Mapping[str, Any], response: Any, tool: Tool | None) -> list[str]:
    """A function's answer in sentences."""
    trouble = _error(response)
    if trouble is not None:
        return ["Sorry, that did not work.", *([sentence(_cut(trouble))] if trouble else [])]
    found = _unwrapped(response)
    if _is_done(found) and _acts(name):
        return [_accomplished(name, args)]
    subject = _subject(name, args, tool)
    if _is_nothing(found):
        return [f"{subject}: nothing came back."]
    if isinstance(found, str) and len(found.split()) > 3:
        return [sentence(_cut(_speakable(found)))]
    if isinstance(found, list):
        return _told_list(subject, cast("list[Any]", found))
    text = _value("", found, 0)
    return [sentence(f"{subject}: {_cut(text)}")]


def _error(response: Any) -> str | None:
    """What went wrong, None where nothing did."""
    if not isinstance(response, Mapping):
        return None
    fields = cast("Mapping[str, Any]", response)
    wrong = fields.get("error", fields.get("errors", fields.get("exception")))
    if wrong:
        return _value("", _named(wrong), 0)
    failed = fields.get("ok") is False or fields.get("success") is False
    failed = failed or str(fields.get("status", "")).lower() in {"error", "failed", "failure"}
    return _value("", fields.get("message") or fields.get("reason") or "", 0) if failed else None


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
        if len(inner) != 1 or next(iter(inner)) not in _WRAPPERS:
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
    rest = [word for word in rest if word not in {"on", "off", "state", "the", "to"}]
    values = listed([_argument(key, value) for key, value in args.items()])
    about = f": {values}" if values else ""
    if not rest or verb not in _DONE:
        return sentence(f"Done{about}")
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
    return _value(key, value, 1)


def _subject(name: str, args: Mapping[str, Any], tool: Tool | None) -> str:
    """What an answer is about: "The weather in Oslo"."""
    words = [word for word in split_name(name) if not intents_of(word)] or list(split_name(name)) or [name]
    known = {one.name: one for one in (tool.parameters if tool else ())}
    places = [
        str(value)
        for key, value in args.items()
        if isinstance(value, str) and role_of(known.get(key, Parameter(key, Shape("string")))) is Role.PLACE
    ]
    others = [_value("", value, 1) for value in args.values() if isinstance(value, str) and value not in places]
    where = f" in {listed(places)}" if places else (f" for {listed(others[:2])}" if others else "")
    return f"The {' '.join(words)}{where}"


def _told_list(subject: str, found: Sequence[Any]) -> list[str]:
    """A list: short things in one sentence, longer ones in a sentence each."""
    shown = [_value("", one, 1) for one in found[:_MOST]]
    more = len(found) - len(shown)
    after = [f"And {more} more."] if more > 0 else []
    if all(len(one) < 40 and not isinstance(raw, Mapping) for one, raw in zip(shown, found, strict=False)):
        return [sentence(f"{subject}: {_cut(listed(shown))}"), *after]
    return [f"{subject}: {len(found)} found.", *(sentence(_cut(one)) for one in shown if one), *after]


def _value(key: str, value: Any, depth: int) -> str:
    """One value in words, with its unit where the name of its field tells it."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return _amount(key, value)
    if isinstance(value, str):
        return _speakable(value)
    if depth > 3:
        return "more"
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, Any]", value)
        return ", ".join(_field(str(one), inside, depth + 1) for one, inside in list(fields.items())[:_MOST])
    if isinstance(value, Iterable):
        return listed([_value("", one, depth + 1) for one in list(cast("Iterable[Any]", value))[:_MOST]])
    return _speakable(str(value))


def _field(key: str, value: Any, depth: int) -> str:
    text = _value(key, value, depth)
    words = list(split_name(key))
    if (isinstance(value, str) and key.lower() in _PLAIN_KEYS) or not words:
        return text
    if isinstance(value, (int, float)) and not isinstance(value, bool) and _unit(key) is not None:
        kept = [word for word in words if word not in _UNITS]
        return " ".join([*kept, text]) if words[0] not in {"temperature", "temp", "humidity"} else text
    return f"{' '.join(words)} {text}"


def _unit(key: str) -> str | None:
    return next((_UNITS[word] for word in reversed(split_name(key)) if word in _UNITS), None)


def _amount(key: str, value: float) -> str:
    text = f"{value:g}" if isinstance(value, float) and abs(value) < 1e6 else str(value)
    if isinstance(value, float):
        text = str(round(value, 2)) if abs(value) < 1e15 else text
        text = text.removesuffix(".0")
    unit = _unit(key)
    if unit is not None and text == "1":
        unit = re.sub(r"s\b", "", unit, count=1) if unit.endswith("s") else unit
    text = text.replace("-", "minus ", 1)
    return text if unit is None else f"{text} {unit}"


_LINK = re.compile(r"https?://\S+")
_MARKS = re.compile(r"[*_`#>|\[\]{}<\\]+")


def _speakable(text: str) -> str:
    """Text without what cannot be said: addresses, markup, line ends; ISO dates as one says them."""
    text = _MARKS.sub(" ", _LINK.sub("a link", text))
    text = re.sub(r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?\b", _said_date, text)
    text = "".join(char if char.isprintable() else " " for char in text)
    return re.sub(r"\s+([.,;:?!])", r"\1", " ".join(text.split()))


def _said_date(match: re.Match[str]) -> str:
    text = match.group()
    try:
        if len(text) == len("2026-01-01"):
            return say_day(date.fromisoformat(text))
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{say_day(moment.date())} at {say_clock(moment.time())}"


def _cut(text: str) -> str:
    """No more than one wants to listen to."""
    if len(text) <= _LONGEST:
        return text
    return text[:_LONGEST].rsplit(" ", 1)[0].rstrip(",;:") + ", and so on"

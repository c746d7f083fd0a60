"""Values of a function's answer in words: amounts with their units, dates, texts, and what is nested in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any, Final, cast

from voice_actors.offline.mind.days import say_day
from voice_actors.offline.mind.hours import say_clock, say_length
from voice_actors.offline.mind.lexicon import bag
from voice_actors.offline.mind.roles import unit_name
from voice_actors.offline.mind.text import listed, split_name

_LONGEST: Final = 400
"""Characters of one answer that are read out."""
MOST: Final = 6
"""Items of a list, or fields of an object, that are read out."""
_PLAIN_KEYS: Final = bag(
    """
    condition conditions summary description text message status forecast weather answer content title name
    label detail details info note day date weekday value amount
    """,
)
_UNITS: Final = {
    "temperature": "degrees", "temp": "degrees", "degrees": "degrees",
    "celsius": "degrees Celsius", "c": "degrees Celsius", "fahrenheit": "degrees Fahrenheit", "f": "degrees Fahrenheit",
    "humidity": "percent humidity", "percent": "percent", "percentage": "percent",
    "probability": "percent", "chance": "percent",
    "kmh": "kilometers per hour", "kph": "kilometers per hour", "mph": "miles per hour", "ms": "milliseconds",
    "km": "kilometers", "meters": "meters", "miles": "miles",
    "seconds": "seconds", "minutes": "minutes", "hours": "hours", "days": "days",
    "usd": "dollars", "eur": "euros", "gbp": "pounds",
}  # fmt: skip


def in_words(key: str, value: Any, depth: int) -> str:
    """One value in words, with its unit where the name of its field tells it."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return _amount(key, value)
    if isinstance(value, str):
        return speakable(value)
    if depth > 3:
        return "more"
    if isinstance(value, Mapping):
        fields = with_units(cast("Mapping[str, Any]", value))
        return ", ".join(_field(str(one), inside, depth + 1) for one, inside in list(fields.items())[:MOST])
    if isinstance(value, Iterable):
        items = cast("Iterable[object]", value)
        return listed([in_words("", one, depth + 1) for one in list(items)[:MOST]])
    return speakable(str(value))


def with_units(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Put a currency or unit that stands in a field of its own behind the amount that it belongs to."""
    key = next((one for one in fields if one.lower() in {"currency", "unit", "units"}), None)
    amount = next((one for one, value in fields.items() if _is_number(value) and _takes_unit(one, key)), None)
    if key is None or amount is None or not isinstance(fields[key], str):
        return fields
    rest = {one: value for one, value in fields.items() if one != key}
    return {**rest, amount: f"{_amount('', rest[amount])} {unit_name(fields[key])}"}


def _takes_unit(key: str, unit_key: str | None) -> bool:
    """Whether an amount has no unit of its own; "temperature" leaves open of which scale its degrees are."""
    return _unit(key) in {None, "degrees"} if unit_key != "currency" else _unit(key) is None


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _field(key: str, value: Any, depth: int) -> str:
    text = in_words(key, value, depth)
    words = list(split_name(key))
    if not words or (key.lower() in _PLAIN_KEYS and (isinstance(value, str) or key == "value")):
        return text
    if isinstance(value, str) and words[0] in {"temperature", "temp"}:  # its unit says what it is
        return text
    if _is_number(value) and _unit(key) is not None:
        kept = [word for word in words if word not in _UNITS]
        return " ".join([*kept, text]) if words[0] not in {"temperature", "temp", "humidity"} else text
    return f"{' '.join(words)} {text}"


def _unit(key: str) -> str | None:
    return next((_UNITS[word] for word in reversed(split_name(key)) if word in _UNITS), None)


def _amount(key: str, value: float) -> str:
    text = str(round(value, 2) if abs(value) < 1e15 else value).removesuffix(".0")
    unit = _unit(key)
    if unit is not None and unit.startswith("percent") and 0 < value < 1:  # a share of one
        text = str(round(value * 100, 1)).removesuffix(".0")
    if unit == "seconds" and 60 <= value < 10**9 and value == int(value):
        return say_length(int(value))
    if unit is not None and text == "1":
        unit = re.sub(r"s\b", "", unit, count=1) if unit.endswith("s") else unit
    text = text.replace("-", "minus ", 1)
    return text if unit is None else f"{text} {unit}"


_LINK = re.compile(r"https?://[^\s)\]]+")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::[0-5]\d)?", re.ASCII)
_MARKS = re.compile(r"[*_`#>|\[\]{}<\\]+")


def speakable(text: str) -> str:
    """Text without what cannot be said: addresses, markup, line ends; ISO dates as one says them."""
    text = _MARKS.sub(" ", _LINK.sub("a link", text))
    text = re.sub(r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?\b", _said_date, text)
    if (clock := _CLOCK.fullmatch(text)) is not None:
        return say_clock(time(int(clock.group(1)), int(clock.group(2))))
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


def cut(text: str) -> str:
    """No more than one wants to listen to."""
    if len(text) <= _LONGEST:
        return text
    return text[:_LONGEST].rsplit(" ", 1)[0].rstrip(",;:") + ", and so on"

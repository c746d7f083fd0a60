"""What a parameter is for, told from its name and description, and the small words that announce its value."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

from voice_actors.offline.mind.lexicon import bag
from voice_actors.offline.mind.schema import Parameter
from voice_actors.offline.mind.text import stem


class Role(Enum):
    """What a text stands for."""

    PLACE = "place"
    PERSON = "person"
    MESSAGE = "message"
    QUERY = "query"
    TITLE = "title"
    UNIT = "unit"
    DATE = "date"
    CLOCK = "clock"
    INSTANT = "instant"
    DURATION = "duration"
    WORD = "word"


_NAMES: Final[tuple[tuple[Role, frozenset[str]], ...]] = (
    (Role.INSTANT, frozenset(["datetime", "timestamp"])),
    (Role.DATE, frozenset(["date", "day", "birthday", "deadline", "weekday"])),
    (Role.DURATION, frozenset(["duration", "length", "timespan"])),
    (Role.UNIT, frozenset(["unit", "units", "currency", "language", "lang"])),
    (Role.PLACE, bag(
    """
    city location place town country address destination origin area region where state room venue zone
    airport station street departure arrival restaurant shop store hotel cafe bar
    """,
)),
    (Role.MESSAGE, bag("message text body content note msg sentence comment")),
    (Role.PERSON, bag(
    """
    person recipient contact who customer guest user friend attendee attendees participant name_of member
    recipients owner assignee to artist singer band author composer
    """,
)),
    (Role.CLOCK, frozenset(["time", "hour", "clock", "when", "at"])),
    (Role.QUERY, bag(
    """
    query search q question term topic keyword keywords phrase prompt expression word
    """,
)),
    (Role.TITLE, bag(
    """
    title name label task item event reminder summary subject song track todo product
    """,
)),
)  # fmt: skip
_DESCRIBED: Final = (
    (Role.UNIT, re.compile(r"\b(?:currency|currencies|language)\b|\bunit\b(?! price)")),
    (Role.PLACE, re.compile(r"\b(?:city|town|place|location|country)\b")),
    (Role.PERSON, re.compile(r"\b(?:person|recipient|contact|who to)\b")),
    (Role.QUERY, re.compile(r"\b(?:search|look up|query|question)\b")),
    (Role.MESSAGE, re.compile(r"\b(?:message|text to|body)\b")),
    (Role.TITLE, re.compile(r"\b(?:title|label|what to)\b")),
)
CUES: Final[dict[Role, tuple[str, ...]]] = {
    Role.PLACE: ("in", "at", "near", "around", "for", "to", "of", "from"),
    Role.PERSON: ("to", "for", "with", "from", "by"),
    Role.MESSAGE: ("saying", "says", "say", "that", "reading", "reads", "about"),
    Role.QUERY: ("for", "about", "on", "up", "of", "by"),
    Role.TITLE: ("called", "named", "titled", "labelled", "labeled", "saying", "about", "to", "for"),
    Role.UNIT: ("in", "to", "into", "from", "as"),
    Role.WORD: ("of", "for", "in", "to", "with", "about", "called", "from"),
}
SOURCE: Final = bag("from source origin input departure start begin base")
TARGET: Final = bag("to target destination into output arrival end until dest")
STATES: Final[dict[str, bool]] = {
    "on": True, "off": False, "enable": True, "disable": False, "enabled": True, "disabled": False, "open": True,
    "close": False, "activate": True, "deactivate": False, "lock": True, "unlock": False, "mute": True, "unmute": False,
    "true": True, "false": False,
}  # fmt: skip
STATE_NAMES: Final = bag("on state enabled enable power active activate status switch turn")


def role_of(parameter: Parameter) -> Role:
    """What a text parameter is for: by its format, then its name, then its description."""
    by_format = {"date": Role.DATE, "time": Role.CLOCK, "date-time": Role.INSTANT, "duration": Role.DURATION}
    if parameter.shape.text_format in by_format:
        return by_format[parameter.shape.text_format]
    words = set(parameter.words)
    if {"date", "time"} <= words:
        return Role.INSTANT
    words |= {parameter.name.lower()}
    if words & {"to", "from"} and len(words) == 1 and _DESCRIBED[0][1].search(parameter.shape.description.lower()):
        return Role.UNIT
    for role, names in _NAMES:
        if words & names or {word.removesuffix("s") for word in words} & names:
            return _instant_or(role, parameter)
    described = parameter.shape.description.lower()
    return next((role for role, pattern in _DESCRIBED if pattern.search(described)), Role.WORD)


def _instant_or(role: Role, parameter: Parameter) -> Role:
    """A "time" or "when" may want day and time together; the description tells."""
    described = parameter.shape.description.lower()
    if role in {Role.CLOCK, Role.DATE} and re.search(r"date.?time|date and time|8601", described):
        return Role.DATE if role is Role.DATE and "time" not in described.replace("8601", "") else Role.INSTANT
    return role


def direction_of(parameter: Parameter) -> str:
    """Whether it is where something comes "from" or goes "to"; "" for neither."""
    words = set(parameter.words)
    if words & SOURCE:
        return "from"
    return "to" if words & TARGET else ""


def cues_of(parameter: Parameter, role: Role) -> tuple[str, ...]:
    """The small words that may stand before a value, the surest first."""
    direction = direction_of(parameter)
    if set(parameter.words) & {"artist", "singer", "band", "author", "composer"}:
        return ("by", "from", "of")
    if role in {Role.PLACE, Role.UNIT} and direction:
        return ("from",) if direction == "from" else ("to", "into", "for", "in")
    return CUES.get(role, CUES[Role.WORD])


def hint_stems(parameter: Parameter) -> frozenset[str]:
    """Stems of a parameter's name and description, to tell whether a counted thing is meant for it."""
    words = re.findall(r"[^\W\d_]+", parameter.shape.description.lower())
    return frozenset(stem(word) for word in (*parameter.words, *words))


_CURRENCIES: Final = {
    "USD": "dollar", "EUR": "euro", "GBP": "pound", "JPY": "yen", "NOK": "krone", "SEK": "krona", "CHF": "franc",
    "INR": "rupee", "CNY": "yuan", "BRL": "real", "MXN": "peso", "PLN": "zloty",
}  # fmt: skip
_UNITS: Final = {
    "km": "kilometer", "m": "meter", "cm": "centimeter", "mm": "millimeter", "mi": "mile", "ft": "foot", "in": "inch",
    "yd": "yard", "kg": "kilogram", "g": "gram", "lb": "pound", "lbs": "pound", "oz": "ounce", "l": "liter",
    "ml": "milliliter", "c": "celsius", "f": "fahrenheit", "k": "kelvin", "h": "hour", "s": "second", "min": "minute",
    "kw": "kilowatt", "kwh": "kilowatthour", "w": "watt", "mb": "megabyte", "gb": "gigabyte", "gal": "gallon",
}  # fmt: skip
_ODD_PLURALS: Final = {"feet": "foot", "inches": "inch", "kroner": "krone", "kronor": "krona", "kilos": "kilogram",
                      "$": "dollar", "€": "euro", "£": "pound", "¥": "yen", "₹": "rupee"}  # fmt: skip


_DIMENSIONS: Final = {
    "length": bag("kilometer meter centimeter millimeter mile foot inch yard"),
    "weight": bag("kilogram gram pound ounce stone"), "volume": bag("liter milliliter gallon cup pint"),
    "temperature": bag("celsius fahrenheit kelvin degree"), "time": bag("hour second minute day week month year"),
    "power": bag("kilowatt watt"), "energy": bag("kilowatthour calorie"), "share": bag("percent %"),
    "size": bag("megabyte gigabyte"),
}  # fmt: skip


def dimensions_of(unit: str) -> frozenset[str]:
    """What a unit (in its plain spelling) measures: length, weight, money; two for a pound, none for other words."""
    found = {dimension for dimension, units in _DIMENSIONS.items() if unit in units}
    return frozenset(found | ({"money"} if unit in _CURRENCIES.values() else set[str]()))


def canonical_unit(word: str) -> str:
    """A unit or currency in one spelling: "kilometres", "km" and "kilometers" are the same."""
    word = _ODD_PLURALS.get(word.lower(), word.lower())
    word = word if word in _UNITS or word == "celsius" else word.removesuffix("s")
    word = re.sub(r"(met|lit)re$", r"\1er", word)
    return _UNITS.get(word, _CURRENCIES.get(word.upper(), word))


def currency_name(code: str) -> str:
    """A currency as one says it after an amount: USD is dollars."""
    name = _CURRENCIES.get(code.upper())
    return code if name is None else name if name in {"yen", "yuan", "real"} else f"{name}s"


def unit_name(unit: str) -> str:
    """A unit or currency as one says it after an amount: EUR is euros, "km" is kilometers."""
    name = canonical_unit(unit)
    if currency_code(unit) is not None:
        return currency_name(currency_code(unit) or unit)
    if name in {"celsius", "fahrenheit"}:
        return f"degrees {name.capitalize()}"
    odd = {"foot": "feet", "inch": "inches", "kelvin": "kelvin", "%": "percent", "percent": "percent"}
    return odd.get(name, f"{name}s" if dimensions_of(name) else unit)


def is_unit(word: str) -> bool:
    """Whether a currency's sign, or a word of more than one letter, names a unit of measure or a currency."""
    name = canonical_unit(word)
    return (
        (len(word) > 1 or word in _ODD_PLURALS)
        and word != "in"
        and (name in _UNITS.values() or name in _CURRENCIES.values())
    )


def currency_code(word: str) -> str | None:
    """The three-letter code of a currency's name."""
    name = canonical_unit(word)
    return next((code for code, known in _CURRENCIES.items() if known == name), None)

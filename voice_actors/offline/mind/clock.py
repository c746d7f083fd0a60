"""Questions about the time and the calendar."""

from __future__ import annotations

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from voice_actors.offline.mind.days import MONTHS, WEEKDAYS, find_moments, read_day, say_day
from voice_actors.offline.mind.hours import say_clock
from voice_actors.offline.mind.text import Utterance

_TIME = re.compile(
    r"\b(?:what(?: is)?(?: the)?(?: current| exact| local)? time(?! (?:does|do|is the|did|should|will))|time is it"
    r"|the time(?: is it)?(?: right)?(?: now)?$|current time|what hour|how late is it|have (?:you got )?the time)\b"
    r"|^(?:the )?time(?: now)?$",
)
_ELSEWHERE = re.compile(
    r"\btime(?: is it)?(?: right now| now)? (?:in|at) (?!the\b|a\b)([a-z ]+?)(?: (?:now|right now|today))?$"
)
_DAY = re.compile(
    r"\b(?:what|which) (?:is )?(?:the )?(?:day|weekday|date)\b|\b(?:day|date|weekday) (?:is|was|will) (?:it|today)\b"
    r"|\bwhat is (?:today|tomorrow)\b|\btoday date\b|\bdate (?:today|tomorrow)\b|\bthe date$|^(?:the )?date$"
    r"|^(?:is|was) .* (?:mon|tues|wednes|thurs|fri|satur|sun)day$|\bday of the week\b|\bthe date\b",
)
_UNTIL = re.compile(r"\bhow (?:many (days|weeks)|long|far)\b.*\b(?:until|till|to|before|is|away)\b")
_SINCE = re.compile(r"\bhow many (days|weeks)\b.*\b(?:since|passed)\b")
_YEAR = re.compile(r"\b(?:what|which) (?:is )?(?:the )?(?:current )?year\b|\bwhat is the current year\b")
_MONTH = re.compile(r"\b(?:what|which) (?:is )?(?:the )?(?:current )?month\b")
_AREAS = ("Europe", "America", "Asia", "Africa", "Australia", "Pacific", "Atlantic", "Indian", "America/Argentina")


def answer_clock(utterance: Utterance, now: datetime) -> str | None:
    """Say the time or the day that is asked for; None where neither is."""
    plain = utterance.plain
    if (place := _ELSEWHERE.search(plain)) is not None:
        return _time_in(place.group(1), now)
    if _TIME.search(plain):
        return f"It is {say_clock(now.time())}."
    if _YEAR.search(plain):
        return f"It is {now.year}."
    if _MONTH.search(plain):
        return f"It is {MONTHS[now.month - 1]} {now.year}."
    if not (_DAY.search(plain) or _UNTIL.search(plain) or _SINCE.search(plain)):
        return None
    return _about_day(plain, now)


def _about_day(plain: str, now: datetime) -> str | None:
    today = now.date()
    day = _first_day(tuple(plain.split()), now)
    if _UNTIL.search(plain) or _SINCE.search(plain):
        return None if day is None else _distance(plain, day, today)
    if day is None or day == today:
        return f"Today is {say_day(today)}."
    verb = "is" if day >= today else "was"
    return f"That {verb} {say_day(day, today)}." if _relative(plain) else _weekday_of(day, verb, today)


def _relative(plain: str) -> bool:
    return re.search(r"\b(?:in|ago|from now|tomorrow|yesterday|next|last)\b", plain) is not None


def _weekday_of(day: date, verb: str, today: date) -> str:
    year = "" if day.year == today.year else f", {day.year},"
    return f"{MONTHS[day.month - 1]} {day.day}{year} {verb} a {WEEKDAYS[day.weekday()]}."


def _first_day(norms: tuple[str, ...], now: datetime) -> date | None:
    moments = [moment for moment in find_moments(norms, now) if moment.day is not None]
    if moments:
        return moments[-1].day
    found = (read_day(norms, at, now) for at in range(len(norms)))
    return next((moment.day for moment in found if moment is not None), None)


def _distance(plain: str, day: date, today: date) -> str:
    days = abs((day - today).days)
    if days == 0:
        return "That is today."
    length = f"{days} day{'s' * (days > 1)}"
    if "week" in plain and days >= 7:
        weeks, rest = divmod(days, 7)
        length = f"{weeks} week{'s' * (weeks > 1)}" + (f" and {rest} day{'s' * (rest > 1)}" if rest else "")
    if day > today:
        return f"It is {length} until {say_day(day, today)}."
    return f"It has been {length} since {say_day(day, today)}."


def _time_in(place: str, now: datetime) -> str:
    city = "_".join(word.capitalize() for word in place.split())
    said = city.replace("_", " ")
    for area in _AREAS:
        try:
            zone = ZoneInfo(f"{area}/{city}")
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
        return f"In {said} it is {say_clock(now.astimezone(zone).time())}."
    return f"I do not know the time in {said}. Here it is {say_clock(now.time())}."

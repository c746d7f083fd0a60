"""Questions about the time and the calendar."""

from __future__ import annotations

import re
from calendar import isleap
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from voice_actors.offline.mind.days import MONTHS, WEEKDAYS, find_moments, read_day, say_day, shift_day
from voice_actors.offline.mind.hours import say_clock, say_length
from voice_actors.offline.mind.numerals import read_number
from voice_actors.offline.mind.text import Utterance

_TIME = re.compile(
    r"\b(?:what(?: is)?(?: the)?(?: current| exact| local)? time(?! (?:does|do|is the|did|should|will))|time is it"
    r"|the time(?: is it)?(?: right)?(?: now)?$|current time|what hour|how late is it|have (?:you got )?the time)\b"
    r"|^(?:the )?time(?: now)?$|^is it (?:still |already )?(?:morning|afternoon|evening|night|late|early"
    r"|noon|midday)\b",
)
_LATER = re.compile(r"\btime (?:will|would) it be (in .+|.+ from now)$")
_ELSEWHERE = re.compile(
    r"\btime(?: is it)?(?: right now| now)? (?:in|at) (?!the\b|a\b)([a-z ]+?)(?: (?:now|right now|today))?$"
)
_DAY = re.compile(
    r"\b(?:what|which) (?:is )?(?:the )?(?:day|weekday|date)\b|\b(?:day|date|weekday) (?:is|was|will) (?:it|today)\b"
    r"|\bwhat is (?:today|tomorrow)\b|\b(?:tomorrow|yesterday|\w+day) date\b|\bdate (?:today|tomorrow)\b"
    r"|\bthe date$|^(?:the )?date$"
    r"|^(?:is|was) .* (?:mon|tues|wednes|thurs|fri|satur|sun)day$|\bday of the week\b|\bthe date\b",
)
_IS_IT = re.compile(
    r"^(?:is|was|will) (?:it|today|tomorrow|yesterday)(?: (?:be|really|already|still|a|on|today|tomorrow|yesterday))*"
    r" (?P<day>(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b"
)
_LEAP = re.compile(r"\bleap year\b")
_HOURS = re.compile(
    r"\bhow (?:many (?P<unit>hours|minutes|seconds)|long|much (?:time|longer))\b.*\b(?:until|till|to|before"
    r"|remain\w*|left|in)\b"
)
_WEEKEND = re.compile(r"^(?:is|was|will) (?:it|today|tomorrow|this)(?: (?:be|a|the|today|tomorrow))* weekend\b")
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
    if (then := _LATER.search(plain)) is not None:
        moment = next((one for one in find_moments(tuple(plain.split()), now) if one.clock is not None), None)
        if moment is not None and moment.clock is not None:
            return f"{then.group(1).capitalize()} it will be {say_clock(moment.clock)}."
    if _TIME.search(plain):
        return f"It is {say_clock(now.time())}."
    if _YEAR.search(plain):
        return f"It is {now.year}."
    if _MONTH.search(plain):
        return f"It is {MONTHS[now.month - 1]} {now.year}."
    known = _is_it(plain, now) or _leap(plain, now) or _hours(plain, now)
    if known is not None:
        return known
    if not (_DAY.search(plain) or _UNTIL.search(plain) or _SINCE.search(plain)):
        return None
    return _about_day(plain, now)


def _is_it(plain: str, now: datetime) -> str | None:
    """Whether it is the day that is asked about: "is it Friday today?"."""
    match = _IS_IT.match(plain)
    shift = {"tomorrow": 1, "yesterday": -1}.get(
        next((w for w in plain.split() if w in {"tomorrow", "yesterday"}), ""), 0
    )
    day = now.date() + timedelta(days=shift)
    when = {1: "Tomorrow is", -1: "Yesterday was"}.get(shift, "Today is")
    if match is None and not _WEEKEND.match(plain):
        return None
    right = day.weekday() > 4 if match is None else WEEKDAYS[day.weekday()].lower() == match.group("day")
    return f"{'Yes' if right else 'No'}. {when} {say_day(day, now.date())}."


def _leap(plain: str, now: datetime) -> str | None:
    if not _LEAP.search(plain):
        return None
    words = plain.split()
    years = [int(found[0]) for at in range(len(words)) if (found := read_number(words, at)) and 1 <= found[0] <= 9999]
    year = next((one for one in years if one > 31), now.year + ("next year" in plain) - ("last year" in plain))
    if "when" in words or "next leap" in plain:
        year = next(one for one in range(now.year + 1, now.year + 9) if isleap(one))
        return f"The next leap year is {year}."
    return f"{'Yes' if isleap(year) else 'No'}, {year} is {'' if isleap(year) else 'not '}a leap year."


def _hours(plain: str, now: datetime) -> str | None:
    """How long it is until a time of day: "how many hours until midnight?"."""
    match = _HOURS.search(plain)
    if match is None:
        return None
    moment = next((one for one in find_moments(tuple(plain.split()), now) if one.clock is not None), None)
    ends = match.group("unit") and re.search(r"\b(?:today|the day)\b", plain)
    if moment is None and not ends:
        return None
    clock = time(0) if moment is None or moment.clock is None else moment.clock
    then = datetime.combine((moment and moment.day) or now.date(), clock, tzinfo=now.tzinfo)
    then += timedelta(days=1) if then <= now else timedelta(0)
    seconds = (int((then - now).total_seconds()) + 30) // 60 * 60
    length = f"{seconds // 60} minutes" if match.group("unit") == "minutes" else say_length(seconds)
    return f"It is {length} until {say_clock(clock)}."


def _about_day(plain: str, now: datetime) -> str | None:
    today = now.date()
    day = _first_day(tuple(plain.split()), now)
    if _UNTIL.search(plain) or _SINCE.search(plain):
        if day is not None and day > today and _SINCE.search(plain) and not re.search(r"\b\d{4}\b", plain):
            day = shift_day(day, "year", -1)  # what was since is over
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

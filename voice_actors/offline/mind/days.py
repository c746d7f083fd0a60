"""Days as people name them, found among the words of an utterance together with the times of day."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction

from voice_actors.offline.mind.hours import Moment, in_part, read_clock, read_from_now
from voice_actors.offline.mind.lexicon import words
from voice_actors.offline.mind.numerals import read_number, read_ordinal

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = words("January February March April May June July August September October November December")
_WEEKDAY = {name.lower(): place for place, name in enumerate(WEEKDAYS)}
_MONTH = {name.lower(): place for place, name in enumerate(MONTHS, 1)} | {
    name[:3].lower(): place for place, name in enumerate(MONTHS, 1) if name != "May"
}
_FEASTS = {
    "christmas": (12, 25), "christmas eve": (12, 24), "christmas day": (12, 25), "boxing day": (12, 26),
    "new year": (1, 1), "new years": (1, 1), "new year day": (1, 1), "new year eve": (12, 31),
    "halloween": (10, 31), "valentine": (2, 14),
}  # fmt: skip
_BETWEEN = frozenset(["at", "on", "in", "the", "by", "from", "of", "this"])
"""Words that may stand between a day and its time."""
_AFTER_DAY = frozenset(["at", "for", "in", "from", "to", "until", "please", "and", "with", "by"])
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")


def find_moments(norms: Sequence[str], now: datetime) -> list[Moment]:
    """Every day and time that is named, in order; "tomorrow at 5 pm" is one."""
    found: list[Moment] = []
    at = 0
    while at < len(norms):
        moment = read_day(norms, at, now) or read_clock(norms, at) or read_from_now(norms, at, now)
        if moment is None:
            at += 1
            continue
        at = moment.end
        found = _join(found, moment, norms)
    return found


def _join(found: list[Moment], moment: Moment, norms: Sequence[str]) -> list[Moment]:
    """Make one of a day and a time that stand side by side, and of a part of the day and a time in it."""
    if not found:
        return [moment]
    before = found[-1]
    near = set(norms[before.end : moment.start]) <= _BETWEEN
    parts = before.part or moment.part
    clocks = before.clock is None or moment.clock is None or (bool(parts) and (before.bare or moment.bare))
    if not near or not clocks or (before.day is not None and moment.day is not None):
        return [*found, moment]
    timed = next((one for one in (before, moment) if one.bare), before if before.clock is not None else moment)
    clock, bare = timed.clock, timed.bare
    night = "tonight" if "tonight" in norms[before.start : moment.end] else parts
    if clock is not None and bare and night:
        clock, bare = in_part(clock, night), False
    part = parts if clock is not None and timed.part else ""
    return [*found[:-1], Moment(before.start, moment.end, before.day or moment.day, clock, part, bare)]


def read_day(norms: Sequence[str], at: int, now: datetime) -> Moment | None:
    """Read a day at word `at`: today, next Friday, July 4th, the 3rd of May 2027, in ten days, Christmas."""
    today = now.date()
    start = at
    while at < len(norms) and norms[at] in {"on", "the", "this", "coming"}:
        at += 1
    if at >= len(norms):
        return None
    named = _relative(norms, at, today) or _calendar_day(norms, at, today) or _feast(norms, at, today)
    named = named or _distant(norms, at, today) or (_of_month(norms, at, today) if _on_the(norms, start, at) else None)
    if named is None:
        return None
    return Moment(
        start, named[1], _past(norms, at, named[0], today) if norms[max(0, start - 1)] == "since" else named[0]
    )


def _on_the(norms: Sequence[str], start: int, at: int) -> bool:
    """Whether "on the", "from the" or the like stands before word `at`."""
    led = norms[start] == "on" or (start > 0 and norms[start - 1] in {"from", "until", "till", "by", "since", "to"})
    return led and at > start and norms[at - 1] == "the"


def _past(norms: Sequence[str], at: int, day: date, today: date) -> date:
    """What was since is over: "since Monday" is the last one."""
    if day <= today:
        return day
    return day - timedelta(days=7) if norms[at] in _WEEKDAY else shift_day(day, "year", -1)


def _relative(norms: Sequence[str], at: int, today: date) -> tuple[date, int] | None:
    match tuple(norms[at : at + 4]):
        case ("day", "after", "tomorrow", *_):
            return today + timedelta(days=2), at + 3
        case ("day", "before", "yesterday", *_):
            return today - timedelta(days=2), at + 3
        case ("today" | "tonight", *_):
            return today, at + 1
        case ("tomorrow" | "tomorow", *_):
            return today + timedelta(days=1), at + 1
        case ("yesterday", *_):
            return today - timedelta(days=1), at + 1
        case ("next", word, *_) if word in _WEEKDAY:
            ahead = (_WEEKDAY[word] - today.weekday()) % 7 or 7
            return today + timedelta(days=ahead), at + 2
        case ("last", word, *_) if word in _WEEKDAY:
            return today - timedelta(days=(today.weekday() - _WEEKDAY[word]) % 7 or 7), at + 2
        case ("next", "week", *_):
            return today + timedelta(days=7), at + 2
        case ("next", "month", *_):
            return shift_day(today, "month", 1), at + 2
        case ("weekend", *_):
            return today + timedelta(days=max(5 - today.weekday(), 0)), at + 1
        case (word, *_) if word in _WEEKDAY:
            return today + timedelta(days=(_WEEKDAY[word] - today.weekday()) % 7), at + 1
        case _:
            return None


def _calendar_day(norms: Sequence[str], at: int, today: date) -> tuple[date, int] | None:
    """Read 4 July, July 4th, the fourth of July or 2027-07-04, with or without a year."""
    if _ISO.fullmatch(norms[at]):
        try:
            return date.fromisoformat(norms[at]), at + 1
        except ValueError:
            return None
    if norms[at] in _MONTH:
        number = _day_number(norms, at + 1 + (norms[at + 1 : at + 2] == ["the"] or norms[at + 1 : at + 2] == ("the",)))
        return None if number is None else _dated(norms, number[1], _MONTH[norms[at]], number[0], today)
    number = _day_number(norms, at)
    if number is None:
        return None
    month = number[1] + any(norm in {"of", "off", "and"} for norm in norms[number[1] : number[1] + 1])
    if month < len(norms) and norms[month] in _MONTH:
        return _dated(norms, month + 1, _MONTH[norms[month]], number[0], today)
    return None


def _of_month(norms: Sequence[str], at: int, today: date) -> tuple[date, int] | None:
    """Read the 15th, the next there is, after "on the" and where no thing follows that it could number."""
    found = read_ordinal(norms, at)
    if found is None or (found[1] < len(norms) and norms[found[1]] not in _AFTER_DAY):
        return None
    months = (shift_day(today.replace(day=1), "month", ahead) for ahead in range(4))
    days = (first.replace(day=found[0]) for first in months if found[0] <= monthrange(first.year, first.month)[1])
    return next(((day, found[1]) for day in days if day >= today), None) if found[0] else None


def _day_number(norms: Sequence[str], at: int) -> tuple[int, int] | None:
    ordinal = read_ordinal(norms, at)
    if ordinal is not None:
        return ordinal if 1 <= ordinal[0] <= 31 else None
    number = read_number(norms[: at + 1], at) or read_number(norms[: at + 2], at)
    if number is None or number[0].denominator != 1 or not 1 <= number[0] <= 31:
        return None
    return int(number[0]), number[1]


def _dated(norms: Sequence[str], at: int, month: int, day: int, today: date) -> tuple[date, int] | None:
    year = _year(norms, at)
    try:
        if year is not None:
            return date(year[0], month, day), year[1]
        this = date(today.year, month, day)
        return (this if this >= today else date(today.year + 1, month, day)), at
    except ValueError:
        return None


def _year(norms: Sequence[str], at: int) -> tuple[int, int] | None:
    """Read 2027, two thousand twenty seven, or twenty twenty seven."""
    number = read_number(norms, at)
    if number is not None and 1000 <= number[0] <= 9999 and number[0].denominator == 1:
        return int(number[0]), number[1]
    first = read_number(norms[: at + 1], at)
    second = None if first is None else read_number(norms, first[1])
    if first is not None and second is not None and 10 <= first[0] <= 99 and 10 <= second[0] <= 99:
        return int(first[0] * 100 + second[0]), second[1]
    return None


def _feast(norms: Sequence[str], at: int, today: date) -> tuple[date, int] | None:
    for length in (3, 2, 1):
        day = _FEASTS.get(" ".join(norms[at : at + length]))
        if day is not None and at + length <= len(norms):
            this = date(today.year, *day)
            return (this if this >= today else date(today.year + 1, *day)), at + length
    return None


def _distant(norms: Sequence[str], at: int, today: date) -> tuple[date, int] | None:
    """Read "in ten days", "two weeks ago", "a week from now" and "three days from today"."""
    ahead = norms[at] == "in"
    start = at + ahead
    number = read_number(norms, start)
    if number is None and start < len(norms) and norms[start] in {"a", "an"}:
        number = (Fraction(1), start + 1)
    if number is None or number[0].denominator != 1 or number[1] >= len(norms):
        return None
    unit = norms[number[1]].removesuffix("s")
    after = number[1] + 1
    if not ahead:
        ahead = tuple(norms[after : after + 2]) in {("from", "now"), ("from", "today")}
        if not ahead and tuple(norms[after : after + 1]) != ("ago",):
            return None
        after += 2 if ahead else 1
    try:
        return shift_day(today, unit, int(number[0]) * (1 if ahead else -1)), after
    except (OverflowError, ValueError, KeyError):
        return None


def shift_day(day: date, unit: str, count: int) -> date:
    """The day `count` units away. Raises KeyError for a unit shorter than a day, ValueError out of the calendar."""
    if unit in {"month", "year"}:
        months = day.year * 12 + day.month - 1 + count * (12 if unit == "year" else 1)
        for last in (day.day, 30, 29, 28):
            try:
                return date(months // 12, months % 12 + 1, last)
            except ValueError:
                if last == 28:
                    raise
    return day + timedelta(days=count * {"day": 1, "week": 7, "fortnight": 14}[unit])


def say_day(day: date, today: date | None = None) -> str:
    """A day as one says it: "Tuesday, July 14", with the year where it is another."""
    text = f"{WEEKDAYS[day.weekday()]}, {MONTHS[day.month - 1]} {day.day}"
    return text if today is not None and today.year == day.year else f"{text}, {day.year}"

"""Times of day and lengths of time as people say them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from fractions import Fraction

import attrs

from voice_actors.offline.mind.numerals import read_number
from voice_actors.offline.mind.text import STOPWORDS

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "night": 86400, "week": 604800}
_SHORT_UNITS = {"sec": "second", "secs": "second", "min": "minute", "mins": "minute", "hr": "hour", "hrs": "hour"}
_PARTS = {"morning": 9, "noon": 12, "midday": 12, "afternoon": 15, "evening": 19, "night": 21}


@attrs.frozen
class Moment:
    """A day, a time of day, or both, said at words `start` to `end` (not included)."""

    start: int
    end: int
    day: date | None = None
    clock: time | None = None
    part: str = ""
    """The part of the day, where only that was said: the clock then stands for its middle."""
    bare: bool = False
    """Whether the clock was said without its half of the day."""


@attrs.frozen
class Duration:
    """A length of time, said at words `start` to `end` (not included)."""

    start: int
    end: int
    seconds: int


def unit_of(word: str) -> str | None:
    """The name of a unit of time, from second to week, in the singular."""
    word = _SHORT_UNITS.get(word, word)
    single = word.removesuffix("s")
    return single if single in _SECONDS else None


def read_duration(norms: Sequence[str], at: int) -> Duration | None:
    """Read "five minutes", "an hour and a half", "1 hour 30 minutes" or "half an hour" at word `at`."""
    seconds, here = Fraction(0), at
    while (piece := _one_length(norms, here)) is not None:
        seconds, here = seconds + piece[0], piece[1]
        if norms[here : here + 1] and norms[here] == "and" and _one_length(norms, here + 1) is not None:
            here += 1
    if here == at or seconds > 10**10:
        return None
    return Duration(at, here, int(seconds))


def _one_length(norms: Sequence[str], at: int) -> tuple[Fraction, int] | None:
    if tuple(norms[at : at + 2]) in {("half", "an"), ("half", "a")} and at + 2 < len(norms):
        unit = unit_of(norms[at + 2])
        return None if unit is None else (Fraction(_SECONDS[unit], 2), at + 3)
    if (part := _quarters(norms, at)) is not None:
        return part
    number = read_number(norms, at)
    if number is None and at < len(norms) and norms[at] in {"a", "an", "one"}:
        number = (Fraction(1), at + 1)
    if number is None or number[1] >= len(norms):
        return None
    unit = unit_of(norms[number[1]])
    if unit is None:
        return None
    value, after = number[0] * _SECONDS[unit], number[1] + 1
    match tuple(norms[after : after + 3]):
        case ("and", "a", "half"):
            return value + Fraction(_SECONDS[unit], 2), after + 3
        case ("and", "a", "quarter"):
            return value + Fraction(_SECONDS[unit], 4), after + 3
        case _:
            return value, after


def _quarters(norms: Sequence[str], at: int) -> tuple[Fraction, int] | None:
    """Read "a quarter of an hour" and "three quarters of an hour"."""
    counted = {("a", "quarter"): 1, ("one", "quarter"): 1, ("three", "quarters"): 3, ("3", "quarters"): 3}
    count = counted.get((norms[at], norms[at + 1])) if at + 1 < len(norms) else None
    here = at + 2 + (norms[at + 2 : at + 3] in (["of"], ("of",)))
    if count is None or here + 1 >= len(norms) or norms[here] not in {"a", "an"}:
        return None
    unit = unit_of(norms[here + 1])
    return None if unit is None else (Fraction(_SECONDS[unit] * count, 4), here + 2)


def read_clock(norms: Sequence[str], at: int) -> Moment | None:
    """Read a time of day at word `at`: 5 pm, 17:30, half past five, noon, in the evening, five o'clock."""
    start = at
    marked = norms[at] in {"at", "by", "around", "from", "until", "till"}
    at += marked
    if at >= len(norms):
        return None
    if norms[at] in _PARTS or tuple(norms[at : at + 2]) == ("in", "the"):
        word = norms[at] if norms[at] in _PARTS else (norms[at + 2] if at + 2 < len(norms) else "")
        hour = _PARTS.get(word)
        part = "" if word in {"noon", "midday"} else word
        end = at + (1 if norms[at] in _PARTS else 3)
        return None if hour is None else Moment(start, end, None, time(hour), part)
    if norms[at] == "midnight":
        return Moment(start, at + 1, None, time(0))
    found = _past(norms, at) or _hour(norms, at, marked=marked)
    if found is None:
        return None
    clock, end = found
    bare = 0 < clock.hour < 13 and not {"am", "pm", "night", *_PARTS} & set(norms[at:end])
    return Moment(start, end, None, clock, bare=bare and not re.match(r"0\d:", norms[at]))


def in_part(clock: time, part: str) -> time:
    """A time that was said without its half of the day, in a part of the day: "this evening at six" is 18:00."""
    later = part in {"afternoon", "evening", "night", "tonight"} and clock.hour < 12
    early = part == "night" and clock.hour in {1, 2, 3, 4}
    return clock.replace(hour=clock.hour + 12) if later and not early else clock


def _past(norms: Sequence[str], at: int) -> tuple[time, int] | None:
    """Read half past five, quarter to six and ten past three."""
    at += norms[at] == "a" and at + 1 < len(norms)
    part: int | None = {"half": 30, "quarter": 15}.get(norms[at])
    after = at + 1
    if part is None:
        number = read_number(norms[: at + 2], at)
        if number is None or number[0].denominator != 1 or not 0 < number[0] < 60:
            return None
        part, after = int(number[0]), number[1]
        after += after < len(norms) and unit_of(norms[after]) == "minute"
    if after + 1 >= len(norms) or norms[after] not in {"past", "to"}:
        return None
    hour = _hour(norms, after + 1, marked=True)
    if hour is None:
        return None
    sign = 1 if norms[after] == "past" else -1
    minutes = (hour[0].hour * 60 + hour[0].minute + sign * part) % 1440
    return time(minutes // 60, minutes % 60), hour[1]


def _hour(norms: Sequence[str], at: int, *, marked: bool) -> tuple[time, int] | None:
    """Read an hour with or without minutes; a bare figure only after "at" and the like, or before "pm" and the like."""
    hour, minute, after = _figures(norms, at)
    if hour < 0:
        return None
    half, end = _half_of_day(norms, after)
    if half is None and not (marked or ":" in norms[at]):
        return None
    unit = norms[end] if end < len(norms) else ""
    counted = len(unit) > 3 and unit.endswith("s") and not unit.endswith(("ss", "days")) and unit not in STOPWORDS
    if half is None and (unit_of(unit) or counted or unit in {"percent", "%"}):  # "by three steps"
        return None
    if half == "pm" and hour < 12:
        hour += 12
    elif half == "am" and hour == 12:
        hour = 0
    return (time(hour, minute), end) if hour < 24 and minute < 60 else None


def _figures(norms: Sequence[str], at: int) -> tuple[int, int, int]:
    """Hour, minute and the place after them; an hour of -1 where there is none. Minutes are said from ten on."""
    if re.fullmatch(r"\d{1,2}:\d{2}", norms[at], re.ASCII):
        hour, minute = norms[at].split(":")
        return int(hour), int(minute), at + 1
    number = read_number(norms[: at + 1], at)
    if number is None or number[0].denominator != 1:
        return -1, 0, at
    rest = read_number(norms[: at + 3], at + 1)
    if rest is not None and rest[0].denominator == 1 and 10 <= rest[0] < 60:
        return int(number[0]), int(rest[0]), rest[1]
    return int(number[0]), 0, at + 1


def _half_of_day(norms: Sequence[str], at: int) -> tuple[str | None, int]:
    """Which half of the day is named ("o'clock" for neither), and the place after it."""
    clock = norms[at : at + 1] and norms[at] == "o'clock"
    at += bool(clock)
    match tuple(norms[at : at + 3]):
        case ("am" | "pm" as half, *_):
            return half, at + 1
        case ("in", "the", part) if part in _PARTS:
            return ("am" if part == "morning" else "pm"), at + 3
        case ("at", "night", *_):
            return "pm", at + 2
        case _:
            return ("o'clock" if clock else None), at


def read_from_now(norms: Sequence[str], at: int, now: datetime) -> Moment | None:
    """Read "in five minutes" and "an hour from now"."""
    ahead = norms[at] == "in"
    length = read_duration(norms, at + ahead)
    if length is None:
        return None
    after = length.end
    if not ahead:
        if tuple(norms[after : after + 2]) != ("from", "now"):
            return None
        after += 2
    try:
        then = now + timedelta(seconds=length.seconds)
    except OverflowError:
        return None
    return Moment(at, after, then.date(), then.time().replace(microsecond=0))


def say_clock(clock: time) -> str:
    """A time of day as one says it: "10 minutes past 5 in the afternoon"."""
    hour, minute = clock.hour, clock.minute
    part = "in the morning" if hour < 12 else "in the afternoon" if hour < 18 else "in the evening"
    nearest = hour + (minute > 30)
    face = f"{(nearest - 1) % 12 + 1}"
    if minute == 0:
        whole = {0: "midnight", 12: "noon"}.get(hour)
        return whole or f"{face} o'clock {part}"
    named = {15: "a quarter past", 30: "half past", 45: "a quarter to"}.get(minute)
    if named is None:
        count = minute if minute < 30 else 60 - minute
        named = f"{count} minute{'s' * (count > 1)} {'past' if minute < 30 else 'to'}"
    return f"{named} {face} {part}"


def say_length(seconds: int) -> str:
    """A length of time as one says it: "1 hour and 30 minutes"."""
    parts: list[str] = []
    for name, size in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {name}{'s' * (count > 1)}")
    return " and ".join(parts) if len(parts) < 3 else f"{', '.join(parts[:-1])} and {parts[-1]}"

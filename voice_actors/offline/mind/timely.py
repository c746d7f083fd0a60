"""Values that are times: dates, times of day, both together, and lengths of time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from voice_actors.offline.mind.gleaning import Gleaner
from voice_actors.offline.mind.hours import Duration, Moment, read_clock, unit_of
from voice_actors.offline.mind.lexicon import bag
from voice_actors.offline.mind.roles import Role, role_of
from voice_actors.offline.mind.schema import Parameter
from voice_actors.offline.mind.text import STOPWORDS

SECONDS: Final = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "night": 86400, "week": 604800}
"""How long each unit of time is."""
_PARTS_OF: Final = {Role.DATE: ("day",), Role.CLOCK: ("clock",), Role.INSTANT: ("day", "clock")}
_LATE_NAMES: Final = bag("return end until to till out back checkout finish last arrival")
_LATE_CUES: Final = bag("return returning back checkout ending ends")
_UNTIL: Final = bag("until till to through")
_WAKING: Final = bag("alarm wake morning breakfast")
"""Where these are said, a bare "at six" is in the morning."""


def time_unit(parameter: Parameter) -> str | None:
    """The unit in which a parameter takes a duration: told by its name, else by its description."""
    described = re.findall(r"[a-z]+", parameter.shape.description.lower())
    named = [unit for word in parameter.words if (unit := unit_of(word)) is not None]
    if named:
        return named[0]
    about_time = {*parameter.words, *described} & {
        "duration",
        "length",
        "timer",
        "delay",
        "long",
        "timeout",
        "time",
        "in",
    }
    told = [unit for word in described if (unit := unit_of(word)) is not None]
    return told[0] if told and about_time else None


def free_duration(gleaner: Gleaner) -> Duration | None:
    """The first length of time that is not taken."""
    return next((one for one in gleaner.durations if gleaner.free(one.start, one.end)), None)


def glean_time(parameter: Parameter, gleaner: Gleaner, beside: Sequence[Parameter]) -> str | None:
    """A date, time, date with time (all as ISO 8601 writes them) or duration as text."""
    role = role_of(parameter)
    if role is Role.DURATION:
        return _duration_text(parameter, gleaner)
    fitting = [moment for moment in gleaner.moments if _tells(moment, role) and _untold(moment, role, gleaner)]
    moment = _placed(parameter, fitting, gleaner, beside)
    if moment is None:
        moment = _bare_clock(gleaner) if role is Role.CLOCK and parameter.required else None
    if moment is None:
        return None
    gleaner.used.update(range(moment.start, moment.end))
    gleaner.told.update((moment.start, part) for part in _PARTS_OF[role])
    return _iso(moment, role, parameter, gleaner)


def _untold(moment: Moment, role: Role, gleaner: Gleaner) -> bool:
    """Whether a day or time went into no other parameter; one may take the day and another the time of a moment."""
    told = any((moment.start, part) in gleaner.told for part in _PARTS_OF[role])
    return not told and (gleaner.free(moment.start, moment.end) or role in {Role.DATE, Role.CLOCK})


def _placed(
    parameter: Parameter, fitting: Sequence[Moment], gleaner: Gleaner, beside: Sequence[Parameter]
) -> Moment | None:
    """Of two days the one that a parameter wants: where something starts, or where it ends."""
    like = [one for one in beside if role_of(one) is role_of(parameter) and one is not parameter]
    if not like:
        return next(iter(fitting), None)
    late = [moment for moment in fitting if _is_late(moment, gleaner)]
    early = [moment for moment in fitting if moment not in late]
    if not set(parameter.words) & _LATE_NAMES:
        return next(iter(early), None)
    return next(iter(late or (early[1:] if not gleaner.told else ())), None)


def _is_late(moment: Moment, gleaner: Gleaner) -> bool:
    near = set(gleaner.norms[max(0, moment.start - 1) : moment.end])
    return bool(near & _UNTIL or set(gleaner.norms[max(0, moment.start - 2) : moment.end]) & _LATE_CUES)


def _bare_clock(gleaner: Gleaner) -> Moment | None:
    """The one number that is left, where a time is wanted: "for 730", "seven"."""
    figures = [one for one in gleaner.figures() if one.value.denominator == 1]
    if len(figures) == 2 and figures[0].end == figures[1].start:  # "seven thirty"
        said = read_clock(("at", *gleaner.norms[figures[0].start :]), 0)
        return None if said is None else Moment(figures[0].start, figures[1].end, None, said.clock)
    if len(figures) != 1:
        return None
    hour, minute = divmod(int(figures[0].value), 100) if figures[0].value >= 100 else (int(figures[0].value), 0)
    named = gleaner.norms[figures[0].end : figures[0].end + 1]
    if not 0 <= hour < 24 or not 0 <= minute < 60 or (named and named[0] not in STOPWORDS):
        return None
    return Moment(figures[0].start, figures[0].end, None, time(hour, minute))


def _tells(moment: Moment, role: Role) -> bool:
    if role is Role.DATE:
        return moment.day is not None
    return moment.clock is not None or (role is Role.INSTANT and moment.day is not None)


def _iso(moment: Moment, role: Role, parameter: Parameter, gleaner: Gleaner) -> str | None:
    if role is Role.DATE:
        return None if moment.day is None else moment.day.isoformat()
    if role is Role.CLOCK:
        exact = parameter.shape.text_format == "time"
        return None if moment.clock is None else moment.clock.isoformat("seconds" if exact else "minutes")
    if moment.clock is None:
        whole = parameter.shape.text_format != "date-time" and moment.day is not None
        return moment.day.isoformat() if whole and moment.day is not None else None
    early = moment.clock.hour > 6 or bool(_WAKING & set(gleaner.norms))
    return _at(moment.day, moment.clock, gleaner.now, early=early or not moment.bare, bare=moment.bare).isoformat(
        timespec="seconds"
    )


def _at(day: date | None, clock: time, now: datetime, *, early: bool, bare: bool) -> datetime:
    """The next such moment. A bare "at four" is in the afternoon, and one that has passed today is twelve hours on."""
    half = timedelta(hours=12)
    then = datetime.combine(day or now.date(), clock, tzinfo=now.tzinfo)
    if not early or (bare and clock.hour < 12 and then <= now < then + half and then.date() == now.date()):
        then += half
    return then + timedelta(days=1) if day is None and then <= now else then


def _duration_text(parameter: Parameter, gleaner: Gleaner) -> str | None:
    length = free_duration(gleaner)
    if length is None:
        return None
    gleaner.used.update(range(length.start, length.end))
    if parameter.shape.text_format == "duration" or "8601" in parameter.shape.description:
        hours, rest = divmod(length.seconds, 3600)
        parts = ((hours, "H"), (rest // 60, "M"), (rest % 60, "S"))
        return "PT" + ("".join(f"{count}{mark}" for count, mark in parts if count) or "0S")
    return gleaner.utterance.slice(length.start, length.end)

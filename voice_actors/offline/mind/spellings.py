"""The ways in which people say the values that an enum has: other words, other forms, units written out."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from voice_actors.offline.mind.text import split_name

_OTHERS: Final = """
up: louder | higher | increase | raise | more | brighter | warmer | faster | upwards | hotter
down: quieter | lower | decrease | reduce | less | softer | dimmer | cooler | slower | downwards | colder | darker
on: activate | enable
off: of | deactivate | disable
all: every | everything | everywhere | both | whole | entire
low: unimportant | not urgent | no hurry | minor | lowest | bottom
high: urgent | important | very important | top | highest | asap | major
medium: normal | regular | middle | mid | average
normal: regular | medium | standard
large: big
small: little
xl: extra large | x large
xs: extra small | x small
xxl: extra extra large | double extra large
daily: a day | per day | each day | every day | one day
weekly: a week | per week | each week | every week
monthly: a month | per month | each month | every month
yearly: a year | per year | each year | every year | annually | annual
hourly: an hour | per hour | each hour | every hour
kmh: kilometers per hour | kilometres per hour | kilometers an hour | kph | km per hour
mph: miles per hour | miles an hour
celsius: centigrade
percent: %
economy: coach | standard
first: first class
quiet: silent | silently | quietly | softly
turbo: full power | maximum power
cheapest: cheap | lowest price | least expensive
fastest: fast | quickest | quick
newest: latest | most recent | new
oldest: earliest
ascending: upwards | lowest first
descending: downwards | highest first
male: man
female: woman
true: yes
false: no
auto: automatic | automatically
heat: heating
cool: cooling
morning: am
card: credit card | debit card
walking: on foot | foot
driving: by car
transit: public transport | by bus | by train
cycling: by bike | bike ride
bicycling: by bike | bike ride | cycling
done: finished | completed | complete
todo: to do | open | pending
forward: ahead | forwards | straight on
backward: back | backwards | reverse
left: to the left
fast: quickly | quick
slow: slowly
""".strip()
_WAYS: Final = {
    head.strip(): tuple(tuple(way.split()) for way in ways.split("|"))
    for head, _, ways in (line.partition(":") for line in _OTHERS.splitlines())
}
WEEK: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SEVERAL: Final = {
    "weekday": WEEK[:5], "weekdays": WEEK[:5], "workday": WEEK[:5], "workdays": WEEK[:5],
    "weekend": WEEK[5:], "weekends": WEEK[5:], "everyday": WEEK, "daily": WEEK,
}  # fmt: skip


@lru_cache(maxsize=2048)
def other_ways(choice: str) -> tuple[tuple[str, ...], ...]:
    """Other words for a value, each way as the words that say it."""
    words = split_name(choice)
    whole = _WAYS.get("".join(words), ())
    if len(words) > 1 and not whole:  # "not_urgent" is no "urgent": words are exchanged one at a time, from the left
        whole = tuple((*way, *words[1:]) for way in _WAYS.get(words[0], ()))
    return whole


def days_of(norms: tuple[str, ...]) -> Iterable[tuple[int, int, tuple[str, ...]]]:
    """Where several days of the week are said in one word, and which: weekdays, the weekend, every day."""
    for at, norm in enumerate(norms):
        if norm in _SEVERAL:
            yield at, at + 1, _SEVERAL[norm]
        elif norms[at : at + 2] in {("every", "day"), ("each", "day")}:
            yield at, at + 2, WEEK


def week_of(choices: Iterable[object]) -> dict[str, object]:
    """The values that are days of the week, by the day; cut short ("MON") or not."""
    return {day: one for one in choices for day in WEEK if str(one).lower() in {day, day[:3], day[:2]}}

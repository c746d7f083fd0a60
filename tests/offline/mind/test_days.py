"""Days, times and lengths of time in words."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from voice_actors.offline.mind.days import find_moments, say_day
from voice_actors.offline.mind.hours import read_duration, say_clock, say_length
from voice_actors.offline.mind.text import read

NOW = datetime(2026, 7, 14, 14, 5, tzinfo=UTC)
MOMENTS = [
    ("today", "2026-07-14", None), ("tomorrow", "2026-07-15", None), ("yesterday", "2026-07-13", None),
    ("the day after tomorrow", "2026-07-16", None), ("the day before yesterday", "2026-07-12", None),
    ("on Friday", "2026-07-17", None), ("next Tuesday", "2026-07-21", None), ("last Monday", "2026-07-13", None), ("Tuesday", "2026-07-14", None),
    ("next week", "2026-07-21", None), ("July 4th", "2027-07-04", None), ("the fourth of August", "2026-08-04", None), ("4 aug 2030", "2030-08-04", None),
    ("march the third two thousand thirty", "2030-03-03", None), ("May 5 twenty twenty seven", "2027-05-05", None), ("2027-02-28", "2027-02-28", None),
    ("in ten days", "2026-07-24", None), ("two weeks ago", "2026-06-30", None), ("a week from now", "2026-07-21", None), ("in a month", "2026-08-14", None),
    ("in 2 years", "2028-07-14", None), ("Christmas Eve", "2026-12-24", None), ("new year's eve", "2026-12-31", None),
    ("at 5 pm", None, "17:00"), ("at 5 p.m.", None, "17:00"), ("5pm", None, "17:00"), ("12 am", None, "00:00"), ("17:30", None, "17:30"), ("half past five", None, "05:30"),
    ("quarter to six pm", None, "17:45"), ("ten minutes past three", None, "03:10"), ("noon", None, "12:00"), ("midnight", None, "00:00"),
    ("seven thirty pm", None, "19:30"), ("at seven forty five", None, "07:45"), ("five o'clock in the afternoon", None, "17:00"), ("in the evening", None, "19:00"), ("at eight at night", None, "20:00"),
    ("nine in the morning", None, "09:00"), ("at nine in the morning", None, "09:00"),
    ("tomorrow at 5 pm", "2026-07-15", "17:00"), ("at noon on Friday", "2026-07-17", "12:00"), ("tonight at 8", "2026-07-14", "20:00"),
    ("this evening at six", None, "18:00"), ("tomorrow morning at nine", "2026-07-15", "09:00"), ("tomorrow afternoon at four", "2026-07-15", "16:00"),
    ("on the 20th", "2026-07-20", None), ("on the third", "2026-08-03", None), ("next month", "2026-08-14", None), ("at the weekend", "2026-07-18", None),
    ("since Monday", "2026-07-13", None), ("since Friday", "2026-07-10", None), ("since August 1st", "2025-08-01", None),
    ("in 5 minutes", "2026-07-14", "14:10"), ("an hour and a half from now", "2026-07-14", "15:35"), ("in twelve hours", "2026-07-15", "02:05"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "day", "clock"), MOMENTS, ids=[one[0] for one in MOMENTS])
def test_finds_the_moment_that_is_meant(words, day, clock):
    """Said on Tuesday, 14 July 2026, at five past two."""
    found = find_moments(read(f"please {words} please").norms, NOW)
    (moment,) = found
    assert (day, clock) == (moment.day and moment.day.isoformat(), moment.clock and moment.clock.isoformat("minutes"))


@pytest.mark.parametrize(
    "words",
    ["five apples", "I may go", "the second one", "set it to 21 degrees", "at 30 percent", "february 30th", "2027-13-45", "at 25", "in 99999999999 days", "in a while", "from now", "half of it", "in the kitchen"],
)  # fmt: skip
def test_finds_none_where_none_is_meant(words):
    """Numbers, small words and impossible dates are no moments."""
    assert [] == find_moments(read(words).norms, NOW)


def test_february_29_is_kept_in_the_calendar():
    """A month after 31 January is the last day of February."""
    (moment,) = find_moments(("in", "a", "month"), datetime(2027, 1, 31, tzinfo=UTC))
    assert date(2027, 2, 28) == moment.day


@pytest.mark.parametrize(
    ("words", "seconds"),
    [("five minutes", 300), ("an hour and a half", 5400), ("1 hour 30 minutes", 5400), ("half an hour", 1800), ("two and a half hours", 9000),
     ("90 secs", 90), ("an hour and ten minutes", 4200), ("a day", 86400), ("an hour and a quarter", 4500), ("five apples", None), ("", None)],
)  # fmt: skip
def test_reads_lengths_of_time(words, seconds):
    """One unit, several, or a half."""
    found = read_duration(words.split(), 0)
    assert seconds == (found and found.seconds)


@pytest.mark.parametrize(
    ("clock", "said"),
    [("00:00", "midnight"), ("12:00", "noon"), ("17:00", "5 o'clock in the afternoon"), ("09:01", "1 minute past 9 in the morning"),
     ("17:30", "half past 5 in the afternoon"), ("11:45", "a quarter to 12 in the morning"), ("23:50", "10 minutes to 12 in the evening"), ("00:15", "a quarter past 12 in the morning")],
)  # fmt: skip
def test_says_the_time(clock, said):
    """As one says it, not as a clock shows it."""
    assert said == say_clock(time.fromisoformat(clock))


def test_says_days_and_lengths():
    """The year is left out where it is this one; units are in the plural where there are several."""
    assert say_day(date(2026, 7, 14), date(2026, 1, 1)) == "Tuesday, July 14"
    assert say_day(date(2027, 7, 14), date(2026, 1, 1)) == "Wednesday, July 14, 2027"
    assert say_length(5400) == "1 hour and 30 minutes"
    assert say_length(90061) == "1 day, 1 hour, 1 minute and 1 second"

"""Which number belongs to which parameter."""

from __future__ import annotations

import pytest

from voice_actors.offline.mind.arguments import fill
from voice_actors.offline.mind.declarations import read_tools
from voice_actors.offline.mind.text import read

INT, NUM = {"type": "integer"}, {"type": "number"}


def args(now, words: str, **properties):
    (tool,) = read_tools([{"name": "go", "parameters": {"type": "object", "properties": properties}}])
    return dict(fill(tool, read(words), now, frozenset()).args)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("less than 30 euros with at least four stars", {"max_price": 30, "min_rating": 4}),
        ("at least four stars and under 30 euros", {"max_price": 30, "min_rating": 4}),
        ("up to $45.50", {"max_price": 45.5}),
        ("three stars or so", {"min_rating": 3}),
    ],
)
def test_the_words_before_a_number_tell_the_most_from_the_least(now, words, found):
    """Words like "under" and "at least", and the unit behind a number, point to the parameter that it limits."""
    price = {**NUM, "description": "most one wants to pay, in euros"}
    assert found == args(now, words, max_price=price, min_rating={**NUM, "description": "stars"})


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("120 dollars and fifty cents", 120.5),
        ("39 euros 90", 39.9),
        ("two and a half pounds", 2.5),
        ("a dozen euros", 12),
        ("minus three dollars", -3),
        ("half a million", 500000),
        ("a couple of euros", 2),
        ("twenty-one point five", 21.5),
    ],
)
def test_amounts_as_people_say_them(now, words, found):
    """Cents, halves, dozens and signs all go into one number."""
    assert {"amount": found} == args(now, words, amount=NUM)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("an hour and twenty minutes", {"hours": 1, "minutes": 20}),
        ("ninety seconds", {"seconds": 90}),
        ("an hour and a half", {"hours": 1, "minutes": 30}),
        ("a quarter of an hour", {"minutes": 15}),
    ],
)
def test_a_length_of_time_is_split_as_it_was_said(now, words, found):
    """Hours, minutes and seconds as parameters of their own each get what was said of them."""
    assert found == args(now, words, hours=INT, minutes=INT, seconds=INT)


@pytest.mark.parametrize(
    ("words", "found"),
    [("three quarters of an hour", 45), ("two nights", 2880), ("90 seconds", None), ("a day", 1440)],
)
def test_a_length_of_time_in_the_unit_of_the_parameter(now, words, found):
    """What is no whole number of minutes is left out where the schema wants an integer."""
    assert found == args(now, words, duration_minutes=INT).get("duration_minutes")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("completely", 100),
        ("all the way", 100),
        ("halfway", 50),
        ("closed please", 0),
        ("the left one", None),
        ("30 %", 30),
    ],
)
def test_numbers_said_without_a_figure(now, words, found):
    """Bounds give "fully" and "halfway" a value, a description gives it to "closed"; "the left one" counts nothing."""
    window = {**INT, "minimum": 0, "maximum": 100, "description": "0 is closed, 100 is open"}
    assert found == args(now, words, percent=window).get("percent")


def test_a_number_with_a_unit_is_not_taken_for_something_else(now):
    """A price is no number of people, and kilometers are no kilowatts."""
    assert {} == args(now, "forty euros", quantity=INT)
    power, radius = {**INT, "description": "kilowatts"}, {**NUM, "description": "kilometers"}
    assert {"radius": 5, "power": 50} == args(now, "50 kilowatts within five kilometres", power=power, radius=radius)


@pytest.mark.parametrize(
    ("words", "minutes"), [("for to minutes", 2), ("for for minutes", 4), ("in ate minutes", 8), ("for too minutes", 2)]
)
def test_numbers_written_as_the_words_they_sound_like(now, words, minutes):
    """A recogniser may write "to" for two; before a unit it is the number."""
    assert {"minutes": minutes} == args(now, words, minutes=INT)

"""Choices, however they are said."""

from __future__ import annotations

import pytest

from voice_actors.offline.mind.arguments import fill
from voice_actors.offline.mind.declarations import read_tools
from voice_actors.offline.mind.text import read


def found(now, words: str, name: str, schema: dict):
    (tool,) = read_tools([{"name": "go", "parameters": {"type": "OBJECT", "properties": {name: schema}}}])
    return fill(tool, read(words), now, frozenset()).args.get(name)


CHOICES = [
    ("twenty degrees celsius", ["CELSIUS", "FAHRENHEIT"], "CELSIUS"),
    ("twenty degrees centigrade", ["CELSIUS", "FAHRENHEIT"], "CELSIUS"),
    ("make it louder", ["UP", "DOWN"], "UP"),
    ("a bit quieter", ["UP", "DOWN"], "DOWN"),
    ("200 euros a month", ["DAILY", "WEEKLY", "MONTHLY"], "MONTHLY"),
    ("sixty miles per hour", ["KMH", "MPH"], "MPH"),
    ("it is urgent", ["low", "medium", "high"], "high"),
    ("I changed my mind", ["damaged", "changed_mind"], "changed_mind"),
    ("the rear left one", ["REAR_LEFT", "REAR_RIGHT"], "REAR_LEFT"),
    ("water the vegtables", ["lawn", "vegetables"], "vegetables"),
    ("a ride on my bike", ["running", "cycling"], "cycling"),
    ("every window", ["DRIVER", "ALL"], "ALL"),
    ("an extra large shirt", ["small", "large", "xl"], "xl"),
    ("no milk", ["milk", "tea"], None),
    ("tea, not milk", ["milk", "tea"], "tea"),
    ("three hundred", [100, 300], 300),
    ("nothing of that kind", ["red", "blue"], None),
]


@pytest.mark.parametrize(("words", "choices", "value"), CHOICES, ids=[words for words, _, _ in CHOICES])
def test_a_choice_is_found_by_its_name_its_meaning_or_its_sound(now, words, choices, value):
    """Other words, other forms, units written out and misheard words all lead to the value of the enum; denials do not."""
    assert value == found(now, words, "kind", {"enum": choices})


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("on Mondays and Wednesdays", ["monday", "wednesday"]),
        ("on weekdays", ["monday", "tuesday", "wednesday", "thursday", "friday"]),
        ("every day", ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]),
        ("at the weekend", ["saturday", "sunday"]),
        ("sometimes", None),
    ],
)
def test_days_of_the_week_in_one_word(now, words, days):
    """One word, "weekdays", stands for five values of an enum of days."""
    week = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    assert days == found(now, words, "days", {"type": "ARRAY", "items": {"type": "STRING", "enum": week}})


def test_what_is_to_be_avoided_is_a_value(now):
    """To say "without tolls" denies the tolls, which is what a parameter that lists what to avoid wants."""
    roads = {"type": "array", "items": {"enum": ["tolls", "ferries"]}}
    assert ["tolls"] == found(now, "drive there without tolls", "avoid", roads)
    assert found(now, "a house without tolls", "wanted", roads) is None


def test_a_choice_beside_its_parameter_is_taken_out_of_a_message(now):
    """A "high priority" at the end of a dictated text is not dictated."""
    fields = {"body": {"type": "string"}, "priority": {"anyOf": [{"enum": ["low", "high"]}, {"type": "null"}]}}
    (tool,) = read_tools([{"name": "send", "parametersJsonSchema": {"type": "object", "properties": fields}}])
    assert {"body": "I will be late", "priority": "high"} == dict(
        fill(tool, read("saying I will be late, high priority"), now, frozenset()).args
    )

"""One function, several values: as many calls as were asked for."""

from __future__ import annotations

import pytest


@pytest.fixture
def functions(declare):
    text = {"type": "string"}
    return (
        declare("get_weather", "Get the weather in a city.", {"city": text}, "city"),
        declare("water_garden", "Water a zone of the garden.", {
            "zone": {"type": "string", "enum": ["lawn", "roses", "vegetables"]}, "minutes": {"type": "integer"}}, "zone", "minutes"),
        declare("transfer_money", "Transfers money to a person.", {
            "amount": {"type": "number"}, "recipient": {"type": "string", "description": "who gets it"}}, "amount", "recipient"),
        declare("order_coffee", "Order a coffee drink.", {
            "drink": {"type": "string", "enum": ["espresso", "latte"]}, "size": {"type": "string", "enum": ["small", "large"]},
            "shots": {"type": "integer"}}, "drink", "size"),
        declare("play_song", "Play a song.", {"song": text}, "song"),
        declare("find_restaurants", "Find restaurants in a city.", {"city": text}, "city"),
    )  # fmt: skip


SEVERAL = [
    ("weather in Rome and in Milan", [("get_weather", {"city": "Rome"}), ("get_weather", {"city": "Milan"})]),
    ("weather in Rome, Paris and Oslo", [("get_weather", {"city": city}) for city in ("Rome", "Paris", "Oslo")]),
    ("water the lawn and the roses for ten minutes", [("water_garden", {"zone": zone, "minutes": 10}) for zone in ("lawn", "roses")]),
    ("water the lawn for ten minutes and the roses for five", [("water_garden", {"zone": "lawn", "minutes": 10}), ("water_garden", {"zone": "roses", "minutes": 5})]),
    ("transfer 5 euros to Al, ten euros to Bo and twelve euros to Cy", [("transfer_money", {"amount": count, "recipient": who}) for count, who in ((5, "Al"), (10, "Bo"), (12, "Cy"))]),
    ("a small espresso and a large latte", [("order_coffee", {"drink": "espresso", "size": "small"}), ("order_coffee", {"drink": "latte", "size": "large"})]),
    ("find restaurants in Rome and tell me the weather there", [("find_restaurants", {"city": "Rome"}), ("get_weather", {"city": "Rome"})]),
]  # fmt: skip
ONE = [
    ("play Hearts and Bones", [("play_song", {"song": "Hearts and Bones"})]),
    ("a small latte and two shots", [("order_coffee", {"drink": "latte", "size": "small", "shots": 2})]),
    ("weather in Boston, Massachusetts", [("get_weather", {"city": "Boston"})]),
    ("water the lawn for an hour and a half", [("water_garden", {"zone": "lawn", "minutes": 90})]),
]


@pytest.mark.parametrize(("words", "calls"), SEVERAL + ONE, ids=[words for words, _ in SEVERAL + ONE])
def test_calls_as_often_as_values_are_listed(talk, functions, words, calls):
    """Values joined by commas and "and" are a call each; what only goes on in the same request is not."""
    chat = talk(functions)
    chat.say(words)
    assert calls == chat.calls

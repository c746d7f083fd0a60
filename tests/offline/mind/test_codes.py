"""Codes and digits that are texts."""

from __future__ import annotations

import pytest

from voice_actors.offline.mind.arguments import fill
from voice_actors.offline.mind.declarations import read_tools
from voice_actors.offline.mind.text import read

ORDER = {"type": "string", "description": "the order number"}
CARD = {"type": "string", "pattern": "^[0-9]{4}$", "description": "last four digits of the card"}
COUPON = {"type": "string"}


@pytest.mark.parametrize(
    ("name", "schema", "words", "found"),
    [
        ("order_id", ORDER, "where is order four five six", "456"),
        ("order_id", ORDER, "order 88321 please", "88321"),
        ("order_id", ORDER, "track order number A 1 2 3", "A123"),
        ("order_id", ORDER, "where is my order", None),
        ("last_four_digits", CARD, "the last four digits are 4 7 1 1", "4711"),
        ("last_four_digits", CARD, "the card ending in oh oh four two", "0042"),
        ("last_four_digits", CARD, "the card ending in 12", None),
        ("code", COUPON, "I have a coupon SPRING20", "SPRING20"),
        ("code", COUPON, "use the coupon code welcome", "welcome"),
        ("code", COUPON, "apply the code", None),
    ],
)
def test_codes_are_put_together_from_what_was_said(now, name, schema, words, found):
    """Digits and letters said one by one are one text; a pattern is kept, and nothing is made up."""
    (tool,) = read_tools([{"name": "go", "parameters": {"properties": {name: schema}, "required": [name]}}])
    assert found == fill(tool, read(words), now, frozenset()).args.get(name)

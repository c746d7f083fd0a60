"""Whatever a tool returns or raises becomes a JSON object for the model, and nothing fails on the way."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import decimal
import enum
import json
import pathlib
import types
import uuid

import attrs
import numpy as np
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_actors.toolbox.arguments import BadArguments
from voice_actors.toolbox.results import LARGEST_RESPONSE, ToolFailed, encode, encode_error, leaves_of


class Unit(enum.Enum):
    C = "celsius"


@dataclasses.dataclass
class Point:
    x: int
    y: dt.date


@attrs.frozen
class Place:
    name: str
    points: tuple[Point, ...] = ()


class Person(pydantic.BaseModel):
    name: str
    home: Place | None = None

    model_config = pydantic.ConfigDict(arbitrary_types_allowed=True)


class Angry:
    def __repr__(self):
        raise RuntimeError("no")


class AngryProperty:
    @property
    def tolist(self):
        raise RuntimeError("no")

    def __repr__(self):
        return "AngryProperty"


DAY = dt.date(2026, 11, 2)


@pytest.mark.parametrize(
    ("value", "response"),
    [
        (None, {"output": None}),
        ("fine", {"output": "fine"}),
        (3, {"output": 3}),
        (0.5, {"output": 0.5}),
        (True, {"output": True}),
        ([1, "a"], {"output": [1, "a"]}),
        ((1, 2), {"output": [1, 2]}),
        ({7}, {"output": [7]}),
        (range(3), {"output": [0, 1, 2]}),
        (collections.deque([1]), {"output": [1]}),
        ({}, {}),
        ({"temperature": 3, "on": DAY}, {"temperature": 3, "on": "2026-11-02"}),
        ({1: {2: Unit.C}}, {"1": {"2": "celsius"}}),
        (types.MappingProxyType({"a": Point(1, DAY)}), {"a": {"x": 1, "y": "2026-11-02"}}),
        (collections.OrderedDict(a=1), {"a": 1}),
        (Point(1, DAY), {"output": {"x": 1, "y": "2026-11-02"}}),
        (Place("A", (Point(1, DAY),)), {"output": {"name": "A", "points": [{"x": 1, "y": "2026-11-02"}]}}),
        (Person(name="B", home=Place("A")), {"output": {"name": "B", "home": {"name": "A", "points": []}}}),
        (dt.datetime(2026, 11, 2, 12, tzinfo=dt.UTC), {"output": "2026-11-02T12:00:00Z"}),
        (dt.timedelta(seconds=90), {"output": "PT1M30S"}),
        (decimal.Decimal("1.50"), {"output": "1.50"}),
        (uuid.UUID(int=7), {"output": "00000000-0000-0000-0000-000000000007"}),
        (pathlib.PurePosixPath("a/b"), {"output": "a/b"}),
        (b"plain words", {"output": "plain words"}),
        (b"\xff\x00", {"output": "_wA="}),
        (memoryview(b"\xff\x00"), {"output": "_wA="}),
        (float("nan"), {"output": "NaN"}),
        ([float("inf")], {"output": ["Infinity"]}),
        (np.arange(3), {"output": [0, 1, 2]}),
        (np.float32(0.5), {"output": 0.5}),
        ({"a": np.int64(4)}, {"a": 4}),
        (Angry(), {"output": "<Angry>"}),
        (AngryProperty(), {"output": "AngryProperty"}),
        ({"a": Angry()}, {"a": "<Angry>"}),
        ("\ud800", {"output": "?"}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_of_every_kind_are_encoded(value, response):
    """A mapping is the answer itself; anything else is its output."""
    assert response == encode(value)


def test_what_contains_itself_is_shown_as_python_shows_it():
    """A cycle has no JSON; its repr is better than no answer."""
    ring: list = []
    ring.append(ring)
    assert {"output": "[[...]]"} == encode(ring)
    knot: dict = {}
    knot["a"] = knot
    assert {"output": "{'a': {...}}"} == encode(knot)


def test_an_object_without_json_is_its_repr():
    """An unknown object never fails a call."""
    assert encode(object())["output"].startswith("<object object at")
    assert "lambda" in encode(lambda: 1)["output"]


def test_the_answer_is_a_copy():
    """A tool that goes on changing what it returned does not change what is sent."""
    shared = {"list": [1]}
    response = encode(shared)
    shared["list"].append(2)
    assert {"list": [1]} == response


@pytest.mark.parametrize(
    "value",
    [
        "x" * 100_000,
        "\u20ac" * 50_000,
        '"' * 65_536,
        "\n" * 65_000,
        {"rows": ["y" * 100] * 2_000},
        [{"a": "ä\\"}] * 9_000,
    ],
    ids=["ascii", "euro", "quotes", "newlines", "dict", "list"],
)
def test_a_large_answer_is_cut_and_says_so(value):
    """What is sent has at most 64 KiB, most of it used, with a note for the model."""
    response = encode(value)
    size = len(json.dumps(response, ensure_ascii=False).encode())
    assert 0.9 * LARGEST_RESPONSE < size <= LARGEST_RESPONSE
    assert response["note"].startswith("cut off")


def test_an_answer_that_just_fits_is_whole():
    """At the limit nothing is cut; one byte more is."""
    room = LARGEST_RESPONSE - len('{"output": ""}')
    assert {"output": "x" * room} == encode("x" * room)
    assert "note" in encode("x" * (room + 1))


@pytest.mark.parametrize("count", [0, 1, LARGEST_RESPONSE // 8, LARGEST_RESPONSE // 8 + 1, LARGEST_RESPONSE // 6 - 4])
@pytest.mark.parametrize("sign", ["a", '"', "\\", "\0", "\x7f"])
def test_short_text_is_whole_whatever_its_signs_take(sign, count):
    """Six bytes of JSON for one of text at worst: what is not measured fits all the same."""
    text = sign * count
    assert {"output": text} == encode(text)
    assert len(json.dumps(encode(text), ensure_ascii=False)) <= LARGEST_RESPONSE
    assert {"result": text} == encode(text, key="result")


def test_the_key_of_other_frameworks():
    """LlamaIndex answers with `result`, whatever the value, a dict included."""
    assert {"result": {"a": 1}} == encode({"a": 1}, key="result")
    assert ["result", "note"] == list(encode("x" * 100_000, key="result"))


class Mute(Exception):
    def __str__(self):
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("no such city"), "ValueError: no such city"),
        (ValueError(), "ValueError"),
        (Mute(), "Mute"),
        (ToolFailed("closed today"), "closed today"),
        (ToolFailed(), "the tool failed"),
        (BadArguments("city: missing"), "city: missing"),
        (KeyError("a"), "KeyError: 'a'"),
        (
            ExceptionGroup("g", [ValueError("a"), ExceptionGroup("h", [TypeError("b"), OSError("c")])]),
            "ValueError: a; TypeError: b; OSError: c",
        ),
        (ValueError("half \ud800"), "ValueError: half ?"),
    ],
)
def test_errors_become_a_sentence(error, words):
    """The model is told what went wrong, in a group each part of it."""
    assert {"error": words} == encode_error(error)


def test_a_long_message_is_cut_at_a_thousand_characters():
    """A page of HTML in an exception does not reach the model."""
    words = encode_error(ValueError("x" * 5_000))["error"]
    assert 1_000 == len(words)
    assert words.endswith("x…")


def test_leaves():
    """An exception alone is its own leaf."""
    error = ValueError()
    assert [error] == leaves_of(error)
    assert [error, error] == leaves_of(ExceptionGroup("", [error, ExceptionGroup("", [error])]))


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.dates()
    | st.decimals()
    | st.complex_numbers(),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.integers() | st.binary() | st.none() | st.tuples(st.integers()), inner)
        | st.builds(Place, inner, inner)
        | st.builds(Point, inner, inner)
    ),
    max_leaves=20,
)


@given(anything)
def test_every_answer_is_strict_json_of_limited_size(value):
    """Whatever comes out can be written as JSON without NaN, in UTF-8, within the limit."""
    sent = json.dumps(encode(value), allow_nan=False, ensure_ascii=False).encode()
    assert len(sent) <= LARGEST_RESPONSE
    assert isinstance(json.loads(sent), dict)

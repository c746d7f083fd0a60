"""The model's arguments are checked before the tool runs, and what is wrong is said in words for the model."""

from __future__ import annotations

import json

import pytest

from voice_actors.errors import VoiceActorsError
from voice_actors.toolbox.arguments import BadArguments, checked_by_schema, validated
from voice_actors.toolbox.docstring import Documentation
from voice_actors.toolbox.schema import parameters_of


def weather(city: str, days: int = 1, spots: list[dict[str, int]] = []): ...


ADAPTER = parameters_of(weather, Documentation(), tool="weather").adapter


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({}, ["city: missing"]),
        ({"city": "x", "days": "soon"}, ["days: Input should be a valid integer"]),
        ({"city": "x", "days": 1.5}, ["days: Input should be a valid integer"]),
        ({"city": None}, ["city: Input should be a valid string"]),
        ({"city": "x", "spots": [{"a": 1}, {"a": "b"}]}, ["spots.1.a: Input should be a valid integer"]),
        ({"city": "x", "mood": 1}, ["mood: no such argument"]),
        ({"days": []}, ["city: missing", "days: Input should be"]),
        ({"city": b"bytes"}, ["the arguments are not JSON: TypeError"]),
    ],
)
def test_what_does_not_fit_is_named(args, words):
    """Each wrong argument is named with what was expected of it."""
    with pytest.raises(BadArguments) as caught:
        validated(ADAPTER, args)
    for one in words:
        assert one in str(caught.value)
    assert isinstance(caught.value, VoiceActorsError)


def test_the_models_own_words_are_not_repeated():
    """The complaint has no input in it: it may be long, or what the user said, and the model has it."""
    with pytest.raises(BadArguments) as caught:
        validated(ADAPTER, {"city": "x", "days": "my secret"})
    assert "secret" not in str(caught.value)
    assert "http" not in str(caught.value)


def test_a_long_list_of_complaints_is_cut():
    """Eight are enough."""
    with pytest.raises(BadArguments, match="and 13 more$") as caught:
        validated(ADAPTER, {f"a{n}": 1 for n in range(20)})
    assert 8 == str(caught.value).count(":")


def test_arguments_nested_too_deep_are_refused_not_crashed():
    """Even a hostile nesting gives a sentence."""
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(BadArguments, match="not JSON: RecursionError"):
        validated(ADAPTER, {"city": deep})


def test_a_lone_surrogate_is_a_bad_argument():
    """JSON can smuggle half a character; a function asked for a string never sees it."""
    with pytest.raises(BadArguments):
        validated(ADAPTER, json.loads('{"city": "\\ud800"}'))


def test_what_is_required_can_be_checked_by_the_schema_alone():
    """A tool without types still notices that something required is missing."""
    schema = {"required": ["city"]}
    assert {"city": 1, "x": 2} == checked_by_schema(schema, {"city": 1, "x": 2})
    assert {"x": 2} == checked_by_schema({}, {"x": 2})
    with pytest.raises(BadArguments, match="^city: missing$"):
        checked_by_schema(schema, {"x": 2})

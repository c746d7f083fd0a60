"""Signatures become the schema that the model sees and the values that the function gets."""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import enum
import functools
import typing
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, Optional

import pydantic
import pytest
import typing_extensions
from google.genai import types as genai

from voice_actors.errors import ConfigError
from voice_actors.toolbox.arguments import validated
from voice_actors.toolbox.docstring import Documentation, read_docstring
from voice_actors.toolbox.schema import parameters_of

if TYPE_CHECKING:
    from nowhere import OnlyForTheChecker


class Unit(enum.Enum):
    C = "celsius"
    F = "fahrenheit"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


@dataclasses.dataclass
class Point:
    x: float
    y: float = 0.0


class Address(pydantic.BaseModel):
    street: str
    city: str = "Oslo"


class Person(pydantic.BaseModel):
    name: Annotated[str, pydantic.Field(description="full name")]
    homes: list[Address] = []


class Tree(pydantic.BaseModel):
    value: int
    children: list[Tree] = []


class Movie(typing_extensions.TypedDict):  # pydantic wants this one before Python 3.12
    title: str
    year: typing.NotRequired[int]


Celsius = Annotated[float, pydantic.Field(ge=-90, le=60, description="degrees")]


def nothing(): ...
def text(city: str): ...
def whole(n: int): ...
def number(x: float): ...
def flag(on: bool): ...
def default_text(unit: str = "C"): ...
def default_zero(n: int = 0): ...
def default_none(note: str = None): ...
def optional(note: str | None = None): ...
def old_optional(note: Optional[int]): ...  # noqa: UP045 - as older code writes it
def choice(size: Literal["s", "m", "l"]): ...
def number_choice(n: Literal[1, 2]): ...
def enumeration(unit: Unit): ...
def int_enumeration(level: Level): ...
def default_enumeration(unit: Unit = Unit.C): ...
def day(on: dt.date): ...
def moment(at: dt.datetime): ...
def clock(at: dt.time): ...
def span(of: dt.timedelta): ...
def money(sum: decimal.Decimal): ...
def identity(of: uuid.UUID): ...
def strings(names: list[str]): ...
def sequence(names: Sequence[int]): ...
def nested_list(rows: list[list[int]]): ...
def pair(at: tuple[float, float]): ...
def unique(names: set[str]): ...
def mapping(scores: dict[str, int]): ...
def anything(value: Any): ...
def bare_dict(value: dict): ...
def bare_list(value: list): ...
def either(value: int | str): ...
def dataclass(at: Point): ...
def model(who: Person): ...
def recursive(tree: Tree): ...
def typed_dict(movie: Movie): ...
def described(city: Annotated[str, pydantic.Field(description="a city")]): ...
def described_in_words(city: Annotated[str, "a city"]): ...
def described_optional(city: Annotated[str, "a city"] = None): ...
def alias(temperature: Celsius = 20.0): ...
def unannotated(x): ...
def guessed(n=3, ratio=0.5, on=True, word="a", many=()): ...
def keyword_only(*, city: str, days: int = 1): ...
def open_ended(city: str, **rest: Any): ...
def shadowing(schema: str, json: int, copy: bool, model_config: str, _id: str, title: str, properties: int): ...
def contextual(context: str, ctx: int, self_: str): ...
def sentinel(x: object = nothing): ...
def returns_unknown(x: int) -> OnlyForTheChecker: ...


STRING, INTEGER, NUMBER, BOOLEAN, NULL = ({"type": one} for one in ("string", "integer", "number", "boolean", "null"))
OR_NULL = {"anyOf": [STRING, NULL]}
POINT = {"type": "object", "properties": {"x": NUMBER, "y": {**NUMBER, "default": 0.0}}, "required": ["x"]}

TABLE: list[tuple[Any, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    # function, properties (None: looked at elsewhere), arguments from the model, what the function gets
    (nothing, {}, {}, {}),
    (text, {"city": STRING}, {"city": "Oslo"}, {"city": "Oslo"}),
    (text, {"city": STRING}, {"city": 7}, {"city": "7"}),
    (whole, {"n": INTEGER}, {"n": 3.0}, {"n": 3}),
    (whole, {"n": INTEGER}, {"n": "3"}, {"n": 3}),
    (number, {"x": NUMBER}, {"x": 1}, {"x": 1.0}),
    (flag, {"on": BOOLEAN}, {"on": True}, {"on": True}),
    (default_text, {"unit": {**STRING, "default": "C"}}, {}, {}),
    (default_zero, {"n": {**INTEGER, "default": 0}}, {"n": 4}, {"n": 4}),
    (default_none, {"note": {**OR_NULL, "default": None}}, {"note": None}, {"note": None}),
    (optional, {"note": {**OR_NULL, "default": None}}, {"note": "x"}, {"note": "x"}),
    (old_optional, {"note": {"anyOf": [INTEGER, NULL]}}, {"note": None}, {"note": None}),
    (choice, {"size": {**STRING, "enum": ["s", "m", "l"]}}, {"size": "m"}, {"size": "m"}),
    (number_choice, {"n": {**INTEGER, "enum": [1, 2]}}, {"n": 2}, {"n": 2}),
    (enumeration, {"unit": {"$ref": "#/$defs/Unit"}}, {"unit": "celsius"}, {"unit": Unit.C}),
    (int_enumeration, {"level": {"$ref": "#/$defs/Level"}}, {"level": 2}, {"level": Level.HIGH}),
    (default_enumeration, {"unit": {"$ref": "#/$defs/Unit", "default": "celsius"}}, {}, {}),
    (day, {"on": {**STRING, "format": "date"}}, {"on": "2026-11-02"}, {"on": dt.date(2026, 11, 2)}),
    (
        moment,
        {"at": {**STRING, "format": "date-time"}},
        {"at": "2026-11-02T12:30:00Z"},
        {"at": dt.datetime(2026, 11, 2, 12, 30, tzinfo=dt.UTC)},
    ),
    (clock, {"at": {**STRING, "format": "time"}}, {"at": "07:30"}, {"at": dt.time(7, 30)}),
    (span, {"of": {**STRING, "format": "duration"}}, {"of": "PT90S"}, {"of": dt.timedelta(seconds=90)}),
    (money, None, {"sum": "1.50"}, {"sum": decimal.Decimal("1.50")}),
    (identity, {"of": {**STRING, "format": "uuid"}}, {"of": str(uuid.UUID(int=7))}, {"of": uuid.UUID(int=7)}),
    (strings, {"names": {"type": "array", "items": STRING}}, {"names": ["a"]}, {"names": ["a"]}),
    (sequence, {"names": {"type": "array", "items": INTEGER}}, {"names": [1.0]}, {"names": [1]}),
    (
        nested_list,
        {"rows": {"type": "array", "items": {"type": "array", "items": INTEGER}}},
        {"rows": [[1], []]},
        {"rows": [[1], []]},
    ),
    (
        pair,
        {"at": {"type": "array", "prefixItems": [NUMBER, NUMBER], "minItems": 2, "maxItems": 2}},
        {"at": [1, 2]},
        {"at": (1.0, 2.0)},
    ),
    (
        unique,
        {"names": {"type": "array", "items": STRING, "uniqueItems": True}},
        {"names": ["a", "a"]},
        {"names": {"a"}},
    ),
    (
        mapping,
        {"scores": {"type": "object", "additionalProperties": INTEGER}},
        {"scores": {"a": 1}},
        {"scores": {"a": 1}},
    ),
    (anything, {"value": {}}, {"value": [1, {"a": None}]}, {"value": [1, {"a": None}]}),
    (bare_dict, {"value": {"type": "object", "additionalProperties": True}}, {"value": {"a": 1}}, {"value": {"a": 1}}),
    (bare_list, {"value": {"type": "array", "items": {}}}, {"value": [1]}, {"value": [1]}),
    (either, {"value": {"anyOf": [INTEGER, STRING]}}, {"value": "x"}, {"value": "x"}),
    (dataclass, {"at": {"$ref": "#/$defs/Point"}}, {"at": {"x": 1}}, {"at": Point(1.0, 0.0)}),
    (
        model,
        {"who": {"$ref": "#/$defs/Person"}},
        {"who": {"name": "Ada", "homes": [{"street": "A"}]}},
        {"who": Person(name="Ada", homes=[Address(street="A")])},
    ),
    (
        recursive,
        {"tree": {"$ref": "#/$defs/Tree"}},
        {"tree": {"value": 1, "children": [{"value": 2}]}},
        {"tree": Tree(value=1, children=[Tree(value=2)])},
    ),
    (typed_dict, {"movie": {"$ref": "#/$defs/Movie"}}, {"movie": {"title": "M"}}, {"movie": {"title": "M"}}),
    (described, {"city": {**STRING, "description": "a city"}}, {"city": "x"}, {"city": "x"}),
    (described_in_words, {"city": {**STRING, "description": "a city"}}, {"city": "x"}, {"city": "x"}),
    (
        described_optional,
        {"city": {**OR_NULL, "description": "a city", "default": None}},
        {"city": None},
        {"city": None},
    ),
    (
        alias,
        {"temperature": {**NUMBER, "minimum": -90, "maximum": 60, "description": "degrees", "default": 20.0}},
        {"temperature": 3},
        {"temperature": 3.0},
    ),
    (unannotated, {"x": {}}, {"x": "free"}, {"x": "free"}),
    (
        guessed,
        {
            "n": {**INTEGER, "default": 3},
            "ratio": {**NUMBER, "default": 0.5},
            "on": {**BOOLEAN, "default": True},
            "word": {**STRING, "default": "a"},
            "many": {"default": []},
        },
        {"n": 4.0, "on": False},
        {"n": 4, "on": False},
    ),
    (keyword_only, {"city": STRING, "days": {**INTEGER, "default": 1}}, {"city": "x"}, {"city": "x"}),
    (open_ended, {"city": STRING}, {"city": "x", "mood": "mild"}, {"city": "x", "mood": "mild"}),
    (
        shadowing,
        {
            "schema": STRING,
            "json": INTEGER,
            "copy": BOOLEAN,
            "model_config": STRING,
            "_id": STRING,
            "title": STRING,
            "properties": INTEGER,
        },
        {"schema": "a", "json": 1, "copy": False, "model_config": "b", "_id": "c", "title": "d", "properties": 2},
        {"schema": "a", "json": 1, "copy": False, "model_config": "b", "_id": "c", "title": "d", "properties": 2},
    ),
    (
        contextual,
        {"context": STRING, "ctx": INTEGER, "self_": STRING},
        {"context": "a", "ctx": 1, "self_": "b"},
        {"context": "a", "ctx": 1, "self_": "b"},
    ),
    (sentinel, {"x": {}}, {}, {}),
    (returns_unknown, {"x": INTEGER}, {"x": 1}, {"x": 1}),
]


def read(function: Any) -> Any:
    return parameters_of(function, Documentation(), tool="f")


@pytest.mark.parametrize(
    ("function", "properties", "args", "gets"), TABLE, ids=[f"{n}-{row[0].__name__}" for n, row in enumerate(TABLE)]
)
def test_a_signature_is_declared_and_its_arguments_are_understood(function, properties, args, gets):
    """The schema says what the annotations say, and what the model sends becomes what the function asks for."""
    parameters = read(function)
    if properties is not None:
        assert properties == parameters.schema["properties"]
    assert "object" == parameters.schema["type"]
    assert gets == validated(parameters.adapter, args)


@pytest.mark.parametrize("function", [row[0] for row in TABLE], ids=lambda function: function.__name__)
def test_the_service_client_takes_every_schema(function):
    """google-genai accepts each of the schemas where this package puts it, in `parametersJsonSchema`."""
    schema = read(function).schema
    declared = genai.FunctionDeclaration.model_validate({"name": "f", "parametersJsonSchema": schema})
    assert schema == declared.parameters_json_schema


def test_what_has_no_default_is_required():
    """Exactly the parameters without a default must be given by the model."""

    def mixed(a: int, b: str | None, c: int = 1, *, d: float, e: str | None = None): ...

    assert ["a", "b", "d"] == read(mixed).schema["required"]
    assert "required" not in read(default_text).schema


def test_nested_types_are_kept_as_references():
    """`$ref` and `$defs` stay, including for a type that contains itself, and no title is left anywhere."""
    schema = read(recursive).schema
    children = schema["$defs"]["Tree"]["properties"]["children"]
    assert {"type": "array", "items": {"$ref": "#/$defs/Tree"}, "default": []} == children
    assert '"title"' not in str(schema).replace("'", '"')
    person = read(model).schema["$defs"]["Person"]["properties"]["name"]
    assert {"type": "string", "description": "full name"} == person
    assert POINT.items() <= read(dataclass).schema["$defs"]["Point"].items()


def test_a_property_called_title_is_no_title():
    """Titles are taken out of schemas, not out of the properties' names."""
    movie = read(typed_dict).schema["$defs"]["Movie"]
    assert {"title": STRING, "year": INTEGER} == movie["properties"]


def test_the_docstring_describes_parameters_unless_the_annotation_does():
    """Words from the docstring reach the schema; an annotation's own words win."""

    def weather(city: str, unit: Annotated[str, "from the annotation"] = "C"):
        """Say the weather.

        Args:
            city: where, and
                in which country
            unit: from the docstring
        """

    properties = parameters_of(weather, read_docstring(weather.__doc__), tool="weather").schema["properties"]
    assert "where, and in which country" == properties["city"]["description"]
    assert "from the annotation" == properties["unit"]["description"]


def test_open_ended_functions_say_so():
    """A function with **kwargs takes other arguments as well; any other function says nothing of them."""
    assert read(open_ended).schema["additionalProperties"] is True
    assert "additionalProperties" not in read(text).schema


def test_what_partial_has_filled_in_is_hidden_from_the_model():
    """Positional and keyword arguments of a partial, and of a partial of one, are not the model's to give."""

    def call(key: str, city: str, days: int = 1, unit: str = "C"): ...

    assert ["city", "days", "unit"] == list(read(functools.partial(call, "secret")).schema["properties"])
    inner = functools.partial(call, "secret", unit="F")
    outer = functools.partial(inner, days=2)
    assert ["city"] == list(read(outer).schema["properties"])
    assert {"city": "x"} == validated(read(outer).adapter, {"city": "x"})


def test_wrapped_functions_show_what_they_wrap():
    """A decorator with functools.wraps keeps the schema of what it decorates."""

    @functools.wraps(dataclass)
    def wrapper(*args, **kwargs): ...

    assert {"at": {"$ref": "#/$defs/Point"}} == read(wrapper).schema["properties"]


def test_methods_classes_and_callable_objects_have_their_own_parameters():
    """`self` is never shown, and annotations written as strings are read where they were written."""

    class Weather:
        def __init__(self, unit: Unit = Unit.C): ...

        def today(self, at: Point): ...

        @classmethod
        def of(cls, at: Point): ...

        @staticmethod
        def at(at: Point): ...

        def __call__(self, at: Point): ...

    for one in (Weather().today, Weather.of, Weather.at, Weather()):
        assert {"at": {"$ref": "#/$defs/Point"}} == read(one).schema["properties"]
    assert ["unit"] == list(read(Weather).schema["properties"])


class Opaque:
    x: int


def star(*cities: str): ...
def positional(city: str, /): ...
def opaque(it: Opaque): ...
def opaque_default(city: str, it: Opaque | None = None): ...
def unreadable(it: OnlyForTheChecker): ...
def callback(then: typing.Callable[[], None]): ...
def field_default(city: str = pydantic.Field("Oslo", description="a city")): ...
def not_a_type(it: 3): ...


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (star, r"takes \*cities.* list"),
        (positional, r"'city' is positional-only.*drop the '/'"),
        (opaque, r"parameter 'it' cannot be declared"),
        (unreadable, r"annotation cannot be read: name 'OnlyForTheChecker'"),
        (callback, r"tool 'f'"),
        (field_default, r"'city' as Annotated"),
        (not_a_type, r"tool 'f'"),
        (dict.fromkeys, r"tool 'f'"),
        (dict, r"no signature to read; wrap it in a function"),
        (opaque_default, r"parameter 'it' cannot be declared"),
    ],
)
def test_what_cannot_be_declared_is_refused_in_a_sentence(function, says):
    """The person who wrote the function is told what is wrong with which tool, before anything connects."""
    with pytest.raises(ConfigError, match=says) as caught:
        read(function)
    assert "\n" not in str(caught.value)
    assert "tool 'f'" in str(caught.value)


def test_a_builtin_function_can_be_a_tool():
    """It has names and defaults, if no annotations."""
    schema = read(round).schema
    assert {"number": {}, "ndigits": {"default": None}} == schema["properties"]
    assert ["number"] == schema["required"]


def test_mappings_of_models():
    """A mapping's values are made into what the annotation says."""

    def place(points: Mapping[str, Point]): ...

    assert {"points": {"a": Point(1.0)}} == validated(read(place).adapter, {"points": {"a": {"x": 1}}})

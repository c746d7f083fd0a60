"""Signatures that google-genai refuses, or cannot call as they are written, and that are called here.

Each row is a function and what a model sends. google-genai is asked for its two declarations, and to call the function
as its automatic function calling does; ours is declared, and called. What google-genai does is that of its release 3.6;
with another it is only printed.
"""

from __future__ import annotations

import collections
import collections.abc
import contextlib
import dataclasses
import datetime as dt
import decimal
import enum
import functools
import logging
import pathlib
import typing
from typing import Annotated, Any, Literal, NamedTuple, NewType, Optional

import attrs
import google.genai
import pydantic
import pytest
import trio
from google.genai import _extra_utils
from google.genai import types as genai

from voice_actors.toolbox import BadArguments, Room, declare

GOT: list[Any] = []
"""What functions were called with."""


@attrs.frozen
class Booking:
    seats: int
    on: dt.date = dt.date(2026, 1, 1)


@dataclasses.dataclass
class Point:
    x: int
    on: dt.date = dt.date(2026, 1, 1)


class Movie(typing.TypedDict):
    title: str
    year: typing.NotRequired[int]


class Pair(NamedTuple):
    left: int
    right: str = "r"


class Unit(enum.Enum):
    C = "celsius"
    F = "fahrenheit"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


City = NewType("City", str)


def takes(hint: Any) -> Any:
    """A function of one parameter of this type."""

    def f(x):
        GOT.append(x)

    f.__annotations__ = {"x": hint}
    return f


class Callable:
    def __call__(self, x: dt.date) -> None:
        GOT.append(x)


def untyped(x):
    GOT.append(x)


def bounded(x: Annotated[int, pydantic.Field(ge=1, le=5)]) -> None:
    GOT.append(x)


def stepwise(x: int):
    GOT.append(x)
    yield x


async def trio_native(x: dt.date) -> None:
    await trio.sleep(0)
    GOT.append(x)


DAY = dt.date(2026, 11, 2)
PATH = pathlib.PurePosixPath("/a")
ROWS = [  # what, function, what the model sends, what the function must get (None: it is refused), what google-genai does
    ("attrs class", takes(Booking), {"seats": "2"}, Booking(2), "refused"),
    ("optional attrs class", takes(Optional[Booking]), {"seats": 2}, Booking(2), "refused"),  # noqa: UP045 - this way of writing it
    ("list of attrs classes", takes(list[Booking]), [{"seats": 2}], [Booking(2)], "refused"),
    ("dataclass", takes(Point), {"x": 1, "on": "2026-11-02"}, Point(1, DAY), "refused"),
    ("TypedDict", takes(Movie), {"title": "Dune"}, {"title": "Dune"}, "refused"),
    ("no annotation", untyped, 1, 1, "refused"),
    ("callable object", Callable(), "2026-11-02", DAY, "refused"),
    ("partial", functools.partial(takes(dt.date)), "2026-11-02", DAY, "refused"),
    ("named tuple", takes(Pair), {"left": 1}, Pair(1), "fails"),
    ("list of dataclasses", takes(list[Point]), [{"x": 1}], [Point(1)], "fails"),
    ("dataclass or text", takes(Point | str), {"x": 1}, Point(1), "fails"),
    ("enum", takes(Unit), "celsius", Unit.C, "fails"),
    ("list of enums", takes(list[Unit]), ["celsius"], [Unit.C], "fails"),
    ("whole-number enum", takes(Level), 2, Level.HIGH, "fails"),
    ("NewType", takes(City), "Oslo", "Oslo", "fails"),
    ("tuple", takes(tuple[int, str]), [1, "a"], (1, "a"), "fails"),
    ("long tuple", takes(tuple[int, ...]), [1, 2], (1, 2), "fails"),
    ("list of tuples", takes(list[tuple[str, int]]), [["a", 1]], [("a", 1)], "refused"),
    ("set", takes(set[int]), [1, 1], {1}, "fails"),
    ("frozen set", takes(frozenset[str]), ["a"], frozenset("a"), "fails"),
    ("deque", takes(collections.deque[int]), [1], collections.deque([1]), "fails"),
    ("sequence", takes(collections.abc.Sequence[int]), [1], [1], "fails"),
    ("mapping", takes(collections.abc.Mapping[str, int]), {"a": 1}, {"a": 1}, "fails"),
    ("iterable", takes(collections.abc.Iterable[int]), [1, 2], [1, 2], "fails"),
    ("decimal", takes(decimal.Decimal), "1.50", decimal.Decimal("1.50"), "fails"),
    ("path", takes(pathlib.PurePosixPath), "/a", PATH, "fails"),
    ("bytes", takes(bytes), "abc", b"abc", "fails"),
    ("complex", takes(complex), "1+2j", 1 + 2j, "fails"),
    ("literal numbers", takes(Literal[1, 2]), 2, 2, "fails"),
    ("mixed literals", takes(Literal["a", 1]), 1, 1, "fails"),
    ("any", takes(Any), {"a": [1]}, {"a": [1]}, "fails"),
    ("bounds in Annotated that are broken", bounded, 9, None, "wrong"),
    ("positive number", takes(pydantic.PositiveInt), 3, 3, "refused"),
    ("whole number as text", takes(int), "3", 3, "fails"),
    ("whole number as a double", takes(int), 3.0, 3, "fails"),
    ("text as a number", takes(str), 5, "5", "fails"),
    ("truth as text", takes(bool), "true", True, "fails"),
    ("double as a whole number", takes(float), 3, 3.0, "wrong"),
    ("mapping with numbers for keys", takes(dict[int, str]), {"1": "a"}, {1: "a"}, "wrong"),
    ("generator", stepwise, 3, 3, "never runs"),
    ("async function of trio", trio_native, "2026-11-02", DAY, "never runs"),
]


def what_google_genai_does(function: Any, value: Any, expected: Any) -> str:
    """As its client does, in both ways of declaring."""
    GOT.clear()
    try:
        for json_schema in (False, True):
            genai.FunctionDeclaration.from_callable_with_api_option(callable=function, use_json_schema=json_schema)
    except Exception as error:
        return f"refused: {type(error).__name__}"
    try:
        result = _extra_utils.invoke_function_from_dict_args({"x": value}, function)
    except Exception as error:
        return f"fails: {type(error).__name__}"
    if not GOT:
        getattr(result, "close", dict)()
        return f"never runs: {type(result).__name__}"
    return "works" if same(GOT[0], expected) else f"wrong: {GOT[0]!r}"


def same(got: Any, expected: Any) -> bool:
    return type(got) is type(expected) and got == expected


@pytest.mark.parametrize(("what", "function", "value", "expected", "theirs"), ROWS, ids=[row[0] for row in ROWS])
@pytest.mark.filterwarnings("ignore")
async def test_a_signature_that_google_genai_cannot_serve(caplog, what, function, value, expected, theirs):
    """It is declared and called here, and the function gets what its author asks for."""
    caplog.set_level(logging.CRITICAL)
    found = what_google_genai_does(function, value, expected)
    GOT.clear()
    tool = declare(function)
    assert ["x"] == list(tool.declaration()["parametersJsonSchema"]["properties"])
    with contextlib.nullcontext() if expected is not None else pytest.raises(BadArguments):
        await tool.run({"x": value}, Room(trio.CapacityLimiter(1)))
    GOT.extend([None] * (expected is None))
    print(f"{what}: here {GOT[0]!r}; google-genai {found}")
    assert same(GOT[0], expected)
    if google.genai.__version__.startswith("3.6."):
        assert theirs == found.partition(":")[0]


def test_there_are_thirty_of_them_at_least():
    """What is promised."""
    print(collections.Counter(row[4] for row in ROWS))
    assert len(ROWS) >= 30

"""What pydantic does not know is declared and checked all the same, and the function gets what it asks for."""

from __future__ import annotations

import collections.abc
import dataclasses
import datetime as dt
import typing

import attrs
import pytest
import trio

from voice_actors.errors import ConfigError
from voice_actors.toolbox import BadArguments, Room, declare


def _even(_instance, _attribute, value):
    if value % 2:
        raise ValueError("seats come in pairs")


@attrs.frozen
class Booking:
    """A table."""

    seats: int = attrs.field(validator=_even)
    on: dt.date = dt.date(2026, 11, 26)
    names: list[str] = attrs.field(factory=list)
    _note: str | None = attrs.field(default=None, kw_only=True)
    made: bool = attrs.field(default=True, init=False)


@attrs.define
class Party:
    bookings: list[Booking]
    best: Booking | None = None


@attrs.define
class Chain:
    next: Chain | None = None


@attrs.define
class Unreadable:
    it: Nowhere  # noqa: F821


@attrs.define
class Stubborn:
    seats: int

    def __attrs_post_init__(self):
        raise TypeError("never")


class Options(typing.TypedDict, total=False):
    """How."""

    fast: typing.Required[bool]
    best: Booking


@dataclasses.dataclass
class Point:
    x: int


def takes(hint):
    def f(x):
        seen.append(x)

    seen: list = []
    f.__annotations__ = {"x": hint}
    return declare(f), seen


async def given(hint, value):
    tool, seen = takes(hint)
    await tool.run({"x": value}, Room(trio.CapacityLimiter(1)))
    return seen[0]


DAY = dt.date(2026, 11, 2)


@pytest.mark.parametrize(
    ("hint", "value", "expected"),
    [
        (Booking, {"seats": 2}, Booking(2)),
        (Booking, {"seats": "4", "on": "2026-11-02", "note": "window"}, Booking(4, DAY, note="window")),
        (Party, {"bookings": [{"seats": 2, "names": ["A"]}]}, Party([Booking(2, names=["A"])])),
        (Booking | None, None, None),
        (typing.Optional[Booking], {"seats": 2}, Booking(2)),  # noqa: UP045
        (list[Booking], [{"seats": 2}], [Booking(2)]),
        (dict[str, Booking], {"a": {"seats": 2}}, {"a": Booking(2)}),
        (typing.Annotated[Booking, "which table"], {"seats": 2}, Booking(2)),
        (tuple[Booking, ...], [{"seats": 2}], (Booking(2),)),
        (Options, {"fast": "true"}, {"fast": True}),
        (Options, {"fast": True, "best": {"seats": 2}}, {"fast": True, "best": Booking(2)}),
        (list[Options], [{"fast": False}], [{"fast": False}]),
        (collections.abc.Iterable[int], ["1", 2], [1, 2]),
        (typing.Iterator[Point], [{"x": 1}], [Point(1)]),
        (collections.abc.Iterable, [1], [1]),
        (typing.Literal["a", 1], 1, 1),
    ],
)
async def test_it_arrives_as_the_type_that_is_asked_for(hint, value, expected):
    """At any depth, coerced as everything else."""
    found = await given(hint, value)
    assert expected == found
    assert type(expected) is type(found)


def test_an_attrs_class_is_declared_by_its_fields():
    """Under the names that its constructor takes, with defaults, without what is no argument; with its own words."""
    schema = takes(Booking)[0].parameters
    (declared,) = schema["$defs"].values()
    assert ["seats"] == declared["required"]
    assert {"seats", "on", "names", "note"} == declared["properties"].keys()
    assert "2026-11-26" == declared["properties"]["on"]["default"]


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"seats": 3}, "x: Value error, seats come in pairs"),
        ({}, "x.seats: missing"),
        ({"seats": 2, "color": "red"}, "x.color: no such argument"),
        ({"seats": []}, "x.seats: Input should be a valid integer"),
    ],
)
async def test_what_does_not_fit_is_said_as_for_any_type(value, says):
    """The class's own validators count too."""
    with pytest.raises(BadArguments, match=says):
        await given(Booking, value)


async def test_a_class_that_cannot_be_made_is_the_arguments_fault():
    """Its TypeError is no crash of the tool, which has not run."""
    with pytest.raises(BadArguments, match="x: Value error, never"):
        await given(Stubborn, {"seats": 1})


@pytest.mark.parametrize(
    ("hint", "says"),
    [
        (Chain, "tool 'f': parameter 'x': Chain contains itself"),
        (Unreadable, "tool 'f': parameter 'x': an annotation of Unreadable cannot be read: name 'Nowhere'"),
    ],
)
def test_what_cannot_be_read_is_refused(hint, says):
    """Before anything connects."""
    with pytest.raises(ConfigError, match=says):
        takes(hint)

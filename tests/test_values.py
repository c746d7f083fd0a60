"""Values are equal, hashed and shown as attrs' own are."""

from __future__ import annotations

import attrs
import pytest

from voice_actors.values import Shown, Value

FIELDS = {
    "text": attrs.field(),
    "words": attrs.field(default=()),
    "key": attrs.field(default="secret", repr=False),
    "pcm": attrs.field(default=b"\x01\x02", repr=lambda pcm: f"<{len(pcm)} bytes>"),
    "later": attrs.field(init=False),
}
THEIRS = attrs.make_class("Heard", FIELDS, frozen=True)
OURS = attrs.make_class("Heard", FIELDS, bases=(Value,), frozen=True, eq=False, repr=False)


@attrs.frozen(eq=False, repr=False)
class Mark(Value):
    """Without fields."""


@attrs.frozen(eq=False, repr=False)
class Place(Value):
    """One field."""

    name: str
    inside: object = None


@attrs.frozen(eq=False, repr=False)
class Town(Place):
    """The same fields and one more."""

    people: int = 0


def test_a_value_is_shown_as_attrs_would():
    """Secrets left out, sound by its length, fields that are not there yet by name, other values inside."""
    shown = repr(OURS("hi", (1, OURS("there"))))

    assert repr(THEIRS("hi", (1, THEIRS("there")))) == shown
    assert "Heard(text='there', words=(), pcm=<2 bytes>, later=NOTHING)" in shown
    assert "Mark()" == repr(Mark())
    assert "Town(name='x', inside=Place(name='y', inside=None), people=3)" == repr(Town("x", Place("y"), people=3))


def test_a_value_that_contains_itself_is_shown_once():
    """As attrs does it; without, whoever logs it would meet a RecursionError."""
    around: list[object] = []
    place = Place("x", around)
    around.append(place)

    assert "Place(name='x', inside=[...])" == repr(place)


def test_values_are_equal_by_class_and_every_field():
    """Neither a subclass nor another class with the same fields is equal."""
    assert Place("x", [1]) == Place("x", [1])
    assert Mark() == Mark()
    assert Place("x") != Place("y")
    assert Town("x", people=1) != Town("x", people=2)
    assert Place("x") != Town("x")
    assert Town("x") != Place("x")
    assert Place("x") != "x"
    assert NotImplemented is Place("x").__eq__("x")


def test_equal_values_are_one_in_a_set():
    """And a value of what cannot be hashed cannot be either, as with attrs."""
    assert 2 == len({Place("x"), Place("x"), Town("x")})
    with pytest.raises(TypeError, match="unhashable type: 'list'"):
        hash(Place("x", []))


def test_what_is_only_shown_is_equal_to_itself_alone():
    """A tool is no value: two of the same function are two."""

    @attrs.frozen(eq=False, repr=False)
    class Device(Shown):
        name: str

    one = Device("x")
    assert "Device(name='x')" == repr(one)
    assert one == one  # noqa: PLR0124
    assert Device("x") != one

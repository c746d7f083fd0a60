"""What settings check of their values: one line that says what it is, and what it may be."""

from __future__ import annotations

import math
import typing
from collections.abc import Callable
from typing import Any, TypeAlias

import attrs

from voice_actors.errors import ConfigError

Check: TypeAlias = Callable[[Any, "attrs.Attribute[Any]", Any], None]
"""What attrs calls with the object, the setting and its value; raises `ConfigError`."""


def one_of(kind: Any) -> Check:
    """One of the values of this Literal, or None where the setting has that for its default."""
    values: tuple[str, ...] = typing.get_args(kind)

    def check(_instance: object, setting: attrs.Attribute[Any], value: object) -> None:
        if value not in values and not (value is None and setting.default is None):
            raise ConfigError(f"{setting.name} is {value!r}; it is {', '.join(values[:-1])} or {values[-1]}")

    return check


def between(low: float, high: float, rest: str) -> Check:
    """A number in this range, ends included; `rest` says what of."""

    def check(_instance: object, setting: attrs.Attribute[Any], value: object) -> None:
        if not (is_number(value) and low <= typing.cast("float", value) <= high):
            raise ConfigError(f"{setting.name} is {value!r}; it is {low:g} to {high:g} {rest}")

    return check


def seconds(_instance: object, setting: attrs.Attribute[Any], value: object) -> None:
    """A time above 0, or None where the setting has that for its default."""
    if value is None and setting.default is None:
        return
    if not (is_number(value) and typing.cast("float", value) > 0):
        raise ConfigError(f"{setting.name} is {value!r}; it is seconds above 0, math.inf for no limit")


def count_from(least: int, what: str) -> Check:
    """A whole number of these, so many or more, or None where the setting has that for its default."""

    def check(_instance: object, setting: attrs.Attribute[Any], value: object) -> None:
        if value is None and setting.default is None:
            return
        if not (is_number(value) and isinstance(value, int) and value >= least):
            raise ConfigError(f"{setting.name} is {value!r}; it is {what}, {least} or more")

    return check


def is_number(value: object) -> bool:
    """Neither True nor "1" nor a NaN."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and not math.isnan(value)

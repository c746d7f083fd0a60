"""`voice_actors.tool`: what cannot be inferred about a tool, said where it is written or where it is handed over."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast, overload

import attrs

from voice_actors.errors import ConfigError
from voice_actors.toolbox.options import Behaving, Consent, OnBargeIn, Place, Scheduling, ToolOptions
from voice_actors.values import Shown, Value

T = TypeVar("T")

_MARK = "__voice_actors_tool__"


@attrs.frozen(eq=False, repr=False)
class Said(Value):
    """What was said about a tool, as far as it was said."""

    name: str | None = None
    description: str | None = None
    options: Mapping[str, Any] = attrs.field(factory=dict[str, Any])

    def over(self, earlier: Said) -> Said:
        """Both, this one's word being the last."""
        return Said(
            earlier.name if self.name is None else self.name,
            earlier.description if self.description is None else self.description,
            {**earlier.options, **self.options},
        )


@attrs.frozen(eq=False, repr=False)
class Configured(Shown):
    """A tool and what was said about it; it can be called as before."""

    one: Any = attrs.field(repr=False)
    said: Said

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the tool itself gives."""
        return self.one(*args, **kwargs)


@overload
def tool(one: T, /) -> T: ...


@overload
def tool(
    one: object,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    behavior: Behaving | None = None,
    scheduling: Scheduling | None = None,
    timeout: float | None = None,
    concurrency: int | None = None,
    consent: Consent | None = None,
    run: Place | None = None,
    on_barge_in: OnBargeIn | None = None,
) -> Any: ...


@overload
def tool(
    *,
    name: str | None = None,
    description: str | None = None,
    behavior: Behaving | None = None,
    scheduling: Scheduling | None = None,
    timeout: float | None = None,
    concurrency: int | None = None,
    consent: Consent | None = None,
    run: Place | None = None,
    on_barge_in: OnBargeIn | None = None,
) -> Callable[[T], T]: ...


def tool(one: Any = None, /, *, name: str | None = None, description: str | None = None, **options: Any) -> Any:
    """Say about a tool what cannot be inferred; `ToolOptions` tells what each option means.

    `@tool(timeout=5)` above a function, a method or a class marks it and leaves it what it is; `@tool` alone only says
    to the reader that this is a tool. `tool(anything, timeout=5)` gives a new tool and leaves `anything` alone, which
    may be whatever `AgentConfig.tools` takes, one of these too: what is said last counts.

    Raises:
        ConfigError: an option has no such value, or two contradict each other; TypeError for an unknown option.
    """
    said = Said(name, description, {key: value for key, value in options.items() if value is not None})
    ToolOptions(**said.options)
    if one is None:
        return functools.partial(_mark, said)
    if isinstance(one, str):
        raise ConfigError(f"tool({one!r}) names no function; write @tool(name={one!r}) above one")
    return one if said == Said() else Configured(one, said)


def _mark(said: Said, one: Any) -> Any:
    """The decorator; what cannot be marked, a builtin function, is wrapped."""
    written: Any = cast("Any", one).__func__ if isinstance(one, (classmethod, staticmethod)) else one
    try:
        setattr(written, _MARK, said.over(what_was_said(written)))
    except (AttributeError, TypeError):
        return Configured(one, said)
    return cast("Any", one)


def opened(one: Any) -> tuple[Any, Said]:
    """The tool itself, and all that was said about it, the last word last."""
    if not isinstance(one, Configured):
        return one, what_was_said(one)
    inner, earlier = opened(one.one)
    return inner, one.said.over(earlier)


def what_was_said(one: Any) -> Said:
    """The marks of a function, also under partials and as a method."""
    while isinstance(one, functools.partial):
        one = cast("functools.partial[object]", one).func
    found = getattr(one, _MARK, None)
    return found if isinstance(found, Said) else Said()

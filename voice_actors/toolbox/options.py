"""What cannot be read from a function: how its calls behave, how long they may take, where they run, who allows it."""

from __future__ import annotations

import typing
from typing import Any, Literal, TypeAlias

import attrs

from voice_actors.errors import ConfigError
from voice_actors.gemini.models import Behavior, Capabilities

Behaving: TypeAlias = Literal["blocking", "non-blocking"]
Scheduling: TypeAlias = Literal["INTERRUPT", "WHEN_IDLE", "SILENT"]
Consent: TypeAlias = Literal["allow", "ask", "deny"]
Place: TypeAlias = Literal["loop", "thread", "process", "asyncio"]
OnBargeIn: TypeAlias = Literal["continue", "cancel", "tell-when-idle"]


def _one_of(kind: Any) -> Any:
    """A validator: None where the option has that for its default, or one of the values of this Literal."""
    values: tuple[str, ...] = typing.get_args(kind)

    def check(_instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if value not in values and not (value is None and attribute.default is None):
            raise ConfigError(f"{attribute.name} is {value!r}; it is {', '.join(values[:-1])} or {values[-1]}")

    return check


def _seconds(_instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
    if value is not None and not (_is_number(value) and typing.cast("float", value) > 0):
        raise ConfigError(f"{attribute.name} is {value!r}; it is seconds above 0, math.inf for no limit")


def _count(_instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
    if value is not None and not (_is_number(value) and isinstance(value, int) and value > 0):
        raise ConfigError(f"{attribute.name} is {value!r}; it is how many calls may run at one time, 1 or more")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


@attrs.frozen(kw_only=True)
class ToolOptions:
    """The options of one tool; `voice_actors.tool(...)` gives them. None leaves a thing to whoever knows better.

    Raises:
        ConfigError: a value that an option does not have, or two options that contradict each other.
    """

    behavior: Behaving | None = attrs.field(default=None, validator=_one_of(Behaving))
    """Whether the model waits for the answer or talks on; None is the model's own way. A model that knows one way only
    goes that way."""
    scheduling: Scheduling | None = attrs.field(default=None, validator=_one_of(Scheduling))
    """When the model takes up an answer that it did not wait for: at once, once it is idle, or without a word. It makes
    the tool non-blocking."""
    timeout: float | None = attrs.field(default=None, validator=_seconds)
    """Seconds for one call, waiting for its turn included; None is the conversation's `deadlines.tool`."""
    concurrency: int | None = attrs.field(default=None, validator=_count)
    """Calls of this tool that run at one time; the others wait for their turn. None is no limit."""
    consent: Consent = attrs.field(default="allow", validator=_one_of(Consent))
    """Whether it may run: always, when a person agrees, or never."""
    run: Place | None = attrs.field(default=None, validator=_one_of(Place))
    """Where it runs; None is the loop for an async function and a thread for any other. `process` is for
    what computes for long: it disturbs nobody and is killed where it is cancelled. `asyncio` is for an async function
    that is written for asyncio: a loop of that kind, in a thread, for as long as the conversation lasts."""
    on_barge_in: OnBargeIn = attrs.field(default="continue", validator=_one_of(OnBargeIn))
    """What becomes of a call when the user interrupts."""

    def __attrs_post_init__(self) -> None:
        if self.behavior == "blocking" and self.scheduling is not None:
            raise ConfigError(
                "behavior='blocking' leaves nothing to schedule: the model waits for the answer; leave out scheduling, "
                "or behavior"
            )

    @property
    def wire_behavior(self) -> Behavior | None:
        """What the declaration says; None says nothing."""
        if self.behavior is None:
            return None if self.scheduling is None else "NON_BLOCKING"
        return "BLOCKING" if self.behavior == "blocking" else "NON_BLOCKING"

    def waits(self, model: Capabilities) -> bool:
        """Whether this model waits for the answer: whatever is asked for, some know one way only."""
        if model.async_tools and model.blocking_tools:
            return (self.wire_behavior or model.default_behavior) == "BLOCKING"
        return model.blocking_tools


def checked(tool: str, given: typing.Mapping[str, Any]) -> ToolOptions:
    """The options `given` to the tool of this name.

    Raises:
        ConfigError: naming the tool and what is wrong with them.
    """
    try:
        return ToolOptions(**given)
    except ConfigError as error:
        raise ConfigError(f"tool {tool!r}: {error}") from None

"""What cannot be read from a function: how its calls behave, how long they may take, where they run, who allows it."""

from __future__ import annotations

import typing
from typing import Any, Literal, TypeAlias

import attrs

from voice_actors.checks import count_from, one_of, seconds
from voice_actors.errors import ConfigError
from voice_actors.gemini.models import Behavior, Capabilities
from voice_actors.values import Value

Behaving: TypeAlias = Literal["blocking", "non-blocking"]
Scheduling: TypeAlias = Literal["INTERRUPT", "WHEN_IDLE", "SILENT"]
Consent: TypeAlias = Literal["allow", "ask", "deny"]
Place: TypeAlias = Literal["loop", "thread", "process", "asyncio"]
OnBargeIn: TypeAlias = Literal["continue", "cancel", "tell-when-idle"]


@attrs.frozen(kw_only=True, eq=False, repr=False)
class ToolOptions(Value):
    """The options of one tool; `voice_actors.tool(...)` gives them. None leaves a thing to whoever knows better.

    Raises:
        ConfigError: a value that an option does not have, or two options that contradict each other.
    """

    behavior: Behaving | None = attrs.field(default=None, validator=one_of(Behaving))
    """Whether the model waits for the answer or talks on; None is the model's own way. A model that knows one way only
    goes that way."""
    scheduling: Scheduling | None = attrs.field(default=None, validator=one_of(Scheduling))
    """When the model takes up an answer that it did not wait for: at once, once it is idle, or without a word. It makes
    the tool non-blocking."""
    timeout: float | None = attrs.field(default=None, validator=seconds)
    """Seconds for one call, waiting for its turn included; None is the conversation's `deadlines.tool`."""
    concurrency: int | None = attrs.field(default=None, validator=count_from(1, "how many calls may run at one time"))
    """Calls of this tool that run at one time; the others wait for their turn. None is no limit."""
    consent: Consent = attrs.field(default="allow", validator=one_of(Consent))
    """Whether it may run: always, when a person agrees, or never."""
    run: Place | None = attrs.field(default=None, validator=one_of(Place))
    """Where it runs; None is the loop for an async function and a thread for any other. `process` is for
    what computes for long: it disturbs nobody and is killed where it is cancelled. `asyncio` is for an async function
    that is written for asyncio: a loop of that kind, in a thread, for as long as the conversation lasts."""
    on_barge_in: OnBargeIn = attrs.field(default="continue", validator=one_of(OnBargeIn))
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

"""A call on its way through the tool executor: its scopes, its answer, and what becomes known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

import attrs
import trio

from voice_actors.gemini.models import Capabilities
from voice_actors.messages import CallTool, ToolAnswered, ToolWithdrawn
from voice_actors.toolbox import Tool
from voice_actors.toolbox.options import OnBargeIn, Scheduling
from voice_actors.values import Value

Outcome: TypeAlias = Literal["ok", "error", "timeout", "unknown", "bad_arguments", "interrupted", "denied"]


@attrs.frozen(eq=False, repr=False)
class Answer(Value):
    """How a call ended, as the model is told."""

    outcome: Outcome
    response: Mapping[str, Any]
    parts: Sequence[Mapping[str, Any]] = ()
    quiet: bool = False
    """The model has been told everything on the way."""


@attrs.define(eq=False, repr=False)
class Call:
    """One call on its way; `answer` is there once the session has it."""

    order: CallTool
    tool: Tool | None = None
    """As it was when the call came; None where there was none of that name."""
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    """Of all of it: cancelled, it is not answered."""
    work: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    """Of the tool, with its deadline: cancelled, the call is answered all the same."""
    began_work: bool = False
    interrupted: bool = False
    """The user spoke, and that ended the work."""
    began: float = attrs.field(factory=trio.current_time)
    answer: Answer | None = None

    def begin_work(self, timeout: float) -> None:
        """From now on the tool has so many seconds."""
        self.began_work = True
        self.work.deadline = trio.current_time() + timeout

    def interrupt(self) -> None:
        """The user speaks: no more of the work."""
        self.interrupted = True
        self.work.cancel("the user interrupted")

    @property
    def on_barge_in(self) -> OnBargeIn:
        """What an interruption means to it."""
        return "continue" if self.tool is None else self.tool.options.on_barge_in

    def fact(self) -> ToolAnswered | ToolWithdrawn:
        """What became of it."""
        id_, name = self.order.id, self.order.name
        if self.answer is None:
            return ToolWithdrawn(id=id_, name=name)
        took_ms = (trio.current_time() - self.began) * 1000
        return ToolAnswered(
            id=id_, name=name, response=self.answer.response, outcome=self.answer.outcome, took_ms=took_ms
        )

    def scheduling(self, answer: Answer, model: Capabilities | None) -> Scheduling | None:
        """When the model takes the answer up; a failure is never kept from the user."""
        if self.tool is None:
            return None
        options = self.tool.options
        if answer.outcome == "interrupted":  # the user has moved on: no reply to that
            return None if model is None or options.waits(model) else "SILENT"
        wanted: Scheduling | None = "SILENT" if answer.quiet and self.tool.reports else options.scheduling
        return "WHEN_IDLE" if wanted == "SILENT" and answer.outcome != "ok" else wanted

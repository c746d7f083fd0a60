"""Events of calls of tools, and of consent to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import attrs

from voice_actors.messages.happened import Happened


@attrs.frozen(kw_only=True, eq=False, repr=False)
class ToolCalled(Happened):
    """The model asked for a tool."""

    id: str
    name: str
    args: Mapping[str, Any]


@attrs.frozen(kw_only=True, eq=False, repr=False)
class ConsentAsked(Happened):
    """A call waits for somebody to allow it, by `agent.answer_consent(id, ...)`, with these arguments."""

    id: str
    name: str
    args: Mapping[str, Any]


@attrs.frozen(kw_only=True, eq=False, repr=False)
class ConsentGiven(Happened):
    """A call was allowed."""

    id: str
    name: str
    by: str
    """Whoever allowed it, in the program's words."""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class ConsentRefused(Happened):
    """A call was refused, or nobody allowed it in time; it does not run."""

    id: str
    name: str
    by: str


@attrs.frozen(kw_only=True, eq=False, repr=False)
class ToolReported(Happened):
    """A tool that works said how far it has come: a generator's yield that is not its answer."""

    id: str
    name: str
    report: Mapping[str, Any]
    told: bool
    """The model was told too; one that waits for the answer cannot be."""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class ToolAnswered(Happened):
    """A tool's answer was handed to the session."""

    id: str
    name: str
    response: Mapping[str, Any]
    outcome: Literal["ok", "error", "timeout", "unknown", "bad_arguments", "interrupted", "denied"]
    took_ms: float


@attrs.frozen(kw_only=True, eq=False, repr=False)
class ToolWithdrawn(Happened):
    """A call was not answered: the model withdrew it, or the conversation ended.

    It was stopped, or its answer was ready (`ToolAnswered` came before) and has not left.
    """

    id: str
    name: str


@attrs.frozen(kw_only=True, eq=False, repr=False)
class ToolToldInWords(Happened):
    """A tool's answer went to the model as words, since the session does not know the call any more."""

    id: str
    name: str

"""Errors as sentences: what happened, what to do about it, and the exit code that says so to a shell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from voice_actors.errors import (
    AgentFailed,
    ConfigError,
    DeviceError,
    LinkLost,
    MissingPartError,
    Refused,
    VoiceActorsError,
)

FAILED = 1
BAD_INPUT = 2


def explain(error: BaseException) -> tuple[int, str]:
    """The exit code and the line for an error that ended a command; an empty line where nobody reads any more."""
    cause = _root(error)
    text = " ".join(str(cause).split())
    match cause:
        case ConfigError() | MissingPartError() | DeviceError():
            return BAD_INPUT, text
        case Refused():
            return FAILED, f"the server refused: {text}{_way_out(cause)}"
        case LinkLost():
            return FAILED, f"the connection failed: {text}. Is the network up? `--offline` needs none"
        case VoiceActorsError():
            return FAILED, f"the conversation failed: {text}"
        case BrokenPipeError():
            return FAILED, ""
        case OSError():
            return BAD_INPUT, text
        case _:
            return FAILED, f"unexpected {type(cause).__name__}: {text} (`--debug` shows where)"


def _way_out(refused: Refused) -> str:
    if refused.status in {401, 403} or "api key" in str(refused).lower():
        return ". Check GEMINI_API_KEY, or talk to the embedded server with `--offline`"
    if refused.status == 429 or "quota" in str(refused).lower():
        return ". Wait for the quota to come back, or use `--offline`"
    return ""


def _root(error: BaseException) -> BaseException:
    """The failure that a person can act on: one of ours if there is one, else the first that is no group."""
    leaves = list(_leaves(error))
    ours = [leaf for leaf in leaves if isinstance(leaf, VoiceActorsError) and not isinstance(leaf, AgentFailed)]
    return (ours or leaves)[0]


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        group = cast("BaseExceptionGroup[BaseException]", error)
        for inner in group.exceptions:
            yield from _leaves(inner)
    elif isinstance(error, AgentFailed) and error.__cause__ is not None:
        yield from _leaves(error.__cause__)
    else:
        yield error

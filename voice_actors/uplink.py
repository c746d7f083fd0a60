"""What the session's writers need: the message under way, kept across links, and its words on the wire."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from typing import Generic, Protocol, TypeVar, assert_never, cast

import attrs
import trio

from voice_actors.errors import LinkLost, Refused, RemoteProtocolError
from voice_actors.gemini import client
from voice_actors.gemini.events import ClientContent, FunctionResponse, TextIn, ToolResponse
from voice_actors.gemini.models import Capabilities
from voice_actors.lanes import ReceiveLane
from voice_actors.messages import Command, MicMessage, StopReply, ToolResult, TypedText

T = TypeVar("T")


@attrs.define(eq=False)
class UnderWay(Generic[T]):
    """The one message that was taken from a lane and is not yet known to be sent."""

    _message: T | None = None

    async def take(self, lane: ReceiveLane[T]) -> T:
        """What the last link left over, else the lane's next message. Each must be reported as `sent()`.

        Raises:
            trio.EndOfChannel: nothing is left over, and nothing more will come.
        """
        if self._message is None:
            self._message = await lane.receive()
        return self._message

    def sent(self) -> None:
        """It is out; no checkpoint lies between the end of the write and this."""
        self._message = None


@attrs.define(eq=False)
class Unsent:
    """One `UnderWay` for each lane that the session itself writes from."""

    microphone: UnderWay[MicMessage] = attrs.field(factory=UnderWay[MicMessage])
    commands: UnderWay[Command] = attrs.field(factory=UnderWay[Command])


class CallIds(Protocol):
    """Knows which call ids the server itself gave out."""

    def wire_id(self, call: str) -> str | None:
        """The id as the server knows it; None where we made it up."""
        ...


def encode_command(command: Command, capabilities: Capabilities) -> str | None:
    """A command in the words of the chosen model; None where that model has none for it."""
    match command:
        case TypedText(text=text):
            if capabilities.text_via == "realtimeInput":
                return client.encode(TextIn(text))
            return client.encode(ClientContent(({"role": "user", "parts": [{"text": text}]},), turn_complete=True))
        case StopReply():
            if not capabilities.can_stop_by_client_content:
                return None
            return client.encode(ClientContent((), turn_complete=False))
        case _:
            assert_never(command)


def encode_result(result: ToolResult, ids: CallIds) -> str:
    """A tool's answer on the wire."""
    response = FunctionResponse(
        id=ids.wire_id(result.id),
        name=result.name,
        response=result.response,
        scheduling=result.scheduling,
        will_continue=result.will_continue,
        parts=result.parts,
    )
    return client.encode(ToolResponse((response,)))


@contextlib.contextmanager
def one_error() -> Generator[None]:
    """Around a nursery: of several errors the one that says most. A link's readers and writers fail together.

    While we are being cancelled, a link that fails as well is not worth telling.
    """
    try:
        yield
    except BaseExceptionGroup as group:
        error = _most_telling(group)
    else:
        return
    raise error


def _most_telling(group: BaseExceptionGroup[BaseException]) -> BaseException:
    if (cancelled := group.subgroup(trio.Cancelled)) is not None:
        return cancelled
    leaves = _leaves(group)
    for kind in (Refused, RemoteProtocolError):
        if found := [error for error in leaves if isinstance(error, kind)]:
            return found[0]
    lost = [error for error in leaves if isinstance(error, LinkLost)]
    if lost and len(lost) == len(leaves):
        return max(lost, key=lambda error: (bool(error.reason), error.code is not None))
    return group if len(leaves) > 1 else leaves[0]


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    found: list[BaseException] = []
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            found.extend(_leaves(cast("BaseExceptionGroup[BaseException]", error)))
        else:
            found.append(error)
    return found

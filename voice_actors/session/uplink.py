"""What the session writes: what the user says, the words of it on the wire, and the message that is under way."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from typing import Generic, Protocol, TypeVar, assert_never, cast

import attrs
import trio

from voice_actors.broadcast import Tap
from voice_actors.errors import LinkLost, Refused, RemoteProtocolError
from voice_actors.gemini import client
from voice_actors.gemini.events import ClientContent, FunctionResponse, TextIn, ToolResponse
from voice_actors.gemini.models import Capabilities
from voice_actors.lanes import ReceiveLane, SendLane
from voice_actors.messages import (
    AudioChunk,
    AudioEvent,
    AudioLost,
    AudioSent,
    Event,
    MicrophoneEnded,
    MicrophonePaused,
    StopReply,
    TextSent,
    ToolResult,
    TypedText,
    Updated,
    UpdateSession,
    Written,
)
from voice_actors.session.activity import LAST_MARK, Marks, Send
from voice_actors.session.retelling import Retelling
from voice_actors.session.uplink_ring import INPUT_RATE, Said, UplinkRing

T = TypeVar("T")


@attrs.define(eq=False, repr=False)
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

    def left(self) -> T | None:
        """What is under way."""
        return self._message


class CallIds(Protocol):
    """Knows which call ids the server itself gave out."""

    def wire_id(self, call: str) -> str | None:
        """The id as the server knows it; None where we made it up."""
        ...


def encode_command(command: Written, capabilities: Capabilities) -> str | None:
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
        case UpdateSession(context=context):
            return client.encode(context)
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


@attrs.define(eq=False, repr=False)
class Uplink:
    """Sends what the user says, from one link to the next."""

    capabilities: Capabilities
    facts: SendLane[Event]
    audio: Tap[AudioEvent]
    retelling: Retelling | None = None
    """Knows what typed text takes along."""
    ring: UplinkRing = attrs.field(factory=UplinkRing)
    _reported: int = attrs.field(default=0, init=False)
    """Bytes."""

    async def send(self, send: Send) -> None:
        """Send until the link is gone."""
        marks = Marks(send)
        try:
            while True:
                await self._send_next(send, marks)
        finally:
            with trio.move_on_after(LAST_MARK, shield=True):
                await marks.end()

    async def _send_next(self, send: Send, marks: Marks) -> None:
        outgoing = await self.ring.take()
        if self.ring.dropped > self._reported:
            await self._report_loss()
        if isinstance(outgoing.message, AudioChunk | MicrophonePaused):
            await marks.send(outgoing.message)
        elif (frame := await self._encode(outgoing.message)) is not None:
            await send(frame)
        self.ring.sent()
        if not outgoing.repeated:
            await self._tell(outgoing.message)

    async def _encode(self, command: Written) -> str | None:
        if isinstance(command, TypedText) and self.retelling is not None:
            return await self.retelling.typed(command.text)
        return encode_command(command, self.capabilities)

    async def _tell(self, message: Said) -> None:
        match message:
            case AudioChunk(pcm=pcm, captured_at=at) if self.audio.wanted:
                self.audio.offer(AudioSent(pcm=pcm, at=at))
            case MicrophonePaused(ended=True):
                await self.facts.send(MicrophoneEnded())
            case TypedText(text=text):
                await self.facts.send(TextSent(text=text))
                if self.retelling is not None:
                    await self.retelling.sent()
            case UpdateSession():
                await self.facts.send(Updated(tools=message.names, instructions=message.instructions))
            case _:
                ...

    async def _report_loss(self) -> None:
        lost, self._reported = self.ring.dropped - self._reported, self.ring.dropped
        await self.facts.send(AudioLost(where="microphone to model", ms=lost * 1000 / (2 * INPUT_RATE)))


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

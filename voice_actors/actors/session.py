"""SessionActor: the conversation with the model, across however many links it takes."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

import attrs
import trio

from voice_actors.answers import Answers
from voice_actors.broadcast import Tap
from voice_actors.config import Deadlines
from voice_actors.errors import LinkError, LinkGivenUp, LinkLost, Refused, RemoteProtocolError
from voice_actors.gemini import client
from voice_actors.gemini.events import AudioStreamEnd, ServerEvent, Setup, SetupComplete
from voice_actors.gemini.link import Link
from voice_actors.gemini.models import Capabilities
from voice_actors.gemini.wire import Oddities
from voice_actors.lanes import ReceiveLane, SendLane, open_lane
from voice_actors.messages import (
    AudioChunk,
    AudioEvent,
    AudioSent,
    Command,
    Connected,
    Disconnected,
    Event,
    MicMessage,
    MicrophoneEnded,
    MicrophonePaused,
    Oddity,
    StopReply,
    TextSent,
    ToolResult,
    TypedText,
)
from voice_actors.pulse import Pulse
from voice_actors.reception import Reception
from voice_actors.uplink import Unsent, encode_command, one_error

BACKOFF = (0.25, 8.0)
"""Seconds: the longest first and the longest later wait for a new try, each drawn from 0 on (full jitter)."""
WORKED = 5.0
"""Seconds after which a link counts as one that had worked."""
GARBAGE = (5, 10.0)
"""So many messages that nobody understands within so many seconds, and the link is given up."""


@attrs.define(eq=False)
class SessionActor:
    """Theory of operation: `run` dials, says setup, and then converses until the link is lost or the server announces
    its end; then it dials again with the newest resumption handle. While it converses, one task reads and one task for
    each lane writes. What a writer has taken from its lane and not yet sent stands in `Unsent`, where the writer of the
    next link finds it, so no tool result and no typed text is lost with a link.
    """

    dial: Callable[[], AbstractAsyncContextManager[Link]]
    setup: Callable[[str | None], Setup]
    """Builds the first message, to resume by this handle where there is one."""
    capabilities: Capabilities
    model: str
    microphone: ReceiveLane[MicMessage]
    commands: ReceiveLane[Command]
    results: ReceiveLane[ToolResult]
    reception: Reception
    facts: SendLane[Event]
    audio: Tap[AudioEvent]
    pulse: Pulse
    deadlines: Deadlines = attrs.field(factory=Deadlines)
    jitter: random.Random = attrs.field(factory=random.Random)
    reconnects: int = attrs.field(default=0, init=False)
    oddities: Oddities = attrs.field(factory=Oddities, init=False)
    _outgoing: ReceiveLane[Command] = attrs.field(init=False)
    _unsent: Unsent = attrs.field(factory=Unsent, init=False)
    _answers: Answers = attrs.field(init=False)
    _give_up_at: float = attrs.field(default=float("inf"), init=False)
    _tries: int = attrs.field(default=0, init=False)
    _garbage: list[float] = attrs.field(factory=list[float], init=False)

    def __attrs_post_init__(self) -> None:
        self._answers = Answers(self.results, self.reception.calls, self.facts, self.pulse, self.capabilities)

    async def run(  # noqa: ASYNC128 - handed on to _one_link, which says when
        self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Until cancelled, or until the model cannot be reached any more.

        Raises:
            LinkLost: the first connection failed.
            LinkGivenUp: later ones did, for longer than `deadlines.reconnect`.
            Refused: the server said no.
            RemoteProtocolError: it speaks something else.
        """
        with self.microphone, self.commands, self.results, self.reception, self.facts, self.audio:
            to_writer, self._outgoing = open_lane[Command]("commands to writer", 16)
            with one_error():
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._take_commands, to_writer, name="session takes commands")
                    await self._keep_linked(task_status)

    async def _take_commands(self, to_writer: SendLane[Command]) -> None:
        """Silence comes at once, link or no link."""
        with to_writer:
            async for command in self.commands:
                await self.reception.stop(by="program" if isinstance(command, StopReply) else "user")
                await to_writer.send(command)

    async def _keep_linked(self, task_status: trio.TaskStatus[None]) -> None:  # noqa: ASYNC128 - handed on
        await self._one_link(task_status)
        while True:
            try:
                await self._one_link(trio.TASK_STATUS_IGNORED)
            except LinkLost as error:
                await self._wait_before_retry(error)

    async def _one_link(self, task_status: trio.TaskStatus[None]) -> None:
        async with self.dial() as link:
            await self._introduce(link)
            task_status.started()
            since = trio.current_time()
            try:
                await self._converse(link)
            except LinkLost as error:
                lost: LinkLost | None = error
            else:
                lost = None
            finally:
                self.reception.link_gone()
        await self._link_left(lost, lasted=trio.current_time() - since)

    async def _link_left(self, lost: LinkLost | None, *, lasted: float) -> None:
        """A link that had worked is dialled again at once, with the whole budget; one that ends as soon as it is made
        has to wait, and to share the budget with those before it. `lost` is None after goAway.
        """
        self.reconnects += lost is not None
        if lasted < WORKED:
            await self._wait_before_retry(lost or LinkLost("the server announced the end of the link at once"))
            return
        self._tries, self._give_up_at = 0, float("inf")
        if lost is not None:
            await self.facts.send(Disconnected(code=lost.code, reason=lost.reason or str(lost), retry_in=0.0))

    async def _wait_before_retry(self, error: LinkLost) -> None:
        first, longest = BACKOFF
        delay = self.jitter.uniform(0, min(first * 2**self._tries, longest))
        self._tries += 1
        self._give_up_at = min(self._give_up_at, trio.current_time() + self.deadlines.reconnect)
        reason = error.reason or str(error)
        if trio.current_time() + delay > self._give_up_at:
            await self.facts.send(Disconnected(code=error.code, reason=reason))
            raise LinkGivenUp(f"gave up after {self.deadlines.reconnect:g} s of trying: {error}", error) from error
        await self.facts.send(Disconnected(code=error.code, reason=reason, retry_in=delay))
        await trio.sleep(delay)

    # ---- one link ------------------------------------------------------------------------------------------------

    async def _introduce(self, link: Link) -> None:
        handle = self.reception.handle
        try:
            done = await self._set_up(link, handle)
        except LinkError as error:
            if handle is None or not _session_unknown(error):
                raise
            refused = error
        else:
            await self.facts.send(Connected(model=self.model, session_id=done.session_id, resumed=handle is not None))
            return
        self.reception.forget_session()
        await self.facts.send(Oddity(what="the server no longer knows this session; a new one begins"))
        raise LinkLost(str(refused), code=refused.code, reason=refused.reason) from refused

    async def _set_up(self, link: Link, handle: str | None) -> SetupComplete:
        try:
            with trio.fail_after(self.deadlines.setup):
                await link.send(client.encode(self.setup(handle)))
                return await self._setup_complete(link)
        except trio.TooSlowError as error:
            raise LinkLost(f"the server did not answer the setup within {self.deadlines.setup:g} s") from error

    async def _setup_complete(self, link: Link) -> SetupComplete:
        while True:
            for event in await self._events(link):
                if isinstance(event, SetupComplete):
                    return event
                await self.reception.take(event)

    async def _converse(self, link: Link) -> None:
        with one_error():
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._read, link, name="session reads")
                nursery.start_soon(self._send_audio, link, name="session sends audio")
                nursery.start_soon(self._send_commands, link, name="session sends text")
                nursery.start_soon(self._answers.send, link.send, name="session sends tool results")
                nursery.start_soon(self._answers.tell, link.send, name="session tells late tool results")
                await self._until_time_to_leave()
                nursery.cancel_scope.cancel("the server will close this link; a new one takes over")

    async def _until_time_to_leave(self) -> None:
        """After goAway: a quiet moment, or the last one."""
        await self.reception.going_away.wait()
        with trio.move_on_at(self.reception.leave_by - self.deadlines.go_away):
            await self.pulse.wait_idle(quiet=0.5, patience=float("inf"))

    async def _read(self, link: Link) -> None:
        while True:
            for event in await self._events(link):
                await self.reception.take(event)

    async def _events(self, link: Link) -> tuple[ServerEvent, ...]:
        frame = await link.receive()
        try:
            return client.decode(frame, self.oddities)
        except RemoteProtocolError as error:
            await self.facts.send(Oddity(what=f"a message was skipped: {error}"))
            self._count_garbage(error)
            return ()

    def _count_garbage(self, error: RemoteProtocolError) -> None:
        most, within = GARBAGE
        self._garbage = [at for at in self._garbage if at > trio.current_time() - within] + [trio.current_time()]
        if len(self._garbage) >= most:
            raise error

    # ---- the writers ---------------------------------------------------------------------------------------------

    async def _send_audio(self, link: Link) -> None:
        under_way = self._unsent.microphone
        with contextlib.suppress(trio.EndOfChannel):
            while True:
                message = await under_way.take(self.microphone)
                if isinstance(message, AudioChunk):
                    await link.send(client.encode_audio(message.pcm))
                    under_way.sent()
                    if self.audio.wanted:
                        self.audio.offer(AudioSent(pcm=message.pcm, at=message.captured_at))
                else:
                    await link.send(client.encode(AudioStreamEnd()))
                    under_way.sent()
                    await self._tell_pause(message)

    async def _tell_pause(self, pause: MicrophonePaused) -> None:
        if pause.ended:
            await self.facts.send(MicrophoneEnded())

    async def _send_commands(self, link: Link) -> None:
        under_way = self._unsent.commands
        with contextlib.suppress(trio.EndOfChannel):
            while True:
                command = await under_way.take(self._outgoing)
                if (frame := encode_command(command, self.capabilities)) is not None:
                    await link.send(frame)
                under_way.sent()
                if isinstance(command, TypedText):
                    await self.facts.send(TextSent(text=command.text))

    def statistics(self) -> Mapping[str, Any]:
        """Counts since the start."""
        return {
            "reconnects": self.reconnects,
            "stale_bytes": self.reception.replies.stale_bytes,
            "oddities": self.oddities,
        }


def _session_unknown(error: LinkError) -> bool:
    """The server said no to resuming: by a refusal, or by closing with words to that effect."""
    return isinstance(error, Refused) or (error.code == 1008 and "session not found" in error.reason.lower())

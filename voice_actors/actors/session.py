"""SessionActor: the conversation with the model, across however many links it takes."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, assert_never

import attrs
import trio

from voice_actors.broadcast import Tap
from voice_actors.deadlines import Deadlines
from voice_actors.errors import LinkError, LinkLost
from voice_actors.gemini import client
from voice_actors.gemini.events import ClientContent, Setup, SetupComplete
from voice_actors.gemini.link import KnowsRoundTrip, Link
from voice_actors.gemini.models import Capabilities
from voice_actors.gemini.wire import Oddities
from voice_actors.lanes import ReceiveLane, SendLane
from voice_actors.messages import (
    AudioEvent,
    Command,
    Connected,
    Disconnected,
    Event,
    MicMessage,
    Oddity,
    RotateLink,
    StopReply,
    ToolResult,
    TypedText,
    Updated,
    UpdateSession,
)
from voice_actors.record.latency import RoundTrip
from voice_actors.record.pulse import Pulse
from voice_actors.record.transcripts import Message
from voice_actors.session.answers import Answers
from voice_actors.session.reading import Reading
from voice_actors.session.reception import Reception
from voice_actors.session.recollection import history_of, with_history
from voice_actors.session.recovery import WORKED, Ended, Recovery
from voice_actors.session.replay import Replay, Send
from voice_actors.session.retelling import Retelling
from voice_actors.session.rotation import Rotation
from voice_actors.session.uplink import Uplink, one_error
from voice_actors.session.uplink_ring import UplinkRing
from voice_actors.session.vigil import Vigil


@attrs.define(eq=False, repr=False)
class SessionActor:
    """Theory of operation: `run` dials, says setup, and then converses until the link is lost or the server announces
    its end; then it dials again with the newest resumption handle. While it converses, one task reads, one writes what
    the user says and others the answers of tools. What a writer has taken and not yet sent stands where the writer of
    the next link finds it; voice and text are taken in while there is no link, and wait for the next in one order.
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
    tell_heard: bool = False
    """Tell the model how far a cut reply was heard."""
    recall: Callable[[], Sequence[Message]] = attrs.field(default=tuple)
    """Gives the conversation so far."""
    seed: float = attrs.field(factory=random.random)
    """Of the dice for the waits between dials; from Python's own, so that a seeded run repeats."""
    reconnects: int = attrs.field(default=0, init=False)
    _uplink: Uplink = attrs.field(init=False)
    _answers: Answers = attrs.field(init=False)
    _retelling: Retelling | None = attrs.field(default=None, init=False)
    _rotation: Rotation = attrs.field(init=False)
    _vigil: Vigil = attrs.field(init=False)
    _reading: Reading = attrs.field(init=False)
    _recovery: Recovery = attrs.field(init=False)
    _replay: Replay = attrs.field(factory=Replay, init=False)
    _may_recall: bool = attrs.field(default=True, init=False)
    """False once a server found a history invalid."""
    _told_history: bool = attrs.field(default=False, init=False)
    """The session of the moment began with a history."""
    _left_at: float | None = attrs.field(default=None, init=False)
    """When the conversation had a link last; None before the first."""
    _updates: list[UpdateSession] = attrs.field(factory=list[UpdateSession], init=False)
    """What the next link brings, for models that cannot change within a session."""

    def __attrs_post_init__(self) -> None:
        if self.tell_heard:
            self._retelling = Retelling(self.reception.replies, self.capabilities, self.facts)
            self.reception.replies.on_cut = self._retelling.cut
        ring = UplinkRing(self.microphone, self.reception.voiced)
        self._uplink = Uplink(self.capabilities, self.facts, self.audio, self._retelling, ring)
        self._rotation = Rotation(self.reception, self.pulse, self._uplink.ring, self.deadlines)
        self._vigil = Vigil(self.pulse, self._uplink.ring, self.deadlines.silent)
        self._reading = Reading(self.facts, self._vigil.heard)
        self._recovery = Recovery(self.deadlines.reconnect, self.seed)
        self.reception.on_saved = self._replay.saved
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
        with self.microphone, self.commands, self.results, self.reception, self.facts, self.audio, one_error():
            try:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._uplink.ring.hear_meanwhile, name="session takes audio")
                    nursery.start_soon(self._take_commands, name="session takes commands")
                    await self._keep_linked(task_status)
            finally:
                await self._answers.leave()  # noqa: ASYNC102 - which shields itself, for two seconds

    async def _take_commands(self) -> None:
        """Silence comes at once, link or no link."""
        async for command in self.commands:
            match command:
                case RotateLink():
                    self._rotation.ask()
                case UpdateSession():
                    await self._update(command)
                case TypedText() | StopReply():
                    await self.reception.stop(by="program" if isinstance(command, StopReply) else "user")
                    await self._uplink.ring.write(command)
                case _:
                    assert_never(command)

    async def _update(self, update: UpdateSession) -> None:
        """Now, where the model takes it within a session; else with the next link, which comes soon."""
        self.setup = update.setup
        for note in update.notes:
            await self.facts.send(Oddity(what=note))
        if self.capabilities.context_update:
            await self.reception.change_tools(update.tools)
            await self._uplink.ring.write(update)
        else:
            self._updates.append(update)
            self._rotation.ask()

    async def _keep_linked(self, task_status: trio.TaskStatus[None]) -> None:  # noqa: ASYNC128 - handed on
        ended = await self._one_link(task_status)
        if ended.error is not None and ended.stage == "setup":
            raise ended.error
        while True:
            await self._recover(ended)
            ended = await self._one_link(trio.TASK_STATUS_IGNORED)

    async def _one_link(self, task_status: trio.TaskStatus[None]) -> Ended:
        """From the dialling to the end; the link is closed then."""
        since, error, resuming = None, None, self.reception.handle is not None
        try:
            async with self.dial() as link:
                await self._set_up(link)
                task_status.started()
                since = trio.current_time()
                self.reception.round_trip = _round_trip_of(link)
                try:
                    await self._converse(link)
                finally:
                    self._left_at = trio.current_time()
        except LinkError as failure:
            error = failure
        if since is None:
            return Ended(error, "setup", resuming)
        lasted, announced = trio.current_time() - since, self.reception.going_away.is_set()
        self.reception.link_gone()
        self._uplink.ring.link_gone(broke=error is not None and not self._replay.on)
        if error is None and announced and lasted < WORKED:
            error = LinkLost("the server announced the end of the link as soon as it was made", kind="ended")
        return Ended(error, "conversation", resuming, lasted)

    async def _recover(self, ended: Ended) -> None:
        """Wait for as long as it makes sense, and forget what does."""
        error = ended.error
        self.reconnects += error is not None and ended.stage == "conversation"
        step = self._recovery.after(ended)
        if isinstance(step, LinkError):
            await self.facts.send(Disconnected(code=step.code, reason=step.reason or str(step)))
            raise step
        if error is None:
            return
        if error.kind == "argument":
            self._uplink.ring.forget_audio()
            self._may_recall = self._may_recall and not self._told_history
        if step.afresh:
            await self._begin_afresh(error)
        await self.facts.send(Disconnected(code=error.code, reason=error.reason or str(error), retry_in=step.wait))
        await trio.sleep(step.wait)

    async def _begin_afresh(self, why: LinkError) -> None:
        self.reception.forget_session()
        if self._retelling is not None:
            self._retelling.forget()
        what = "the server no longer knows this session" if why.kind == "session" else f"not to be resumed: {why}"
        await self.facts.send(Oddity(what=f"{what}; a new one begins"))

    # ---- one link ------------------------------------------------------------------------------------------------

    async def _set_up(self, link: Link) -> None:
        """Until the session is ready: resumed, or new and told what was said in an earlier one."""
        handle, history = self.reception.handle, self._history()
        setup, self._told_history, updates = self.setup(handle), history is not None, tuple(self._updates)
        try:
            with trio.fail_after(self.deadlines.setup):
                await link.send(client.encode(setup if history is None else with_history(setup, self.capabilities)))
                done = await self._setup_complete(link)
                await self._go_on(link.send, history, setup)
        except trio.TooSlowError as error:
            raise LinkLost(f"the server did not answer the setup within {self.deadlines.setup:g} s") from error
        for update in updates:
            await self.reception.change_tools(update.tools)
            await self.facts.send(Updated(tools=update.names, instructions=update.instructions))
        del self._updates[: len(updates)]
        await self.facts.send(
            Connected(
                model=self.model,
                session_id=done.session_id,
                resumed=handle is not None,
                restored=history is not None,
                away=0.0 if self._left_at is None else trio.current_time() - self._left_at,
            )
        )

    async def _go_on(self, send: Send, history: ClientContent | None, setup: Setup) -> None:
        """From what the session knows: what a saved one does not hold, or what a new one must be told."""
        self._replay.on = bool(setup.body.get("sessionResumption", {}).get("transparent"))
        if self.reception.handle is not None:
            await self._replay.say_again(send)
            return
        self._replay.forget()
        if history is not None:
            await self._replay.over(send)(client.encode(history))

    def _history(self) -> ClientContent | None:
        if self.reception.handle is not None or self._left_at is None or not self._may_recall:
            return None
        return history_of(self.recall(), self.capabilities)

    async def _setup_complete(self, link: Link) -> SetupComplete:
        while True:
            for event in await self._reading.events(link):
                if isinstance(event, SetupComplete):
                    return event
                await self.reception.take(event)

    async def _converse(self, link: Link) -> None:
        send = self._replay.over(link.send)
        with one_error():
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._read, link, name="session reads")
                nursery.start_soon(self._uplink.send, send, name="session sends voice and text")
                nursery.start_soon(self._answers.send, send, nursery, name="session sends tool results")
                nursery.start_soon(self._vigil.watch, name="session watches")
                if self._retelling is not None:
                    nursery.start_soon(self._retelling.tell, send, name="session tells what was heard")
                await self._rotation.wait_to_leave()
                nursery.cancel_scope.cancel("a new link takes over")

    async def _read(self, link: Link) -> None:
        while True:
            await self._take_next(link)

    async def _take_next(self, link: Link) -> None:
        # By itself: what it took goes with it, or a silent conversation would keep its last message.
        for event in await self._reading.events(link):
            await self.reception.take(event)

    @property
    def oddities(self) -> Oddities:
        """What was passed over in the server's messages."""
        return self._reading.oddities

    def statistics(self) -> Mapping[str, Any]:
        """Counts since the start."""
        return {
            "reconnects": self.reconnects,
            "stale_bytes": self.reception.replies.stale_bytes,
            "oddities": self._reading.oddities,
        }


def _round_trip_of(link: Link) -> RoundTrip:
    return (lambda: link.round_trip) if isinstance(link, KnowsRoundTrip) else lambda: None

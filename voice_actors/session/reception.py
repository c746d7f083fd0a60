"""What each of the server's events means for the conversation: which lane it goes to, what it cuts, what it ends."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias, assert_never

import attrs
import trio

from voice_actors.broadcast import Tap
from voice_actors.gemini import events as wire
from voice_actors.lanes import SendLane
from voice_actors.messages import (
    AgentSaid,
    AudioEvent,
    AudioReceived,
    BargeIn,
    CancelTool,
    ChangeTools,
    Event,
    GoingAway,
    ServerNotice,
    SpeakerOrder,
    SpeechDetected,
    StopFiller,
    TextReceived,
    ToolCalled,
    ToolOrder,
    TurnGenerated,
    TurnInterrupted,
    TurnStarted,
    UsageReported,
    UserSaid,
)
from voice_actors.record.latency import RoundTrip
from voice_actors.session.calls import OpenCalls
from voice_actors.session.replies import Replies
from voice_actors.session.voiced import Voiced
from voice_actors.turns import Reply, Turn


@attrs.define(eq=False, repr=False)
class Reception:
    """Takes the server's events one by one, in their order. It never waits for anything that waits for the socket."""

    replies: Replies
    turns: SendLane[Turn]
    orders: SendLane[ToolOrder]
    facts: SendLane[Event]
    audio: Tap[AudioEvent]
    to_speaker: SendLane[SpeakerOrder] | None = None
    """Where fillers may be heard."""
    handle: str | None = attrs.field(default=None, init=False)
    """The newest handle that this session can be resumed by."""
    resumable: bool = attrs.field(default=True, init=False)
    """The newest handle stands for the session as it is now: the server has not said otherwise since."""
    on_saved: Callable[[int], None] = attrs.field(default=lambda _: None, init=False)
    """Told which of our messages is the last that the newest handle's session holds, where the server says so."""
    on_news: Callable[[], None] = attrs.field(default=lambda: None, init=False)
    """Told where `handle_known` or `going_away` is set."""
    handle_known: trio.Event = attrs.field(factory=trio.Event, init=False)
    """Set as soon as there is a handle."""
    leave_by: float = attrs.field(default=float("inf"), init=False)
    """On trio's clock: when the server will close the link."""
    going_away: trio.Event = attrs.field(factory=trio.Event, init=False)
    calls: OpenCalls = attrs.field(factory=OpenCalls, init=False)
    voiced: Voiced = attrs.field(factory=Voiced, init=False)
    """When the user was last loud."""
    round_trip: RoundTrip = attrs.field(default=lambda: None, init=False)
    """Of the link of the moment, seconds."""
    _says_offsets: bool = attrs.field(default=False, init=False)
    """The server tells of the user's voice as `voiceActivity`."""

    async def take(self, event: wire.ServerEvent) -> None:
        """Act on one event."""
        match event:
            case wire.AudioOut():
                await self._audio(event)
            case wire.Interrupted():
                await self._cut("user", confirmed=True)
            case wire.TurnComplete():
                await self._complete(event)
            case wire.ToolCall():
                for call in event.calls:
                    await self._call(call)
            case wire.ToolCallCancellation():
                for call_id in event.ids:
                    await self._withdraw(call_id)
            case wire.GoAway():
                self.leave_by = trio.current_time() + event.time_left
                self.going_away.set()
                self.on_news()
                await self.facts.send(GoingAway(time_left=event.time_left))
            case wire.SessionResumptionUpdate():
                self._resumption(event)
            case _:
                await self._tell(event)

    def _resumption(self, event: wire.SessionResumptionUpdate) -> None:
        self.resumable = event.resumable
        if event.resumable and event.handle:
            self.handle = event.handle
            self.handle_known.set()
            self.on_news()
            if event.last_consumed_index is not None:
                self.on_saved(event.last_consumed_index)
            self.calls.handle_given()

    async def _tell(self, event: _Told) -> None:
        match event:
            case wire.InputTranscription():
                if event.text:
                    await self.facts.send(UserSaid(text=event.text))
            case wire.OutputTranscription():
                await self._words(event.text)
            case wire.TextOut():
                reply = await self._open_reply()
                if reply is not None:
                    number = reply.turn.number
                    await self.facts.send(TextReceived(turn=number, text=event.text, thought=event.thought))
            case wire.VoiceActivity():
                await self._user_voice(event)
            case wire.Usage():
                await self.facts.send(UsageReported(usage=event.body))
            case wire.Grounding():
                await self.facts.send(ServerNotice(kind=event.key, body=event.metadata))
            case wire.MediaOut():
                await self.facts.send(ServerNotice(kind="part", body=event.part))
            case wire.InterimInputTranscription():
                await self.facts.send(
                    ServerNotice(kind="interimInputTranscription", body={**event.details, "text": event.text})
                )
            case wire.WaitingForInput():
                await self.facts.send(ServerNotice(kind="waitingForInput", body={}))
            case wire.GenerationComplete():
                self.replies.generated()  # turnComplete ends the reply
            case wire.SetupComplete():
                ...  # a second one says nothing
            case _:
                assert_never(event)

    async def _user_voice(self, event: wire.VoiceActivity) -> None:
        """A server may say it in both forms; the older one is passed over once it has used the newer."""
        self._says_offsets = self._says_offsets or not event.signal
        if self._says_offsets and event.signal:
            return
        await self.facts.send(SpeechDetected(started=event.kind == "ACTIVITY_START", voiced_at=self.voiced.at))

    # ---- replies -------------------------------------------------------------------------------------------------

    async def _open_reply(self) -> Reply | None:
        """The open reply, started where there is none; None while what arrives is stale."""
        if self.replies.stale:
            return None
        reply, is_new = self.replies.current()
        if is_new:
            await self._tell_started(reply.turn.number)
            await self.turns.send(reply.turn)
        return reply

    async def _tell_started(self, number: int) -> None:
        took = self.round_trip()
        round_trip_ms = None if took is None else round(took * 1000, 3)
        await self.facts.send(TurnStarted(turn=number, voiced_at=self.voiced.at, round_trip_ms=round_trip_ms))

    async def _audio(self, event: wire.AudioOut) -> None:
        reply = self.replies.open or await self._open_reply()
        if reply is None:
            self.replies.drop_stale(len(event.pcm))
            return
        if self.audio.wanted:
            self.audio.offer(AudioReceived(turn=reply.turn.number, pcm=event.pcm))
        await reply.say(event.pcm)

    async def _words(self, text: str) -> None:
        if not text:
            return  # "finished", and no more: that begins no reply
        # The transcript of a cut reply may trail behind it; its words still belong to it.
        if self.replies.stale or await self._open_reply() is not None:
            audio_ms = self.replies.add_words(text)
            await self.facts.send(AgentSaid(turn=self.replies.number, text=text, audio_ms=audio_ms))

    async def _complete(self, event: wire.TurnComplete) -> None:
        number = self.replies.complete()
        if number is not None:
            await self.facts.send(TurnGenerated(turn=number, reason=event.reason))

    async def _cut(self, by: Literal["user", "program"], *, confirmed: bool) -> None:
        for number in self.replies.interrupt(f"interrupted by the {by}", confirmed=confirmed):
            await self.facts.send(TurnInterrupted(turn=number, by=by))
        if self.calls.pending:
            await self.orders.send(BargeIn())
        if self.to_speaker is not None:
            with contextlib.suppress(trio.BrokenResourceError):  # the loudspeaker has gone
                self.to_speaker.send_nowait(StopFiller())

    async def stop(self, by: Literal["user", "program"] = "program") -> None:
        """Silence the reply for the embedding program, or for a user who typed, before the server knows."""
        await self._cut(by, confirmed=False)

    # ---- tools ---------------------------------------------------------------------------------------------------

    async def _call(self, call: wire.FunctionCall) -> None:
        if (order := self.calls.ask(call)) is not None:
            await self.facts.send(ToolCalled(id=order.id, name=order.name, args=copy.deepcopy(order.args)))
            await self.orders.send(order)

    async def _withdraw(self, call_id: str) -> None:
        if self.calls.withdraw(call_id):
            await self.orders.send(CancelTool(call_id))

    async def change_tools(self, tools: Sequence[Any] | None) -> None:
        """From here on the model knows these; None changes nothing."""
        if tools is not None:
            await self.orders.send(ChangeTools(tools))

    # ---- links ---------------------------------------------------------------------------------------------------

    def link_gone(self) -> None:
        """What has arrived of the open reply is all there will be; the next link starts afresh."""
        self.replies.close()
        self.calls.link_gone()
        self.leave_by = float("inf")
        self.going_away = trio.Event()
        self.resumable = True

    def forget_session(self) -> None:
        """The server does not know the session any more, nor its calls."""
        self.handle = None
        self.handle_known = trio.Event()
        self.calls.forget_session()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.replies.interrupt("the session has ended")
        self.turns.close()
        self.orders.close()
        self.facts.close()
        self.audio.close()
        if self.to_speaker is not None:
            self.to_speaker.close()


_Told: TypeAlias = (
    wire.InputTranscription
    | wire.OutputTranscription
    | wire.TextOut
    | wire.VoiceActivity
    | wire.Usage
    | wire.Grounding
    | wire.MediaOut
    | wire.InterimInputTranscription
    | wire.WaitingForInput
    | wire.GenerationComplete
    | wire.SetupComplete
)

"""What the embedding program holds of a running conversation."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

import attrs
import trio

from voice_actors.audio.ends import EndStatistics
from voice_actors.audio.pcm import Level
from voice_actors.broadcast import Broadcast, Subscription, Wanted
from voice_actors.calls.consents import waiting_for_consent
from voice_actors.config import AgentConfig
from voice_actors.conversation.farewell import Farewell
from voice_actors.conversation.model import update_session
from voice_actors.errors import ConfigError
from voice_actors.lanes import LaneStatistics, SendLane
from voice_actors.messages import (
    AnswerConsent,
    Command,
    ConsentAsked,
    Event,
    MicOrder,
    RotateLink,
    SetMuted,
    SetPressed,
    StopReply,
    ToolOrder,
    TypedText,
    Updated,
)
from voice_actors.record.latency import Percentiles
from voice_actors.record.metering import Meter, Usage
from voice_actors.record.pulse import Pulse
from voice_actors.record.transcripts import Message, is_audio, messages_of, select
from voice_actors.values import Value


@attrs.frozen(eq=False, repr=False)
class AgentStatistics(Value):
    """How a conversation is doing, at one moment."""

    lanes: Mapping[str, LaneStatistics]
    microphone: EndStatistics
    speaker: EndStatistics
    reconnects: int
    """Links that were lost and replaced."""
    stale_bytes: int
    """Late audio of interrupted replies, dropped on arrival."""
    oddities: int
    """Fields and messages of the server that nobody here knows."""
    barge_ins: int = 0
    """Replies that the user's voice had made step back, and that were then cut; see `Activity.barge_in`."""
    false_barge_ins: int = 0
    """Those that went on, after a cough or an "mm-hmm"."""


class KeepsServers(Protocol):
    """See `voice_actors.conversation.servers.Servers`."""

    async def start(self, tools: Sequence[Any]) -> list[Any]:
        """Have the servers up that are among these, and give their tools in their place."""
        ...

    def keep(self, tools: Sequence[Any], after: Callable[[], Awaitable[None]] | None = None) -> bool:
        """Let go of the servers that none of these tools is of; False where there are none."""
        ...


@attrs.define(eq=False, repr=False)
class VoiceAgent:
    """A running conversation. Leave the `async with` block to end it."""

    config: AgentConfig
    _commands: SendLane[Command]
    _to_microphone: SendLane[MicOrder]
    _broadcast: Broadcast[Event]
    _history: deque[Event]
    _pulse: Pulse
    _wanted: Wanted
    _statistics: Callable[[], AgentStatistics]
    _speaker_level: Callable[[], Level]
    _to_tools: SendLane[ToolOrder]
    _latency: Callable[[], Mapping[str, Percentiles]]
    _microphone_level: Callable[[], Level]
    _farewell: Farewell
    _meter: Meter
    _servers: KeepsServers
    saved: trio.Event
    """Set when the transcript and the recording are closed and whole; tasks that are late may still run then."""
    _updating: trio.Lock = attrs.field(factory=trio.Lock, init=False)
    ended: trio.Event = attrs.field(factory=trio.Event, init=False)
    """Set when the conversation is over."""
    muted: bool = attrs.field(default=False, init=False)
    """The microphone is not heard."""
    pressed: bool = attrs.field(default=False, init=False)
    """The push-to-talk key is held, as far as `start_activity` and `end_activity` say; muting lets go of it."""

    async def say(self, text: str) -> None:
        """Send this to the model as the user's own words, in writing; it answers by voice.

        Raises:
            trio.ClosedResourceError: the conversation is over.
        """
        await self._commands.send(TypedText(text))

    async def interrupt(self) -> None:
        """Silence the reply that is being spoken, at the loudspeaker first and then at the model.

        Raises:
            trio.ClosedResourceError: the conversation is over.
        """
        await self._commands.send(StopReply())

    async def update(self, *, tools: Sequence[Any] | None = None, instructions: str | None = None) -> None:
        """Give the model other tools (all that there shall be, as `AgentConfig.tools`), other instructions, or both.

        Returns when the MCP servers are up that the tools name, otherwise at once; `Updated` tells when it is done. A
        model that cannot change within a session is met on a new connection at the next quiet moment; nothing is lost.
        Calls under way end by the tool that they began with, and then the servers that nobody wants any more.

        Raises:
            ConfigError, UnsupportedByModelError: it cannot work; nothing is changed.
            trio.ClosedResourceError: the conversation is over.
        """
        async with self._updating:
            wanted = None if tools is None else await self._servers.start(tools)
            events = self.events()
            try:
                config, update = update_session(self.config, wanted, instructions, self._farewell.tools_of)
                await self._commands.send(update)
            except BaseException:
                events.close()
                self._servers.keep(self.config.tools)
                raise
            self.config = config
            if not self._servers.keep(config.tools, partial(_updated, events, update.names)):
                events.close()

    async def end_call(self) -> None:
        """End the conversation once what is being said was heard to its end; returns then, and the block goes on.

        For a farewell, `await agent.say("Say goodbye.")` before. At once: leave the block.
        """
        self._farewell.want("program")
        await self.wait_ended()

    async def rotate(self) -> None:
        """Move the conversation to a new connection at the next quiet moment; nothing of it is lost.

        Returns at once; `Connected` tells when it is done.

        Raises:
            trio.ClosedResourceError: the conversation is over.
        """
        await self._commands.send(RotateLink())

    async def answer_consent(self, call: str, *, allow: bool, by: str) -> None:
        """Allow the call of this id to run, or refuse it; `by` says in the record who did.

        The first answer to a `ConsentAsked` counts. What answers no open question does nothing.
        """
        with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):  # over, and so not allowed
            await self._to_tools.send(AnswerConsent(call, allow, by))

    def consents_asked(self) -> list[ConsentAsked]:
        """The calls that wait for somebody to allow them, oldest first."""
        return waiting_for_consent(self._history)

    async def mute(self) -> None:
        """Stop sending the microphone; the model is told that the audio pauses."""
        await self._mute(muted=True)

    async def unmute(self) -> None:
        """Send the microphone again."""
        await self._mute(muted=False)

    async def _mute(self, *, muted: bool) -> None:
        self.muted, self.pressed = muted, False
        await self._order(SetMuted(muted))

    async def start_activity(self) -> None:
        """The user pressed the push-to-talk key: what they say is sent from `pre_roll_ms` before now on.

        While the microphone is muted this does nothing.

        Raises:
            ConfigError: the agent was not opened with `activity=Activity("push-to-talk")`.
        """
        await self._press(pressed=True)

    async def end_activity(self) -> None:
        """The user let go of the key: the model answers what was sent between.

        Raises:
            ConfigError: as `start_activity`.
        """
        await self._press(pressed=False)

    async def _press(self, *, pressed: bool) -> None:
        if self.config.activity.mode != "push-to-talk":
            raise ConfigError('there is no key to press: open the agent with activity=Activity("push-to-talk")')
        self.pressed = pressed and not self.muted
        await self._order(SetPressed(pressed))

    async def _order(self, order: MicOrder) -> None:
        try:
            await self._to_microphone.send(order)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            await trio.lowlevel.checkpoint()  # the microphone's source has ended, or all is over: silent already

    def events(self, *, audio: bool = False, capacity: int = 1_024) -> Subscription[Event]:
        """Everything that happens from now on, for `async for`; ends after `Ended`.

        Any number of subscribers may read, each at its own pace: one that falls more than `capacity` events behind
        loses its oldest and sees `Lagged(count=...)`. Raw audio comes only with `audio=True`.
        """
        if audio:
            self._wanted.one_more()
            return self._broadcast.subscribe(capacity, on_close=self._audio_reader_left)
        return self._broadcast.subscribe(capacity, wanted=lambda event: not is_audio(event))

    def _audio_reader_left(self) -> None:
        self._wanted.readers -= 1

    def export_events(
        self,
        *,
        limit: int | None = None,
        filter: Callable[[list[Event]], Sequence[Event]] | None = None,  # noqa: A002 - as users of such exports know it
    ) -> list[Event]:
        """The newest `limit` events that pass `filter` (a function from list to list), newest last; without audio."""
        return select(self._history, limit=limit, filter=filter)

    def export_messages(
        self,
        *,
        limit: int | None = None,
        filter: Callable[[list[Message]], Sequence[Message]] | None = None,  # noqa: A002 - as above
    ) -> list[Message]:
        """What was said by either side and by tools, as `export_events` chooses."""
        return select(messages_of(self._history), limit=limit, filter=filter)

    async def wait_idle(self, *, quiet: float = 1.5, patience: float = 10.0) -> None:
        """Wait until no reply plays, no tool works, and nothing has happened for `quiet` seconds.

        Where the user's words still wait for an answer, `patience` seconds are given instead.
        """
        await self._pulse.wait_idle(quiet=quiet, patience=patience)

    async def wait_ended(self) -> None:
        """Wait until the conversation is over."""
        await self.ended.wait()

    @property
    def speaker_level(self) -> Level:
        """How loud the agent is at this moment, for a meter to ask some 20 times a second (60 µs); -inf is silence."""
        return self._speaker_level()

    @property
    def microphone_level(self) -> Level:
        """How loud the user is, as `speaker_level`; after echo and noise were taken out, where that is asked for."""
        return self._microphone_level()

    @property
    def usage(self) -> Usage:
        """What the call has spent so far, over all of its links: tokens by modality, and what they cost.

        The service reports at the end of each reply; `TurnUsage` is the event.
        """
        return self._meter.usage

    def statistics(self) -> AgentStatistics:
        """Lanes, devices and links, at this moment."""
        return self._statistics()

    def latency(self) -> Mapping[str, Percentiles]:
        """How long the replies so far took, ms, by the names of the parts in `TurnLatency`.

        Parts that never happened are left out.
        """
        return self._latency()


async def _updated(events: Subscription[Event], names: Sequence[str] | None) -> None:
    """Until the model knows these tools."""
    with events:
        async for event in events:
            if isinstance(event, Updated) and event.tools is not None and list(event.tools) == list(names or ()):
                return

"""What a console knows of a conversation: events go in, and nothing is done to the outside."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import attrs

from voice_actors.audio.pcm import level_of
from voice_actors.cli.captions import clean, describe_answer, describe_call, note_on
from voice_actors.cli.console.entries import Called, Entry, Note, Reply, Said
from voice_actors.cli.console.meters import STALE, Meter
from voice_actors.messages import (
    ActivityEnded,
    ActivityStarted,
    AgentSaid,
    AudioHeard,
    AudioReceived,
    AudioSent,
    Connected,
    DeviceBack,
    DeviceLost,
    Disconnected,
    Ended,
    Event,
    Muted,
    SpeechDetected,
    TextReceived,
    TextSent,
    ToolAnswered,
    ToolCalled,
    ToolWithdrawn,
    TurnEnded,
    TurnStarted,
    UserSaid,
)
from voice_actors.turns import BYTES_PER_MS

INTERRUPTION = 2.0
"""Seconds between the user's words and the end of the reply that they cut."""


@attrs.frozen
class Latency:
    """How long a reply let the user wait, seconds, and after what."""

    seconds: float
    after: Literal["your words", "your typing", "you let go"]


@attrs.define(eq=False)
class State:
    """One conversation, as a person at a terminal wants to see it."""

    clock: Callable[[], float]
    model: str = attrs.field(converter=clean)
    microphone: bool = True
    """There is one."""
    push_to_talk: bool = False
    link: Literal["connecting", "connected", "reconnecting", "over"] = "connecting"
    link_note: str = ""
    """Why, or since what."""
    muted: bool = False
    pressed: bool = False
    lost: dict[str, str] = attrs.field(factory=dict[str, str], init=False)
    """Sound devices that are gone, and why."""
    latency: Latency | None = attrs.field(default=None, init=False)
    entries: list[Entry] = attrs.field(factory=list[Entry], init=False)
    """Everything said, called and noted, oldest first."""
    you: Meter = attrs.field(factory=Meter, init=False)
    agent: Meter = attrs.field(factory=Meter, init=False)
    _detected: bool = attrs.field(default=False, init=False)
    """Somebody whose task it is says that the user is speaking."""
    _asked: tuple[float, Literal["your words", "your typing", "you let go"]] | None = attrs.field(
        default=None, init=False
    )
    """When the user's last words ended that have no answer yet."""
    _heard_at: float = attrs.field(default=-math.inf, init=False)
    _mine: Said | None = attrs.field(default=None, init=False)
    """The user's words in progress."""
    _replies: dict[int, Reply] = attrs.field(factory=dict[int, Reply], init=False)
    _last_done: int = attrs.field(default=0, init=False)
    _last_said: Said | None = attrs.field(default=None, init=False)
    """The reply that ended last; words that trail behind a cut one were never heard."""

    def note(self, text: str) -> None:
        """A line of our own."""
        self.entries.append(Note(clean(text)))

    def hear_agent(self, rms_dbfs: float) -> None:
        """The loudspeaker is this loud now."""
        self.agent.set(rms_dbfs, self.clock())

    @property
    def who_speaks(self) -> Literal["you", "agent", "both", "nobody"]:
        """At this moment."""
        return {(True, True): "both", (True, False): "you", (False, True): "agent", (False, False): "nobody"}[
            self._you_speak(), self._agent_speaks()
        ]  # type: ignore[return-value]

    @property
    def waiting(self) -> bool:
        """The user has spoken and no reply is heard yet."""
        return self._asked is not None and self.clock() - self._asked[0] > STALE and self.who_speaks == "nobody"

    @property
    def working(self) -> list[Called]:
        """The tools that work at this moment."""
        return [each for each in self.entries[-50:] if isinstance(each, Called) and each.outcome == "running"]

    def _you_speak(self) -> bool:
        return not self.muted and (self._detected or self.pressed or self.you.speaking(self.clock()))

    def _agent_speaks(self) -> bool:
        return bool(self._replies) and self.clock() - self._heard_at <= STALE

    def feed(self, event: Event) -> None:
        """Something happened."""
        match event:
            case AudioSent() | AudioReceived() | AudioHeard():
                self._audio(event)
            case UserSaid() | AgentSaid() | TextReceived() | TextSent() | TurnStarted() | TurnEnded():
                self._words(event)
            case ToolCalled() | ToolAnswered() | ToolWithdrawn():
                self._tool(event)
            case ActivityStarted() | ActivityEnded() | SpeechDetected():
                self._activity(event)
            case Connected() | Disconnected() | Ended():
                self._connection(event)
            case Muted(muted=muted):
                self.muted = muted
            case _:
                self._other(event)

    def _other(self, event: Event) -> None:
        match event:
            case DeviceLost(device=device, reason=reason):
                self.lost[clean(device)] = clean(reason)
            case DeviceBack(device=device):
                self.lost.pop(clean(device), None)
            case _:
                ...
        self.entries += [Note(line) for line in note_on(event)]

    # ---- sound ---------------------------------------------------------------------------------------------------

    def _audio(self, event: AudioSent | AudioReceived | AudioHeard) -> None:
        match event:
            case AudioSent(pcm=pcm, at=at):
                self.you.set(level_of(pcm).rms_dbfs, at)
                if self.you.audible_at == at and not self.push_to_talk and not self._agent_speaks():
                    self._asked = (at, "your words")
            case AudioReceived(turn=turn, pcm=pcm):
                if turn > self._last_done:
                    self._reply(turn).unfolding.received_ms += len(pcm) / BYTES_PER_MS
            case AudioHeard(turn=turn, pcm=pcm, at=at):
                self._heard_at = at
                if self._asked is not None and turn:
                    self.latency, self._asked = Latency(max(at - self._asked[0], 0.0), self._asked[1]), None
                if turn > self._last_done:
                    reply = self._reply(turn)
                    reply.unfolding.heard_ms += len(pcm) / BYTES_PER_MS
                    reply.said.text = reply.unfolding.so_far()

    def _activity(self, event: ActivityStarted | ActivityEnded | SpeechDetected) -> None:
        match event:
            case SpeechDetected(started=started):
                self._detected = started
            case ActivityStarted(by=by):
                self.pressed, self._detected = self.pressed or by == "key", by == "voice"
            case ActivityEnded(by="key", at=at):
                self.pressed, self._detected, self._asked = False, False, (at, "you let go")
            case ActivityEnded():
                self._detected = False

    # ---- words ---------------------------------------------------------------------------------------------------

    def _words(self, event: UserSaid | AgentSaid | TextReceived | TextSent | TurnStarted | TurnEnded) -> None:
        match event:
            case UserSaid(text=text):
                if self._mine is None:
                    self._mine = self._say(Said("you"))
                self._mine.text += text
            case AgentSaid(turn=turn, text=text, audio_ms=audio_ms):
                self._agent_said(turn, text, audio_ms)
            case TextReceived(turn=turn, text=text, thought=False):
                self._agent_said(turn, text, None)
            case TextReceived():
                ...
            case TextSent(text=text, at=at):
                self._mine, self._asked = None, (at, "your typing")
                self._say(Said("you", text, typed=True))
            case TurnStarted(turn=turn):
                self._mine = None
                self._reply(turn)
            case TurnEnded():
                self._turn_ended(event)

    def _say(self, said: Said) -> Said:
        self.entries.append(said)
        return said

    def _reply(self, turn: int) -> Reply:
        if turn not in self._replies:
            self._replies[turn] = Reply(self._say(Said("agent")))
        return self._replies[turn]

    def _agent_said(self, turn: int, text: str, audio_ms: float | None) -> None:
        if turn > self._last_done:
            self._reply(turn).unfolding.words.add(text, audio_ms)
        elif turn == self._last_done and self._last_said is not None:
            if self._last_said.cut:
                self._last_said.unheard += text
            else:
                self._last_said.text += text

    def _turn_ended(self, event: TurnEnded) -> None:
        reply = self._replies.pop(event.turn, None)
        self._last_done, self._last_said = max(self._last_done, event.turn), None
        if reply is None:
            return
        said = self._last_said = reply.said
        said.cut = event.interrupted
        if event.interrupted:
            said.text, said.unheard = event.heard_text, event.unheard_text
            if event.at - self.you.audible_at <= INTERRUPTION and not self.push_to_talk:
                self._asked = (self.you.audible_at, "your words")
        else:
            said.text = reply.unfolding.words.text

    # ---- the rest ------------------------------------------------------------------------------------------------

    def _tool(self, event: ToolCalled | ToolAnswered | ToolWithdrawn) -> None:
        if isinstance(event, ToolCalled):
            self._mine = None
            self.entries.append(Called(event.id, describe_call(event.name, event.args), event.at))
            return
        for called in reversed(self.entries):
            if isinstance(called, Called) and called.id == event.id:
                if isinstance(event, ToolAnswered):
                    called.outcome, called.took_ms = event.outcome, event.took_ms
                    called.answer = describe_answer(event.response)
                else:
                    called.outcome = "withdrawn"
                return

    def _connection(self, event: Connected | Disconnected | Ended) -> None:
        match event:
            case Connected(model=model, resumed=resumed, restored=restored):
                self.link, self.model = "connected", clean(model)
                self.link_note = "session resumed" if resumed else "told what was said" if restored else ""
            case Disconnected(reason=reason, retry_in=None):
                self.link, self.link_note = "over", clean(reason)
            case Disconnected(reason=reason):
                self.link, self.link_note, self._detected = "reconnecting", clean(reason), False
            case Ended(reason=reason):
                self.link, self.link_note = "over", clean(reason)
        if isinstance(event, Disconnected) or (isinstance(event, Connected) and event.away):
            self.entries += [Note(line) for line in note_on(event)]

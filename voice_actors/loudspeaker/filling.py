"""When a filler is heard: while a tool works whose answer the user waits for, and nobody has spoken for a moment."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable

import attrs
import trio

from voice_actors.broadcast import Broadcast, Subscription
from voice_actors.lanes import SendLane
from voice_actors.loudspeaker.filler import Filler
from voice_actors.messages import (
    ActivityEnded,
    ActivityStarted,
    ConsentAsked,
    ConsentGiven,
    Event,
    FillerHeard,
    PlayFiller,
    SpeakerOrder,
    SpeechDetected,
    StopFiller,
    ToolAnswered,
    ToolCalled,
    ToolWithdrawn,
    TurnEnded,
    TurnInterrupted,
    TurnStarted,
    UserSaid,
)
from voice_actors.record.transcripts import is_audio


@attrs.define(eq=False, repr=False)
class Filling:
    """Theory of operation: it follows what happened and asks the loudspeaker for a filler when one is due: where a tool
    works of whose answer the model will speak (not one that waits for a person's consent: that person is busy), no
    reply is heard, the user does not speak, and all of this has been so for `after_ms`. The loudspeaker lets a reply
    cut it, and whoever takes the server's interruptions does so directly; what the user says stops it from here. After
    the answer the sound of the moment goes on to its end or to the reply, and no other begins.
    """

    filler: Filler
    sound: bytes
    """24 kHz 16-bit mono."""
    aloud: Callable[[str], bool]
    """Whether the model will speak of the answer of the tool of this name."""
    orders: SendLane[SpeakerOrder]
    broadcast: Broadcast[Event]
    _events: Subscription[Event] = attrs.field(init=False)
    _working: set[str] = attrs.field(factory=set[str], init=False)
    """Calls of such tools."""
    _asking: set[str] = attrs.field(factory=set[str], init=False)
    """Of these, the ones that wait for consent."""
    _turns: set[int] = attrs.field(factory=set[int], init=False)
    _user_speaks: bool = attrs.field(default=False, init=False)
    _sounds: bool = attrs.field(default=False, init=False)
    """A filler was asked for and has not ended."""
    _heard: int = attrs.field(default=0, init=False)
    """Fillers since the first of them began."""
    _quiet_since: float = attrs.field(default=0.0, init=False)

    def __attrs_post_init__(self) -> None:
        self._events = self.broadcast.subscribe(256, lambda event: not is_audio(event))

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Until the conversation is over."""
        task_status.started()
        with self._events, self.orders, contextlib.suppress(StopAsyncIteration):
            while True:
                with trio.move_on_at(self._due) as patience:
                    self._observe(await anext(self._events))
                if patience.cancelled_caught:
                    self._fill()

    @property
    def _due(self) -> float:
        """When the next one begins, on trio's clock."""
        silent = self._working - self._asking and not (self._turns or self._user_speaks or self._sounds)
        if not silent or self._heard >= self.filler.times:
            return math.inf
        return self._quiet_since + (self.filler.again_ms if self._heard else self.filler.after_ms) / 1000

    def _fill(self) -> None:
        self._sounds, self._heard = True, self._heard + 1
        self._order(PlayFiller(self.sound, self.filler.words))

    def _stop(self) -> None:
        if self._sounds:
            self._order(StopFiller())

    def _order(self, order: SpeakerOrder) -> None:
        with contextlib.suppress(trio.BrokenResourceError):  # the loudspeaker is gone: the conversation ends
            self.orders.send_nowait(order)

    def _observe(self, event: Event) -> None:
        match event:
            case ToolCalled() | ConsentAsked() | ConsentGiven() | ToolAnswered() | ToolWithdrawn():
                self._call(event)
            case TurnStarted(turn=turn):
                self._turns.add(turn)
                self._sounds = False  # it gave way, or never began
            case TurnEnded(turn=turn):
                self._turns.discard(turn)
                self._quiet_since = event.at
            case FillerHeard():
                self._sounds, self._quiet_since = False, event.at
            case SpeechDetected(started=started):
                self._user(speaks=started, at=event.at)
            case ActivityStarted() | ActivityEnded():
                self._user(speaks=isinstance(event, ActivityStarted), at=event.at)
            case UserSaid() | TurnInterrupted():
                self._user(speaks=self._user_speaks, at=event.at)
            case _:
                ...

    def _user(self, *, speaks: bool, at: float) -> None:
        self._user_speaks, self._quiet_since = speaks, at
        self._stop()

    def _call(self, event: ToolCalled | ConsentAsked | ConsentGiven | ToolAnswered | ToolWithdrawn) -> None:
        match event:
            case ToolCalled(id=call, name=name) if self.aloud(name):
                if not self._working:
                    self._heard, self._quiet_since = 0, event.at
                self._working.add(call)
            case ConsentAsked(id=call):
                self._asking.add(call)
            case ConsentGiven(id=call):
                self._asking.discard(call)
                self._quiet_since = event.at
            case ToolAnswered(id=call) | ToolWithdrawn(id=call):
                self._working.discard(call)
                self._asking.discard(call)
                if isinstance(event, ToolWithdrawn) and not self._working:
                    self._stop()
            case _:
                ...

"""Whether anything is going on in a conversation, read off its events."""

from __future__ import annotations

import attrs
import trio

from voice_actors.messages import (
    ActivityEnded,
    ActivityStarted,
    AgentSaid,
    Event,
    SpeechDetected,
    TextSent,
    ToolAnswered,
    ToolCalled,
    ToolToldInWords,
    ToolWithdrawn,
    TurnEnded,
    TurnInterrupted,
    TurnStarted,
    UserSaid,
)


@attrs.define(eq=False, repr=False)
class Pulse:
    """Theory of operation: a reply between its start and its end keeps the conversation busy, so does a tool call
    between the call and its answer, and the user between the start and the end of an activity that we notice. Words of
    the user, spoken or typed, make it expect a reply, until one starts. When nothing keeps it busy, it is idle once
    nothing has happened for a while.
    """

    _turns: set[int] = attrs.field(factory=set[int], init=False)
    calls: dict[str, str] = attrs.field(factory=dict[str, str], init=False)
    """Names of the tools that work, by the ids of their calls."""
    _speaking: bool = attrs.field(default=False, init=False)
    _reply_expected: bool = attrs.field(default=False, init=False)
    _last: float = attrs.field(factory=trio.current_time, init=False)
    _changed: trio.Event = attrs.field(factory=trio.Event, init=False)

    @property
    def busy(self) -> bool:
        """A reply is playing, a tool is working, or we notice that the user speaks."""
        return bool(self.calls) or self._spoken

    @property
    def _spoken(self) -> bool:
        return bool(self._turns) or self._speaking

    @property
    def waiting_since(self) -> float | None:
        """Since when words of the user, or an answer of a tool, wait for a reply; None where none do."""
        return self._last if self._reply_expected and not self.busy else None

    def observe(self, event: Event) -> None:
        """Take note of what happened."""
        match event:
            case TurnStarted(turn=turn):
                self._turns.add(turn)
                self._reply_expected = False
            case TurnEnded(turn=turn):
                self._turns.discard(turn)
            case ToolCalled(id=call, name=name):
                self.calls[call] = name
                self._reply_expected = False
            case ToolAnswered(id=call):
                self.calls.pop(call, None)
                self._reply_expected = True
            case ToolWithdrawn(id=call):
                self.calls.pop(call, None)
            case UserSaid() | TextSent() | ToolToldInWords():
                self._reply_expected = True
            case ActivityStarted() | ActivityEnded():
                self._speaking = isinstance(event, ActivityStarted)
            case SpeechDetected() | AgentSaid() | TurnInterrupted():
                ...
            case _:
                return
        self._last = trio.current_time()
        self._changed.set()
        self._changed = trio.Event()

    async def wait_reply_over(self) -> None:
        """Wait until no reply plays."""
        while self._turns:
            await self._changed.wait()

    async def wait_idle(self, *, quiet: float, patience: float, calls: bool = True) -> None:
        """Wait until nothing is going on and nothing happened for `quiet` seconds.

        While the user's words wait for a reply, `patience` seconds count instead of `quiet`. With `calls=False` it is
        enough that nobody speaks; tools may be working.
        """
        started = trio.current_time()
        while True:
            changed = self._changed
            needed = patience if self._reply_expected else quiet
            left = trio.current_time() - max(self._last, started)
            busy = self.busy if calls else self._spoken
            with trio.move_on_after(float("inf") if busy else max(needed - left, 0)) as waiting:
                await changed.wait()
            if waiting.cancelled_caught and not (self.busy if calls else self._spoken):
                return

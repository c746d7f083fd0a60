"""How a conversation ends by itself: somebody wants it, what is being said is heard to its end, then it is over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Literal, TypeAlias

import attrs
import trio

from voice_actors.broadcast import Broadcast, Subscription
from voice_actors.config import AgentConfig
from voice_actors.messages import Event, TextSent, TurnInterrupted
from voice_actors.record.pulse import Pulse
from voice_actors.toolbox import Tool, declare
from voice_actors.values import Value

QUIET = 0.5
"""Seconds of silence after a farewell."""
By: TypeAlias = Literal["agent", "program", "budget"]
_REASONS: Final[dict[By, str]] = {
    "agent": "the agent ended the call",
    "program": "the program ended the call",
    "budget": "the budget of the call is spent",
}
PATIENCE = 3.0
"""Seconds that the model may take to begin its farewell after its call was answered."""


@attrs.frozen(eq=False, repr=False)
class EndCall(Value):
    """Stands in a list of tools for the one by which the model ends the conversation."""


end_call = EndCall()
"""Among `AgentConfig.tools`: the model may end the conversation. `AgentConfig(end_call=True)` says the same."""


@attrs.define(eq=False, repr=False)
class Farewell:
    """Theory of operation: the end is *wanted* from the model's call, or the program's, or because the budget is spent.
    Then it is waited for a moment in which nothing is being said, no tool works, and no answer is expected. A user who
    interrupts the model's farewell has more to say: the end is called off, until it is wanted again. The program's word
    stands, and so does the budget.
    """

    pulse: Pulse
    broadcast: Broadcast[Event]
    limit: float
    """Seconds for all of it."""
    _wanted: trio.Event = attrs.field(factory=trio.Event, init=False)
    _by: By = attrs.field(default="agent", init=False)
    _begin: Callable[[], None] | None = attrs.field(default=None, init=False)

    def want(self, by: By) -> None:
        """Let it end."""
        if by != "agent" or not self._wanted.is_set():
            self._by = by
        self._wanted.set()
        begin, self._begin = self._begin, None
        if begin is not None:
            begin()

    def when_wanted(self, begin: Callable[[], None]) -> None:
        """Have `begin` called once, as soon as the end is wanted, and at once where it is: it has to see to `wait`."""
        if self._wanted.is_set():
            begin()
        else:
            self._begin = begin

    async def want_when(self, spent: trio.Event, say: Callable[[str], Awaitable[None]], goodbye: str) -> None:
        """Once the budget is spent: when the reply that plays was heard, ask the model for a goodbye, and end."""
        await spent.wait()
        await self.pulse.wait_reply_over()
        with self.broadcast.subscribe(64, lambda event: isinstance(event, TextSent)) as sent:
            with trio.move_on_after(self.limit):  # there may be no link at the moment
                await say(goodbye)
                async for event in sent:
                    if isinstance(event, TextSent) and event.text == goodbye:
                        break
        self.want("budget")

    async def wait(self) -> str:
        """Until the conversation is to be ended; gives the reason."""
        while True:
            await self._wanted.wait()
            if await self._said():
                return _REASONS[self._by]
            self._wanted = trio.Event()

    async def _said(self) -> bool:
        """False where the user called it off."""
        said = False
        with self.broadcast.subscribe(64, lambda event: isinstance(event, TurnInterrupted)) as interruptions:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._call_off, interruptions, nursery.cancel_scope)
                with trio.move_on_after(self.limit):
                    await self.pulse.wait_idle(quiet=QUIET, patience=PATIENCE)
                said = True
                nursery.cancel_scope.cancel("all is said")
        return said

    async def _call_off(self, interruptions: Subscription[Event], scope: trio.CancelScope) -> None:
        async for event in interruptions:
            if isinstance(event, TurnInterrupted) and event.by == "user" and self._by == "agent":
                scope.cancel("the user has more to say")

    def tools_of(self, config: AgentConfig) -> Sequence[Any]:
        """The settings' tools, with a real one in the place of `end_call`."""
        tools = [self._tool() if isinstance(one, EndCall) else one for one in config.tools]
        wanted = config.end_call and not any(isinstance(one, EndCall) for one in config.tools)
        return [*tools, self._tool()] if wanted else tools

    def _tool(self) -> Tool:
        async def end_call() -> str:
            """End the conversation. Call this when the user says goodbye or wants to stop, and say goodbye yourself."""
            await trio.lowlevel.checkpoint()
            self.want("agent")
            return "The conversation ends as soon as you have said goodbye."

        return declare(end_call)

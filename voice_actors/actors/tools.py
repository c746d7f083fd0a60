"""The ToolExecutor: runs what the model asks for, each call in its own task, and answers each exactly once.

Theory of operation. An order is taken and kept without a checkpoint between. Every call has a task and a cancel scope.
A call ends in one of two ways, and its own task alone decides which: its answer was put into the results lane, or it
was not. Everything that may happen meanwhile (the model withdraws it, the time is up, the conversation ends) only
cancels scopes, so no race can answer twice, and none can both answer and withdraw. What the executor cannot do is take
back an answer that the session already has.

A tool's failure is the model's business and becomes an answer; only what is not an `Exception` leaves the executor.
"""

from __future__ import annotations

import contextlib
import functools
import logging
from collections.abc import Sequence
from typing import Any, assert_never

import attrs
import trio

from voice_actors.calls.consents import Consents, Decide
from voice_actors.calls.under_way import Answer, Call
from voice_actors.calls.watchdog import Blocked, Watchdog
from voice_actors.gemini.models import Capabilities
from voice_actors.lanes import ReceiveLane, SendLane
from voice_actors.messages import (
    AnswerConsent,
    BargeIn,
    CallTool,
    CancelTool,
    ChangeTools,
    Event,
    Oddity,
    ToolAnswered,
    ToolOrder,
    ToolReported,
    ToolResult,
    ToolWithdrawn,
)
from voice_actors.toolbox import BadArguments, Result, Room, Tool, Toolbox, encode_error, leaves_of
from voice_actors.toolbox.asyncio_home import AsyncioHome
from voice_actors.toolbox.options import Scheduling
from voice_actors.toolbox.results import kinds_of, place_of

THREADS = 16
"""Plain functions that run at one time, in threads; one that was given up on still counts until it returns."""
REMEMBERED_CALLS = 1024
"""Ids of finished calls that are kept, to recognise a call that is sent again."""
_FAREWELL = 2.0
"""Seconds that the facts of a cancelled call may wait for room."""

GRACE = 0.5
"""Seconds in which the server may withdraw a call that an interruption stopped, before it gets its answer."""
_WAY_OUT = "let it await, or make it a plain function, which runs in a thread"

_log = logging.getLogger("voice_actors.tools")


@attrs.define(eq=False, repr=False)
class ToolExecutor:
    """Runs the model's tool calls, side by side."""

    orders: ReceiveLane[ToolOrder]
    results: SendLane[ToolResult]
    facts: SendLane[Event]
    toolbox: Toolbox
    timeout: float = 30.0
    """Seconds for one call of a tool that has no limit of its own, before the model is told that it took too long."""
    consent: Decide | None = None
    """Decides about calls of tools that ask; None leaves it to `AnswerConsent`."""
    consent_within: float = 30.0
    """Seconds."""
    model: Capabilities | None = None
    _consents: Consents = attrs.field(init=False)
    _running: set[Call] = attrs.field(factory=set[Call], init=False)
    _finished: dict[str, None] = attrs.field(factory=dict[str, None], init=False)
    """Ids, oldest first."""
    _threads: trio.CapacityLimiter = attrs.field(factory=lambda: trio.CapacityLimiter(THREADS), init=False)
    _limits: dict[str, trio.CapacityLimiter] = attrs.field(factory=dict[str, trio.CapacityLimiter], init=False)
    """Of the tools that have a limit of their own, by name."""
    _home: AsyncioHome = attrs.field(factory=AsyncioHome, init=False)
    _watchdog: Watchdog = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._watchdog = Watchdog(self._tell_blocked)
        self._consents = Consents(self.facts, self.consent, self.consent_within)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Take orders until there are no more; then stop what still runs."""
        with self.orders, self.results, self.facts, contextlib.closing(self._watchdog):
            task_status.started()
            async with self._home, trio.open_nursery() as nursery:
                async for order in self.orders:
                    match order:
                        case CallTool():
                            self._begin(order, nursery)
                        case CancelTool(id):
                            self._stop(id)
                        case BargeIn():
                            self._barge_in()
                        case AnswerConsent():
                            self._consents.answer(order)
                        case ChangeTools(tools):
                            self._change(tools)
                        case _:
                            assert_never(order)
                for call in self._running:
                    call.scope.cancel("the conversation is over")

    def _change(self, tools: Sequence[Any]) -> None:
        self.toolbox = Toolbox.of(tools)
        self._limits.clear()  # who waits for a turn under an old one still gets it

    def answers_aloud(self, name: str) -> bool:
        """The user waits for the answer of the tool of this name: the model will say something of it."""
        tool = self.toolbox.get(name)
        if tool is None or self.model is None:
            return False
        return tool.options.scheduling != "SILENT" or tool.options.waits(self.model)

    def _begin(self, order: CallTool, nursery: trio.Nursery) -> None:
        if order.id and (order.id in self._finished or self._find(order.id) is not None):
            _log.info("a tool call was sent twice and runs once", extra={"tool": order.name})
            return
        call = Call(order, self.toolbox.get(order.name))
        self._running.add(call)
        nursery.start_soon(self._call, call, name=f"tool {order.name}")

    def _stop(self, id_: str) -> None:
        call = self._find(id_)
        if call is None:
            _log.debug("a call was withdrawn that is not running")
        elif not (call.began_work and call.on_barge_in == "tell-when-idle"):
            call.scope.cancel("the model withdrew the call")

    def _barge_in(self) -> None:
        for call in self._running:
            if call.on_barge_in == "cancel":
                call.interrupt()

    def _find(self, id_: str) -> Call | None:
        return next((call for call in self._running if call.order.id == id_), None)

    async def _call(self, call: Call) -> None:
        told = False
        try:
            with call.scope:
                await self._hand_over(call, await self._attempt(call))
        finally:
            self._finish(call)
            fact = call.fact()
            told = self._tell_now(fact)
            if not told:  # the answer is on its way behind us, and a deadline is not to be had for nothing
                with trio.move_on_after(_FAREWELL, shield=True):
                    told = await self._tell(fact)
        if not told:  # the recorder is that slow: wait for it, but no longer against a cancellation
            await self._tell(fact)

    async def _hand_over(self, call: Call, answer: Answer) -> None:
        """Give the answer to the session, unless the call was withdrawn in the meantime."""
        await trio.lowlevel.checkpoint_if_cancelled()
        if answer.outcome == "interrupted":
            await trio.sleep(GRACE)
        result = ToolResult(
            call.order.id,
            call.order.name,
            answer.response,
            call.scheduling(answer, self.model),
            parts=answer.parts,
            tell_anyway=call.on_barge_in == "tell-when-idle",
        )
        try:
            await self.results.send(result)
        except trio.BrokenResourceError:
            _log.debug("nobody takes answers any more", extra={"tool": call.order.name})
        else:
            call.answer = answer  # no checkpoint since the lane took it, so nothing can withdraw it in between

    def _finish(self, call: Call) -> None:
        self._running.discard(call)
        self._finished[call.order.id] = None
        if len(self._finished) > REMEMBERED_CALLS:
            del self._finished[next(iter(self._finished))]

    def _tell_now(self, fact: ToolAnswered | ToolWithdrawn) -> bool:
        """False where the record has no room for it at the moment."""
        try:
            self.facts.send_nowait(fact)
        except trio.WouldBlock:
            return False
        except trio.BrokenResourceError:
            _log.debug("nobody records any more", extra={"tool": fact.name})
        _log_end(fact)
        return True

    async def _tell(self, fact: ToolAnswered | ToolWithdrawn) -> bool:
        try:
            await self.facts.send(fact)
        except trio.BrokenResourceError:
            _log.debug("nobody records any more", extra={"tool": fact.name})
        _log_end(fact)
        return True

    async def _attempt(self, call: Call) -> Answer:
        order, tool = call.order, call.tool
        if tool is None:
            return Answer("unknown", {"error": self._unknown(order.name)})
        answer: Answer | None = None
        timeout = self.timeout if tool.options.timeout is None else tool.options.timeout
        with call.work:
            refusal = await self._consents.refusal(tool.options.consent, order)
            if refusal is not None:
                return Answer("denied", {"error": refusal})
            call.begin_work(timeout)
            answer = await self._work(tool, order)
        if answer is not None and (answer.outcome == "ok" or not call.work.cancel_called):
            return answer
        if call.interrupted:
            return Answer("interrupted", {"error": f"{order.name} was stopped: the user interrupted"})
        return Answer("timeout", {"error": f"{order.name} gave no answer within {timeout:g} s"})

    async def _work(self, tool: Tool, order: CallTool) -> Answer:
        try:
            result = await self._run_tool(tool, order)
            return Answer("ok", result.response, result.parts, result.quiet)
        except* BadArguments as bad:
            answer = Answer("bad_arguments", encode_error(bad))
        except* Exception as failed:  # noqa: BLE001 - a stranger's code; a group beside Cancelled leaves Cancelled to go on
            self._tell_asyncio(order.name, failed)
            _log.warning(
                "a tool failed", extra={"tool": order.name, "error": kinds_of(failed), "place": place_of(failed)}
            )
            answer = Answer("error", encode_error(failed))
        return answer

    async def _run_tool(self, tool: Tool, order: CallTool) -> Result:
        await trio.lowlevel.checkpoint_if_cancelled()  # withdrawn before it began: do not begin
        with self._watchdog.watch(tool.name):
            return await tool.run(order.args, self._room(tool, order))

    def _room(self, tool: Tool, order: CallTool) -> Room:
        """Its limit is one for all calls of a tool."""
        most = tool.options.concurrency
        if most is not None and tool.name not in self._limits:
            self._limits[tool.name] = trio.CapacityLimiter(most)
        room = Room(self._threads, self._limits.get(tool.name), home=self._home)
        room.tell = functools.partial(self._report, order, tool)
        return room

    async def _report(self, order: CallTool, tool: Tool, said: Result) -> bool:
        """What a tool says on its way: to the record, and to the model where it talks on meanwhile."""
        told = tool.reports and await self._tell_model(order, tool.options.scheduling, said)
        await self._record(ToolReported(id=order.id, name=order.name, report=said.response, told=told))
        return told

    async def _record(self, report: ToolReported) -> None:
        with contextlib.suppress(trio.BrokenResourceError):
            with trio.move_on_after(_FAREWELL, shield=True) as patience:  # the model may know it: so must the record
                await self.facts.send(report)
            if patience.cancelled_caught:
                await self.facts.send(report)

    async def _tell_model(self, order: CallTool, scheduling: Scheduling | None, said: Result) -> bool:
        with contextlib.suppress(trio.BrokenResourceError):  # the session has left; the answer will find that out
            await self.results.send(
                ToolResult(order.id, order.name, said.response, scheduling, will_continue=True, parts=said.parts)
            )
            return True
        return False

    def _tell_blocked(self, blocked: Blocked) -> None:
        at = f" at {blocked.place}" if blocked.place else ""
        self._note(
            f"the tool {blocked.tool} blocked the event loop for {blocked.seconds * 1000:.0f} ms{at}; {_WAY_OUT}"
        )

    def _tell_asyncio(self, name: str, failed: ExceptionGroup[Exception]) -> None:
        """The commonest mistake, which would otherwise hide in an answer that only the model reads."""
        if any(isinstance(one, RuntimeError) and str(one) == "no running event loop" for one in leaves_of(failed)):
            self._note(f'the tool {name} is written for asyncio; hand it over as tool({name}, run="asyncio")')

    def _note(self, what: str) -> None:
        with contextlib.suppress(trio.WouldBlock, trio.BrokenResourceError):  # the log has it
            self.facts.send_nowait(Oddity(what=what))

    def _unknown(self, name: str) -> str:
        names = ", ".join(self.toolbox.names) or "none"
        return f"there is no tool named {name!r}; the tools are: {names}"[:1000]


def _log_end(fact: ToolAnswered | ToolWithdrawn) -> None:
    outcome = fact.outcome if isinstance(fact, ToolAnswered) else "withdrawn"
    _log.info("a tool call ended", extra={"tool": fact.name, "outcome": outcome})

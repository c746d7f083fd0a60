"""What the session does with the results of tools: an answer on the wire where the call is known, else words."""

from __future__ import annotations

import contextlib
import json

import attrs
import trio

from voice_actors.gemini import client
from voice_actors.gemini.events import ClientContent, TextIn
from voice_actors.gemini.models import Capabilities
from voice_actors.lanes import ReceiveLane, SendLane, open_lane
from voice_actors.messages import Event, ToolResult, ToolToldInWords, ToolWithdrawn
from voice_actors.record.pulse import Pulse
from voice_actors.session.activity import Send
from voice_actors.session.calls import Asked, OpenCalls
from voice_actors.session.uplink import UnderWay, encode_result

QUIET = 0.5
"""Seconds without speech or words before a result is told in words: these would cut a reply."""
WAITING = 64
"""Results that wait to be told in words; when so many wait, those behind them wait in their lane."""

LAST_FACT = 2.0
"""Seconds that a fact may wait for room while its link is being left."""


@attrs.define(eq=False, repr=False)
class Answers:
    """Theory of operation: two writers, which may be cancelled with their link and begun again with the next.

    `send` takes results in their order and sends the answers; it never waits for a quiet moment. What has to be told in
    words, which is rare, goes into a lane of its own, to a second task, which does wait for one. Both keep what they
    have taken until it is out. A result whose call the server withdrew goes nowhere, and the record says so.
    """

    results: ReceiveLane[ToolResult]
    calls: OpenCalls
    facts: SendLane[Event]
    pulse: Pulse
    capabilities: Capabilities
    _under_way: UnderWay[ToolResult] = attrs.field(factory=UnderWay[ToolResult], init=False)
    _telling: UnderWay[ToolResult] = attrs.field(factory=UnderWay[ToolResult], init=False)
    _to_tell: open_lane[ToolResult] | None = attrs.field(default=None, init=False)
    """Made for the first that is to be told in words."""

    async def send(self, send: Send, nursery: trio.Nursery) -> None:
        """Answer calls until the results end. `nursery` lasts as long as the link, and tells what is to be told."""
        lane = None if self._to_tell is None else self._begin_telling(send, nursery)
        while (result := self.calls.unheard()) is not None:
            await self._answer(result, send)
        with contextlib.suppress(trio.EndOfChannel):
            while True:
                result = await self._under_way.take(self.results)
                match self.calls.fate(result):
                    case "answer":
                        await self._answer(result, send)
                    case "words":
                        if lane is None:
                            lane = self._begin_telling(send, nursery)
                        await lane.into.send(result)
                    case "nothing":
                        await self._let_go(result)
                self._under_way.sent()

    def _begin_telling(self, send: Send, nursery: trio.Nursery) -> open_lane[ToolResult]:
        lane = self._to_tell = self._to_tell or open_lane[ToolResult]("results told in words", WAITING)
        nursery.start_soon(self._tell, send, lane.out, name="session tells late tool results")
        return lane

    async def _tell(self, send: Send, to_tell: ReceiveLane[ToolResult]) -> None:
        """Tell results in words, each in a quiet moment."""
        while True:
            result = await self._telling.take(to_tell)
            await self.pulse.wait_idle(quiet=QUIET, patience=QUIET, calls=False)
            match self.calls.fate(result):
                case "answer":  # asked for once more in the meantime
                    await self._answer(result, send)
                    self._telling.sent()
                case "words":
                    await self._tell_in_words(result, send)
                case "nothing":  # withdrawn in the meantime
                    await self._let_go(result)
                    self._telling.sent()

    async def _answer(self, result: ToolResult, send: Send) -> None:
        await send(encode_result(result, self.calls))
        self.calls.answered(result)

    async def _tell_in_words(self, result: ToolResult, send: Send) -> None:
        await send(in_words(result, self.calls.asked(result.id), self.capabilities))
        self.calls.told(result.id)
        if not self.calls.expects(result.id):  # else it was asked for once more just now, and is answered next
            self._telling.sent()
        with trio.move_on_after(LAST_FACT, shield=True):  # it happened: the record must not lose it with the link
            await self.facts.send(ToolToldInWords(id=result.id, name=result.name))

    async def _let_go(self, result: ToolResult) -> None:
        if not result.will_continue:
            await self.facts.send(ToolWithdrawn(id=result.id, name=result.name))

    async def leave(self) -> None:
        """The conversation is over: the record says of each result that is still here that it has not left."""
        waiting = [] if self._to_tell is None else _rest(self._to_tell.out)
        left = [self._under_way.left(), self._telling.left(), *waiting, *_rest(self.results)]
        self.results.close()
        with trio.move_on_after(LAST_FACT, shield=True), contextlib.suppress(trio.BrokenResourceError):
            for result in left:
                if result is not None:
                    await self._let_go(result)


def _rest(lane: ReceiveLane[ToolResult]) -> list[ToolResult]:
    found: list[ToolResult] = []
    with contextlib.suppress(trio.WouldBlock, trio.EndOfChannel):
        while True:
            found.append(lane.receive_nowait())
    return found


def in_words(result: ToolResult, asked: Asked, capabilities: Capabilities) -> str:
    """A message of the user that tells what a tool answered; the answer is quoted as JSON, as data."""
    args, answer = (json.dumps(dict(plain), ensure_ascii=False) for plain in (asked.args, result.response))
    text = f"The tool {result.name}, which you called with {args} a while ago, has answered: {answer}"
    if capabilities.text_via == "realtimeInput":
        return client.encode(TextIn(text))
    silent = result.scheduling == "SILENT"
    return client.encode(
        ClientContent(({"role": "user", "parts": [{"text": text}, *result.parts]},), turn_complete=not silent)
    )

"""What the session does with the results of tools: an answer on the wire where the call is known, else words."""

from __future__ import annotations

import contextlib
import json

import attrs
import trio

from voice_actors.activity import Send
from voice_actors.calls import Asked, OpenCalls
from voice_actors.gemini import client
from voice_actors.gemini.events import ClientContent, TextIn
from voice_actors.gemini.models import Capabilities
from voice_actors.lanes import ReceiveLane, SendLane, open_lane
from voice_actors.messages import Event, ToolResult, ToolToldInWords, ToolWithdrawn
from voice_actors.pulse import Pulse
from voice_actors.uplink import UnderWay, encode_result

QUIET = 0.5
"""Seconds without speech or words before a result is told in words: these would cut a reply."""
WAITING = 64
"""Results that wait to be told in words; when so many wait, those behind them wait in their lane."""


@attrs.define(eq=False)
class Answers:
    """Theory of operation: two writers, which may be cancelled with their link and begun again with the next.

    `send` takes results in their order and sends the answers; it never waits for a quiet moment. What has to be told in
    words goes into a lane of its own, to `tell`, which does wait for one. Both keep what they have taken until it is
    out. A result whose call the server withdrew goes nowhere, and the record says so.
    """

    results: ReceiveLane[ToolResult]
    calls: OpenCalls
    facts: SendLane[Event]
    pulse: Pulse
    capabilities: Capabilities
    _under_way: UnderWay[ToolResult] = attrs.field(factory=UnderWay[ToolResult], init=False)
    _telling: UnderWay[ToolResult] = attrs.field(factory=UnderWay[ToolResult], init=False)
    _lane: open_lane[ToolResult] = attrs.field(
        factory=lambda: open_lane[ToolResult]("results told in words", WAITING), init=False
    )

    async def send(self, send: Send) -> None:
        """Answer calls until the results end."""
        to_tell, _ = self._lane
        with contextlib.suppress(trio.EndOfChannel):
            while True:
                result = await self._under_way.take(self.results)
                match self.calls.fate(result):
                    case "answer":
                        await send(encode_result(result, self.calls))
                        self.calls.answered(result)
                    case "words":
                        await to_tell.send(result)
                    case "nothing":
                        if not result.will_continue:
                            await self.facts.send(ToolWithdrawn(id=result.id, name=result.name))
                self._under_way.sent()

    async def tell(self, send: Send) -> None:
        """Tell results in words, each in a quiet moment."""
        _, to_tell = self._lane
        while True:
            result = await self._telling.take(to_tell)
            await self.pulse.wait_idle(quiet=QUIET, patience=QUIET, calls=False)
            if self.calls.fate(result) == "answer":  # asked for once more in the meantime
                await send(encode_result(result, self.calls))
                self.calls.answered(result)
                self._telling.sent()
            else:
                await send(in_words(result, self.calls.asked(result.id), self.capabilities))
                self.calls.told(result.id)
                self._telling.sent()
                await self.facts.send(ToolToldInWords(id=result.id, name=result.name))


def in_words(result: ToolResult, asked: Asked, capabilities: Capabilities) -> str:
    """A message of the user that tells what a tool answered; the answer is quoted as JSON, as data."""
    args, answer = (json.dumps(dict(plain), ensure_ascii=False) for plain in (asked.args, result.response))
    text = f"The tool {result.name}, which you called with {args} a while ago, has answered: {answer}"
    if capabilities.text_via == "realtimeInput":
        return client.encode(TextIn(text))
    silent = result.scheduling == "SILENT"
    return client.encode(ClientContent(({"role": "user", "parts": [{"text": text}]},), turn_complete=not silent))

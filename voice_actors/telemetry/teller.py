"""What happens in a conversation, told as spans and metrics."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import attrs
import trio
from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode

from voice_actors.config import AgentConfig
from voice_actors.conversation.model import connection_of
from voice_actors.messages import (
    AgentSaid,
    AudioLost,
    Connected,
    Disconnected,
    Event,
    TextSent,
    ToolAnswered,
    ToolCalled,
    TurnEnded,
    TurnGenerated,
    TurnLatency,
    TurnStarted,
    TurnUsage,
    UserSaid,
)
from voice_actors.record.metering import Usage
from voice_actors.telemetry.attributes import Attributes, ReplySoFar, as_json, parts_of, seconds_of, token_counts
from voice_actors.telemetry.instruments import Instruments


@attrs.define(eq=False)
class Teller:
    """Turns events into spans and metrics. A span is made when it is over, at the times of its events."""

    _config: AgentConfig
    _tracer: trace.Tracer
    _instruments: Instruments
    _content: bool
    _agent_name: str | None
    _wall: float = attrs.field(factory=lambda: time.time() - trio.current_time(), init=False)
    """What makes a time of day of a time on trio's clock."""
    _began: float = attrs.field(factory=trio.current_time, init=False)
    _last: float = attrs.field(factory=trio.current_time, init=False)
    _common: Attributes = attrs.field(init=False)
    _span: trace.Span = attrs.field(init=False)
    """The conversation's."""
    _said: list[str] = attrs.field(factory=list[str], init=False)
    """By the user since the last reply began."""
    _turns: dict[int, ReplySoFar] = attrs.field(factory=lambda: dict[int, ReplySoFar](), init=False)  # noqa: PLW0108 - typed
    _calls: dict[str, Mapping[str, Any]] = attrs.field(factory=dict[str, Mapping[str, Any]], init=False)
    """Arguments of the tools at work."""
    _usage: Usage = attrs.field(factory=Usage, init=False)
    """Of the call so far."""
    _error: str | None = attrs.field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        provider = "gcp.vertex_ai" if connection_of(self._config).vertexai else "gcp.gemini"
        self._common = {"gen_ai.provider.name": provider, "gen_ai.request.model": self._config.model}
        name = {} if self._agent_name is None else {"gen_ai.agent.name": self._agent_name}
        self._span = self._tracer.start_span(
            " ".join(["invoke_agent", *name.values()]),
            kind=SpanKind.INTERNAL,
            attributes={**self._operation("invoke_agent"), **name, "gen_ai.output.type": "speech"},
            start_time=self._ns(self._began),
        )

    def _operation(self, name: str) -> Attributes:
        return {"gen_ai.operation.name": name, **self._common}

    def _ns(self, at: float) -> int:
        return round((at + self._wall) * 1e9)

    async def follow(self, events: AsyncIterator[Event]) -> None:
        """Until they end."""
        async for event in events:
            self.observe(event)

    def observe(self, event: Event) -> None:
        """Take the next event."""
        self._last = event.at
        match event:
            case UserSaid(text=text) | TextSent(text=text):
                self._said.append(text)
            case TurnStarted(turn=turn, at=at):
                self._turns[turn] = ReplySoFar(at, "".join(self._said))
                self._said.clear()
            case AgentSaid(turn=turn, text=text) if turn in self._turns:
                self._turns[turn].said.append(text)
            case TurnGenerated(turn=turn, reason=reason) if turn in self._turns:
                self._turns[turn].reason = reason
            case TurnUsage():
                self._spend(event)
            case TurnEnded(turn=turn) if turn in self._turns:
                self._turns[turn].ended = event
            case TurnLatency(turn=turn) if turn in self._turns:
                self._reply(self._turns.pop(turn), event)
            case ToolCalled(id=call, args=args):
                self._calls[call] = args
            case ToolAnswered():
                self._tool(event)
            case _:
                self._link(event)

    def _link(self, event: Event) -> None:
        match event:
            case Connected(session_id=session):
                if session is not None:
                    self._span.set_attribute("gen_ai.conversation.id", session)
                told = {"resumed": event.resumed, "restored": event.restored, "away": event.away}
                self._note("connected", told, event.at)
            case Disconnected(code=code):
                self._note("disconnected", {} if code is None else {"code": code}, event.at)
                self._instruments.count("voice_actors.link.lost", 1, self._common, "{link}")
            case AudioLost(where=where, ms=ms):
                self._instruments.count("voice_actors.audio.lost", ms / 1000, {**self._common, "where": where}, "s")
            case _:
                ...

    def _note(self, name: str, told: Attributes, at: float) -> None:
        named = {f"voice_actors.{key}": value for key, value in told.items()}
        self._span.add_event(f"voice_actors.{name}", named, timestamp=self._ns(at))

    # ---- a reply -------------------------------------------------------------------------------------------------

    def _reply(self, turn: ReplySoFar, latency: TurnLatency) -> None:
        ended_at = latency.at
        asked_at = turn.started_at - (latency.first_byte_ms or 0.0) / 1000
        operation = self._operation("generate_content")
        attributes = {**operation, "gen_ai.request.stream": True, "gen_ai.output.type": "speech"}
        attributes |= token_counts(turn.usage)
        attributes |= {"gen_ai.response.finish_reasons": [turn.finish_reason], **parts_of(latency, turn.ended)}
        if self._content:
            attributes |= turn.messages()
        self._over(f"generate_content {self._config.model}", SpanKind.CLIENT, attributes, asked_at, ended_at)
        seconds = self._instruments.seconds
        seconds("gen_ai.client.operation.duration", ended_at - asked_at, operation)
        seconds("gen_ai.client.operation.time_to_first_chunk", seconds_of(latency.first_byte_ms), operation)
        for part in ("response", "end_of_speech", "playout", "silence"):
            seconds(f"voice_actors.{part}.duration", seconds_of(getattr(latency, f"{part}_ms")), self._common)

    def _spend(self, spent: TurnUsage) -> None:
        """On the reply, unless that was over before the service counted; in any case on the call."""
        self._usage = self._usage.plus(spent)
        if spent.turn in self._turns:
            reply = self._turns[spent.turn]
            reply.usage = reply.usage.plus(spent)
        operation = self._operation("generate_content")
        for kind, counts in (("input", spent.input), ("output", spent.output)):
            if counts:
                self._instruments.tokens(sum(counts.values()), kind, operation)

    def _over(self, name: str, kind: SpanKind, attributes: Attributes, began: float, ended: float) -> None:
        span = self._tracer.start_span(
            name, trace.set_span_in_context(self._span), kind, attributes, start_time=self._ns(began)
        )
        if "error.type" in attributes:
            span.set_status(Status(StatusCode.ERROR))
        span.end(self._ns(ended))

    # ---- a tool, and the end -------------------------------------------------------------------------------------

    def _tool(self, event: ToolAnswered) -> None:
        args = self._calls.pop(event.id, {})
        about: Attributes = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": event.name}
        if event.outcome != "ok":
            about = {**about, "error.type": event.outcome}
        attributes = {**about, "gen_ai.tool.call.id": event.id, "gen_ai.tool.type": "function"}
        if self._content:
            attributes |= {
                "gen_ai.tool.call.arguments": as_json(args),
                "gen_ai.tool.call.result": as_json(event.response),
            }
        took = event.took_ms / 1000
        self._over(f"execute_tool {event.name}", SpanKind.INTERNAL, attributes, event.at - took, event.at)
        self._instruments.seconds("gen_ai.execute_tool.duration", took, about)

    def failed(self, error: Exception) -> None:
        """The conversation ended by this; its class is told, and not its words."""
        self._error = type(error).__name__

    def end(self) -> None:
        """The conversation is over."""
        attributes = self._operation("invoke_agent")
        if self._error is not None:
            attributes = {**attributes, "error.type": self._error}
            self._span.set_attribute("error.type", self._error)
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.set_attributes(token_counts(self._usage))
        self._span.end(self._ns(self._last))
        self._instruments.seconds("gen_ai.invoke_agent.duration", self._last - self._began, attributes)

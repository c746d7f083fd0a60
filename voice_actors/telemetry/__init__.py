"""A conversation as OpenTelemetry spans and metrics; needs the `otel` extra and, in the program, a configured SDK.

    async with open_traced_agent(AgentConfig(tools=[weather])) as agent:
        ...

It reads `agent.events()` as any subscriber does. Nothing is made per chunk or frame, and nothing that was said leaves
the process unless `content=True`. Names follow the semantic conventions for generative AI, which are in development:
https://github.com/open-telemetry/semantic-conventions-genai (docs/gen-ai/gen-ai-agent-spans.md and gen-ai-metrics.md).

Spans, of the times at which things happened:

- `invoke_agent`: the conversation, kind internal. The links that it lost and made are events of it.
- `generate_content {model}`: a reply, kind client; from the end of the question until it has left the loudspeaker.
- `execute_tool {name}`: a tool's call, kind internal.

Metrics, in seconds: `gen_ai.invoke_agent.duration`, `gen_ai.client.operation.duration` (of a reply, as its span),
`gen_ai.client.operation.time_to_first_chunk`, `gen_ai.execute_tool.duration`; `gen_ai.client.token.usage`; and, where
the conventions have no name, `voice_actors.response.duration` (until the first sample is heard),
`voice_actors.end_of_speech.duration`, `voice_actors.playout.duration`, `voice_actors.silence.duration` (after an
interruption), `voice_actors.audio.lost` and, a count, `voice_actors.link.lost`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

import trio

from voice_actors.agent import open_voice_agent
from voice_actors.beside import beside
from voice_actors.broadcast import Subscription
from voice_actors.config import AgentConfig
from voice_actors.conversation.handle import VoiceAgent
from voice_actors.conversation.model import Dial
from voice_actors.errors import MissingPartError
from voice_actors.messages import Event

try:
    from opentelemetry import metrics, trace
except ImportError as error:
    raise MissingPartError('telemetry needs OpenTelemetry: pip install "voice-actors[otel]"') from error

from voice_actors.telemetry.instruments import Instruments
from voice_actors.telemetry.teller import Teller

__all__ = ["open_traced_agent"]

LIBRARY: Final = "voice_actors"
LAST_EVENTS = 1.0
"""Seconds in which the events of the conversation's end are read; they are there already."""


@asynccontextmanager
async def open_traced_agent(
    config: AgentConfig | None = None,
    *,
    dial: Dial | None = None,
    content: bool = False,
    agent_name: str | None = None,
    tracer_provider: trace.TracerProvider | None = None,
    meter_provider: metrics.MeterProvider | None = None,
) -> AsyncGenerator[VoiceAgent]:
    """`open_voice_agent`, told to OpenTelemetry: by the global providers, or by those that are given.

    With `content` the spans hold what was said, and the arguments and results of tools.

    Raises:
        As `open_voice_agent`.
    """
    config = config or AgentConfig()
    teller = Teller(
        config,
        trace.get_tracer(LIBRARY, tracer_provider=tracer_provider),
        Instruments(metrics.get_meter(LIBRARY, meter_provider=meter_provider)),
        content,
        agent_name,
    )
    events: Subscription[Event] | None = None
    try:
        async with open_voice_agent(config, dial=dial) as agent:
            for event in agent.export_events():
                teller.observe(event)
            events = following = agent.events(capacity=4_096)  # no checkpoint since: nothing missed, nothing twice
            async with beside(lambda: teller.follow(following)):
                yield agent
    except Exception as error:
        teller.failed(error)
        raise
    finally:
        if events is not None:
            with trio.move_on_after(LAST_EVENTS, shield=True), events:
                await teller.follow(events)  # noqa: ASYNC102 - shielded and bounded
        teller.end()

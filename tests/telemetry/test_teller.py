"""A conversation as OpenTelemetry sees it: through the SDK's memory, and through OTLP over loopback."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import trio
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from voice_actors import AgentConfig, AgentFailed, Connection, Refused
from voice_actors.gemini import events as wire
from voice_actors.telemetry import open_traced_agent
from voice_actors.testing import MemoryMicrophone, MemorySpeaker, ScriptedServer

SECRETS = ("four seven one one", "kept to myself", "Lillehammer")


async def weather(city: str) -> dict:
    """Current weather in a city."""
    await trio.sleep(0.2)
    return {"sky": f"kept to myself in {city}"}


async def broken() -> str:
    """Fails."""
    raise ValueError("kept to myself")


async def script(link):
    """A spoken question with a tool; a typed one, whose answer is interrupted, with a tool that fails."""
    await link.accept_setup("session-1")
    await trio.sleep(1)
    await link.say(wire.InputTranscription("My number is four seven one one."))
    await link.say(wire.VoiceActivity("ACTIVITY_END"))
    await link.say(wire.ToolCall((wire.FunctionCall("c1", "weather", {"city": "Lillehammer"}),)))
    await link.hear_answer()
    await trio.sleep(0.1)
    await link.speak(500)
    await link.say(wire.OutputTranscription("Noted."), wire.TurnComplete())
    await link.say(wire.Usage({"promptTokenCount": 30, "responseTokenCount": 12, "thoughtsTokenCount": 4}))
    await link.hear_until((wire.TextIn, wire.ClientContent))
    await link.say(wire.ToolCall((wire.FunctionCall("c2", "broken", {}),)))
    await link.hear_answer()
    await link.speak(5_000)
    await trio.sleep(1)
    await link.say(wire.Interrupted(), wire.TurnComplete())
    await trio.sleep_forever()


def config(**more):
    return AgentConfig(
        **{
            "connection": Connection(api_key="test"),
            "microphone": MemoryMicrophone(),
            "speaker": MemorySpeaker(),
            "tools": [weather, broken],
            **more,
        }
    )


class Seen:
    """Providers that keep what they are told."""

    def __init__(self):
        self.exporter, self.reader = InMemorySpanExporter(), InMemoryMetricReader()
        self.traces, self.meters = TracerProvider(), MeterProvider([self.reader])
        self.traces.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.providers = {"tracer_provider": self.traces, "meter_provider": self.meters}

    def spans(self):
        return sorted(self.exporter.get_finished_spans(), key=lambda span: span.start_time)

    def points(self):
        """By the metric's name."""
        metrics = self.reader.get_metrics_data().resource_metrics[0].scope_metrics[0].metrics
        return {metric.name: (metric.unit, list(metric.data.data_points)) for metric in metrics}


async def talk(seen, **options):
    async with open_traced_agent(config(), dial=ScriptedServer(script).dial, **seen.providers, **options) as agent:
        await agent.wait_idle(quiet=3)
        await agent.say("And kept to myself?")
        await agent.wait_idle()


async def test_a_conversation_its_replies_and_tools_are_spans(autojump_clock):
    """One trace: each at its own times, under the conversation, with the conventions' names."""
    seen = Seen()
    await talk(seen, agent_name="Maren")
    spans = seen.spans()
    for span in spans:
        print(f"{(span.end_time - span.start_time) / 1e9:7.3f} s  {span.name}  {dict(span.attributes)}")
    by_name = {}
    for span in spans:
        by_name.setdefault(span.name, []).append(span)
    (call,), (tool,), (failed,) = (
        by_name[name] for name in ("invoke_agent Maren", "execute_tool weather", "execute_tool broken")
    )
    reply, cut = by_name[f"generate_content {config().model}"]
    assert 5 == len(spans)
    assert {call.context.span_id} == {span.parent.span_id for span in (tool, reply, failed, cut)}

    for span, operation in ((call, "invoke_agent"), (reply, "generate_content"), (tool, "execute_tool")):
        assert operation == span.attributes["gen_ai.operation.name"]
    assert ("gcp.gemini", config().model) == tuple(
        reply.attributes[f"gen_ai.{name}"] for name in ("provider.name", "request.model")
    )
    assert "session-1" == call.attributes["gen_ai.conversation.id"]
    assert ["voice_actors.connected"] == [event.name for event in call.events]

    assert pytest.approx(0.2, abs=0.001) == (tool.end_time - tool.start_time) / 1e9
    assert pytest.approx(0.3, abs=0.001) == reply.attributes["gen_ai.response.time_to_first_chunk"]
    assert pytest.approx(0.3 + 0.5, abs=0.02) == (reply.end_time - reply.start_time) / 1e9
    assert (30, 16) == tuple(reply.attributes[f"gen_ai.usage.{name}_tokens"] for name in ("input", "output"))
    assert (("stop",), ("interrupted",)) == tuple(s.attributes["gen_ai.response.finish_reasons"] for s in (reply, cut))
    assert cut.attributes["voice_actors.silence_ms"] <= 10
    assert ("error", StatusCode.ERROR) == (failed.attributes["error.type"], failed.status.status_code)
    assert all(call.start_time <= span.start_time <= span.end_time <= call.end_time for span in spans)


async def test_nothing_that_was_said_leaves_unless_it_is_asked_for(autojump_clock):
    """Neither words nor arguments nor answers; and with `content` all of them, by the conventions' schemas."""
    for content in (False, True):
        seen = Seen()
        await talk(seen, content=content)
        told = json.dumps([json.loads(span.to_json()) for span in seen.spans()]) + str(seen.points())
        assert [content] * len(SECRETS) == [secret in told for secret in SECRETS]
    reply = next(span for span in seen.spans() if span.name.startswith("generate_content"))
    (answer,) = json.loads(reply.attributes["gen_ai.output.messages"])
    assert {"role": "assistant", "parts": [{"type": "text", "content": "Noted."}], "finish_reason": "stop"} == answer
    (question,) = json.loads(reply.attributes["gen_ai.input.messages"])
    assert ("user", "My number is four seven one one.") == (question["role"], question["parts"][0]["content"])


async def test_durations_and_tokens_are_metrics(autojump_clock):
    """A handful for each reply and tool, none per chunk; seconds, in the conventions' buckets."""
    seen = Seen()
    await talk(seen)
    points = seen.points()
    for name, (unit, found) in points.items():
        print(f"{name}, {unit}: {[(point.count, round(point.sum, 3), dict(point.attributes)) for point in found]}")
    assert {
        "gen_ai.invoke_agent.duration": ("s", 1),
        "gen_ai.client.operation.duration": ("s", 2),
        "gen_ai.client.operation.time_to_first_chunk": ("s", 2),
        "gen_ai.execute_tool.duration": ("s", 2),
        "gen_ai.client.token.usage": ("{token}", 2),
        "voice_actors.response.duration": ("s", 1),
        "voice_actors.playout.duration": ("s", 2),
        "voice_actors.silence.duration": ("s", 1),
    } == {name: (unit, sum(point.count for point in found)) for name, (unit, found) in points.items()}
    (duration,) = points["gen_ai.client.operation.time_to_first_chunk"][1]
    assert (0.01, 81.92) == (duration.explicit_bounds[0], duration.explicit_bounds[-1])
    assert {("input", 30), ("output", 16)} == {
        (point.attributes["gen_ai.token.type"], point.sum) for point in points["gen_ai.client.token.usage"][1]
    }


async def test_a_call_that_fails_is_an_error_without_its_words(autojump_clock):
    """The class of what came out, on the conversation's span; also where it never began."""

    async def refuse(link):
        link.end(lambda: Refused("kept to myself", code=1008))

    async def break_down(link):
        await link.accept_setup()
        await trio.sleep(1)
        link.end(lambda: Refused("kept to myself", code=1008))

    for script_, kind in ((refuse, Refused), (break_down, AgentFailed)):
        seen = Seen()
        with pytest.raises(kind):
            async with open_traced_agent(config(), dial=ScriptedServer(script_).dial, **seen.providers) as agent:
                await agent.wait_ended()
                await trio.sleep_forever()
        (call,) = seen.spans()
        print(kind.__name__, dict(call.attributes), [event.name for event in call.events])
        assert (kind.__name__, StatusCode.ERROR) == (call.attributes["error.type"], call.status.status_code)
        assert "kept to myself" not in call.to_json()


class Collector(BaseHTTPRequestHandler):
    """Takes OTLP over HTTP."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append((self.path, ExportTraceServiceRequest.FromString(body)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        """Quietly."""


@contextmanager
def collector():
    server = HTTPServer(("127.0.0.1", 0), Collector)
    server.got = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def test_a_collector_gets_the_spans(autojump_clock):
    """Over HTTP on loopback, as protobuf, from the exporter that everybody uses."""
    with collector() as server:
        exporter = OTLPSpanExporter(endpoint=f"http://127.0.0.1:{server.server_port}/v1/traces")
        traces = TracerProvider()
        traces.add_span_processor(BatchSpanProcessor(exporter))
        dial = ScriptedServer(script).dial
        async with open_traced_agent(config(), dial=dial, tracer_provider=traces) as agent:
            await agent.wait_idle(quiet=3)
        traces.shutdown()
    names = [
        span.name
        for path, request in server.got
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
        if (path, scope.scope.name) == ("/v1/traces", "voice_actors")
    ]
    print(names)
    assert {"invoke_agent", "execute_tool weather", f"generate_content {config().model}"} == set(names)


def test_without_the_extra_one_sentence_says_how_to_get_it():
    """And the package itself does without it, and never loads it by itself."""
    program = """
import sys
import voice_actors
voice_actors.open_voice_agent
assert not [name for name in sys.modules if name.startswith("opentelemetry")]
sys.modules["opentelemetry"] = None
try:
    import voice_actors.telemetry
except voice_actors.MissingPartError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert 'pip install "voice-actors[otel]"' in done.stdout

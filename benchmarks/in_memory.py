"""How many whole conversations does a minute of testing hold?

The agent and the offline server in one process, over streams in memory, on a virtual clock, with the ears and the mouth
of `voice_actors.testing`: a question asked aloud or in writing, a tool called, and the answer heard, each on a
connection of its own.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import trio
import trio.testing

from benchmarks.harness import Figure, Result, Say
from benchmarks.processes import BenchmarkError
from voice_actors import messages as m
from voice_actors import tool
from voice_actors.agent import open_voice_agent
from voice_actors.config import AgentConfig
from voice_actors.conversation.handle import VoiceAgent
from voice_actors.gemini import client
from voice_actors.gemini import events as wire
from voice_actors.testing import MemoryMicrophone, MemoryServer, MemorySpeaker, open_offline_server, utter, words_in

AT_ONCE = 10
QUESTION = "what is the weather in Oslo?"
ANSWER = "light rain"


def measure(quick: bool, say: Say) -> Result:
    """Ten conversations at a time, again and again."""
    rounds = 3 if quick else 20
    minutes: dict[str, list[float]] = {name: [] for name in CONVERSATIONS}
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        for name, found in minutes.items():
            began = time.perf_counter()
            trio.run(_converse, CONVERSATIONS[name], clock=trio.testing.MockClock(autojump_threshold=0))
            found.append(60 * AT_ONCE / (time.perf_counter() - began))
    return Result(
        "whole conversations in memory, on a virtual clock",
        [Figure(f"conversations a minute, ten at a time: {name}", "", found) for name, found in minutes.items()],
    )


async def _converse(one: Callable[[MemoryServer], Awaitable[None]]) -> None:
    async with open_offline_server() as server, trio.open_nursery() as nursery:
        for _ in range(AT_ONCE):
            nursery.start_soon(one, server)


async def _by_hand(server: MemoryServer) -> None:
    """A client that does nothing but ask in writing, answer the call, and read: what is left is the server's."""
    function = {"name": "get_weather", "parameters": {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}}}
    setup = wire.Setup({"model": "models/gemini-3.8-live", "tools": [{"functionDeclarations": [function]}]})
    turn = {"role": "user", "parts": [{"text": QUESTION}]}
    pcm = b""
    async with server.dial() as link:
        await link.send(client.encode(setup))
        await link.send(client.encode(wire.ClientContent((turn,), turn_complete=True)))
        while ANSWER not in words_in(pcm):
            for event in client.decode(await link.receive()):
                if isinstance(event, wire.ToolCall):
                    (call,) = event.calls
                    answer = wire.FunctionResponse(id=call.id, name=call.name, response={"output": ANSWER})
                    await link.send(client.encode(wire.ToolResponse((answer,))))
                elif isinstance(event, wire.AudioOut):
                    pcm += event.pcm


async def _get_weather(city: str) -> str:
    """The weather in a city."""
    await trio.lowlevel.checkpoint()
    return ANSWER if city == "Oslo" else "unknown"


async def _written(server: MemoryServer) -> None:
    async with _agent(server) as (agent, _):
        await agent.say(QUESTION)


async def _spoken(server: MemoryServer) -> None:
    async with _agent(server) as (_, microphone):
        microphone.feed(utter(QUESTION))


@asynccontextmanager
async def _agent(server: MemoryServer) -> AsyncGenerator[tuple[VoiceAgent, MemoryMicrophone]]:
    """An agent to be asked; then its answer is heard out."""
    microphone, speaker = MemoryMicrophone(), MemorySpeaker()
    tools = [tool(_get_weather, name="get_weather")]
    config = AgentConfig(connection=server.connection, tools=tools, microphone=microphone, speaker=speaker)
    async with open_voice_agent(config, dial=server.dial) as agent:
        events = agent.events()
        yield agent, microphone
        async for event in events:
            if isinstance(event, m.TurnEnded):
                break
    if ANSWER not in words_in(speaker.pcm()):
        raise BenchmarkError(f"asked {QUESTION!r}, heard {words_in(speaker.pcm())!r}")


CONVERSATIONS = {
    "the server alone, asked in writing": _by_hand,
    "agent and server, asked in writing": _written,
    "agent and server, asked aloud": _spoken,
}

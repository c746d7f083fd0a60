"""How many whole conversations does a minute of testing hold?

The agent and the offline server in one process, over streams in memory, on a virtual clock, with the ears and the mouth
of `voice_actors.testing`: a question asked aloud, a tool called, and the answer heard, each on a connection of its own.
"""

from __future__ import annotations

import time

import trio
import trio.testing

from benchmarks.harness import Figure, Result, Say
from benchmarks.processes import BenchmarkError
from voice_actors import messages as m
from voice_actors.agent import open_voice_agent
from voice_actors.config import AgentConfig
from voice_actors.testing import MemoryMicrophone, MemoryServer, MemorySpeaker, open_offline_server, utter, words_in

AT_ONCE = 10
QUESTION = "what is the weather in Oslo?"
ANSWER = "light rain"


def measure(quick: bool, say: Say) -> Result:
    """Ten conversations at a time, again and again."""
    rounds = 3 if quick else 20
    minutes: list[float] = []
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        began = time.perf_counter()
        trio.run(_converse, clock=trio.testing.MockClock(autojump_threshold=0))
        minutes.append(60 * AT_ONCE / (time.perf_counter() - began))
    return Result(
        "whole conversations in memory, on a virtual clock",
        [Figure("conversations a minute, ten at a time", "", minutes)],
    )


async def _converse() -> None:
    async with open_offline_server() as server, trio.open_nursery() as nursery:
        for _ in range(AT_ONCE):
            nursery.start_soon(_one, server)


async def _one(server: MemoryServer) -> None:
    async def get_weather(city: str) -> str:
        """The weather in a city."""
        await trio.lowlevel.checkpoint()
        return ANSWER if city == "Oslo" else "unknown"

    microphone, speaker = MemoryMicrophone(), MemorySpeaker()
    config = AgentConfig(connection=server.connection, tools=[get_weather], microphone=microphone, speaker=speaker)
    async with open_voice_agent(config, dial=server.dial) as agent:
        events = agent.events()
        microphone.feed(utter(QUESTION))
        async for event in events:
            if isinstance(event, m.TurnEnded):
                break
    if ANSWER not in words_in(speaker.pcm()):
        raise BenchmarkError(f"asked {QUESTION!r}, heard {words_in(speaker.pcm())!r}")

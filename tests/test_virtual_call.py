"""A whole call in virtual time, the same way every time."""

from __future__ import annotations

import random

import trio

from voice_actors import messages as m
from voice_actors.agent import open_voice_agent
from voice_actors.config import AgentConfig, Connection
from voice_actors.gemini import events as wire
from voice_actors.record.transcripts import fields_of
from voice_actors.testing import MemoryMicrophone, MemorySpeaker, ScriptedLink, ScriptedServer
from voice_actors.testing.clock import run_in_virtual_time

MINUTES = 15


async def clock() -> str:
    """The time of day."""
    await trio.sleep(0.4)
    return "noon"


async def call(seed: int) -> tuple[list[tuple[float, dict[str, object]]], float]:
    """Turns with tools, barge-ins and a link lost in the middle, for fifteen minutes."""
    dice = random.Random(seed)

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(listen, link)
            for turn in range(1_000):
                await link.say(wire.InputTranscription(f"question {link.number}.{turn}"))
                if dice.random() < 0.3:
                    await link.say(wire.ToolCall((wire.FunctionCall(f"{link.number}.{turn}", "clock", {}),)))
                    await trio.sleep(1)
                seconds = dice.uniform(1, 12)
                await link.say(wire.OutputTranscription("An answer."))
                await link.speak(seconds * 1000)
                if dice.random() < 0.25:
                    await trio.sleep(seconds * dice.random())
                    await link.say(wire.Interrupted())
                else:
                    await trio.sleep(seconds)
                await link.say(wire.TurnComplete())
                await link.say(wire.SessionResumptionUpdate(f"h{turn}", resumable=True))
                if dice.random() < 0.03:
                    link.end()

    async def listen(link: ScriptedLink) -> None:
        while True:
            await link.hear()

    microphone = MemoryMicrophone(bytes(32_000 * 60 * MINUTES))
    config = AgentConfig(
        connection=Connection(api_key="k"),
        tools=[clock],
        microphone=microphone,
        speaker=MemorySpeaker(),
        keep_events=100_000,
    )
    server = ScriptedServer(script)
    async with open_voice_agent(config, dial=server.dial) as agent:
        await trio.sleep(60 * MINUTES)
        statistics = agent.statistics()
        events = agent.export_events()
    assert 0 == statistics.lanes["facts to recorder"].dropped
    assert 0 < statistics.reconnects
    return [
        (round(e.at - events[0].at, 6), fields_of(e)) for e in events if not isinstance(e, m.ToolAnswered)
    ], trio.current_time()


def test_fifteen_minutes_are_the_same_fifteen_minutes_every_time():
    """Two runs under one seed tell the same story to the microsecond; another seed tells another."""
    first, took = run_in_virtual_time(lambda: call(1), seed=1)
    second, _ = run_in_virtual_time(lambda: call(1), seed=1)
    other, _ = run_in_virtual_time(lambda: call(2), seed=2)

    assert 60 * MINUTES <= took
    assert 100 < len(first)
    assert first == second
    assert first != other
    print(f"{len(first)} events of a {MINUTES}-minute call, twice the same")

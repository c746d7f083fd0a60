"""A long conversation on a virtual clock: the whole agent and a scripted server, in memory."""

from __future__ import annotations

import gc
import sys
import time
from pathlib import Path

import trio
import trio.testing

from benchmarks.scripted_server import say
from voice_actors.agent import open_voice_agent
from voice_actors.audio.memory import MemoryMicrophone, MemorySpeaker
from voice_actors.config import AgentConfig, Connection
from voice_actors.gemini import events as wire
from voice_actors.testing import ScriptedLink, ScriptedServer

READINGS = 6
REPLY_S = 6.0
EVERY_S = 9.0


async def script(link: ScriptedLink) -> None:
    """A reply of six seconds each nine, with its words, for as long as the client stays."""
    await link.accept_setup()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_listen, link)
        turn = 0
        while True:
            turn += 1
            await link.say(wire.InputTranscription("And then?"))
            await link.say(wire.OutputTranscription("Then something happened that takes a while to tell."))
            await link.speak(REPLY_S * 1000, chunk_ms=200)
            await link.say(wire.GenerationComplete())
            await trio.sleep(REPLY_S)
            await link.say(wire.TurnComplete())
            await link.say(wire.SessionResumptionUpdate(f"handle {turn}", resumable=True))
            await trio.sleep(EVERY_S - REPLY_S)


async def _listen(link: ScriptedLink) -> None:
    while True:
        await link.hear()
        link.heard.clear()


async def main(minutes: int) -> None:
    """Converse, and say what it took."""
    server, held = ScriptedServer(script), [held_mb()]
    began, spent = time.perf_counter(), 0.0
    microphone, speaker = MemoryMicrophone(None), MemorySpeaker(keep_ms=1_000)
    config = AgentConfig(connection=Connection(api_key="benchmark"), microphone=microphone, speaker=speaker)
    async with open_voice_agent(config, dial=server.dial) as agent:
        every = minutes / READINGS
        for _ in range(READINGS):
            await trio.sleep(60 * every)
            reading = time.perf_counter()
            held.append(held_mb())
            spent += time.perf_counter() - reading  # collecting garbage to read the memory is no part of the call
        spoken = agent.statistics().speaker.frames / 24_000 / 60
    say(wall=time.perf_counter() - began - spent, held_mb=held, every_minutes=every, spoken_minutes=spoken)


def held_mb() -> float:
    """What the process holds now, MB."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * 4096 / 2**20


if __name__ == "__main__":
    trio.run(main, int(sys.argv[1]), clock=trio.testing.MockClock(autojump_threshold=0))

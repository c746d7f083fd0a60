"""A call of 24 hours on a virtual clock, a new connection every ten minutes, and a transcript that must be whole."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import trio
import trio.testing

from benchmarks.scripted_server import say
from benchmarks.sides.hour import held_mb
from voice_actors import messages as m
from voice_actors.agent import open_voice_agent
from voice_actors.audio.memory import MemoryMicrophone, MemorySpeaker
from voice_actors.config import AgentConfig, Connection
from voice_actors.deadlines import Deadlines
from voice_actors.gemini import events as wire
from voice_actors.record.saved import Transcript
from voice_actors.testing import ScriptedLink, ScriptedServer

LINK_S = 600.0
EVERY_S = 20.0
REPLY_S = 4.0


class Server:
    """Speaks a numbered sentence every 20 seconds, across all its links, and announces each link's end."""

    def __init__(self) -> None:
        """Nothing has been said."""
        self.said = 0
        self.resumed = 0

    async def script(self, link: ScriptedLink) -> None:
        """Ten minutes of it."""
        setup = await link.accept_setup()
        self.resumed += "handle" in setup.body["sessionResumption"]
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._listen, link)
            nursery.start_soon(self._say_goodbye, link)
            while True:
                await self._turn(link)

    async def _turn(self, link: ScriptedLink) -> None:
        self.said += 1
        await link.say(wire.InputTranscription(f"question {self.said}"))
        await link.say(wire.OutputTranscription(f"answer {self.said}"))
        await link.speak(REPLY_S * 1000, chunk_ms=200)
        await link.say(wire.GenerationComplete())
        await trio.sleep(REPLY_S)
        await link.say(wire.TurnComplete())
        await link.say(wire.SessionResumptionUpdate(f"handle {self.said}", resumable=True))
        await trio.sleep(EVERY_S - REPLY_S)

    async def _listen(self, link: ScriptedLink) -> None:
        while True:
            await link.hear()
            link.heard.clear()

    async def _say_goodbye(self, link: ScriptedLink) -> None:
        await trio.sleep(LINK_S - 50)
        await link.say(wire.GoAway(50))


async def main(hours: int) -> None:
    """Converse, and say what it took and what the transcript has of it."""
    server, began, held = Server(), time.perf_counter(), list[float]()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "day.jsonl"
        config = AgentConfig(
            connection=Connection(api_key="benchmark"),
            microphone=MemoryMicrophone(None),
            speaker=MemorySpeaker(keep_ms=1_000),
            transcript=path,
            chunk_ms=100,
            deadlines=Deadlines(link_age=float("inf")),
        )
        async with open_voice_agent(config, dial=ScriptedServer(server.script).dial) as agent:
            for _ in range(hours):
                await trio.sleep(3_600)
                held.append(held_mb())
            await agent.wait_idle()
            dropped = sum(lane.dropped for lane in agent.statistics().lanes.values())
        wall = time.perf_counter() - began
        transcript = Transcript.load(path)
    say(
        wall=wall,
        held_mb=held,
        rotations=server.resumed,
        turns=server.said,
        lines=len(transcript.events),
        lost=lost_of(transcript, server.said),
        dropped=dropped,
    )


def lost_of(transcript: Transcript, said: int) -> int:
    """How many lines are not there of those that must be, and how many numbers are missing in the sequence."""
    texts = {event.text for event in transcript.events if isinstance(event, m.UserSaid | m.AgentSaid)}
    wanted = {f"{what} {number}" for number in range(1, said + 1) for what in ("question", "answer")}
    turns = sum(isinstance(event, m.TurnEnded) for event in transcript.events)
    missing = sum(last - first + 1 for first, last in transcript.missing)
    return len(wanted - texts) + abs(turns - said) + missing + (not transcript.complete)


if __name__ == "__main__":
    trio.run(main, int(sys.argv[1]), clock=trio.testing.MockClock(autojump_threshold=0))

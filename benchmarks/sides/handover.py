"""Our agent in the hand-over benchmark: calls all at once in one process, each with the numbered microphone."""

from __future__ import annotations

import sys
from itertools import pairwise

import trio

from benchmarks.handover_job import CALL_MS, CHUNK_MS, TOOL_S, HandoverJob, Heard, Line, numbered, report
from voice_actors import AgentConfig, Connection, open_voice_agent
from voice_actors import messages as m
from voice_actors.audio.memory import MemoryMicrophone, MemorySpeaker

BLOCK_MS = 10.0


async def look_up() -> str:
    """Look something up, which takes its time."""
    await trio.sleep(TOOL_S)
    return "found"


async def _converse(line: Line, ca_file: str, found: list[Heard]) -> None:
    microphone, speaker = MemoryMicrophone(numbered(0, CALL_MS)), MemorySpeaker(BLOCK_MS)
    config = AgentConfig(
        connection=Connection(api_key="benchmark", base_url=line.base_url, ca_file=ca_file),
        tools=[look_up],
        microphone=microphone,
        speaker=speaker,
        chunk_ms=CHUNK_MS,
    )
    async with open_voice_agent(config) as agent:
        async for event in (events := agent.events()):
            if isinstance(event, m.MicrophoneEnded):
                break
        events.close()
        await trio.sleep(1)
    found.append(_heard(line, speaker))


def _heard(line: Line, speaker: MemorySpeaker) -> Heard:
    steps = [(later - earlier) * 1000 for (earlier, _), (later, _) in pairwise(speaker.played)]
    pause = max([round(step - BLOCK_MS, 3) for step in steps], default=0.0)
    return Heard(line.port, len(speaker.pcm()) / 48, pause)


async def main() -> None:
    """All calls, one after another begun."""
    job, found = HandoverJob.of(sys.argv), list[Heard]()
    async with trio.open_nursery() as nursery:
        for line in job.lines:
            nursery.start_soon(_converse, line, job.ca_file, found)
            await trio.sleep(0.1)
    print(report(found))


if __name__ == "__main__":
    trio.run(main)

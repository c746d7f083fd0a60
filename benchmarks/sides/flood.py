"""Our side of a flood: as many chunks, or replies, as fast as they can be taken, through the whole agent."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import attrs
import trio

from benchmarks.job import CHUNK_MS, MODEL, Job, Meter, instruction_of, job_of, stamped
from voice_actors import AgentConfig, Connection, open_voice_agent
from voice_actors.audio.ends import EndStatistics, MicrophoneStream
from voice_actors.audio.memory import MemorySpeaker
from voice_actors.conversation.model import dial_model
from voice_actors.gemini.link import Link
from voice_actors.messages import MicrophoneEnded, TurnEnded

BURST = 8
"""Chunks that may wait: the lane to the session holds ten, and what does not fit would be dropped."""
LANE = "microphone to session"


@attrs.define(eq=False)
class FloodMicrophone:
    """Gives a chunk whenever the link is less than a burst behind."""

    chunks: int
    name: str = "flood"
    _ahead: int = attrs.field(default=BURST, init=False)
    """Chunks that were given and are not out yet; a whole burst before it may begin."""
    _given: int = attrs.field(default=0, init=False)
    _room: trio.Event = attrs.field(factory=trio.Event, init=False)

    @asynccontextmanager
    async def open(self, chunk_ms: int) -> AsyncGenerator[MicrophoneStream]:
        """See `Microphone.open`; stamped chunks have one length."""
        assert chunk_ms == CHUNK_MS
        yield self

    async def read(self) -> bytes:
        """See `MicrophoneStream.read`."""
        while self._ahead >= BURST:
            self._room = trio.Event()
            await self._room.wait()
        self._given += 1
        self._ahead += 1
        return stamped() if self._given <= self.chunks else b""

    def less(self, chunks: int) -> None:
        """So many of those that were ahead are out."""
        self._ahead -= chunks
        self._room.set()

    def statistics(self) -> EndStatistics:
        """Counts since opening."""
        return EndStatistics()


@attrs.frozen
class CountingLink:
    """A link that tells the microphone how much is out."""

    link: Link
    microphone: FloodMicrophone

    async def send(self, frame: str | bytes) -> None:
        """See `Link`."""
        await self.link.send(frame)
        if len(frame) > 800:
            self.microphone.less(1)

    async def receive(self) -> str | bytes:
        """See `Link`."""
        return await self.link.receive()


def config_of(job: Job, microphone: FloodMicrophone) -> AgentConfig:
    """A conversation with the scripted server; its loudspeaker takes everything at once and forgets it."""
    return AgentConfig(
        model=MODEL,
        instructions=instruction_of(job.script),
        connection=Connection(api_key="benchmark", base_url=f"https://127.0.0.1:{job.port}", ca_file=job.ca_file),
        microphone=microphone,
        speaker=MemorySpeaker(paced=False, keep_ms=1_000),
        chunk_ms=CHUNK_MS,
    )


async def main() -> None:
    """Until the microphone has ended, or, where the server replies, until all of its replies were played."""
    job, meter = job_of(sys.argv), Meter()
    microphone = FloodMicrophone(job.chunks)
    config = config_of(job, microphone)
    dial_it = dial_model(config)

    @asynccontextmanager
    async def dial() -> AsyncGenerator[Link]:
        async with dial_it() as link:
            yield CountingLink(link, microphone)

    last = TurnEnded if job.script.turns else MicrophoneEnded
    async with open_voice_agent(config, dial=dial) as agent:
        events = agent.events()
        meter.begin()
        microphone.less(BURST)
        heard = 0.0
        async for event in events:
            if isinstance(event, last):
                heard = event.heard_ms if isinstance(event, TurnEnded) else 0.0
                break
        meter.report(lost=agent.statistics().lanes[LANE].dropped, heard_ms=heard)


if __name__ == "__main__":
    trio.run(main)

"""Our side of a crowd: many whole agents in one process, each with a microphone of its own."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import attrs
import trio

from benchmarks.job import CHUNK_MS, MODEL, Job, Meter, age_ms, instruction_of, job_of, monotonic, staggered, stamped
from voice_actors import AgentConfig, Connection, open_voice_agent
from voice_actors.audio.ends import EndStatistics, LoudspeakerStream, MicrophoneStream
from voice_actors.audio.playout import play_at_once
from voice_actors.conversation.handle import VoiceAgent
from voice_actors.messages import MicrophoneEnded

AT_ONCE = 4
"""Sessions that are opened side by side."""


@attrs.define(eq=False)
class Start:
    """All microphones begin when the last session is ready, spread over a chunk's time."""

    sessions: int
    _ready: int = 0
    _all_ready: trio.Event = attrs.field(factory=trio.Event)
    at: float = 0.0

    def one_more(self) -> bool:
        """A session is ready; True for the last one."""
        self._ready += 1
        if self._ready < self.sessions:
            return False
        self.at = trio.current_time()
        self._all_ready.set()
        return True

    async def wait(self) -> None:
        """Until all are."""
        await self._all_ready.wait()


@attrs.define(eq=False)
class WaitingMicrophone:
    """Says stamped chunks at the clock's pace, from the common start on."""

    start: Start
    chunks: int
    number: int
    name: str = "one of a crowd"
    _given: int = attrs.field(default=0, init=False)

    @asynccontextmanager
    async def open(self, chunk_ms: int) -> AsyncGenerator[MicrophoneStream]:
        """See `Microphone.open`; stamped chunks have one length."""
        assert chunk_ms == CHUNK_MS
        yield self

    async def read(self) -> bytes:
        """See `MicrophoneStream.read`."""
        if not self._given:
            await self.start.wait()
        self._given += 1
        phase = self.number / self.start.sessions
        await trio.sleep_until(self.start.at + (self._given + phase) * CHUNK_MS / 1000)
        return stamped() if self._given <= self.chunks else b""

    def statistics(self) -> EndStatistics:
        """Counts since opening."""
        return EndStatistics()


@attrs.frozen(eq=False)
class AgeingSpeaker:
    """Takes everything at once, and keeps of each message no more than its age."""

    message_bytes: int
    ages_ms: list[float]
    name: str = "one of a crowd"

    def open(self) -> AbstractAsyncContextManager[LoudspeakerStream]:
        """See `Loudspeaker.open`."""
        return play_at_once(self._hear)

    def _hear(self, at: float, pcm: bytes) -> None:
        if len(pcm) == self.message_bytes:
            self.ages_ms.append(age_ms(pcm, monotonic(at)))


@attrs.define(eq=False)
class Crowd:
    """The sessions of one process."""

    job: Job
    meter: Meter
    start: Start
    lost: int = 0
    _opening: trio.Semaphore = attrs.field(factory=lambda: trio.Semaphore(AT_ONCE))

    async def session(self, number: int) -> None:
        """One conversation, from its dial to the end of its microphone."""
        job = self.job
        config = AgentConfig(
            model=MODEL,
            instructions=instruction_of(staggered(job.script, number, self.start.sessions)),
            connection=Connection(api_key="benchmark", base_url=f"https://127.0.0.1:{job.port}", ca_file=job.ca_file),
            microphone=WaitingMicrophone(self.start, job.chunks, number),
            speaker=AgeingSpeaker(job.script.message_ms * 48, self.meter.down_ms),
            chunk_ms=CHUNK_MS,
        )
        await self._opening.acquire()
        async with open_voice_agent(config) as agent:
            self._opening.release()
            await self._talk(agent)

    async def _talk(self, agent: VoiceAgent) -> None:
        events = agent.events()
        if self.start.one_more():
            self.meter.begin()
        async for event in events:
            if isinstance(event, MicrophoneEnded):
                break
        await trio.sleep(0.2)  # the last reply's last message
        self.lost += agent.statistics().lanes["microphone to session"].dropped


async def main() -> None:
    """All of them."""
    job, meter, sessions = job_of(sys.argv), Meter(), int(sys.argv[2])
    crowd = Crowd(job, meter, Start(sessions))
    async with trio.open_nursery() as nursery:
        for number in range(sessions):
            nursery.start_soon(crowd.session, number)
    meter.report(lost=crowd.lost)


if __name__ == "__main__":
    trio.run(main)

"""google-genai's side of a crowd: many sessions of one client in one process, each with the usual two tasks."""

from __future__ import annotations

import asyncio
import sys

import attrs
from google.genai import Client, live, types

from benchmarks.job import CHUNK_MS, MODEL, Job, Meter, instruction_of, job_of, staggered, stamped
from benchmarks.sides.google_genai import read

AT_ONCE = 4
"""Sessions that are opened side by side."""


@attrs.define(eq=False)
class Crowd:
    """The sessions of one process."""

    job: Job
    meter: Meter
    sessions: int
    client: Client
    _ready: int = 0
    _start: asyncio.Event = attrs.field(factory=asyncio.Event)
    _start_at: float = 0.0
    _opening: asyncio.Semaphore = attrs.field(factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def session(self, number: int) -> None:
        """One conversation."""
        script = staggered(self.job.script, number, self.sessions)
        config = types.LiveConnectConfig(
            response_modalities=[types.Modality.AUDIO], system_instruction=instruction_of(script)
        )
        await self._opening.acquire()
        async with self.client.aio.live.connect(model=MODEL, config=config) as session:
            self._opening.release()
            reading = asyncio.create_task(read(session, self.meter))
            await self._all_ready()
            await self._speak(session, number)
            await asyncio.sleep(0.2)  # the last reply's last message
            reading.cancel()
            await asyncio.wait([reading])

    async def _all_ready(self) -> None:
        self._ready += 1
        if self._ready == self.sessions:
            self.meter.begin()
            self._start_at = asyncio.get_running_loop().time()
            self._start.set()
        await self._start.wait()

    async def _speak(self, session: live.AsyncSession, number: int) -> None:
        clock = asyncio.get_running_loop().time
        for chunk in range(self.job.chunks):
            due = self._start_at + (chunk + 1 + number / self.sessions) * CHUNK_MS / 1000
            await asyncio.sleep(max(0.0, due - clock()))
            blob = types.Blob(data=stamped(), mime_type="audio/pcm;rate=16000")
            await session.send_realtime_input(audio=blob)  # pyright: ignore[reportUnknownMemberType]


async def main() -> None:
    """All of them."""
    job, meter, sessions = job_of(sys.argv), Meter(), int(sys.argv[2])
    options = types.HttpOptions(base_url=f"https://127.0.0.1:{job.port}")
    crowd = Crowd(job, meter, sessions, Client(api_key="benchmark", http_options=options))
    async with asyncio.TaskGroup() as group:
        for number in range(sessions):
            group.create_task(crowd.session(number))
    meter.report(lost=0)


if __name__ == "__main__":
    asyncio.run(main())

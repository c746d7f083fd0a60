"""The floor of a crowd: the least that one trio process with trio-websocket can do for so many. No actor, no lane."""

from __future__ import annotations

import ssl
import sys
from functools import partial

import attrs
import trio
from trio_websocket import open_websocket

from benchmarks.job import CHUNK_MS, PATH, Job, Meter, job_of, staggered
from benchmarks.sides.floor import Talk, begin, converse
from benchmarks.sides.sessions import AT_ONCE, Start


@attrs.define(eq=False)
class Crowd:
    """The sessions of one process."""

    job: Job
    meter: Meter
    start: Start
    tls: ssl.SSLContext
    talk: Talk
    _opening: trio.Semaphore = attrs.field(factory=lambda: trio.Semaphore(AT_ONCE))

    async def session(self, number: int) -> None:
        """One conversation."""
        await self._opening.acquire()
        async with open_websocket(
            "127.0.0.1", self.job.port, PATH, use_ssl=self.tls, receive_buffer_size=None
        ) as socket:
            await begin(socket, staggered(self.job.script, number, self.start.sessions))
            self._opening.release()
            if self.start.one_more():
                self.meter.begin()
            await self.start.wait()
            await self.talk(socket, self.meter, self.job.chunks, partial(self._due, number))

    async def _due(self, number: int, chunk: int) -> None:
        """Wait until the session with this number has so many chunks."""
        await trio.sleep_until(self.start.at + (chunk + number / self.start.sessions) * CHUNK_MS / 1000)


async def main(talk: Talk = converse) -> None:
    """All of them."""
    job, meter, sessions = job_of(sys.argv), Meter(), int(sys.argv[2])
    crowd = Crowd(job, meter, Start(sessions), ssl.create_default_context(cafile=job.ca_file), talk)
    async with trio.open_nursery() as nursery:
        for number in range(sessions):
            nursery.start_soon(crowd.session, number)
    meter.report(lost=0)


if __name__ == "__main__":
    trio.run(main)

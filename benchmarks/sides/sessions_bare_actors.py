"""A crowd of bare conversations of five actors: what a process takes with so many tasks and channels, and no more."""

from __future__ import annotations

from functools import partial

import trio
from trio_websocket import WebSocketConnection

from benchmarks.sides import sessions_floor
from benchmarks.sides.bare_actors import Conversation


class Crowd(sessions_floor.Crowd):
    """The sessions of one process."""

    async def talk(self, socket: WebSocketConnection, number: int) -> None:
        """From the common start on."""
        await Conversation(socket, self.meter, self.job.chunks, partial(self.due, number)).run()


if __name__ == "__main__":
    trio.run(sessions_floor.main, Crowd)

"""A ToolExecutor on its own, and tools to try it with."""

from __future__ import annotations

import contextlib

import attrs
import trio

from voice_actors.actors.tools import ToolExecutor
from voice_actors.lanes import open_lane
from voice_actors.messages import Event, Oddity, ToolOrder, ToolResult
from voice_actors.toolbox import Toolbox


@attrs.define(eq=False, slots=False)
class Bench:
    """An executor on its own: orders go in, results and facts come out."""

    tools: list
    timeout: float = 30.0
    room: int = 128
    facts_room: int = 4096

    def __attrs_post_init__(self):
        self.order_in, orders = open_lane[ToolOrder]("orders", 64)
        results, self.results = open_lane[ToolResult]("results", self.room)
        facts, self.facts = open_lane[Event]("facts", self.facts_room)
        self.ends = (orders, results, facts)
        self.executor = ToolExecutor(orders, results, facts, Toolbox.of(self.tools), self.timeout)

    async def order(self, *orders):
        for one in orders:
            await self.order_in.send(one)

    async def answer(self):
        return await self.results.receive()

    def answers(self):
        return drained(self.results)

    def told(self):
        """What became of calls; a busy machine may have the watchdog say more."""
        return [fact for fact in drained(self.facts) if not isinstance(fact, Oddity)]

    def close(self):
        self.order_in.close()


def drained(lane):
    found = []
    with contextlib.suppress(trio.WouldBlock, trio.EndOfChannel):
        while True:
            found.append(lane.receive_nowait())
    return found


@contextlib.asynccontextmanager
async def running(*tools, **options):
    bench = Bench(list(tools), **options)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bench.executor.run)
        yield bench
        bench.close()


async def echo(word: str) -> str:
    return word


async def slow(seconds: float = 10.0) -> str:
    await trio.sleep(seconds)
    return "slept"

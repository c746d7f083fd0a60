"""What a conversation costs in which nothing happens, counted: many of them share a process."""

from __future__ import annotations

import gc
import tracemalloc
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
import trio

from voice_actors import messages as m
from voice_actors.agent import open_voice_agent
from voice_actors.audio.playout import play_at_once
from voice_actors.config import AgentConfig, Connection
from voice_actors.gemini import events as wire
from voice_actors.gemini import server
from voice_actors.testing import MemoryMicrophone

IDLE = [
    "microphone",
    "session",
    "session reads",
    "session sends tool results",
    "session sends voice and text",
    "session takes audio",
    "session takes commands",
    "session watches",
    "speaker",
    "tool executor",
    "transcript recorder",
]
"""Tasks that wait in a conversation, the link's left out: each takes 2 to 4 KB."""
MOST = 130_000
"""Bytes of Python objects for a further conversation without its link; on 3.11 104,000 measured, once 155,000."""


class NoSpeaker:
    """Takes everything at once, and keeps nothing."""

    name = "nobody"

    def open(self):
        return play_at_once(lambda _at, _pcm: None)


class Server:
    """The other side of a link that takes next to nothing itself."""

    def __init__(self):
        self.say, self._said = trio.open_memory_channel(1)
        self._greeting = True

    @asynccontextmanager
    async def dial(self):
        yield self

    async def send(self, frame):
        await trio.lowlevel.checkpoint()

    async def receive(self):
        if self._greeting:
            self._greeting = False
            return server.encode(wire.SetupComplete(None))
        return await self._said.receive()


def converse(other):
    config = AgentConfig(
        connection=Connection(api_key="test"), microphone=MemoryMicrophone(), speaker=NoSpeaker(), keep_events=100
    )
    return open_voice_agent(config, dial=other.dial)


def traced():
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


@pytest.fixture
def tracing():
    tracemalloc.start()
    yield
    tracemalloc.stop()


def names_below(task):
    below = [child for nursery in task.child_nurseries for child in nursery.child_tasks]
    return [name for child in below for name in (child.name, *names_below(child))]


async def test_only_who_has_something_to_do_has_a_task(autojump_clock):
    """Timers, fillers, audio to record and farewells begin when they are wanted."""
    async with converse(Server()):
        await trio.testing.wait_all_tasks_blocked()
        assert sorted(names_below(trio.lowlevel.current_task())) == IDLE


async def test_a_further_conversation_takes_little(autojump_clock, tracing):
    """Lanes, actors, tasks and all that they hold."""
    taken = []
    async with AsyncExitStack() as open_ones:
        for number in range(1, 31):
            await open_ones.enter_async_context(converse(Server()))
            if number in {10, 30}:
                await trio.testing.wait_all_tasks_blocked()
                taken.append(traced())
    further = (taken[1] - taken[0]) / 20
    print(f"{further:.0f} bytes")
    assert 0 < further < MOST


@pytest.mark.parametrize("over", [False, True], ids=["in a reply", "after it"])
async def test_what_was_heard_is_let_go_of(over, autojump_clock, tracing):
    """Whoever waits for the next message does not keep the last one."""
    other, sent = Server(), 480_000
    async with converse(other) as agent:
        events = agent.events()
        await trio.testing.wait_all_tasks_blocked()
        before = traced()
        await other.say.send(server.encode(wire.AudioOut(bytes(sent))))
        if over:
            await other.say.send(server.encode(wire.TurnComplete()))
            async for event in events:
                if isinstance(event, m.TurnEnded):
                    break
        await trio.testing.wait_all_tasks_blocked()
        kept = traced() - before
    print(f"{kept} bytes of {sent}")
    assert kept < sent / 10

"""Conversations in simulated rooms, all at once, with the whole agent and the real offline server: who interrupts whom?

In virtual time: what is found does not depend on how busy this machine is. Server and agent share a process.

First nobody speaks: replies are asked for in writing, listened to for some seconds, and then stopped. Then a person
interrupts: a sentence of another voice begins in the middle of a reply.
"""

from __future__ import annotations

import os
import sys
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import trio

from benchmarks.room import RATE, Acoustics, Room
from benchmarks.scripted_server import say
from benchmarks.sides.ears import SENTENCES
from voice_actors.agent import open_voice_agent
from voice_actors.audio.resample import Resampler
from voice_actors.config import AgentConfig, Cleaning
from voice_actors.conversation.handle import VoiceAgent
from voice_actors.messages import AudioSent, Event, TurnEnded, TurnInterrupted, TurnStarted, UserSaid
from voice_actors.offline.speaking.mouth import best_mouth
from voice_actors.testing import MemoryServer, open_offline_server, run_patiently

ROOMS = (
    Acoustics("desk, 20 ms", 20, 0.15, -6, seed=1),
    Acoustics("office, 60 ms", 60, 0.25, -6, seed=2),
    Acoustics("living room, 100 ms", 100, 0.4, -9, seed=3),
    Acoustics("kitchen, overdriven, 150 ms", 150, 0.3, -3, overdriven=True, seed=4),
    Acoustics("wireless, 80 ms or 180", 80, 0.25, -6, seed=5, stumbles_ms=100),
)
CLEANING = {"keep": Cleaning("keep"), "cancel": Cleaning("cancel")}
"""By the mode that the benchmark names."""
LISTENS = 4.0
"""Seconds of each reply that nobody interrupts."""
BEGINS = 1.5
"""Seconds into a reply at which the person begins."""
ACTED = 1.5
"""Seconds after the end of the person's sentence within which the reply must have been cut."""
SETTLES = 5.0
"""Seconds that a room has at most to become quiet."""
CHUNK = RATE * 20 // 1000


@attrs.define
class Found:
    """What happened in one room."""

    room: str
    stumbles: bool = False
    """Its echo moves from one moment to the next."""
    replies: int = 0
    self_interruptions: int = 0
    barge_ins: int = 0
    acted_on: int = 0
    acted_ms: list[float] = attrs.field(factory=list[float])
    """From the person's first sound to the cut."""
    said: list[str] = attrs.field(factory=list[str])
    heard: list[str] = attrs.field(factory=list[str])
    erle_db: float = 0.0


class Conversation:
    """One room, one agent."""

    def __init__(self, agent: VoiceAgent, room: Room, found: Found) -> None:
        self.agent, self.room, self.found = agent, room, found
        self.sent: list[tuple[float, bytes]] = []
        self._ask = 0

    async def listen(self, replies: int) -> None:
        """Nobody speaks. Whatever interrupts a reply is the agent itself."""
        for _ in range(replies):
            with self.agent.events() as events:
                if not await self._story(events):
                    continue
                self.found.replies += 1
                with trio.move_on_after(LISTENS):
                    async for event in events:
                        if isinstance(event, TurnInterrupted) and event.by == "user":
                            self.found.self_interruptions += 1
                            break
                        if isinstance(event, TurnEnded):
                            break
            await self._settle()

    async def interrupt(self, sentences: list[tuple[str, bytes]]) -> None:
        """A person speaks in the middle of each reply."""
        for text, pcm in sentences:
            with self.agent.events() as events:
                if not await self._story(events):
                    continue
                await trio.sleep(BEGINS)
                if await _cut(events, trio.current_time() + 0.02) is not None:
                    await self._settle()
                    continue  # it had interrupted itself before
                self.found.barge_ins += 1
                began, seconds = trio.current_time(), self.room.say(pcm)
                at = await _cut(events, began + seconds + ACTED)
                if at is not None:
                    self.found.acted_on += 1
                    self.found.acted_ms.append((at - began) * 1000)
                self.found.said.append(text)
                self.found.heard.append(await _words(events, began + seconds + 3.0))
            await self._settle()

    async def _story(self, events: AsyncIterator[Event]) -> bool:
        self._ask += 1
        await self.agent.say("Tell me a long story.")
        with trio.move_on_after(5):
            async for event in events:
                if isinstance(event, TurnStarted):
                    return True
        return False

    async def _settle(self) -> None:
        with trio.move_on_after(SETTLES):  # an agent that hears itself may go on for ever
            await self.agent.interrupt()
            await self.agent.wait_idle(quiet=0.7, patience=3)

    async def keep(self) -> None:
        """Remember what was sent."""
        with self.agent.events(audio=True, capacity=100_000) as events:
            async for event in events:
                if isinstance(event, AudioSent):
                    self.sent.append((event.at, event.pcm))

    def erle(self) -> float:
        """Decibels by which the echo is quieter where nothing else is to be heard, over everything."""
        sent = dict(self._placed())
        captured = cleaned = 1e-9
        for number, (_, pcm) in enumerate(self.room.captured):
            if number in sent and self.room.echo_alone(number, CHUNK):
                captured += float((np.frombuffer(pcm, "<i2").astype(float) ** 2).sum())
                cleaned += float((np.frombuffer(sent[number], "<i2").astype(float) ** 2).sum())
        return 10 * float(np.log10(captured / cleaned))

    def _placed(self) -> list[tuple[int, bytes]]:
        """What was sent, by the number of the chunk that it was."""
        times = [at for at, _ in self.room.captured]
        return [(int(np.searchsorted(times, at, "right")) - 1, pcm) for at, pcm in self.sent]

    def write(self, folder: Path, mode: str) -> None:
        """The microphone left, what was sent right."""
        stereo = np.zeros((len(self.room.captured), CHUNK, 2), "<i2")
        for number, (_, pcm) in enumerate(self.room.captured):
            stereo[number, :, 0] = np.frombuffer(pcm, "<i2")
        for number, pcm in self._placed():
            stereo[number, :, 1] = np.frombuffer(pcm, "<i2")
        name = "".join(sign if sign.isalnum() else "-" for sign in self.room.name)
        with wave.open(str(folder / f"{mode}-{name}.wav"), "wb") as file:
            file.setparams((2, 2, RATE, 0, "NONE", ""))
            file.writeframes(stereo.tobytes())


async def _cut(events: AsyncIterator[Event], until: float) -> float | None:
    with trio.move_on_at(until):
        async for event in events:
            if isinstance(event, TurnInterrupted) and event.by == "user":
                return event.at
    return None


async def _words(events: AsyncIterator[Event], until: float) -> str:
    words = ""
    with trio.move_on_at(until):
        async for event in events:
            if isinstance(event, UserSaid):
                words += event.text
            if isinstance(event, TurnStarted) and words:
                break
    return words


async def _converse(
    acoustics: Acoustics, server: MemoryServer, lines: list[tuple[str, bytes]], replies: int, found: list[Any]
) -> None:
    mode, folder = sys.argv[1], Path(sys.argv[4])
    room, result = Room(acoustics, seconds=1_200), Found(acoustics.name, bool(acoustics.stumbles_ms))
    config = AgentConfig(
        voice="Kore",
        connection=server.connection,
        microphone=room.microphone,
        speaker=room.speaker,
        cleaning=CLEANING[mode],
    )
    async with open_voice_agent(config, dial=server.dial) as agent, trio.open_nursery() as nursery:
        conversation = Conversation(agent, room, result)
        nursery.start_soon(conversation.keep)
        await trio.sleep(0.5)
        await conversation.listen(replies)
        await conversation.interrupt(lines)
        nursery.cancel_scope.cancel("measured")
    result.erle_db = conversation.erle()
    await trio.to_thread.run_sync(conversation.write, folder, mode)
    found.append(attrs.asdict(result))


async def _lines(count: int) -> list[tuple[str, bytes]]:
    mouth = await best_mouth()
    lines: list[tuple[str, bytes]] = []
    for text in SENTENCES[:count]:
        pcm = b"".join([piece.pcm async for piece in mouth.speak(text, "Charon")])
        resampler = Resampler(24_000, RATE)
        lines.append((text, resampler.feed(pcm) + resampler.flush()))
    return lines


async def main() -> None:
    """In every room: so many replies, and so many interruptions."""
    replies, barge_ins = int(sys.argv[2]), int(sys.argv[3])
    found: list[Any] = []
    lines = await _lines(barge_ins * len(ROOMS))
    async with open_offline_server(real=True) as server, trio.open_nursery() as nursery:
        for number, acoustics in enumerate(ROOMS):
            mine = lines[number :: len(ROOMS)]
            nursery.start_soon(_converse, acoustics, server, mine, replies, found)
    say(rooms=sorted(found, key=lambda one: str(one["room"])))


if __name__ == "__main__":
    run_patiently(main)
    sys.stdout.flush()
    os._exit(0)  # the recogniser's library may abort when an interpreter takes it apart

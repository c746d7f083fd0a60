"""A synthetic person who talks with the agent in the demo and while it is measured."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING

import attrs
import trio

from voice_actors.audio.ends import LoudspeakerStream
from voice_actors.audio.playback import Playback
from voice_actors.conversation.handle import VoiceAgent
from voice_actors.messages import AudioHeard, Event, TurnEnded, TurnStarted

if TYPE_CHECKING:
    from voice_actors.audio.memory import MemoryMicrophone

PATIENCE = 20.0
"""Seconds that a reply may take to begin."""
BREATH = 0.6
"""Seconds between a reply and what is said next."""


@attrs.define(eq=False)
class Person:
    """Says prepared lines into the microphone, and aloud where there is a loudspeaker."""

    microphone: MemoryMicrophone
    lines: Mapping[str, bytes]
    """24 kHz 16-bit mono."""
    loudspeaker: LoudspeakerStream | None = None

    async def say(self, text: str) -> None:
        """Returns when the last sound is out."""
        from voice_actors.audio.resample import Resampler

        pcm, resampler = self.lines[text], Resampler(24_000, 16_000)
        self.microphone.feed(resampler.feed(pcm) + resampler.flush())
        async with trio.open_nursery() as nursery:
            if self.loudspeaker is not None:
                nursery.start_soon(self.loudspeaker.write, pcm, Playback())
            await trio.sleep(len(pcm) / 48_000)

    async def ask(self, agent: VoiceAgent, text: str) -> None:
        """Say this and hear the answer out. One that does not come is missed by whoever looks at the events."""
        with agent.events() as events:
            await self.say(text)
            with trio.move_on_after(PATIENCE):
                async for event in events:
                    if isinstance(event, TurnStarted):
                        break
        await agent.wait_idle(quiet=BREATH)


async def enough_of(story: AsyncIterator[Event], listens_ms: float) -> None:
    """Listen to a reply for so long, or until it ends, or does not come at all; needs events with audio."""
    heard = 0.0
    with trio.move_on_after(PATIENCE):
        async for event in story:
            if isinstance(event, AudioHeard):
                heard += len(event.pcm) / 48
            if isinstance(event, TurnEnded) or heard >= listens_ms:
                return

"""Our side: the whole agent with its five actors, a microphone in memory paced by the clock, and a loudspeaker."""

from __future__ import annotations

import sys
from typing import Any

import attrs
import trio

from benchmarks.job import (
    MODEL,
    Meter,
    Script,
    age_ms,
    block,
    instruction_of,
    job_of,
    monotonic,
    stamped_chunks,
)
from voice_actors import AgentConfig, Connection, open_voice_agent, tool
from voice_actors.audio.memory import MemoryMicrophone, MemorySpeaker
from voice_actors.messages import AgentSaid, Event, MicrophoneEnded, TurnInterrupted


@attrs.define
class Interruptions:
    """When the server said `interrupted`, and when we had acted on it."""

    sent: list[float] = attrs.field(factory=list[float])
    """Monotonic seconds."""
    acted_ms: list[float] = attrs.field(factory=list[float])
    _acted_at: float = 0.0

    def observe(self, event: Event) -> None:
        """The server's own time comes as words in the message that interrupts."""
        match event:
            case TurnInterrupted():
                self._acted_at = event.at
            case AgentSaid(text=text) if text.replace(".", "").isdigit():
                self.sent.append(float(text))
                self.acted_ms.append((monotonic(self._acted_at) - float(text)) * 1000)
            case _:
                ...

    def stale_ms(self, speaker: MemorySpeaker) -> list[float]:
        """For each interruption: how long after it the loudspeaker was still speaking."""
        ends = [monotonic(at) + len(pcm) / 48_000 for at, pcm in speaker.played]
        found: list[float] = []
        for sent, until in zip(self.sent, [*self.sent, float("inf")][1:], strict=True):
            late = [end for end in ends if sent - 0.5 < end < min(until, sent + 0.5)]
            found.append(max(0.0, (max(late) - sent) * 1000) if late else 0.0)
        return found


@attrs.define
class Lingerer:
    """A tool that never answers, and when each of its calls was stopped."""

    stopped: list[float] = attrs.field(factory=list[float])
    """Monotonic seconds."""

    async def linger(self) -> None:
        """Wait for ever."""
        try:
            await trio.sleep_forever()
        finally:
            self.stopped.append(monotonic(trio.current_time()))


async def get_weather(city: str) -> str:
    """Get the weather in a city."""
    await trio.lowlevel.checkpoint()
    return f"Sunny in {city}."


def _blocking(script: Script) -> list[Any]:
    """As anybody would write it: a plain function."""
    return [tool(block, name="busy")] if script.busy else []


async def main() -> None:
    """One session. With a second argument the loudspeaker is one that takes everything at once."""
    job, meter, interruptions, lingerer = job_of(sys.argv), Meter(), Interruptions(), Lingerer()
    speaker = MemorySpeaker(paced=len(sys.argv) < 3)
    config = AgentConfig(
        model=MODEL,
        instructions=instruction_of(job.script),
        connection=Connection(api_key="benchmark", base_url=f"https://127.0.0.1:{job.port}", ca_file=job.ca_file),
        microphone=MemoryMicrophone(stamped_chunks(job.chunks, job.script.chunk_bytes)),
        speaker=speaker,
        tools=[*([get_weather, lingerer.linger] if job.script.tools else ()), *_blocking(job.script)],
        chunk_ms=job.script.chunk_ms,
    )
    async with open_voice_agent(config) as agent:
        meter.begin()
        async for event in agent.events():
            interruptions.observe(event)
            if isinstance(event, MicrophoneEnded):
                break
        size = job.script.message_ms * 48
        if len(sys.argv) > 2:
            meter.down_ms.extend(age_ms(pcm, monotonic(at)) for at, pcm in speaker.played if len(pcm) == size)
        meter.report(
            acted_ms=interruptions.acted_ms,
            stale_ms=interruptions.stale_ms(speaker),
            stopped=lingerer.stopped,
            heard_ms=len(speaker.pcm()) / 48,
        )


if __name__ == "__main__":
    trio.run(main)

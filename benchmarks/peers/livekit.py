"""LiveKit's RealtimeModel for Gemini Live, without a room: its session is driven as its agents drive it."""

from __future__ import annotations

import asyncio
from typing import Any

from livekit import rtc
from livekit.plugins.google.realtime import RealtimeModel

from benchmarks.job import MODEL
from benchmarks.peers.common import Call


async def main() -> None:
    """One session."""
    call = Call()
    session = RealtimeModel(model=MODEL).session()
    await session.update_instructions(call.instruction)
    listening: set[asyncio.Task[None]] = set()

    async def listen(stream: Any) -> None:
        async for message in stream:
            async for frame in message.audio_stream:
                call.hear(bytes(frame.data))

    def generation(event: Any) -> None:
        task = asyncio.create_task(listen(event.message_stream))
        listening.add(task)

    session.on("generation_created", generation)
    await asyncio.sleep(2)  # it connects by itself, and has no word for it

    async def speak() -> None:
        async for chunk in call.microphone():
            session.push_audio(rtc.AudioFrame(chunk, 16_000, 1, len(chunk) // 2))

    await call.until_spoken(asyncio.create_task(speak()))
    call.report()
    for task in listening:
        task.cancel()
    await session.aclose()


asyncio.run(main())

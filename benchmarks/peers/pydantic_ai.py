"""pydantic-ai's realtime session with Gemini Live."""

from __future__ import annotations

import asyncio

from pydantic_ai import Agent
from pydantic_ai.realtime.google import GoogleRealtimeModel

from benchmarks.job import MODEL
from benchmarks.peers.common import Call


async def main() -> None:
    """One session."""
    call = Call()
    agent = Agent(instructions=call.instruction)
    async with agent.realtime(GoogleRealtimeModel(MODEL)).session() as session:

        async def speak() -> None:
            async for chunk in call.microphone():
                await session.send_audio(chunk)

        async def listen() -> None:
            async for chunk in session.stream_audio():
                call.hear(chunk)

        async def follow() -> None:
            async for _ in session:
                continue

        tasks = [asyncio.create_task(each()) for each in (listen, follow)]
        await call.until_spoken(asyncio.create_task(speak()))
        call.report()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


asyncio.run(main())

"""pydantic-ai's realtime session with Gemini Live."""

from __future__ import annotations

import asyncio

from common import Call
from pydantic_ai import Agent
from pydantic_ai.realtime.google import GoogleRealtimeModel


async def main() -> None:
    call = Call()
    agent = Agent(instructions="Answer questions about the weather.")
    agent.tool_plain(call.get_weather)
    model = GoogleRealtimeModel("gemini-2.5-flash-native-audio-preview-12-2025")
    async with agent.realtime(model).session() as session:

        async def speak() -> None:
            async for chunk in call.microphone():
                await session.send_audio(chunk)

        async def listen() -> None:
            async for chunk in session.stream_audio():
                call.hear(chunk)

        async def follow() -> None:
            async for _ in session:
                continue

        tasks = [asyncio.create_task(each()) for each in (speak, listen, follow)]
        await call.over()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    call.report()


asyncio.run(main())

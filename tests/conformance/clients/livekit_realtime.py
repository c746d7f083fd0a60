"""LiveKit's RealtimeModel for Gemini Live, without a room: its session is driven as its agents drive it."""

from __future__ import annotations

import asyncio
import json

from common import Call
from livekit import rtc
from livekit.agents import function_tool, llm
from livekit.plugins.google.realtime import RealtimeModel


async def main() -> None:
    call = Call()

    @function_tool
    async def get_weather(city: str) -> str:
        """The weather in a city."""
        return call.get_weather(city)

    model = RealtimeModel(model="gemini-2.5-flash-native-audio-preview-12-2025")
    session = model.session()
    await session.update_instructions("Answer questions about the weather.")
    await session.update_tools([get_weather])
    tasks: set[asyncio.Task[None]] = set()

    def start(work) -> None:
        task = asyncio.create_task(work)
        tasks.add(task)

    async def listen(stream) -> None:
        async for message in stream:
            async for frame in message.audio_stream:
                call.hear(bytes(frame.data))

    async def answer(stream) -> None:
        async for function in stream:
            output = await get_weather(**json.loads(function.arguments))
            context = session.chat_ctx.copy()
            context.items.append(function)
            context.items.append(
                llm.FunctionCallOutput(call_id=function.call_id, name=function.name, output=output, is_error=False)
            )
            await session.update_chat_ctx(context)

    def generation(event) -> None:
        start(listen(event.message_stream))
        start(answer(event.function_stream))

    session.on("generation_created", generation)

    async def speak() -> None:
        async for chunk in call.microphone():
            session.push_audio(rtc.AudioFrame(chunk, 16_000, 1, len(chunk) // 2))

    start(speak())
    await call.over()
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    await session.aclose()
    call.report()


asyncio.run(main())

"""LiveKit's RealtimeModel for Gemini Live, without a room: its session is driven as its agents drive it.

It resumes by itself, and connects anew as soon as it is told goAway. It sends the microphone in pieces of 50 ms.
"""

from __future__ import annotations

import asyncio
from typing import Any

from google.genai import types
from livekit import rtc
from livekit.agents import llm
from livekit.plugins.google.realtime import RealtimeModel

from benchmarks.job import MODEL
from benchmarks.peers.handover import calls
from benchmarks.peers.handover.calls import Call


@llm.function_tool
async def look_up() -> str:
    """Look something up, which takes its time."""
    return await calls.look_up()


async def _listen(call: Call, stream: Any) -> None:
    async for message in stream:
        async for frame in message.audio_stream:
            call.hear(bytes(frame.data))


async def _answer(session: Any, stream: Any) -> None:
    async for asked in stream:
        said = await calls.look_up()
        context = session.chat_ctx.copy()
        context.items.append(
            llm.FunctionCallOutput(name=asked.name, call_id=asked.call_id, output=said, is_error=False)
        )
        await session.update_chat_ctx(context)


async def converse(call: Call) -> None:
    """One call."""
    options = types.HttpOptions(base_url=call.line.base_url)
    resumption = types.SessionResumptionConfig()
    session = RealtimeModel(
        model=MODEL, api_key="benchmark", http_options=options, session_resumption=resumption
    ).session()
    await session.update_tools([look_up])
    tasks: set[asyncio.Task[None]] = set()

    def generation(event: Any) -> None:
        tasks.add(asyncio.create_task(_listen(call, event.message_stream)))
        tasks.add(asyncio.create_task(_answer(session, event.function_stream)))

    session.on("generation_created", generation)
    await asyncio.sleep(2)  # it connects by itself, and has no word for it
    async for chunk in call.microphone():
        session.push_audio(rtc.AudioFrame(chunk, 16_000, 1, len(chunk) // 2))
    await asyncio.sleep(1)
    for task in tasks:
        task.cancel()
    await session.aclose()


if __name__ == "__main__":
    calls.make_calls(converse)

"""pydantic-ai's realtime session with a reconnect policy, which switches resumption on; its delays are set to none."""

from __future__ import annotations

import asyncio

from pydantic_ai import Agent
from pydantic_ai.providers.google import GoogleProvider
from pydantic_ai.realtime import RealtimeModelSettings, ReconnectPolicy
from pydantic_ai.realtime.google import GoogleRealtimeModel

from benchmarks.job import MODEL
from benchmarks.peers.handover.calls import Call, look_up, make_calls


async def converse(call: Call) -> None:
    """One call."""
    provider = GoogleProvider(api_key="benchmark", base_url=call.line.base_url)
    policy = ReconnectPolicy(base_delay=0.0, jitter=False, max_attempts=10)
    model = GoogleRealtimeModel(MODEL, provider=provider, settings=RealtimeModelSettings(reconnect=policy))
    async with Agent(tools=[look_up]).realtime(model).session() as session:

        async def listen() -> None:
            async for chunk in session.stream_audio():
                call.hear(chunk)

        async def follow() -> None:
            async for _ in session:
                continue

        tasks = [asyncio.create_task(each()) for each in (listen, follow)]
        try:
            async for chunk in call.microphone():
                await session.send_audio(chunk)
            await asyncio.sleep(1)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


if __name__ == "__main__":
    make_calls(converse)

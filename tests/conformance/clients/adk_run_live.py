"""Google's Agent Development Kit in its live mode."""

from __future__ import annotations

import asyncio

from common import Call
from google.adk.agents import Agent, LiveRequestQueue
from google.adk.agents.run_config import RunConfig, StreamingMode
from google.adk.runners import InMemoryRunner
from google.genai import types


async def main() -> None:
    call = Call()

    def get_weather(city: str) -> str:
        """The weather in a city."""
        return call.get_weather(city)

    agent = Agent(
        name="weather",
        model="gemini-3.1-flash-live-preview",  # with 2.5, it waits for a turnComplete that follows the tool call
        instruction="Answer questions about the weather.",
        tools=[get_weather],
    )
    runner = InMemoryRunner(agent=agent, app_name="conformance")
    session = await runner.session_service.create_session(app_name="conformance", user_id="user")
    queue = LiveRequestQueue()

    async def speak() -> None:
        async for chunk in call.microphone():
            queue.send_realtime(types.Blob(data=chunk, mime_type="audio/pcm;rate=16000"))

    async def listen() -> None:
        config = RunConfig(streaming_mode=StreamingMode.BIDI, response_modalities=["AUDIO"])
        events = runner.run_live(user_id="user", session_id=session.id, live_request_queue=queue, run_config=config)
        async for event in events:
            for part in (event.content and event.content.parts) or ():
                if part.inline_data and part.inline_data.mime_type.startswith("audio/"):
                    call.hear(part.inline_data.data)

    tasks = [asyncio.create_task(each()) for each in (speak, listen)]
    await call.over()
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    call.report()


asyncio.run(main())

"""Google's Agent Development Kit in its live mode."""

from __future__ import annotations

import asyncio

from google.adk.agents import Agent, LiveRequestQueue
from google.adk.agents.run_config import RunConfig, StreamingMode
from google.adk.runners import InMemoryRunner
from google.genai import types

from benchmarks.job import MODEL
from benchmarks.peers.common import Call


async def main() -> None:
    """One session. The instruction has braces, which are no variables of its state here."""
    call = Call()
    agent = Agent(name="benchmark", model=MODEL, instruction=lambda _context: call.instruction)
    runner = InMemoryRunner(agent=agent, app_name="benchmark")
    session = await runner.session_service.create_session(app_name="benchmark", user_id="user")
    queue = LiveRequestQueue()

    async def listen() -> None:
        config = RunConfig(streaming_mode=StreamingMode.BIDI, response_modalities=["AUDIO"])
        events = runner.run_live(user_id="user", session_id=session.id, live_request_queue=queue, run_config=config)
        async for event in events:
            for part in (event.content and event.content.parts) or ():
                if part.inline_data and part.inline_data.mime_type.startswith("audio/"):
                    call.hear(part.inline_data.data)

    async def speak() -> None:
        async for chunk in call.microphone():
            queue.send_realtime(types.Blob(data=chunk, mime_type="audio/pcm;rate=16000"))

    listening = asyncio.create_task(listen())
    await asyncio.sleep(2)  # it connects in there, and has no word for it
    await call.until_spoken(asyncio.create_task(speak()))
    call.report()
    queue.close()
    listening.cancel()
    await asyncio.wait([listening])


asyncio.run(main())

"""LlamaIndex's GeminiLiveVoiceAgent as it is; only the two coroutines that open PyAudio streams are replaced."""

from __future__ import annotations

import asyncio

from common import Call
from llama_index.core.tools import FunctionTool
from llama_index.voice_agents.gemini_live import GeminiLiveVoiceAgent
from llama_index.voice_agents.gemini_live.audio_interface import GeminiLiveVoiceAgentInterface


class WithoutPyAudio(GeminiLiveVoiceAgentInterface):
    """The same interface on a recorded question."""

    def __init__(self, call: Call) -> None:
        super().__init__()
        self.call = call

    async def _microphone_callback(self) -> None:
        async for data in self.call.microphone():
            await self.out_queue.put({"data": data, "mime_type": "audio/pcm"})

    async def output(self) -> None:
        while True:
            self.call.hear(await self.audio_in_queue.get())


async def main() -> None:
    call = Call()
    tool = FunctionTool.from_defaults(call.get_weather, name="get_weather")
    agent = GeminiLiveVoiceAgent(interface=WithoutPyAudio(call), tools=[tool])
    running = asyncio.create_task(agent.start())
    await call.over()
    running.cancel()
    await asyncio.wait([running])
    call.report()
    # The agent's own thread waits for a line on standard input, and would keep the interpreter.
    import os

    os._exit(0)


asyncio.run(main())

"""LlamaIndex's GeminiLiveVoiceAgent; only the two coroutines that open PyAudio streams are replaced."""

from __future__ import annotations

import asyncio
import os
import sys

from llama_index.core.tools import FunctionTool
from llama_index.voice_agents.gemini_live import GeminiLiveVoiceAgent
from llama_index.voice_agents.gemini_live.audio_interface import GeminiLiveVoiceAgentInterface

from benchmarks.job import block
from benchmarks.peers.common import Call


class WithoutPyAudio(GeminiLiveVoiceAgentInterface):
    """The same interface between a clock and a meter."""

    def __init__(self, call: Call) -> None:
        super().__init__()
        self.call = call
        self.spoken = asyncio.Event()

    async def _microphone_callback(self) -> None:
        async for data in self.call.microphone():
            await self.out_queue.put({"data": data, "mime_type": "audio/pcm"})
        self.spoken.set()

    async def output(self) -> None:
        while True:
            pcm = await self.audio_in_queue.get()
            if self.call.device is None:
                self.call.hear(pcm)
            else:
                await asyncio.to_thread(self.call.device.write, pcm)  # as its own does


async def main() -> None:
    """One session. The agent takes no instruction: the server was told its script before."""
    call = Call()
    interface = WithoutPyAudio(call)
    tools = [FunctionTool.from_defaults(block, name="busy")] if call.job.script.busy else []
    agent = GeminiLiveVoiceAgent(interface=interface, tools=tools)
    running = asyncio.create_task(agent.start())
    await interface.spoken.wait()
    await asyncio.sleep(0.3)
    call.report()
    running.cancel()
    sys.stdout.flush()
    os._exit(0)  # a thread of the agent's waits for a line on standard input, and would keep the interpreter


asyncio.run(main())

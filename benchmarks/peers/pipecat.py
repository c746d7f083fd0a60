"""pipecat's Gemini Live service in the smallest pipeline, as its examples build it."""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor

from pipecat.frames.frames import (
    InputAudioRawFrame,
    LLMRunFrame,
    OutputAudioRawFrame,
    StartFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.runner import PipelineRunner
from pipecat.pipeline.task import PipelineParams, PipelineTask
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.services.google.gemini_live.llm import GeminiLiveLLMService
from pipecat.services.llm_service import FunctionCallParams
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import TransportParams

from benchmarks.job import block
from benchmarks.peers.common import Call, Device
from benchmarks.peers.pipecat_ear import Ear


class Loudspeaker(BaseOutputTransport):
    """pipecat's own output on a device that takes real time, written to as its local transport writes to PyAudio."""

    def __init__(self, device: Device) -> None:
        super().__init__(TransportParams(audio_out_enabled=True))
        self._device = device
        self._thread = ThreadPoolExecutor(max_workers=1)

    async def start(self, frame: StartFrame) -> None:
        """Begin; the device is ready."""
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        """Write, and wait in a thread for as long as that blocks."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._device.write, frame.audio)
        return True


async def main() -> None:
    """One session."""
    call = Call()
    in_thread = "thread" in sys.argv[2:]

    async def busy(params: FunctionCallParams, seconds: float) -> None:
        """Block.

        Args:
            params: What pipecat needs to take the result.
            seconds: For how long.
        """
        said = await asyncio.to_thread(block, seconds) if in_thread else block(seconds)
        await params.result_callback({"result": said})

    service = GeminiLiveLLMService(
        api_key="benchmark", system_instruction=call.instruction, **({"tools": [busy]} if call.job.script.busy else {})
    )
    pair = LLMContextAggregatorPair(LLMContext())
    ear = Ear(call) if call.device is None else Loudspeaker(call.device)
    pipeline = Pipeline([pair.user(), service, ear, pair.assistant()])
    task = PipelineTask(pipeline, params=PipelineParams(audio_in_sample_rate=16_000, audio_out_sample_rate=24_000))
    running = asyncio.create_task(PipelineRunner(handle_sigint=False).run(task))
    await task.queue_frame(LLMRunFrame())
    await asyncio.sleep(2)  # it has no word for being connected, and drops what comes before

    async def speak() -> None:
        async for chunk in call.microphone():
            await task.queue_frame(InputAudioRawFrame(audio=chunk, sample_rate=16_000, num_channels=1))

    await call.until_spoken(asyncio.create_task(speak()))
    call.report()
    await task.cancel()
    await asyncio.wait([running])


asyncio.run(main())

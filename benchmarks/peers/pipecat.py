"""pipecat's Gemini Live service in the smallest pipeline, as its examples build it."""

from __future__ import annotations

import asyncio

from pipecat.frames.frames import Frame, InputAudioRawFrame, LLMRunFrame, TTSAudioRawFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.runner import PipelineRunner
from pipecat.pipeline.task import PipelineParams, PipelineTask
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.google.gemini_live.llm import GeminiLiveLLMService

from benchmarks.peers.common import Call


class Ear(FrameProcessor):
    """Where the loudspeaker would be."""

    def __init__(self, call: Call) -> None:
        super().__init__()
        self.call = call

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Note what comes by."""
        await super().process_frame(frame, direction)
        if isinstance(frame, TTSAudioRawFrame):
            self.call.hear(frame.audio)
        await self.push_frame(frame, direction)


async def main() -> None:
    """One session."""
    call = Call()
    service = GeminiLiveLLMService(api_key="benchmark", system_instruction=call.instruction)
    pair = LLMContextAggregatorPair(LLMContext())
    pipeline = Pipeline([pair.user(), service, Ear(call), pair.assistant()])
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

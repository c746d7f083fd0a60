"""pipecat's Gemini Live service in a pipeline, with the question as its transport."""

from __future__ import annotations

import asyncio

from common import Call
from pipecat.frames.frames import Frame, InputAudioRawFrame, LLMRunFrame, TTSAudioRawFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.runner import PipelineRunner
from pipecat.pipeline.task import PipelineParams, PipelineTask
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.google.gemini_live.llm import GeminiLiveLLMService
from pipecat.services.llm_service import FunctionCallParams


class Ear(FrameProcessor):
    """Where the loudspeaker would be."""

    def __init__(self, call: Call) -> None:
        super().__init__()
        self.call = call

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, TTSAudioRawFrame):
            self.call.hear(frame.audio)
        await self.push_frame(frame, direction)


async def main() -> None:
    call = Call()

    async def get_weather(params: FunctionCallParams, city: str) -> None:
        """The weather in a city.

        Args:
            params: What pipecat needs to take the result.
            city: The city's name.
        """
        await params.result_callback({"weather": call.get_weather(city)})

    service = GeminiLiveLLMService(
        api_key="offline", system_instruction="Answer questions about the weather.", tools=[get_weather]
    )
    context = LLMContext()
    pair = LLMContextAggregatorPair(context)
    pipeline = Pipeline([pair.user(), service, Ear(call), pair.assistant()])
    task = PipelineTask(pipeline, params=PipelineParams(audio_in_sample_rate=16_000, audio_out_sample_rate=24_000))
    running = asyncio.create_task(PipelineRunner(handle_sigint=False).run(task))
    await task.queue_frame(LLMRunFrame())

    async def speak() -> None:
        async for chunk in call.microphone():
            await task.queue_frame(InputAudioRawFrame(audio=chunk, sample_rate=16_000, num_channels=1))

    speaking = asyncio.create_task(speak())
    await call.over()
    speaking.cancel()
    await task.cancel()
    await asyncio.wait([running, speaking])
    call.report()


asyncio.run(main())

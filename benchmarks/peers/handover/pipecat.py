"""pipecat's Gemini Live service, which resumes by itself after a break and does not read goAway."""

from __future__ import annotations

import asyncio

from google.genai import types
from pipecat.frames.frames import InputAudioRawFrame, LLMRunFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.runner import PipelineRunner
from pipecat.pipeline.task import PipelineParams, PipelineTask
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.services.google.gemini_live.llm import GeminiLiveLLMService
from pipecat.services.llm_service import FunctionCallParams

from benchmarks.peers.handover import calls
from benchmarks.peers.handover.calls import Call
from benchmarks.peers.pipecat_ear import Ear


async def look_up(params: FunctionCallParams) -> None:
    """Look something up, which takes its time.

    Args:
        params: What pipecat needs to take the result.
    """
    await params.result_callback({"result": await calls.look_up()})


async def converse(call: Call) -> None:
    """One call."""
    options = types.HttpOptions(base_url=call.line.base_url)
    service = GeminiLiveLLMService(api_key="benchmark", tools=[look_up], http_options=options)
    pair = LLMContextAggregatorPair(LLMContext())
    pipeline = Pipeline([pair.user(), service, Ear(call), pair.assistant()])
    task = PipelineTask(pipeline, params=PipelineParams(audio_in_sample_rate=16_000, audio_out_sample_rate=24_000))
    running = asyncio.create_task(PipelineRunner(handle_sigint=False).run(task))
    await task.queue_frame(LLMRunFrame())
    await asyncio.sleep(2)  # it has no word for being connected, and drops what comes before
    async for chunk in call.microphone():
        await task.queue_frame(InputAudioRawFrame(audio=chunk, sample_rate=16_000, num_channels=1))
    await asyncio.sleep(1)
    await task.cancel()
    await asyncio.wait([running])


if __name__ == "__main__":
    calls.make_calls(converse)

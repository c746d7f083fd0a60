"""google-genai's own client on asyncio, used as its documentation shows: one task sends, one receives."""

from __future__ import annotations

import asyncio
import sys

from google.genai import Client, live, types

from benchmarks.job import MODEL, Meter, age_ms, block, instruction_of, job_of, stamped


def _run(call: types.FunctionCall) -> str:
    """As its documentation does it: right here, in the loop that receives."""
    return block(**(call.args or {})) if call.name == "busy" else "Sunny in Oslo."


async def read(session: live.AsyncSession, meter: Meter) -> None:
    """Take replies to the point where a loudspeaker would, and answer calls."""
    while True:
        async for message in session.receive():
            if message.server_content is not None and message.server_content.model_turn is not None:
                for part in message.server_content.model_turn.parts or ():
                    if part.inline_data is not None and part.inline_data.data:
                        meter.down_ms.append(age_ms(part.inline_data.data))
            if message.tool_call is not None:
                await session.send_tool_response(
                    function_responses=[
                        types.FunctionResponse(id=call.id, name=call.name, response={"result": _run(call)})
                        for call in message.tool_call.function_calls or ()
                    ]
                )


async def main() -> None:
    """One session."""
    job, meter = job_of(sys.argv), Meter()
    options = types.HttpOptions(base_url=f"https://127.0.0.1:{job.port}")
    client = Client(api_key="benchmark", http_options=options)
    config = types.LiveConnectConfig(
        response_modalities=[types.Modality.AUDIO], system_instruction=instruction_of(job.script)
    )
    async with client.aio.live.connect(model=MODEL, config=config) as session:
        meter.begin()
        reading = asyncio.create_task(read(session, meter))
        clock = asyncio.get_running_loop().time
        due = clock()
        for _ in range(job.chunks):
            due += job.script.chunk_ms / 1000
            await asyncio.sleep(max(0.0, due - clock()))
            blob = types.Blob(data=stamped(job.script.chunk_bytes), mime_type="audio/pcm;rate=16000")
            await session.send_realtime_input(audio=blob)  # pyright: ignore[reportUnknownMemberType]
        meter.report()
        reading.cancel()
        await asyncio.wait([reading])


if __name__ == "__main__":
    asyncio.run(main())

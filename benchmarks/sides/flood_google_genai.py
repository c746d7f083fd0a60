"""google-genai's side of a flood: its own client on asyncio, sending or receiving as fast as it can."""

from __future__ import annotations

import asyncio
import sys

from google.genai import Client, live, types

from benchmarks.job import MODEL, Meter, instruction_of, job_of, stamped


async def receive(session: live.AsyncSession) -> float:
    """One reply, to the point where a loudspeaker would take it; its length, ms."""
    heard = 0
    async for message in session.receive():
        if message.server_content is not None and message.server_content.model_turn is not None:
            for part in message.server_content.model_turn.parts or ():
                if part.inline_data is not None and part.inline_data.data:
                    heard += len(part.inline_data.data)
    return heard / 48


async def main() -> None:
    """One session."""
    job, meter, heard = job_of(sys.argv), Meter(), 0.0
    options = types.HttpOptions(base_url=f"https://127.0.0.1:{job.port}")
    client = Client(api_key="benchmark", http_options=options)
    config = types.LiveConnectConfig(
        response_modalities=[types.Modality.AUDIO], system_instruction=instruction_of(job.script)
    )
    async with client.aio.live.connect(model=MODEL, config=config) as session:
        meter.begin()
        for _ in range(job.chunks):
            blob = types.Blob(data=stamped(), mime_type="audio/pcm;rate=16000")
            await session.send_realtime_input(audio=blob)  # pyright: ignore[reportUnknownMemberType]
        if job.script.turns:
            heard = await receive(session)
        meter.report(lost=0, heard_ms=heard)


if __name__ == "__main__":
    asyncio.run(main())

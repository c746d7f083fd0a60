"""autourgos-live's session for Gemini Live, with an audio source and a listener of one's own, as its README shows."""

from __future__ import annotations

import asyncio

from autourgos_live import AudioDelta, GeminiLiveSession

from benchmarks.job import MODEL
from benchmarks.peers.common import Call


async def main() -> None:
    """One session."""
    call = Call()
    host = f"127.0.0.1:{call.job.port}"
    async with GeminiLiveSession(model=MODEL, system_instruction=call.instruction, host=host) as session:

        async def speak() -> None:
            async for chunk in call.microphone():
                await session.send_audio_chunk(chunk, mime_type="audio/pcm;rate=16000")

        async def listen() -> None:
            async for event in session:
                if isinstance(event, AudioDelta):
                    call.hear(event.data)

        listening = asyncio.create_task(listen())
        await call.until_spoken(asyncio.create_task(speak()))
        call.report()
        listening.cancel()
        await asyncio.wait([listening])


asyncio.run(main())

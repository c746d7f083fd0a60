"""google-genai's own client with the loop that its documentation shows, in a call in which something goes wrong."""

from __future__ import annotations

import asyncio
import json
import math
import sys
import time
from itertools import pairwise

from google.genai import Client, live, types

from benchmarks.fault_talk import QUESTIONS, TOOL
from benchmarks.job import CHUNK_MS, INPUT_BYTES, MODEL
from voice_actors.testing.fakes import utter

TYPED_AT = (3.0, 7.0, 12.0)
"""Seconds; the last question is answered within 2 s where all is well."""
OVER_AT = 18.0
SPEECH = utter("hello there my friend")


async def read(session: live.AsyncSession, hangs: bool, heard: list[float]) -> None:
    """Take replies, and answer calls."""
    while True:
        async for message in session.receive():
            if message.server_content is not None and message.server_content.model_turn is not None:
                heard.append(time.monotonic())
            if message.tool_call is not None:
                await asyncio.sleep(1e6 if hangs else 0.5)
                answers = [
                    types.FunctionResponse(id=call.id, name=call.name, response={"result": "found"})
                    for call in message.tool_call.function_calls or ()
                ]
                await session.send_tool_response(function_responses=answers)


async def speak(session: live.AsyncSession) -> None:
    """A microphone: some words, and silence."""
    clock = asyncio.get_running_loop().time
    due, said = clock(), 0
    while True:
        due += CHUNK_MS / 1000
        await asyncio.sleep(max(0.0, due - clock()))
        pcm = SPEECH[said : said + INPUT_BYTES].ljust(INPUT_BYTES, b"\0")
        said += INPUT_BYTES
        blob = types.Blob(data=pcm, mime_type="audio/pcm;rate=16000")
        await session.send_realtime_input(audio=blob)  # pyright: ignore[reportUnknownMemberType]


async def write(session: live.AsyncSession, asked: list[float]) -> None:
    """A keyboard: three questions."""
    began = time.monotonic()
    for question, at in zip(QUESTIONS, TYPED_AT, strict=True):
        await asyncio.sleep(began + at - time.monotonic())
        content = types.Content(role="user", parts=[types.Part(text=question)])
        await session.send_client_content(turns=content, turn_complete=True)
        asked.append(time.monotonic())
    await asyncio.sleep(began + OVER_AT - time.monotonic())


async def converse(hangs: bool, heard: list[float], asked: list[float]) -> None:
    """One session."""
    config = types.LiveConnectConfig(
        response_modalities=[types.Modality.AUDIO],
        session_resumption=types.SessionResumptionConfig(),
        tools=[types.Tool(function_declarations=[types.FunctionDeclaration(name=TOOL, description="Look it up.")])],
    )
    async with Client().aio.live.connect(model=MODEL, config=config) as session:
        both = [asyncio.create_task(read(session, hangs, heard)), asyncio.create_task(speak(session))]
        writing = asyncio.create_task(write(session, asked))
        done, rest = await asyncio.wait([writing, *both], return_when=asyncio.FIRST_COMPLETED)
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        failures = [task.exception() for task in (*both, writing) if task in done]  # the reader's own tells most
        for failure in failures:
            if failure is not None:
                raise failure


def main() -> None:
    """Say how it ended."""
    heard: list[float] = []
    asked: list[float] = []
    error = ""
    try:
        asyncio.run(asyncio.wait_for(converse(sys.argv[1] == "hangs", heard, asked), OVER_AT + 6))
    except Exception as failure:
        error = f"{type(failure).__name__}: {failure}" if str(failure) else type(failure).__name__
    spans = pairwise([*asked, math.inf])
    answered = [any(at < when < until for when in heard) for at, until in spans]
    answered += [False] * (len(QUESTIONS) - len(asked))
    print(json.dumps({"answered": answered, "asked": len(asked), "error": error[:200]}))


if __name__ == "__main__":
    main()

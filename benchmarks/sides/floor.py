"""The floor: the least that a trio program with trio-websocket can do in such a session. No actor, no lane, no care."""

from __future__ import annotations

import binascii
import json
import ssl
import sys
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import trio
from trio_websocket import WebSocketConnection, open_websocket

from benchmarks.job import CHUNK_MS, MODEL, PATH, Meter, Script, age_ms, instruction_of, job_of, stamped

Due: TypeAlias = Callable[[int], Awaitable[None]]
"""Waits until the microphone has so many chunks."""
Talk: TypeAlias = Callable[[WebSocketConnection, Meter, int, Due], Awaitable[None]]
"""A conversation on a link that is ready: what it hears goes to the meter, and it says so many chunks."""


async def read(socket: WebSocketConnection, meter: Meter) -> None:
    """Take replies to the point where a loudspeaker would, and answer calls on the spot."""
    while True:
        message = await socket.get_message()
        data = message if isinstance(message, bytes) else message.encode()
        start = data.find(b'"data":"') + 8
        if start > 7:
            meter.down_ms.append(age_ms(binascii.a2b_base64(data[start : data.find(b'"', start)])))
        elif b'"toolCall"' in data:
            calls = json.loads(data)["toolCall"]["functionCalls"]
            answers = [{"id": call["id"], "name": call["name"], "response": {"result": "Sunny."}} for call in calls]
            await socket.send_message(json.dumps({"toolResponse": {"functionResponses": answers}}))


async def begin(socket: WebSocketConnection, script: Script) -> None:
    """Say setup, and wait until the session is ready."""
    setup = {"model": f"models/{MODEL}", "systemInstruction": {"parts": [{"text": instruction_of(script)}]}}
    await socket.send_message(json.dumps({"setup": setup}))
    await socket.get_message()


async def speak(socket: WebSocketConnection) -> None:
    """Say a chunk of this moment."""
    await say(socket, stamped())


async def say(socket: WebSocketConnection, chunk: bytes) -> None:
    """Say a chunk."""
    data = binascii.b2a_base64(chunk, newline=False).decode()
    await socket.send_message('{"realtimeInput":{"audio":{"mimeType":"audio/pcm;rate=16000","data":"' + data + '"}}}')


async def converse(socket: WebSocketConnection, meter: Meter, chunks: int, due: Due) -> None:
    """Say so many chunks, each when it is due, and take what comes meanwhile."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(read, socket, meter)
        for chunk in range(1, chunks + 1):
            await due(chunk)
            await speak(socket)
        nursery.cancel_scope.cancel("all is said")


async def main(talk: Talk = converse) -> None:
    """One session."""
    job, meter = job_of(sys.argv), Meter()
    tls = ssl.create_default_context(cafile=job.ca_file)
    async with open_websocket("127.0.0.1", job.port, PATH, use_ssl=tls, receive_buffer_size=None) as socket:
        await begin(socket, job.script)
        meter.begin()
        began = trio.current_time()

        async def due(chunk: int) -> None:
            await trio.sleep_until(began + chunk * CHUNK_MS / 1000)

        await talk(socket, meter, job.chunks, due)
        meter.report()


if __name__ == "__main__":
    trio.run(main)

"""google-genai's own client with session resumption: the usual loop, which connects again with the newest handle.

Its documentation shows the parts: the handle is kept, and goAway is told. Put together here as carefully as that
allows: on goAway it leaves after the reply that arrives and the tool that works, after a break at once; the microphone
waits in a queue without a bound while there is no connection, and a chunk counts as sent when `send` has returned.
"""

from __future__ import annotations

import asyncio
import contextlib

import attrs
from google.genai import Client, errors, live, types
from websockets.exceptions import ConnectionClosed

from benchmarks.job import MODEL
from benchmarks.peers.handover.calls import Call, look_up, make_calls

AGAIN_AFTER = 0.5
"""Seconds, where connecting failed."""


@attrs.define(eq=False)
class Conversation:
    """One call over all of its connections."""

    call: Call
    voice: asyncio.Queue[bytes] = attrs.field(factory=asyncio.Queue[bytes])
    handle: str | None = None
    _unsent: bytes | None = None
    _leaving: bool = False
    _busy: bool = False
    """A reply arrives, or is due."""

    async def fill(self) -> None:
        """The microphone, and a moment for its last chunk and the last reply."""
        async for chunk in self.call.microphone():
            self.voice.put_nowait(chunk)
        await asyncio.sleep(1)

    async def keep_connected(self, client: Client) -> None:
        """Connection after connection."""
        while True:
            config = types.LiveConnectConfig(
                response_modalities=[types.Modality.AUDIO],
                session_resumption=types.SessionResumptionConfig(handle=self.handle),
                tools=[types.Tool(function_declarations=[types.FunctionDeclaration(name="look_up")])],
            )
            try:
                async with client.aio.live.connect(model=MODEL, config=config) as session:
                    await self._one_connection(session)
            except (errors.APIError, ConnectionClosed):
                continue  # it broke, or was closed
            except OSError:
                await asyncio.sleep(AGAIN_AFTER)

    async def _one_connection(self, session: live.AsyncSession) -> None:
        self._leaving = self._busy = False
        sending = asyncio.create_task(self._send(session))
        try:
            while not (self._leaving and not self._busy):
                await self._receive(session)
        finally:
            sending.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionClosed):
                await sending

    async def _send(self, session: live.AsyncSession) -> None:
        while True:
            if self._unsent is None:
                self._unsent = await self.voice.get()
            blob = types.Blob(data=self._unsent, mime_type="audio/pcm;rate=16000")
            await session.send_realtime_input(audio=blob)  # pyright: ignore[reportUnknownMemberType]
            self._unsent = None

    async def _receive(self, session: live.AsyncSession) -> None:
        """One turn, or less where it is time to leave."""
        async for message in session.receive():
            if message.session_resumption_update is not None and message.session_resumption_update.resumable:
                self.handle = message.session_resumption_update.new_handle or self.handle
            self._leaving = self._leaving or message.go_away is not None
            if message.server_content is not None:
                self._hear(message.server_content)
            if message.tool_call is not None:
                self._busy = True
                await session.send_tool_response(function_responses=await _answers(message.tool_call))
            if self._leaving and not self._busy:
                return

    def _hear(self, content: types.LiveServerContent) -> None:
        for part in (content.model_turn and content.model_turn.parts) or ():
            if part.inline_data is not None and part.inline_data.data:
                self._busy = True
                self.call.hear(part.inline_data.data)
        if content.turn_complete:
            self._busy = False


async def _answers(asked: types.LiveServerToolCall) -> list[types.FunctionResponse]:
    return [
        types.FunctionResponse(id=one.id, name=one.name, response={"result": await look_up()})
        for one in asked.function_calls or ()
    ]


async def converse(call: Call) -> None:
    """One call."""
    client = Client(api_key="benchmark", http_options=types.HttpOptions(base_url=call.line.base_url))
    conversation = Conversation(call)
    connected = asyncio.create_task(conversation.keep_connected(client))
    speaking = asyncio.create_task(conversation.fill())
    await asyncio.wait([connected, speaking], return_when=asyncio.FIRST_COMPLETED)
    if connected.done():
        connected.result()
    connected.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await connected


if __name__ == "__main__":
    make_calls(converse)

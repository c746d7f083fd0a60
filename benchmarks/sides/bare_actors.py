"""The floor of the structure: five actors as bare tasks in one nursery, joined by trio's own bounded channels.

The eight tasks and seven channels that they cannot do without, around a link of trio-websocket; ours: eleven and ten.
No lane that counts, no turn that can be silenced, no new connection, no transcript and no error: what it takes to have
five actors, and no more.
"""

from __future__ import annotations

import binascii
import json
from typing import Any, Generic, TypeAlias, TypeVar

import attrs
import trio
from trio_websocket import WebSocketConnection

from benchmarks.job import Meter, age_ms, stamped
from benchmarks.sides.floor import Due, main, say

T = TypeVar("T")
Call: TypeAlias = dict[str, Any]
ORDERS, FACTS, AUDIO, REPLY = 16, 1_024, 10, 1_200
"""Messages that channels hold."""


class Channel(Generic[T]):
    """Both ends of one."""

    __slots__ = ("into", "out")

    def __init__(self, size: int) -> None:
        self.into, self.out = trio.open_memory_channel[T](size)


@attrs.define(eq=False)
class Conversation:
    """One of them."""

    socket: WebSocketConnection
    meter: Meter
    chunks: int
    due: Due
    audio: Channel[bytes] = attrs.field(factory=lambda: Channel[bytes](AUDIO))
    commands: Channel[str] = attrs.field(factory=lambda: Channel[str](ORDERS))
    to_microphone: Channel[str] = attrs.field(factory=lambda: Channel[str](ORDERS))
    turns: Channel[Channel[bytes]] = attrs.field(factory=lambda: Channel[Channel[bytes]](ORDERS))
    calls: Channel[Call] = attrs.field(factory=lambda: Channel[Call](ORDERS))
    results: Channel[Call] = attrs.field(factory=lambda: Channel[Call](ORDERS))
    facts: Channel[str] = attrs.field(factory=lambda: Channel[str](FACTS))
    _reply: Channel[bytes] | None = None
    _said: trio.Event = attrs.field(factory=trio.Event)
    """All that the microphone heard is out."""

    async def run(self) -> None:
        """Until the microphone has ended."""
        async with trio.open_nursery() as nursery:
            for task in (
                self._session_reads,
                self._session_speaks,
                self._session_answers,
                self._session_takes_commands,
                self._speaker,
                self._tools,
                self._recorder,
            ):
                nursery.start_soon(task)
            await self._microphone()
            self.audio.into.close()
            await self._said.wait()
            nursery.cancel_scope.cancel("all is said")

    async def _microphone(self) -> None:
        for chunk in range(1, self.chunks + 1):
            await self.due(chunk)
            await self.audio.into.send(stamped())
        await self.facts.into.send("the microphone has ended")

    async def _session_speaks(self) -> None:
        async for chunk in self.audio.out:
            await say(self.socket, chunk)
        self._said.set()

    async def _session_answers(self) -> None:
        async for answer in self.results.out:
            await self.socket.send_message(json.dumps({"toolResponse": {"functionResponses": [answer]}}))

    async def _session_takes_commands(self) -> None:
        async for command in self.commands.out:
            await self.socket.send_message(command)

    async def _session_reads(self) -> None:
        while True:
            message = await self.socket.get_message()
            data = message if isinstance(message, bytes) else message.encode()
            start = data.find(b'"data":"') + 8
            if start > 7:
                await self._hear(binascii.a2b_base64(data[start : data.find(b'"', start)]))
            elif b'"toolCall"' in data:
                for call in json.loads(data)["toolCall"]["functionCalls"]:
                    await self.calls.into.send(call)
            elif b'"turnComplete"' in data and self._reply is not None:
                self._reply.into.close()
                self._reply = None
                await self.facts.into.send("a reply has ended")

    async def _hear(self, pcm: bytes) -> None:
        if self._reply is None:
            self._reply = Channel[bytes](REPLY)
            await self.turns.into.send(self._reply)
            await self.facts.into.send("a reply has begun")
        await self._reply.into.send(pcm)

    async def _speaker(self) -> None:
        async with trio.open_nursery() as turns:
            async for turn in self.turns.out:
                turns.start_soon(self._play, turn)

    async def _play(self, turn: Channel[bytes]) -> None:
        async for pcm in turn.out:
            self.meter.down_ms.append(age_ms(pcm))

    async def _tools(self) -> None:
        async with trio.open_nursery() as running:
            async for call in self.calls.out:
                running.start_soon(self._call, call)

    async def _call(self, call: Call) -> None:
        answer = {"id": call["id"], "name": call["name"], "response": {"result": "Sunny."}}
        await self.results.into.send(answer)

    async def _recorder(self) -> None:
        async for _fact in self.facts.out:
            ...


async def converse(socket: WebSocketConnection, meter: Meter, chunks: int, due: Due) -> None:
    """See `floor.Talk`."""
    await Conversation(socket, meter, chunks, due).run()


if __name__ == "__main__":
    trio.run(main, converse)

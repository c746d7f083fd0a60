"""What breaks in a simulation: devices that go away and come back, a disk that fills up, tools that fail."""

from __future__ import annotations

import errno
import inspect
import math
import os
import random
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import attrs
import trio

from voice_actors.audio.ends import DeviceChange, EndStatistics, LoudspeakerStream, MicrophoneStream
from voice_actors.audio.pcm import bytes_for
from voice_actors.audio.playback import Playback
from voice_actors.audio.playout import RingStream, play_by_clock
from voice_actors.errors import DeviceError
from voice_actors.lanes import Overflow, open_lane
from voice_actors.testing.numbered import numbered
from voice_actors.toolbox import Result, Room, Tool, Toolbox, ToolOptions, declare
from voice_actors.toolbox.decorator import opened
from voice_actors.toolbox.llama_index import is_llama_index

INPUT_RATE = 16_000
BLOCK_MS = 20.0


class SimulatedFailure(Exception):  # noqa: N818 - it is not an error of anybody
    """What a tool raises in a simulation, in place of doing its work."""


# ---- devices -----------------------------------------------------------------------------------------------------


class _Losable:
    """A device that is there, or not."""

    def __init__(self) -> None:
        self._tell, self._changes = open_lane[DeviceChange]("simulated device", 64, Overflow.DROP_OLDEST)
        self._there = trio.Event()
        self._there.set()
        self._failed = False

    async def lose_for(self, seconds: float) -> None:
        """Be gone so long."""
        if not self._there.is_set():
            return  # it is gone already
        self._there = trio.Event()
        self._tell.send_nowait(DeviceChange(lost="unplugged by the simulation"))
        await trio.sleep(seconds)
        self._there.set()
        self._tell.send_nowait(DeviceChange(away=seconds))

    def fail(self) -> None:
        """Be gone for good."""
        self._failed = True

    async def next_change(self) -> DeviceChange:
        """See `TellsChanges`."""
        return await self._changes.receive()

    async def _wait_there(self, device: str) -> None:
        if self._failed:
            raise DeviceError("broken by the simulation", device=device)
        await self._there.wait()


class FragileMicrophone(_Losable):
    """Says numbered chunks while somebody speaks, silence otherwise, and nothing while it is gone."""

    name = "simulated microphone"

    def __init__(self) -> None:
        """Nobody speaks."""
        super().__init__()
        self.said: dict[int, float] = {}
        """Numbers of the chunks that were read, and when."""
        self._left = 0.0
        self._chunk_ms = 20
        self._start = self._chunks = 0.0

    def speak(self, ms: float) -> None:
        """From now on, so long."""
        self._left = ms

    @property
    def speaking(self) -> bool:
        """Whether somebody has not finished."""
        return self._left > 0

    @asynccontextmanager
    async def open(self, chunk_ms: int) -> AsyncGenerator[MicrophoneStream, None]:
        """See `Microphone.open`."""
        self._chunk_ms, self._start = chunk_ms, trio.current_time()
        yield self

    async def read(self) -> bytes:
        """See `MicrophoneStream.read`."""
        self._chunks += 1
        await trio.sleep_until(self._start + self._chunks * self._chunk_ms / 1000)
        await self._wait_there(self.name)
        size = bytes_for(self._chunk_ms, INPUT_RATE)
        if self._left <= 0:
            return bytes(size)
        self._left -= self._chunk_ms
        self.said[len(self.said)] = trio.current_time()
        return numbered(len(self.said) - 1, size)

    def statistics(self) -> EndStatistics:
        """See `MicrophoneStream.statistics`."""
        return EndStatistics(frames=round(self._chunks * self._chunk_ms * INPUT_RATE / 1000))


class FragileSpeaker(_Losable):
    """Plays by the clock, and takes nothing while it is gone."""

    name = "simulated loudspeaker"
    _stream: RingStream

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[LoudspeakerStream, None]:
        """See `Loudspeaker.open`."""
        async with play_by_clock(lambda _at, _pcm: None, block_ms=BLOCK_MS) as self._stream:
            yield self

    async def write(self, pcm: bytes, playback: Playback) -> None:
        """See `LoudspeakerStream.write`."""
        await self._wait_there(self.name)
        await self._stream.write(pcm, playback)

    async def drain(self, playback: Playback) -> None:
        """See `LoudspeakerStream.drain`."""
        await self._wait_there(self.name)
        await self._stream.drain(playback)

    def statistics(self) -> EndStatistics:
        """See `LoudspeakerStream.statistics`."""
        return self._stream.statistics()

    def tell_played(self, listener: Callable[[float, bytes], None]) -> None:
        """See `TellsPlayed`."""
        self._stream.tell_played(listener)


# ---- the disk ----------------------------------------------------------------------------------------------------


@attrs.define
class FragileDisk:
    """Holds no more than so many bytes, and takes a part of a line where that is all it has room for."""

    room: float = math.inf

    def put(self, file: int, line: bytes) -> int:
        """As `os.write`."""
        taken = int(min(len(line), self.room))
        self.room -= taken
        if line and not taken:
            raise OSError(errno.ENOSPC, "No space left on the simulated device")
        return os.write(file, line[:taken])


# ---- tools -------------------------------------------------------------------------------------------------------


def unreliable(tools: Sequence[Any], dice: random.Random) -> list[Any]:
    """The same tools, which now and then fail, take long, or never come back.

    Plain functions run in the loop, generators apart: a virtual clock waits for no thread.
    """
    made: list[Any] = []
    for one in tools:
        ours = Toolbox.of([one])
        made += ours.service_tools
        made += [_unreliable(_threadless(one, tool), dice) for name in ours.names if (tool := ours.get(name))]
    return made


def _threadless(one: Any, tool: Tool) -> Tool:
    function, _ = opened(one)
    elsewhere = isinstance(function, Tool) or inspect.isgeneratorfunction(function) or is_llama_index(function)
    if elsewhere or not callable(function):
        return tool
    return attrs.evolve(tool, run=declare(function, name=tool.name, options=ToolOptions(run="loop")).run)


def _unreliable(tool: Tool, dice: random.Random) -> Tool:
    async def run(args: Mapping[str, Any], room: Room) -> Result:
        lot = dice.random()
        if lot < 0.1:
            raise SimulatedFailure("the simulation broke this tool")
        if lot < 0.15:
            await trio.sleep_forever()
        await trio.sleep(dice.uniform(0, 6) if lot < 0.5 else 0)
        return await tool.run(args, room)

    return attrs.evolve(tool, run=run)

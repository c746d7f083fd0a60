"""A terminal in memory, as a person sees it."""

from __future__ import annotations

import io

import attrs
import pyte
import pytest
import trio

from voice_actors.cli.console.glyphs import UNICODE
from voice_actors.cli.console.run import Console
from voice_actors.cli.console.state import State


class Paper(io.StringIO):
    """What is written to it is seen on a screen."""

    encoding = "utf-8"

    def __init__(self, width: int, height: int) -> None:
        super().__init__()
        self.screen = pyte.Screen(width, height)
        self._stream = pyte.Stream(self.screen)
        self.writes = 0

    def write(self, text: str) -> int:
        self.writes += 1
        self._stream.feed(text.replace("\n", "\r\n"))
        return super().write(text)


@attrs.define(eq=False)
class MemoryTerminal:
    """Keys go in by `press`; `look` is what stands there, struck words between tildes."""

    width: int = 80
    height: int = 24
    stream: Paper = attrs.field(init=False)
    restored: int = attrs.field(default=0, init=False)
    asked: bool = attrs.field(default=False, init=False)
    tells: bool = attrs.field(default=False, init=False)
    _typed: trio.MemorySendChannel[bytes] = attrs.field(init=False)
    _keys: trio.MemoryReceiveChannel[bytes] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.stream = Paper(self.width, self.height)
        self._typed, self._keys = trio.open_memory_channel[bytes](100)

    def size(self):
        return self.width, self.height

    def resize(self, width, height):
        self.width, self.height = width, height
        self.stream.screen.resize(height, width)

    async def read(self):
        try:
            return await self._keys.receive()
        except trio.EndOfChannel:
            return b""

    def press(self, keys):
        self._typed.send_nowait(keys)

    def hang_up(self):
        self._typed.close()

    def ask_for_releases(self):
        self.asked = True

    def tell_releases(self):
        self.tells = True

    def restore(self):
        self.restored += 1
        self.stream.screen.reset()  # the other screen is gone, and this one is empty

    def look(self):
        return "\n".join(_row(self.stream.screen, y) for y in range(self.height))


def _row(screen, y):
    shown, struck = "", False
    for x in range(screen.columns):
        cell = screen.buffer[y][x]
        if cell.strikethrough != struck:
            struck = cell.strikethrough
            shown += "~"
        shown += cell.data
    return (shown + ("~" if struck else "")).rstrip()


@pytest.fixture
def console():
    """Make a console on a terminal in memory."""

    def make(width=80, height=24, *, glyphs=UNICODE, colours=True, clock=trio.current_time, **known):
        terminal = MemoryTerminal(width, height)
        return Console(State(clock, "gemini-live", **known), terminal, glyphs, colours=colours)

    return make

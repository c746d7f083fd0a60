"""A console at work: events come in, keys come in, and a dozen times a second the screen is brought up to date."""

from __future__ import annotations

import logging
import math
from collections.abc import Generator
from contextlib import contextmanager
from typing import TextIO

import attrs
import trio

from voice_actors.cli.captions import clean
from voice_actors.cli.console.drawer import Drawer, styled
from voice_actors.cli.console.editor import Editor
from voice_actors.cli.console.glyphs import Glyphs
from voice_actors.cli.console.keys import Key, Keyboard
from voice_actors.cli.console.push_key import PushKey
from voice_actors.cli.console.state import State
from voice_actors.cli.console.terminal import Terminal
from voice_actors.cli.console.view import entry_text, picture_of, shows
from voice_actors.cli.keyboard import obey
from voice_actors.conversation.handle import VoiceAgent
from voice_actors.messages import Event

REDRAWS = 12
"""At most so many a second."""
ESCAPE = 0.05
"""Seconds after which an ESC that nothing follows is the Esc key."""
ORDERS = 16
"""Lines that wait to be done, where a connection is away."""


@attrs.define(eq=False)
class Console:
    """Stands where a `Screen` stands, and reads the keys, too."""

    state: State
    terminal: Terminal
    glyphs: Glyphs
    colours: bool = True
    editor: Editor = attrs.field(factory=Editor, init=False)
    drawer: Drawer = attrs.field(init=False)
    _keyboard: Keyboard = attrs.field(factory=Keyboard, init=False)
    _push_key: PushKey = attrs.field(factory=PushKey, init=False)
    _orders: trio.MemorySendChannel[str] = attrs.field(init=False)
    _to_do: trio.MemoryReceiveChannel[str] = attrs.field(init=False)
    _closed: bool = attrs.field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self.drawer = Drawer(self.terminal.stream, self.colours)
        self._orders, self._to_do = trio.open_memory_channel[str](ORDERS)

    @property
    def stream(self) -> TextIO:
        """Where it is drawn."""
        return self.terminal.stream

    def show(self, event: Event) -> None:
        """Take an event; it is seen with the next picture."""
        self.state.feed(event)

    def note(self, text: str) -> None:
        """A line of our own between the captions."""
        self.state.note(text)

    def draw(self) -> None:
        """Bring the screen up to date."""
        width, height = self.terminal.size()
        self.drawer.draw(picture_of(self.state, self.editor, width, height, self.glyphs), width, height)

    def close(self) -> None:
        """Give the terminal back, and leave the conversation on it. May be called twice."""
        if self._closed:
            return
        self._closed = True
        self.terminal.restore()
        now = self.state.clock()
        for entry in filter(shows, self.state.entries):
            self.stream.write(styled(entry_text(entry, now, self.glyphs), colours=self.colours) + "\n")
        self.stream.flush()

    async def run(self, agent: VoiceAgent, scope: trio.CancelScope) -> None:
        """Until cancelled; cancels `scope` where the person at the keyboard leaves."""
        if self.state.push_to_talk:
            self.terminal.ask_for_releases()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._follow, agent)
            nursery.start_soon(self._do, agent, scope)
            await self._read(agent)
            scope.cancel("asked to leave")

    async def _follow(self, agent: VoiceAgent) -> None:
        while True:
            self.state.hear_agent(agent.speaker_level.rms_dbfs)
            self.draw()
            await trio.sleep(1 / REDRAWS)

    async def _do(self, agent: VoiceAgent, scope: trio.CancelScope) -> None:
        async for line in self._to_do:
            try:
                if not await obey(line, agent, self):
                    scope.cancel("asked to leave")
            except trio.ClosedResourceError:
                return  # the conversation is over, and whoever waits for that leaves

    async def _read(self, agent: VoiceAgent) -> None:
        """Until the keys say so, or there are no more."""
        while True:
            read = b""
            with trio.move_on_after(ESCAPE if self._keyboard.unsettled else math.inf) as waiting:
                read = await self.terminal.read()
            if not read and not waiting.cancelled_caught:
                return
            for key in self._keyboard.feed(read) if read else self._keyboard.settle():
                if not self._press(key, agent):
                    return

    def _press(self, key: Key, agent: VoiceAgent) -> bool:
        """Do what a key says; False where it asks to leave."""
        match key.name:
            case "interrupt" | "end of input" if not self.editor.text:
                return False
            case "escape":
                self._order("/interrupt")
            case "tab":
                self._order("/unmute" if agent.muted else "/mute")
            case "push" if self.state.push_to_talk:
                self._push("p", agent)
            case "text" if key.text == " " and not self.editor.text and self.state.push_to_talk:
                self._push(" ", agent)
            case "let go" if self._push_key.let_go(key.text, trio.current_time()):
                self._order("")
            case "tells releases" if not self._push_key.tells_releases:
                self._push_key.tells_releases = True
                self.terminal.tell_releases()
            case "redraw":
                self.drawer.forget()
            case _:
                if (line := self.editor.press(key)) is not None:
                    self._order(line)
        return True

    def _push(self, letter: str, agent: VoiceAgent) -> None:
        if self._push_key.pressed(letter, trio.current_time(), talking=agent.pressed):
            self._order("")

    def _order(self, line: str) -> None:
        try:
            self._orders.send_nowait(line)
        except trio.WouldBlock:
            self.note(f"[too much waits for the connection; not done: {line}]")


@contextmanager
def logs_noted(console: Console) -> Generator[None]:
    """What would be logged to the terminal becomes notes, since it would be written across the picture."""
    root = logging.getLogger()
    before = root.handlers
    notes: list[logging.Handler] = [_Notes(console)]
    root.handlers = notes
    try:
        yield
    finally:
        root.handlers = before


class _Notes(logging.Handler):
    """Log records as lines of the console."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        """See `logging.Handler.emit`."""
        self._console.note(clean(f"[{record.name}: {record.getMessage()}]"))

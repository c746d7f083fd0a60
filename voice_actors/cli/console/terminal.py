"""The terminal itself: taken over, read, and given back as it was."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Protocol, TextIO

import attrs
import trio

from voice_actors.cli.console.push_key import ASK, TELL, TELL_NO_MORE
from voice_actors.cli.signals import last_act

if sys.platform != "win32":
    import termios

ENTER = "\x1b[?1049h\x1b[?2004h\x1b[2J\x1b[H"
"""The other screen, pastes between marks."""
LEAVE = "\x1b[0m\x1b[?2004l\x1b[?25h\x1b[?1049l"


class Terminal(Protocol):
    """What a console needs of the outside."""

    @property
    def stream(self) -> TextIO:
        """Where it is drawn."""
        ...

    def size(self) -> tuple[int, int]:
        """Columns and rows, at this moment."""
        ...

    async def read(self) -> bytes:
        """What was typed; b"" where nothing more will be."""
        ...

    def ask_for_releases(self) -> None:
        """Whether it tells when keys are let go; where it does, an answer is among what is read."""

    def tell_releases(self) -> None:
        """Have it tell them, until `restore`."""

    def restore(self) -> None:
        """Give the terminal back; may be called at any time, from anywhere, and more than once."""


@attrs.define(eq=False)
class RealTerminal:
    """A terminal of this machine; see `Terminal`."""

    keyboard: int
    stream: TextIO
    _before: list[Any] | None = attrs.field(default=None, init=False)
    _leave: str = attrs.field(default=LEAVE, init=False)

    @contextmanager
    def taken(self) -> Generator[None]:
        """Raw keys and a screen of our own for as long as the block lasts, and until `restore`."""
        with last_act(self.restore):
            try:
                self._take()
                yield
            finally:
                self.restore()

    def _take(self) -> None:
        self._before = termios.tcgetattr(self.keyboard)
        raw = termios.tcgetattr(self.keyboard)
        raw[0] &= ~(termios.IXON | termios.ICRNL)
        # Signals stay until keys are read: whoever cannot connect can leave by ^C.
        raw[3] &= ~(termios.ICANON | termios.ECHO | termios.IEXTEN)
        raw[6][termios.VMIN], raw[6][termios.VTIME] = 1, 0
        termios.tcsetattr(self.keyboard, termios.TCSADRAIN, raw)
        self._write(ENTER)

    def size(self) -> tuple[int, int]:
        """See `Terminal.size`; 80 by 24 where the terminal does not know."""
        try:
            width, height = os.get_terminal_size(self.stream.fileno())
        except OSError:
            return 80, 24
        return width or 80, height or 24

    async def read(self) -> bytes:
        """See `Terminal.read`."""
        if self._before is not None and (mode := termios.tcgetattr(self.keyboard))[3] & termios.ISIG:
            mode[3] &= ~termios.ISIG  # from now on ^C is a key
            termios.tcsetattr(self.keyboard, termios.TCSADRAIN, mode)
        await trio.lowlevel.wait_readable(self.keyboard)
        try:
            return os.read(self.keyboard, 4096)
        except OSError:  # the terminal has been closed
            return b""

    def ask_for_releases(self) -> None:
        """See `Terminal.ask_for_releases`."""
        self._write(ASK)

    def tell_releases(self) -> None:
        """See `Terminal.tell_releases`."""
        self._write(TELL)
        self._leave = TELL_NO_MORE + LEAVE

    def _write(self, text: str) -> None:
        if self._before is not None:
            self.stream.write(text)
            self.stream.flush()

    def restore(self) -> None:
        """See `Terminal.restore`."""
        before, self._before = self._before, None
        if before is None:
            return
        with contextlib.suppress(OSError):
            os.write(self.stream.fileno(), self._leave.encode())
        with contextlib.suppress(termios.error):  # gone: nobody looks at it any more
            termios.tcsetattr(self.keyboard, termios.TCSADRAIN, before)

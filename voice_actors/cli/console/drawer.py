"""Puts a picture on a terminal, writing only the rows that changed."""

from __future__ import annotations

import io
from typing import TextIO

import attrs
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from voice_actors.cli.console.view import Picture


@attrs.define(eq=False)
class Drawer:
    """Remembers what stands on the screen."""

    stream: TextIO
    colours: bool = True
    redraws: int = attrs.field(default=0, init=False)
    """Times that anything was written."""
    _rows: list[Text] = attrs.field(factory=list[Text], init=False)
    _size: tuple[int, int] = attrs.field(default=(0, 0), init=False)
    _cursor: int = attrs.field(default=-1, init=False)

    def draw(self, picture: Picture, width: int, height: int) -> None:
        """Make the screen look like this; nothing is written where it does.

        Raises:
            OSError: the terminal is gone.
        """
        out: list[str] = []
        if self._size != (width, height):
            self._size, self._rows = (width, height), []
            out.append("\x1b[0m\x1b[2J")
        for number, row in enumerate(picture.rows):
            if number >= len(self._rows) or not _same(self._rows[number], row):
                out.append(f"\x1b[{number + 1};1H{self._ansi(row, width)}")
        if not out and self._cursor == picture.cursor:
            return
        out.append(f"\x1b[{len(picture.rows)};{picture.cursor + 1}H")
        self._rows, self._cursor = picture.rows, picture.cursor
        self.redraws += 1
        self.stream.write("".join(out))
        self.stream.flush()

    def forget(self) -> None:
        """Something else has written on the screen: the next picture is drawn as a whole."""
        self._size = (0, 0)

    def _ansi(self, row: Text, width: int) -> str:
        # After the last column an erasure would take the last letter with it.
        erased = "" if cell_len(row.plain) >= width else "\x1b[K"
        return f"\x1b[0m{styled(row, colours=self.colours)}\x1b[0m{erased}"


def styled(row: Text, *, colours: bool) -> str:
    """Text with the sequences of its styles, in the sixteen colours of the user's own palette or in none."""
    out = io.StringIO()
    console = Console(
        file=out,
        force_terminal=True,
        color_system="standard",
        no_color=not colours,
        width=max(cell_len(row.plain), 1) + 1,
        legacy_windows=False,
    )
    console.print(row, end="", no_wrap=True, crop=False, overflow="ignore", highlight=False)
    return out.getvalue()


def _same(one: Text, other: Text) -> bool:
    return one.plain == other.plain and one.style == other.style and one.spans == other.spans

"""Where everything stands in the picture of a conversation, in units of layout (`SCALE` pixels each)."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs

from voice_actors.cli.scene import Cut, Scene, Speech, ToolUse
from voice_actors.errors import MissingPartError

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

PAPER, INK, FAINT, GRID = "#ffffff", "#1f2933", "#7b8794", "#e9edf2"
USER, USER_TINT, USER_PALE = "#2563eb", "#eef4ff", "#a8c4fb"
AGENT, AGENT_TINT, AGENT_PALE = "#0d8f6b", "#ebf8f3", "#96d6c1"
TOOL, TOOL_TINT = "#a16207", "#fef6e0"
CUT, CUT_TINT = "#d33a3a", "#fdeeee"

SCALE = 2
"""Pixels per unit of layout, for screens with small pixels."""
LEFT, RIGHT, GAP = 84, 28, 12
WAVE = 96
"""Height of a voice's waveform."""
UNITS_PER_SECOND = 52.0
WIDEST = 4_000
"""Units; a longer conversation is drawn smaller."""
MOST_LINES = 10


# ---- text --------------------------------------------------------------------------------------------------------


@functools.cache
def font(size: float) -> FreeTypeFont:
    """Pillow's own face: it is there on every machine."""
    from PIL import ImageFont

    found = ImageFont.load_default(size * SCALE)
    if isinstance(found, ImageFont.ImageFont):
        raise MissingPartError("the picture needs a Pillow with FreeType: pip install --upgrade pillow")
    return found


def width_of(text: str, size: float) -> float:
    """In units of layout."""
    return font(size).getlength(text) / SCALE


def wrapped(text: str, width: float, size: float, most: int = MOST_LINES) -> list[str]:
    """Lines no wider than `width`; what does not fit into `most` lines ends in an ellipsis."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if width_of(longer, size) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    lines = [squeezed(line, width, size) for line in lines]
    if len(lines) > most:
        lines = [*lines[: most - 1], squeezed(lines[most - 1] + " …", width, size)]
    return lines


def squeezed(line: str, width: float, size: float) -> str:
    """The line, or as much of it as fits."""
    if width_of(line, size) <= width:
        return line
    while line and width_of(line + "…", size) > width:
        line = line[:-1]
    return line.rstrip() + "…"


# ---- layout ------------------------------------------------------------------------------------------------------


@attrs.frozen
class Label:
    """A box with text that belongs to a moment. `x` is that moment, `left` where there was room."""

    x: float
    left: float
    row: int
    lines: Sequence[str]
    width: float
    ink: str
    tint: str
    size: float
    kind: str = ""
    heading: str = ""

    @property
    def height(self) -> float:
        """Lines and room around them."""
        return (len(self.lines) + bool(self.heading)) * self.size * 1.3 + 10


@attrs.define(eq=False)
class Shelf:
    """Labels in rows, so that none covers another."""

    right: float
    """The edge of the picture's content."""
    labels: list[Label] = attrs.field(factory=list[Label])

    def put(
        self,
        x: float,
        text: str,
        *,
        width: float,
        ink: str,
        tint: str,
        size: float = 13,
        kind: str = "",
        heading: str = "",
    ) -> None:
        """Place a label at `x` or, near the right edge, a little before it; in the first row with room."""
        lines, heading = wrapped(text, width - 20, size), squeezed(heading, width - 20, size)
        if kind != "unheard":  # whose width is a time
            width = min(width, max(width_of(line, size) for line in [*lines, heading]) + 20)
        left = max(min(x, self.right - width), LEFT)
        row = 0
        while any(o.row == row and left < o.left + o.width + 6 and o.left < left + width + 6 for o in self.labels):
            row += 1
        self.labels.append(Label(x, left, row, lines, width, ink, tint, size, kind, heading))

    @property
    def height(self) -> float:
        """Of all rows."""
        return sum(self._heights()) + 6 * max(len(self._heights()) - 1, 0)

    def top_of(self, label: Label) -> float:
        """From the shelf's top."""
        return sum(height + 6 for height in self._heights()[: label.row])

    def bottom_of(self, label: Label) -> float:
        """From the shelf's top."""
        return self.top_of(label) + label.height

    def _heights(self) -> list[float]:
        rows = max((label.row for label in self.labels), default=-1) + 1
        return [max((label.height for label in self.labels if label.row == row), default=0.0) for row in range(rows)]


@attrs.define(eq=False)
class Plan:
    """Where everything goes, in units; from top to bottom: title, the user's words and voice, what happened between,
    the agent's voice and words, what nobody heard, the time axis.
    """

    scene: Scene
    per_second: float = attrs.field(init=False)
    width: float = attrs.field(init=False)
    user_words: Shelf = attrs.field(init=False)
    between: Shelf = attrs.field(init=False)
    agent_words: Shelf = attrs.field(init=False)
    unheard: Shelf = attrs.field(init=False)
    user_words_top: float = attrs.field(default=66, init=False)
    user_wave_top: float = attrs.field(init=False)
    between_top: float = attrs.field(init=False)
    agent_wave_top: float = attrs.field(init=False)
    agent_words_top: float = attrs.field(init=False)
    unheard_top: float = attrs.field(init=False)
    axis_top: float = attrs.field(init=False)
    height: float = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        room = WIDEST - LEFT - RIGHT
        self.per_second = min(UNITS_PER_SECOND, room / self.scene.duration)
        self.width = max(LEFT + self.scene.duration * self.per_second + RIGHT, 640)
        self.user_words, self.between, self.agent_words, self.unheard = (Shelf(self.width - RIGHT) for _ in range(4))
        for speech in self.scene.speeches:
            self._put_speech(speech)
        events: list[ToolUse | Cut] = [*self.scene.tools, *self.scene.cuts]
        for event in sorted(events, key=lambda event: event.at):
            self._put_event(event)
        self._stack()

    def _stack(self) -> None:
        """Each band below the one before."""
        self.user_wave_top = self.user_words_top + self.user_words.height + GAP
        self.between_top = self.user_wave_top + WAVE + GAP
        self.agent_wave_top = self.between_top + max(self.between.height, 18) + GAP
        self.agent_words_top = self.agent_wave_top + WAVE + GAP
        self.unheard_top = self.agent_words_top + self.agent_words.height + GAP
        self.axis_top = self.unheard_top + (self.unheard.height + GAP if self.unheard.labels else 0)
        self.height = self.axis_top + 40

    def x(self, seconds: float) -> float:
        """Where a moment is."""
        return LEFT + max(seconds, 0.0) * self.per_second

    def _put_speech(self, speech: Speech) -> None:
        shelf, ink, tint = (
            (self.user_words, USER, USER_TINT) if speech.who == "user" else (self.agent_words, AGENT, AGENT_TINT)
        )
        text = f"(typed) {speech.text}" if speech.typed else speech.text
        width = max((speech.end - speech.start) * self.per_second, 150)
        shelf.put(self.x(speech.start), text, width=width, ink=ink, tint=tint)

    def _put_event(self, event: ToolUse | Cut) -> None:
        if isinstance(event, ToolUse):
            self._put_tool(event)
            return
        who = "by the user" if event.by == "user" else "by the program"
        text = f"interrupted {who} after {event.heard_ms / 1000:.1f} s"
        self.between.put(self.x(event.at), text, width=300, ink=CUT, tint=CUT_TINT, kind="cut")
        if event.dropped_ms:
            seconds = event.dropped_ms / 1000
            width = max(min(seconds * self.per_second, self.width - RIGHT - self.x(event.at)), 180)
            heading = f"arrived and never heard: {seconds:.1f} s"
            self.unheard.put(
                self.x(event.at), event.unheard, width=width, ink=FAINT, tint=PAPER, kind="unheard", heading=heading
            )

    def _put_tool(self, tool: ToolUse) -> None:
        self.between.put(
            self.x(tool.at), tool.answer, width=270, ink=TOOL, tint=TOOL_TINT, size=12, kind="tool", heading=tool.call
        )

"""The picture of a conversation: both voices on one time axis, with their words, tools and interruptions."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import attrs

from voice_actors.cli.layout import (
    AGENT,
    AGENT_PALE,
    CUT,
    FAINT,
    GRID,
    INK,
    LEFT,
    PAPER,
    SCALE,
    USER,
    USER_PALE,
    WAVE,
    Label,
    Plan,
    Shelf,
    font,
    width_of,
)
from voice_actors.cli.scene import Scene, read_scene
from voice_actors.errors import ConfigError, MissingPartError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.ImageDraw import ImageDraw

Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom, in pixels."""


def draw(recording: Path, transcript: Path, out: Path) -> None:
    """Draw a recorded conversation as PNG. Takes about a second a minute: not for the event loop.

    Raises:
        ConfigError: a file cannot be read, or `out` cannot be written.
        MissingPartError: Pillow is not installed.
    """
    draw_scene(read_scene(recording, transcript), out)


def draw_scene(scene: Scene, out: Path) -> None:
    """Draw what was read before; see `draw`."""
    try:
        from PIL import Image, ImageDraw
    except ImportError as error:
        raise MissingPartError('the picture needs Pillow: pip install "voice-actors[offline]"') from error
    plan = Plan(scene)
    image = Image.new("RGB", (round(plan.width * SCALE), round(plan.height * SCALE)), PAPER)
    Painter(ImageDraw.Draw(image), plan).paint()
    try:
        image.save(out, "PNG", optimize=True)
    except OSError as error:
        raise ConfigError(f"cannot write the picture {out}: {error.strerror or error}") from error


# ---- painting ----------------------------------------------------------------------------------------------------


@attrs.define(eq=False)
class Painter:
    """Puts a plan on paper."""

    on: ImageDraw
    plan: Plan

    def paint(self) -> None:
        """Back to front."""
        plan = self.plan
        self._grid()
        for cut in plan.scene.cuts:
            self._dashed(plan.x(cut.at), plan.user_words_top, plan.axis_top)
        self._wave(plan.scene.user, plan.user_wave_top, USER, USER_PALE)
        self._wave(plan.scene.agent, plan.agent_wave_top, AGENT, AGENT_PALE)
        self._ties()
        for shelf, top in (
            (plan.user_words, plan.user_words_top),
            (plan.between, plan.between_top),
            (plan.agent_words, plan.agent_words_top),
            (plan.unheard, plan.unheard_top),
        ):
            for label in shelf.labels:
                self._label(label, self._top(shelf, label, top))
        self._titles()

    def _top(self, shelf: Shelf, label: Label, top: float) -> float:
        if shelf is self.plan.user_words:  # these stand on the waveform below them
            return top + shelf.height - shelf.bottom_of(label)
        return top + shelf.top_of(label)

    def _grid(self) -> None:
        plan = self.plan
        step = next((s for s in (1, 2, 5, 10, 15, 30, 60) if s * plan.per_second >= 80), 120)
        bottom = plan.axis_top
        for seconds in range(0, int(plan.scene.duration) + 1, step):
            x = plan.x(seconds)
            self._line((x, plan.user_words_top - 6, x, bottom), GRID)
            text = f"{seconds // 60}:{seconds % 60:02d}"
            self._text(x - width_of(text, 11) / 2, bottom + 8, text, FAINT, 11)
        self._line((LEFT, bottom, plan.x(plan.scene.duration), bottom), "#c3cad3")

    def _wave(self, samples: NDArray[np.int16], top: float, ink: str, pale: str) -> None:
        import numpy as np

        middle, half = (top + WAVE / 2) * SCALE, WAVE / 2 * SCALE
        columns = int(len(samples) / self.plan.scene.rate * self.plan.per_second * SCALE)
        edges = np.linspace(0, len(samples), max(columns, 1) + 1).astype(int)
        loudest = max(float(np.abs(samples.astype(np.int32)).max(initial=0)), 3_000.0)
        for column, (start, stop) in enumerate(itertools.pairwise(edges)):
            part = samples[start:stop].astype(np.float64) / loudest
            if not len(part):
                continue
            x = LEFT * SCALE + column
            peak, body = float(np.abs(part).max()) * half, float(np.sqrt((part * part).mean())) * half
            self.on.line((x, middle - peak, x, middle + peak), fill=pale)
            self.on.line((x, middle - body, x, middle + body), fill=ink)
        self.on.line((LEFT * SCALE, middle, self.plan.x(self.plan.scene.duration) * SCALE, middle), fill=pale)

    def _ties(self) -> None:
        """From each event between the voices to its moment."""
        plan = self.plan
        for label in plan.between.labels:
            x, top = label.x, plan.user_wave_top + WAVE / 2
            self._line((x, top, x, plan.between_top + plan.between.top_of(label)), label.ink)
            if label.kind == "tool":
                self._dot(x, top, label.ink)

    def _dashed(self, x: float, top: float, bottom: float) -> None:
        while top < bottom:
            self._line((x, top, x, min(top + 6, bottom)), CUT, 1.5)
            top += 10

    def _label(self, label: Label, top: float) -> None:
        box = (label.left, top, label.left + label.width, top + label.height)
        outline = {"unheard": FAINT}.get(label.kind, label.tint)
        self.on.rounded_rectangle([v * SCALE for v in box], 6 * SCALE, fill=label.tint, outline=outline, width=SCALE)
        if label.kind == "unheard":
            self._hatch(box)
        else:
            bar = (box[0], box[1] + 3, box[0] + 3, box[3] - 3)
            self.on.rectangle([v * SCALE for v in bar], fill=label.ink)
        ink = label.ink if label.kind in {"cut", "unheard"} else INK
        y = top + 4
        if label.heading:
            self._text(label.left + 10, y, label.heading, CUT if label.kind == "unheard" else label.ink, label.size)
            y += label.size * 1.3
        for line in label.lines:
            self._text(label.left + 10, y, line, ink, label.size)
            if label.kind == "unheard":
                middle = y + label.size * 0.74
                self._line((label.left + 10, middle, label.left + 10 + width_of(line, label.size), middle), "#d5dae1")
            y += label.size * 1.3

    def _hatch(self, box: Box) -> None:
        left, top, right, bottom = box
        x = left - (bottom - top) + 8
        while x < right - 2:
            start, stop = max(x, left + 1), min(x + bottom - top, right - 1)
            self._line((start, bottom - (start - x) - 1, stop, bottom - (stop - x) + 1), "#eef0f3", 2)
            x += 10

    def _titles(self) -> None:
        plan, scene = self.plan, self.plan.scene
        replies, cuts = sum(s.who == "agent" for s in scene.speeches), len(scene.cuts)
        facts = [f"{scene.duration:.0f} seconds", _count(replies, "reply", "replies")]
        facts += [_count(len(scene.tools), "tool call", "tool calls"), _count(cuts, "interruption", "interruptions")]
        self._text(LEFT, 14, "A conversation", INK, 19)
        self._text(LEFT, 38, "   ".join(facts), FAINT, 13)
        self._text(20, plan.user_wave_top + WAVE / 2 - 10, "user", USER, 15)
        self._text(20, plan.agent_wave_top + WAVE / 2 - 10, "agent", AGENT, 15)

    # ---- units to pixels -----------------------------------------------------------------------------------------

    def _line(self, box: Box, ink: str, width: float = 1) -> None:
        self.on.line([v * SCALE for v in box], fill=ink, width=round(width * SCALE))

    def _dot(self, x: float, y: float, ink: str) -> None:
        self.on.ellipse([(x - 4) * SCALE, (y - 4) * SCALE, (x + 4) * SCALE, (y + 4) * SCALE], fill=ink)

    def _text(self, x: float, y: float, text: str, ink: str, size: float) -> None:
        self.on.text((x * SCALE, y * SCALE), text, fill=ink, font=font(size))


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"

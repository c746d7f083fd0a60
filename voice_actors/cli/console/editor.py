"""The line that is being typed."""

from __future__ import annotations

import attrs

from voice_actors.cli.console.keys import Key

LONGEST = 10_000
"""Characters of a line; what is pasted beyond them is left out."""
REMEMBERED = 100
"""Lines that the up key brings back."""


@attrs.define(eq=False)
class Editor:
    """A line of text with a cursor, and the lines before it."""

    text: str = ""
    cursor: int = 0
    _earlier: list[str] = attrs.field(factory=list[str], init=False)
    _recalled: int = attrs.field(default=0, init=False)
    """How many lines back; 0 is the one being typed."""

    def press(self, key: Key) -> str | None:
        """Edit; the finished line where the key was Enter. Keys that edit nothing are left to others."""
        before, after = self.text[: self.cursor], self.text[self.cursor :]
        match key.name:
            case "text" if len(self.text) < LONGEST:
                self._set(before + key.text, after)
            case "backspace":
                self._set(before[:-1], after)
            case "delete" | "end of input":
                self._set(before, after[1:])
            case "kill to end":
                self._set(before, "")
            case "kill line" | "interrupt":
                self._set("", after if key.name == "kill line" else "")
            case "kill word":
                self._set(before.rstrip()[: before.rstrip().rfind(" ") + 1], after)
            case "enter":
                return self._finish()
            case _:
                self._move(key.name)
        return None

    def _set(self, before: str, after: str) -> None:
        self.text, self.cursor = before + after, len(before)

    def _move(self, name: str) -> None:
        match name:
            case "left":
                self.cursor = max(self.cursor - 1, 0)
            case "right":
                self.cursor = min(self.cursor + 1, len(self.text))
            case "home":
                self.cursor = 0
            case "end":
                self.cursor = len(self.text)
            case "up" | "down":
                self._recall(1 if name == "up" else -1)
            case _:
                ...

    def _recall(self, step: int) -> None:
        self._recalled = min(max(self._recalled + step, 0), len(self._earlier))
        self._set(self._earlier[-self._recalled] if self._recalled else "", "")

    def _finish(self) -> str:
        line = self.text.strip()
        if line and line not in self._earlier[-1:]:
            self._earlier = [*self._earlier[1 - REMEMBERED :], line]
        self._recalled = 0
        self._set("", "")
        return line

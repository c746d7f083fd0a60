"""What was pressed, out of the bytes that a terminal sends: however they are cut, whatever they are.

Theory of operation: one byte at a time goes through five states. In `GROUND` it is a letter (or a part of one), or a
control key. ESC leads to `ESCAPE`, and from there `[` to `SEQUENCE`, which ends with a final byte, and `O` to `SINGLE`,
of one byte more. An ESC that nothing follows is the Esc key, which only time can tell: the owner calls `settle` when
nothing came for a moment. Between the marks of a bracketed paste everything is text, and line ends are spaces.
Where a terminal was asked to tell more (see `push_key`), every key is a sequence that ends with `u`.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from enum import Enum, auto

import attrs

from voice_actors.cli.console.report import Report, read_report

_CONTROLS = {
    0x01: "home",
    0x02: "left",
    0x03: "interrupt",
    0x04: "end of input",
    0x05: "end",
    0x06: "right",
    0x08: "backspace",
    0x09: "tab",
    0x0A: "enter",
    0x0B: "kill to end",
    0x0C: "redraw",
    0x0D: "enter",
    0x10: "push",
    0x15: "kill line",
    0x17: "kill word",
    0x7F: "backspace",
}
_FINALS = {"A": "up", "B": "down", "C": "right", "D": "left", "H": "home", "F": "end", "M": "enter"}
_NUMBERED = {"1": "home", "7": "home", "4": "end", "8": "end", "3": "delete"}
_CODES = {code: _CONTROLS[code] for code in (0x09, 0x0D, 0x7F)} | {0x1B: "escape", 57_414: "enter"}
"""Of the kitty keyboard protocol; the last is the number pad's."""
_PASTE_BEGINS, _PASTE_ENDS = "200", "201"
_LONGEST_SEQUENCE = 32
"""Bytes of a sequence that are remembered; those that mean anything to us are shorter."""


@attrs.frozen
class Key:
    """A key that was pressed: a letter, or one with a name."""

    name: str
    """`text`, or such as `enter`, `escape`, `left`, `push` (^P), `interrupt` (^C), `end of input` (^D); also `let go`,
    and `tells releases` where the terminal says that it can."""
    text: str = ""
    """The letter of a `text` key, and of one that was let go."""


class _At(Enum):
    GROUND = auto()
    ESCAPE = auto()
    SEQUENCE = auto()
    SINGLE = auto()
    FUNCTION = auto()
    """After `ESC [ [`, with which the Linux console begins F1 to F5."""


@attrs.define(eq=False)
class Keyboard:
    """Bytes in, keys out. It never raises, and what it holds is bounded."""

    _at: _At = attrs.field(default=_At.GROUND, init=False)
    _sequence: str = attrs.field(default="", init=False)
    _pasting: bool = attrs.field(default=False, init=False)
    _letters: codecs.IncrementalDecoder = attrs.field(
        factory=lambda: codecs.getincrementaldecoder("utf-8")("replace"), init=False
    )

    @property
    def unsettled(self) -> bool:
        """An ESC has come, and nothing that says what it meant."""
        return self._at is _At.ESCAPE

    def feed(self, data: bytes) -> list[Key]:
        """The keys that these bytes complete."""
        return [key for byte in data for key in self._take(byte)]

    def settle(self) -> list[Key]:
        """Nothing came for a moment: an ESC was the Esc key."""
        if not self.unsettled:
            return []
        self._at = _At.GROUND
        return list(self._named("escape"))

    def _take(self, byte: int) -> Iterator[Key]:
        match self._at:
            case _At.GROUND:
                yield from self._ground(byte)
            case _At.ESCAPE:
                yield from self._escape(byte)
            case _At.SEQUENCE:
                yield from self._in_sequence(byte)
            case _At.SINGLE | _At.FUNCTION:
                single, self._at = self._at is _At.SINGLE, _At.GROUND
                if not 0x20 <= byte < 0x7F:
                    yield from self._ground(byte)
                elif single and (name := _FINALS.get(chr(byte))):
                    yield from self._named(name)

    def _ground(self, byte: int) -> Iterator[Key]:
        if byte >= 0x20 and byte != 0x7F:
            yield from self._text(self._letters.decode(bytes((byte,))))
            return
        yield from self._text(self._letters.decode(b"", final=True))
        if byte == 0x1B:
            self._at = _At.ESCAPE
        elif self._pasting and byte in {0x09, 0x0A, 0x0D}:
            yield Key("text", " ")
        elif name := _CONTROLS.get(byte):
            yield from self._named(name)

    def _text(self, letters: str) -> Iterator[Key]:
        for letter in letters:
            if letter.isprintable() or letter.isspace():
                yield Key("text", letter if letter.isprintable() else " ")

    def _escape(self, byte: int) -> Iterator[Key]:
        if byte == 0x5B:
            self._at, self._sequence = _At.SEQUENCE, ""
        elif byte == 0x4F:
            self._at = _At.SINGLE
        else:
            self._at = _At.GROUND
            yield from self._named("escape")
            yield from self._ground(byte)

    def _in_sequence(self, byte: int) -> Iterator[Key]:
        if 0x20 <= byte < 0x40:
            self._sequence = (self._sequence + chr(byte))[:_LONGEST_SEQUENCE]
        elif byte == 0x5B and not self._sequence:
            self._at = _At.FUNCTION
        else:
            self._at = _At.GROUND
            if 0x40 <= byte < 0x7F:
                yield from self._meant(chr(byte))
            else:
                yield from self._ground(byte)

    def _meant(self, final: str) -> Iterator[Key]:
        number, report = self._sequence.split(";", 1)[0], read_report(self._sequence)
        if final == "u":
            yield from self._told(report)
        elif final == "~" and number in {_PASTE_BEGINS, _PASTE_ENDS}:
            self._pasting = number == _PASTE_BEGINS
        elif name := _NUMBERED.get(number) if final == "~" else _FINALS.get(final):
            yield from () if report.let_go else self._named(name)

    def _told(self, report: Report) -> Iterator[Key]:
        if self._sequence.startswith("?"):
            yield from self._named("tells releases")
        elif report.let_go:
            yield Key("let go", chr(report.code))
        elif report.letters:
            yield from self._text(report.letters)
        elif name := _CODES.get(report.code) or (report.ctrl and _CONTROLS.get(report.code & 0x1F)):
            yield from self._named(name)

    def _named(self, name: str) -> Iterator[Key]:
        if not self._pasting:
            yield Key(name)

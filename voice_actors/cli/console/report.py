"""A key as the kitty keyboard protocol tells it (https://sw.kovidgoyal.net/kitty/keyboard-protocol/)."""

from __future__ import annotations

import attrs

_CTRL = 4
_LET_GO = "3"


@attrs.frozen
class Report:
    """What `ESC [ code : … ; modifiers : event ; letter : … u` says; all but the code may be missing."""

    code: int
    """Of the key, in Unicode: a lower-case letter, 13 for Enter, 27 for Esc."""
    letters: str
    """What it types."""
    ctrl: bool
    let_go: bool


def read_report(sequence: str) -> Report:
    """The report between `ESC [` and the final byte; code 0 where it makes no sense."""
    code, how, letters = (field.split(":") for field in (*sequence.split(";"), "", "")[:3])
    modifiers = max(_number(how[0]) - 1, 0)
    typed = "".join(chr(number) for number in map(_number, letters) if number)
    return Report(_number(code[0]), typed, bool(modifiers & _CTRL), how[1:2] == [_LET_GO])


def _number(digits: str) -> int:
    number = int(digits) if digits.isdecimal() else 0
    return number if number < 0x110000 else 0

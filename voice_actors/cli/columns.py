"""Figures side by side, for people."""

from __future__ import annotations

from collections.abc import Sequence


def shown_ms(ms: float | None) -> str:
    """A dash where it is not known."""
    if ms is None:
        return "-"
    return f"{ms:,.0f}" if ms >= 10 else f"{ms:.1f}"


def columns(head: Sequence[str], rows: Sequence[Sequence[str]], feet: Sequence[Sequence[str]] = ()) -> str:
    """A table without a newline at its end: the first column flush left, `feet` below a line."""
    widths = [max(map(len, column)) for column in zip(head, *rows, *feet, strict=True)]
    lines = [_line(cells, widths) for cells in (head, *rows, *feet)]
    rule = "-" * max(map(len, lines))
    return "\n".join([lines[0], rule, *lines[1 : 1 + len(rows)], *([rule] * bool(feet)), *lines[1 + len(rows) :]])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]).rstrip()

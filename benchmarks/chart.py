"""The targets of a run as a picture: how far each is from what was wanted, on one logarithmic scale."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from benchmarks.harness import shown

WIDTH, ROW, LEFT, RIGHT, TOP = 980, 22, 430, 150, 54
DECADES = 3.0
"""The scale reaches from a thousandth of the target to ten times of it."""
MET, SHORT = "#2b7a4b", "#b3541e"
FONT = "font-family='system-ui, sans-serif' font-size='12'"


def chart(report: Mapping[str, Any]) -> str:
    """An SVG document."""
    targets: Sequence[Mapping[str, Any]] = report["targets"]
    height = TOP + ROW * len(targets) + 30
    here = report["machine"]
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height}' width='{WIDTH}' {FONT}>",
        f"<rect width='{WIDTH}' height='{height}' fill='white'/>",
        "<text x='12' y='20' font-weight='bold'>Measured, as a part of what was wanted (left of the line: met)</text>",
        f"<text x='12' y='38' fill='#555'>{escape(_machine(here))}</text>",
        *_scale(height),
        *(part for number, target in enumerate(targets) for part in _row(TOP + ROW * number, target)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _machine(here: Mapping[str, Any]) -> str:
    packages = ", ".join(f"{name} {version}" for name, version in here["packages"].items() if version)
    return f"{here['cpu']}, {here['cores']} cores, Python {here['python']}, {here['when'][:10]}; {packages}"


def _x(ratio: float) -> float:
    """Where a part of the target lies; the scale's ends take what is beyond them."""
    place = (math.log10(max(ratio, 1e-9)) + DECADES) / (DECADES + 1)
    return LEFT + min(max(place, 0.0), 1.0) * (WIDTH - LEFT - RIGHT)


def _scale(height: int) -> list[str]:
    parts: list[str] = []
    for ratio in (0.001, 0.01, 0.1, 1.0, 10.0):
        x, colour = _x(ratio), "#222" if ratio == 1 else "#ddd"
        parts.append(f"<line x1='{x:.1f}' x2='{x:.1f}' y1='{TOP - 8}' y2='{height - 24}' stroke='{colour}'/>")
        parts.append(f"<text x='{x:.1f}' y='{height - 8}' text-anchor='middle' fill='#555'>{ratio:g}</text>")
    return parts


def _row(y: int, target: Mapping[str, Any]) -> list[str]:
    colour, wanted = (MET if target["ok"] else SHORT), target["target"]
    end = _x(target["measured"] / wanted) if wanted else _x(1e-9 if target["ok"] else 10.0)
    label = escape(f"{target['id']} {target['what']}")
    found = escape(f"{shown(target['measured'])} {target['unit']} (wanted {shown(wanted)})")
    return [
        f"<text x='12' y='{y + 14}'>{label}</text>",
        f"<rect x='{LEFT}' y='{y + 4}' width='{max(end - LEFT, 2):.1f}' height='{ROW - 9}' fill='{colour}'/>",
        f"<text x='{max(end, LEFT) + 6:.1f}' y='{y + 14}' fill='#333'>{found}</text>",
    ]

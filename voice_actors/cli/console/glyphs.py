"""The signs a console is drawn with, in UTF-8 and without."""

from __future__ import annotations

import attrs


@attrs.frozen
class Glyphs:
    """One sign for every purpose."""

    on: str = "●"
    away: str = "○"
    running: str = "…"
    done: str = "✓"
    failed: str = "✗"
    gives: str = "→"
    cut: str = "[cut]"
    lit: str = "█"
    unlit: str = "░"
    rule: str = "─"
    dot: str = "·"
    prompt: str = ">"
    more: str = "…"
    tildes: bool = False
    """Struck words also stand between tildes, for terminals that cannot strike."""

    def struck(self, words: str) -> str:
        """Words that nobody heard."""
        return f"~{words}~" if self.tildes else words


UNICODE = Glyphs()
ASCII = Glyphs(
    on="*", away="o", running="...", done="ok", failed="x", gives="->", lit="#", unlit=".", rule="-", dot="|",
    more="...", tildes=True,
)  # fmt: skip


def glyphs_for(encoding: str | None) -> Glyphs:
    """Those that a stream of this encoding can carry."""
    try:
        "".join(UNICODE.on + UNICODE.done + UNICODE.lit + UNICODE.rule).encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE

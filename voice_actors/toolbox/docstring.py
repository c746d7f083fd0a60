"""What a docstring says for the model: its first paragraph, and a line for each parameter.

Google's, NumPy's, reST's and Epydoc's ways of writing are told apart and read by the package docstring-parser.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping

import attrs

from voice_actors.values import Value

_SUMMARY = "-\n\n"
"""In front of a docstring that begins with its parameters; the parser looks for them after a first line only."""


@attrs.frozen(eq=False, repr=False)
class Documentation(Value):
    """A docstring, taken apart."""

    description: str = ""
    """The first paragraph, on one line."""
    parameters: Mapping[str, str] = attrs.field(factory=dict[str, str])


def read_docstring(text: str | None) -> Documentation:
    """Take a docstring apart; nothing in it is an error, what is not understood is left out."""
    if not text or not text.strip():
        return Documentation()
    clean = inspect.cleandoc(text)
    description, parameters = _parsed(clean)
    if not parameters:
        _, parameters = _parsed(_SUMMARY + clean)
        description = "" if parameters else description
    return Documentation(description, parameters)


def _parsed(text: str) -> tuple[str, dict[str, str]]:
    import docstring_parser

    try:
        found = docstring_parser.parse(text)
    except docstring_parser.ParseError:
        return _on_one_line(text.split("\n\n", 1)[0]), {}
    parameters = {
        name.strip().lstrip("*"): words
        for one in found.params
        if (words := _on_one_line(one.description or ""))
        for name in one.arg_name.split(",")  # NumPy documents `x, y : float` together
    }
    paragraph = found.short_description or ""
    if not found.blank_after_short_description and found.long_description:
        paragraph += "\n" + found.long_description.split("\n\n", 1)[0]
    return _on_one_line(paragraph), parameters


def _on_one_line(text: str) -> str:
    return " ".join(text.split())

"""What a docstring says for the model: its first paragraph, and a line for each parameter.

Three ways of writing are read: Google (`Args:`), NumPy (`Parameters` underlined) and reST (`:param name: ...`).
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping

import attrs

_HEADINGS = "args|arguments|parameters|params|keyword args|keyword arguments|other parameters"
_OTHER_SECTIONS = "returns?|yields?|raises?|examples?|notes?|attributes|see also|warnings?|references|todo"
_HEADING = re.compile(rf"^({_HEADINGS})\s*:?\s*$", re.IGNORECASE)
_GOOGLE_ENTRY = re.compile(r"^\*{0,2}(\w+)\s*(?:\([^)]*(?:\([^)]*\)[^)]*)*\))?\s*:\s*(.*)$")
_NUMPY_ENTRY = re.compile(r"^\*{0,2}(\w+(?:\s*,\s*\w+)*)\s*(?::.*)?$")
_REST_ENTRY = re.compile(r"^:(?:param|parameter|arg|argument|key|keyword)\s+(?:[^:]*\s)?\*{0,2}(\w+)\s*:\s*(.*)$")
_ANY_SECTION = re.compile(rf"^({_HEADINGS}|{_OTHER_SECTIONS})\s*:?\s*$", re.IGNORECASE)
_UNDERLINE = re.compile(r"^-{3,}\s*$")


@attrs.frozen
class Documentation:
    """A docstring, taken apart."""

    description: str = ""
    """The first paragraph, on one line."""
    parameters: Mapping[str, str] = attrs.field(factory=dict[str, str])


def read_docstring(text: str | None) -> Documentation:
    """Take a docstring apart; nothing in it is an error, what is not understood is left out."""
    if not text:
        return Documentation()
    lines = inspect.cleandoc(text).splitlines()
    parameters = {**dict(_rest(lines)), **dict(_sections(lines))}
    return Documentation(_first_paragraph(lines), {name: words for name, words in parameters.items() if words})


def _first_paragraph(lines: list[str]) -> str:
    paragraph: list[str] = []
    for index, line in enumerate(lines):
        underlined = index + 1 < len(lines) and _UNDERLINE.match(lines[index + 1]) is not None
        if (
            not line.strip()
            or line.startswith(":")
            or (_ANY_SECTION.match(line) and (underlined or line.rstrip().endswith(":")))
        ):
            break
        paragraph.append(line.strip())
    return " ".join(paragraph)


def _rest(lines: list[str]) -> Iterator[tuple[str, str]]:
    for index, line in enumerate(lines):
        if found := _REST_ENTRY.match(line.strip()):
            yield found[1], _joined(found[2], _continued(lines[index + 1 :], deeper_than=_indent(line)))


def _sections(lines: list[str]) -> Iterator[tuple[str, str]]:
    for index, line in enumerate(lines):
        if not _HEADING.match(line.strip()):
            continue
        following = lines[index + 1 :]
        if following and _UNDERLINE.match(following[0].strip()):
            yield from _numpy_entries(following[1:], _indent(line))
        elif line.rstrip().endswith(":"):
            yield from _google_entries(following, _indent(line))


def _google_entries(lines: list[str], heading: int) -> Iterator[tuple[str, str]]:
    section = list(_block(lines, deeper_than=heading))
    base = min((_indent(line) for line in section if line.strip()), default=0)
    for index, line in enumerate(section):
        if _indent(line) == base and (found := _GOOGLE_ENTRY.match(line.strip())):
            yield found[1], _joined(found[2], _continued(section[index + 1 :], deeper_than=base))


def _numpy_entries(lines: list[str], heading: int) -> Iterator[tuple[str, str]]:
    for index, line in enumerate(lines):
        after = lines[index + 1] if index + 1 < len(lines) else ""
        if _UNDERLINE.match(after.strip()):
            return  # the next section's heading
        if _indent(line) == heading and (found := _NUMPY_ENTRY.match(line.strip())):
            words = _joined("", _continued(lines[index + 1 :], deeper_than=heading))
            for name in found[1].split(","):
                yield name.strip(), words


def _block(lines: list[str], *, deeper_than: int) -> Iterator[str]:
    for line in lines:
        if line.strip() and _indent(line) <= deeper_than:
            return
        yield line


def _continued(lines: list[str], *, deeper_than: int) -> Iterator[str]:
    """The lines that belong to an entry: indented deeper, up to the first empty one."""
    for line in lines:
        if not line.strip() or _indent(line) <= deeper_than:
            return
        yield line.strip()


def _joined(first: str, rest: Iterator[str]) -> str:
    return " ".join([first, *rest]).strip()


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())

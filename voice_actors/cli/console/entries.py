"""The lines of a conversation as the console keeps them."""

from __future__ import annotations

from typing import Literal, TypeAlias

import attrs

from voice_actors.loudspeaker.words import Unfolding


@attrs.define(eq=False)
class Said:
    """Words of either side; those of a reply appear as they are heard."""

    who: Literal["you", "agent"]
    text: str = ""
    unheard: str = ""
    """The words of a cut reply that nobody heard."""
    cut: bool = False
    typed: bool = False


@attrs.define(eq=False)
class Called:
    """A tool that the model asked for."""

    id: str
    call: str
    """As one would write it, such as `weather(city="Oslo")`."""
    at: float
    outcome: str = "running"
    """`running`, `withdrawn`, or the outcome of `ToolAnswered`."""
    took_ms: float = 0.0
    answer: str = ""


@attrs.define(eq=False)
class Note:
    """Something of our own between the captions."""

    text: str


Entry: TypeAlias = Said | Called | Note


@attrs.define(eq=False)
class Reply:
    """A reply that is being spoken, and its line."""

    said: Said
    unfolding: Unfolding = attrs.field(factory=Unfolding)

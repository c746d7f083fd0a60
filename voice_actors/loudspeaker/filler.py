"""What a caller hears while a tool works, so that nobody thinks the line is dead."""

from __future__ import annotations

import os
from typing import Final

import attrs

from voice_actors.checks import between
from voice_actors.values import Value

SOUND_RATE = 24_000
"""Hz of a sound that is given as bytes."""
LONGEST = 30.0
"""Seconds of a sound."""


SOME_TIME: Final = between(100, 60_000, "ms")


@attrs.frozen(eq=False, repr=False)
class Filler(Value):
    """Heard while a tool works and nobody speaks; gives way to the reply, and to the user, at once.

    A model that waits for a tool cannot say anything itself; one that talks on (see `ToolOptions.behavior`) may, and
    then the filler waits for the silence after its words. Of a tool whose answer is taken up without a word
    (`scheduling="SILENT"`) nobody waits for anything.

    Raises:
        ConfigError: a number that is out of its range.
    """

    sound: str | os.PathLike[str] | bytes | None = attrs.field(
        default=None, repr=lambda sound: f"<{len(sound)} bytes>" if isinstance(sound, bytes) else repr(sound)
    )
    """A WAV file of 30 s at most, or 24 kHz 16-bit mono audio; None are two soft notes."""
    words: str = ""
    """What the sound says, for the transcript; the model is not told."""
    after_ms: int = attrs.field(default=1_000, validator=SOME_TIME)
    """So long is nothing heard before it begins."""
    again_ms: int = attrs.field(default=4_000, validator=SOME_TIME)
    """So long after its end it is heard once more, where the tool still works."""
    times: int = attrs.field(default=3, validator=between(1, 20, "times"))
    """As often at most, until the model has its answer."""

"""What a caller hears while the model waits for a tool, so that nobody thinks the line is dead."""

from __future__ import annotations

import os

import attrs

from voice_actors.errors import ConfigError

SOUND_RATE = 24_000
"""Hz of a sound that is given as bytes."""
LONGEST = 30.0
"""Seconds of a sound."""


def _some_ms(_instance: object, attribute: attrs.Attribute[int], value: int) -> None:
    if not 100 <= value <= 60_000:
        raise ConfigError(f"{attribute.name} is {value}; it is 100 to 60000 ms")


def _a_few(_instance: object, attribute: attrs.Attribute[int], value: int) -> None:
    if not 1 <= value <= 20:
        raise ConfigError(f"{attribute.name} is {value}; it is 1 to 20")


@attrs.frozen
class Filler:
    """Heard while the model waits for a tool and nobody speaks; gives way to the reply, and to the user, at once.

    A model that waits for a tool cannot say anything itself. One that talks on meanwhile needs no filler and gets none.

    Raises:
        ConfigError: a number that is out of its range.
    """

    sound: str | os.PathLike[str] | bytes | None = attrs.field(
        default=None, repr=lambda sound: f"<{len(sound)} bytes>" if isinstance(sound, bytes) else repr(sound)
    )
    """A WAV file of 30 s at most, or 24 kHz 16-bit mono audio; None are two soft notes."""
    words: str = ""
    """What the sound says, for the transcript; the model is not told."""
    after_ms: int = attrs.field(default=1_000, validator=_some_ms)
    """So long is nothing heard before it begins."""
    again_ms: int = attrs.field(default=4_000, validator=_some_ms)
    """So long after its end it is heard once more, where the tool still works."""
    times: int = attrs.field(default=3, validator=_a_few)
    """As often at most, until the model has its answer."""

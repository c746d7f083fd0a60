"""The short way to the audio of a message, for both sides: fifty times a second it builds no tree of JSON.

Theory of operation: a message without its audio, its *envelope*, is the same every time. JSON has no context: an
envelope that was once read in full, and turned out to hold exactly one piece of audio at this place, does so with any
other string at this place, unless that string holds a quote (it ends at the first) or a backslash (which is no base64).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from voice_actors.gemini import wire

_LONGEST: Final = 512
"""Bytes of an envelope; a longer message says more than that it holds audio."""
_PROBES: Final = (bytes(range(8)), bytes(range(8, 16)))
"""Two, or a message with two places for audio could be taken for one with a single place."""


def audio_in(frame: str | bytes, rate_of: Callable[[bytes, bytes], int | None]) -> tuple[bytes, int] | None:
    """The message's audio, 16-bit mono PCM, and its rate in Hz; None where the long way has to read it.

    `rate_of` tells the rate from what stands before and behind the audio, and is wanted to remember what it told.
    """
    try:
        data = frame.encode() if isinstance(frame, str) else frame
    except UnicodeError:
        return None
    key = data.find(b'"data"')
    start = data.find(b'"', key + 6) + 1
    end = data.find(b'"', start)
    if key < 0 or start <= 0 or end < 0 or len(data) - (end - start) > _LONGEST:
        return None
    rate = rate_of(data[:start], data[end:])
    if rate is None:
        return None
    try:
        pcm = wire.unbase64(data[start:end])
    except ValueError:
        return None  # the long way says what is wrong, or reads what is only written unusually
    return None if len(pcm) & 1 else (pcm, rate)


def probed_rate(head: bytes, tail: bytes, read: Callable[[bytes], tuple[bytes, int] | None]) -> int | None:
    """The rate of the audio between `head` and `tail`, if that is all that a message of theirs holds.

    `read` goes the long way: it gives the PCM and the rate of a message that holds one piece of audio, else None.
    """
    found = [read(head + wire.base64(probe).encode() + tail) for probe in _PROBES]
    rates = [one[1] for one, probe in zip(found, _PROBES, strict=True) if one is not None and one[0] == probe]
    return rates[0] if len(rates) == len(_PROBES) else None

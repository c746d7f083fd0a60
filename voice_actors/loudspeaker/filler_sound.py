"""The sound of a filler as the loudspeaker takes it, made or read before the conversation begins."""

from __future__ import annotations

import math
import os
from array import array

import trio

from voice_actors.errors import ConfigError, DeviceError
from voice_actors.loudspeaker.filler import LONGEST, SOUND_RATE, Filler

NOTES = ((587.33, 0.0), (783.99, 0.22))
"""Hz, and seconds from the beginning."""
_NOTE = 0.45
"""Seconds of a note."""
_LOUD = 0.06
"""Of full scale: a little quieter than speech."""


async def sound_of(filler: Filler) -> bytes:
    """24 kHz 16-bit mono.

    Raises:
        ConfigError: the file cannot be read, or it holds nothing, or more than 30 s.
    """
    sound = filler.sound
    if isinstance(sound, bytes):
        return _checked(sound[: len(sound) & ~1], "the filler's sound")
    if sound is None:
        return await trio.to_thread.run_sync(two_notes)
    try:
        pcm = await trio.to_thread.run_sync(_read, os.fspath(sound))
    except DeviceError as error:
        raise ConfigError(f"the filler's sound: {error}") from error
    return _checked(pcm, f"the filler's sound {os.fspath(sound)}")


def _checked(pcm: bytes, what: str) -> bytes:
    seconds = len(pcm) / 2 / SOUND_RATE
    if not 0 < seconds <= LONGEST:
        raise ConfigError(f"{what} lasts {seconds:.1f} s; it is more than 0 and at most {LONGEST:g} s")
    return pcm


def _read(path: str) -> bytes:
    from voice_actors.audio.resample import Converter
    from voice_actors.audio.wav import WavReader

    reader = WavReader(path)
    try:
        form = reader.format
        converter = Converter(form.rate, form.channels, SOUND_RATE, form.sample_format)
        return converter.feed(reader.read(LONGEST + 1)) + converter.flush()
    finally:
        reader.close()


def two_notes() -> bytes:
    """Two soft notes, one above the other, each of which swells and fades."""
    length = round((NOTES[-1][1] + _NOTE) * SOUND_RATE)
    mixed = [0.0] * length
    for pitch, begins in NOTES:
        first, count = round(begins * SOUND_RATE), round(_NOTE * SOUND_RATE)
        for n in range(min(count, length - first)):
            swell = math.sin(math.pi * n / count) ** 2
            mixed[first + n] += swell * math.sin(2 * math.pi * pitch * n / SOUND_RATE)
    pcm = array("h", [round(32_767 * _LOUD * value) for value in mixed])
    if array("H", b"\x01\x00")[0] != 1:
        pcm.byteswap()  # little-endian everywhere
    return pcm.tobytes()

"""Arithmetic on 16-bit little-endian mono PCM, the only kind of audio that travels inside this package."""

from __future__ import annotations

import math
import sys
from array import array
from operator import add, mul

import attrs

from voice_actors.values import Value

SAMPLE_BYTES = 2


@attrs.frozen(eq=False, repr=False)
class Level(Value):
    """How loud some audio is, in dB below full scale; -inf for silence."""

    peak_dbfs: float = -math.inf
    rms_dbfs: float = -math.inf
    """Root mean square; a full-scale square wave is 0."""


def ms_of(pcm: bytes, rate: int) -> float:
    """How long this audio lasts at `rate` Hz, ms.

    Raises:
        ValueError: an odd number of bytes, which is not 16-bit audio.
    """
    _check_whole(len(pcm), SAMPLE_BYTES)
    return len(pcm) * 1000 / (SAMPLE_BYTES * rate)


def bytes_for(ms: float, rate: int) -> int:
    """How many bytes `ms` milliseconds take at `rate` Hz, to the nearest whole sample."""
    return SAMPLE_BYTES * round(ms * rate / 1000)


def silence(ms: float, rate: int) -> bytes:
    """Nothing to hear for `ms` milliseconds at `rate` Hz."""
    return bytes(bytes_for(ms, rate))


def level_dbfs(pcm: bytes) -> float:
    """Root mean square in dB below full scale (a full-scale square wave is 0); -inf for silence and for no audio.

    Raises:
        ValueError: an odd number of bytes.
    """
    energy = energy_of(pcm)
    return 10 * math.log10(energy / 32768**2) if energy else -math.inf


def energy_of(pcm: bytes) -> float:
    """Mean square of the samples; 0 for no audio.

    Raises:
        ValueError: an odd number of bytes.
    """
    values = samples(pcm)
    return sum(map(mul, values, values)) / len(values) if values else 0.0


def level_of(pcm: bytes) -> Level:
    """Peak and root mean square; about 60 µs for 40 ms at 24 kHz.

    Raises:
        ValueError: an odd number of bytes.
    """
    values = samples(pcm)
    peak = max(abs(max(values)), abs(min(values))) if values else 0
    return Level(20 * math.log10(peak / 32768) if peak else -math.inf, level_dbfs(pcm))


def to_mono(pcm: bytes, channels: int) -> bytes:
    """The mean of interleaved channels, rounded down.

    Raises:
        ValueError: no channels, or the audio is not whole frames of that many.
    """
    if channels < 1:
        raise ValueError(f"{channels} channels of audio are none")
    _check_whole(len(pcm), SAMPLE_BYTES * channels)
    if channels == 1:
        return pcm
    values = samples(pcm)
    total = list(values[::channels])
    for channel in range(1, channels):
        total = list(map(add, total, values[channel::channels]))
    return packed(array("h", [value // channels for value in total]))


def to_channels(pcm: bytes, channels: int) -> bytes:
    """The same voice in every one of `channels` interleaved channels.

    Raises:
        ValueError: no channels, or an odd number of bytes.
    """
    if channels < 1:
        raise ValueError(f"{channels} channels of audio are none")
    _check_whole(len(pcm), SAMPLE_BYTES)
    if channels == 1:
        return pcm
    frames = bytearray(len(pcm) * channels)
    step = SAMPLE_BYTES * channels
    for at in range(0, step, SAMPLE_BYTES):
        frames[at::step], frames[at + 1 :: step] = pcm[::2], pcm[1::2]
    return bytes(frames)


def samples(pcm: bytes) -> array[int]:
    """The signed values of the audio.

    Raises:
        ValueError: an odd number of bytes.
    """
    _check_whole(len(pcm), SAMPLE_BYTES)
    values = array("h", pcm)
    if sys.byteorder == "big":
        values.byteswap()
    return values


def packed(values: array[int]) -> bytes:
    """The audio of signed values: `samples` the other way round. Does not keep `values`."""
    if sys.byteorder == "big":
        values = values[:]
        values.byteswap()
    return values.tobytes()


def _check_whole(size: int, unit: int) -> None:
    if size % unit:
        raise ValueError(f"{size} bytes are not whole {unit}-byte frames of 16-bit audio")

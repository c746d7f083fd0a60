"""The sound of a filler."""

from __future__ import annotations

import math
from array import array

import pytest

from voice_actors.audio.wav import WavWriter
from voice_actors.errors import ConfigError
from voice_actors.loudspeaker.filler import Filler
from voice_actors.loudspeaker.filler_sound import NOTES, sound_of


def strength(pcm, hertz):
    """How much of a pitch is in it, 0 to 1 of full scale."""
    values = array("h", pcm)
    turn = 2 * math.pi * hertz / 24_000
    real = sum(value * math.cos(turn * n) for n, value in enumerate(values))
    imaginary = sum(value * math.sin(turn * n) for n, value in enumerate(values))
    return 2 * math.hypot(real, imaginary) / len(values) / 32_768


async def test_two_soft_notes():
    """Without a click, quieter than speech, and of no other pitch."""
    pcm = await sound_of(Filler())
    values = array("h", pcm)
    loudest = max(map(abs, values)) / 32_768
    print(f"{len(values) / 24:.0f} ms, loudest {20 * math.log10(loudest):.0f} dBFS")
    assert 0.03 < loudest < 0.13
    assert (0, True) == (values[0], abs(values[-1]) < 30)
    assert max(abs(b - a) for a, b in zip(values, values[1:], strict=False)) < 700
    for hertz, _ in NOTES:
        assert strength(pcm, hertz) > 10 * strength(pcm, hertz * 1.5)


async def test_a_file_of_another_rate(tmp_path):
    """Comes at 24 kHz, mono."""
    writer = WavWriter(tmp_path / "s.wav", rate=8_000, channels=2)
    writer.append(b"".join(array("h", [round(8_000 * math.sin(n / 4))] * 2).tobytes() for n in range(4_000)))
    writer.close()
    pcm = await sound_of(Filler(tmp_path / "s.wav"))
    assert 24_000 == len(pcm)
    assert 0.2 < strength(pcm, 8_000 / 8 / math.pi) < 0.26


@pytest.mark.parametrize(
    ("sound", "says"),
    [("nowhere.wav", "nowhere.wav"), (b"", "lasts 0.0 s"), (bytes(48_000 * 31), "lasts 31.0 s; it is more than 0")],
)
async def test_what_cannot_be_played(sound, says):
    """Is refused before anything begins."""
    with pytest.raises(ConfigError, match=says):
        await sound_of(Filler(sound))

"""Arithmetic on 16-bit mono audio."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_actors.audio import pcm


def test_a_duration_and_its_bytes_agree():
    """20 ms at 16 kHz are 640 bytes, and 640 bytes last 20 ms."""
    assert 640 == pcm.bytes_for(20, 16_000)
    assert 20.0 == pcm.ms_of(bytes(640), 16_000)
    assert 0.0 == pcm.ms_of(b"", 24_000)


def test_a_level_is_a_peak_and_a_mean():
    """The loudest sample, also a negative one, beside the root mean square; silence and nothing are -inf."""
    level = pcm.level_of(struct.pack("<4h", 0, -16_384, 0, 0))
    assert (pytest.approx(-6.02, abs=0.01), pytest.approx(-12.04, abs=0.01)) == (level.peak_dbfs, level.rms_dbfs)
    assert 0.0 == pcm.level_of(struct.pack("<h", -32_768)).peak_dbfs
    assert pcm.Level() == pcm.level_of(b"") == pcm.level_of(bytes(10))


@given(st.floats(0, 10_000), st.integers(8000, 192_000))
def test_byte_counts_are_whole_samples(ms, rate):
    """Whatever is asked for, the answer is whole samples and at most half a sample off."""
    size = pcm.bytes_for(ms, rate)
    assert 0 == size % 2
    assert abs(size / 2 - ms * rate / 1000) <= 0.5 + 1e-6


@pytest.mark.parametrize(
    "call",
    [
        lambda: pcm.ms_of(b"abc", 16_000),
        lambda: pcm.level_dbfs(b"a"),
        lambda: pcm.to_mono(b"abc", 1),
        lambda: pcm.to_mono(bytes(6), 2),
        lambda: pcm.to_mono(b"", 0),
        lambda: pcm.to_channels(b"a", 2),
        lambda: pcm.to_channels(b"", 0),
        lambda: pcm.samples(b"abc"),
    ],
)
def test_half_samples_are_refused(call):
    """Audio that is not whole frames is a mistake and says so."""
    with pytest.raises(ValueError, match="frames|channels"):
        call()


def test_silence_has_no_level():
    """Silence and no audio at all are at minus infinity; a full-scale square wave is at 0 dB, a tenth of it at -20."""
    assert -math.inf == pcm.level_dbfs(pcm.silence(10, 16_000)) == pcm.level_dbfs(b"")
    assert 0.0 == pcm.level_dbfs(struct.pack("<4h", -32768, -32768, -32768, -32768))
    assert pytest.approx(-20, abs=0.01) == pcm.level_dbfs(struct.pack("<2h", 3277, -3277))


def test_mono_is_the_mean_of_the_channels():
    """Each frame becomes the mean of its samples, rounded down, and full scale does not overflow."""
    assert (1, -2, 32767) == struct.unpack("<3h", pcm.to_mono(struct.pack("<6h", 1, 2, -1, -2, 32767, 32767), 2))
    assert (2, -32768) == struct.unpack("<2h", pcm.to_mono(struct.pack("<6h", 1, 2, 3, -32768, -32768, -32768), 3))
    assert b"\1\2" == pcm.to_mono(b"\1\2", 1)


@given(st.binary(max_size=64).map(lambda raw: raw[: len(raw) // 2 * 2]), st.integers(1, 6))
def test_spreading_over_channels_and_mixing_again_changes_nothing(audio, channels):
    """The mean of equal channels is the voice itself."""
    assert audio == pcm.to_mono(pcm.to_channels(audio, channels), channels)


@given(st.lists(st.integers(-32768, 32767)))
def test_samples_are_little_endian(values):
    """Values and bytes convert both ways, little-endian on every machine."""
    raw = struct.pack(f"<{len(values)}h", *values)
    assert values == list(pcm.samples(raw))
    assert raw == pcm.packed(pcm.samples(raw))

"""The streaming resampler: what passes, what does not, how late, and that the cutting of the input is invisible."""

from __future__ import annotations

import math
import struct
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voice_actors.audio.resample import SAMPLE_BYTES, Converter, Resampler, to_16bit

PAIRS = [(48_000, 16_000), (44_100, 16_000), (24_000, 16_000), (16_000, 24_000), (24_000, 48_000), (24_000, 44_100)]
ODD_PAIRS = [(8000, 16_000), (11_025, 16_000), (96_000, 16_000), (192_000, 16_000), (16_001, 15_999), (8000, 192_000)]


def tone(hz, rate, seconds=1.0, amplitude=0.5):
    return np.round(amplitude * 32767 * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate)) / rate)).astype("<i2")


def resampled(signal, rate_in, rate_out):
    resampler = Resampler(rate_in, rate_out)
    return np.frombuffer(resampler.feed(signal.tobytes()) + resampler.flush(), "<i2")


def strongest(signal, rate):
    """The strongest line of the spectrum: its frequency and its amplitude in dB below full scale."""
    middle = signal[len(signal) // 10 : -len(signal) // 10].astype(float) / 32768
    window = np.blackman(len(middle))
    spectrum = np.abs(np.fft.rfft(middle * window)) * 2 / window.sum()
    at = int(spectrum.argmax())
    return at * rate / len(middle), 20 * math.log10(max(spectrum[at], 1e-9))


@pytest.mark.parametrize(("rate_in", "rate_out"), PAIRS + ODD_PAIRS)
def test_a_voice_passes_unchanged_in_level_and_pitch(rate_in, rate_out):
    """Tones up to 0.75 of the lower rate's Nyquist frequency pass within 0.1 dB."""
    lower = min(rate_in, rate_out)
    for hz in (200, 1000, round(0.2 * lower), round(0.375 * lower)):
        made = resampled(tone(hz, rate_in), rate_in, rate_out)
        middle = made[rate_out // 10 : -rate_out // 10].astype(float) / 32768
        assert pytest.approx(hz, abs=5) == strongest(made, rate_out)[0]
        assert pytest.approx(-6.02, abs=0.1) == 20 * math.log10(math.sqrt(2 * (middle**2).mean()))


@pytest.mark.parametrize(("rate_in", "rate_out"), [(a, b) for a, b in PAIRS + ODD_PAIRS if a > b + 100])
def test_nothing_above_the_new_nyquist_frequency_comes_back_as_an_alias(rate_in, rate_out):
    """Tones beyond half the new rate are at least 84 dB down wherever they would fold to."""
    for hz in np.linspace(rate_out / 2, rate_in / 2, 7)[:-1]:
        _, level = strongest(resampled(tone(hz + 1, rate_in, amplitude=0.9), rate_in, rate_out), rate_out)
        assert level <= -85


@pytest.mark.parametrize(("rate_in", "rate_out"), [pair for pair in PAIRS + ODD_PAIRS if pair[0] < pair[1]])
def test_no_image_appears_above_the_old_nyquist_frequency(rate_in, rate_out):
    """A tone that is raised to a higher rate has no mirror image louder than -80 dB."""
    hz = 0.35 * rate_in
    made = resampled(tone(hz, rate_in, amplitude=0.9), rate_in, rate_out)
    middle = made[len(made) // 10 : -len(made) // 10].astype(float) / 32768
    window = np.blackman(len(middle))
    spectrum = np.abs(np.fft.rfft(middle * window)) * 2 / window.sum()
    above = spectrum[int(len(middle) * (rate_in / 2) / rate_out) :]
    assert 20 * math.log10(above.max()) <= -80


@pytest.mark.parametrize(("rate_in", "rate_out"), PAIRS)
def test_the_delay_is_one_and_a_half_milliseconds_at_most(rate_in, rate_out):
    """All but the last 1.55 ms have come out before the end is announced."""
    resampler = Resampler(rate_in, rate_out)
    made = len(resampler.feed(bytes(2 * rate_in))) / 2 / rate_out
    assert resampler.delay_ms <= 1.55
    assert 1 - made <= 0.00155 + 1 / rate_out


def test_the_output_lies_at_the_same_time_as_the_input():
    """A click in the middle is found in the middle: the delay is only waiting, not a shift."""
    signal = np.zeros(4800, "<i2")
    signal[2400] = 30_000
    assert 800 == int(resampled(signal, 48_000, 16_000).argmax())


@given(st.sampled_from(PAIRS + ODD_PAIRS[:4]), st.integers(0, 3000))
@settings(deadline=None, max_examples=60)
def test_the_total_length_is_right(pair, count):
    """Of n samples come n * rate_out / rate_in, to within one."""
    made = resampled(np.ones(count, "<i2"), *pair)
    assert abs(len(made) - count * pair[1] / pair[0]) < 1


@given(
    st.sampled_from([*PAIRS, (16_001, 15_999), (44_100, 44_100)]),
    st.lists(st.integers(0, 700), max_size=12),
    st.integers(0, 2**32 - 1),
)
@settings(deadline=None, max_examples=60)
def test_how_the_input_is_cut_does_not_matter(pair, cuts, seed):
    """The same audio in any chunks, empty ones included, gives the same bytes as in one."""
    signal = np.random.default_rng(seed).integers(-32768, 32768, sum(cuts), dtype=np.int16).astype("<i2")
    whole = resampled(signal, *pair).tobytes()
    resampler, parts, at = Resampler(*pair), [], 0
    for cut in cuts:
        parts.append(resampler.feed(signal[at : at + cut].tobytes()))
        at += cut
    assert whole == b"".join(parts) + resampler.flush()


def test_equal_rates_pass_every_byte_at_once():
    """Nothing to do is done in no time and without numpy."""
    resampler = Resampler(16_000, 16_000)
    assert b"\1\2" == resampler.feed(b"\1\2")
    assert b"" == resampler.flush()
    assert 0 == resampler.delay_ms


def test_after_a_flush_a_new_stream_begins():
    """The same audio gives the same output again: nothing of the last stream is left."""
    resampler, audio = Resampler(48_000, 16_000), tone(1000, 48_000, 0.1).tobytes()
    assert resampler.feed(audio) + resampler.flush() == resampler.feed(audio) + resampler.flush()


def test_full_scale_does_not_wrap_around():
    """Overshoot at the edges of a full-scale square wave is limited, not turned into the opposite sign."""
    square = np.where(np.arange(4800) // 240 % 2, 32767, -32768).astype("<i2")
    made = resampled(square, 48_000, 16_000)
    inside = np.abs(((np.arange(len(made)) * 3) % 240) - 120) < 60
    signs = np.where((np.arange(len(made)) * 3) // 240 % 2, 1, -1)
    assert (np.sign(made)[inside] == signs[inside]).all()


@pytest.mark.parametrize("rates", [(7999, 16_000), (16_000, 192_001), (0, 0)])
def test_impossible_rates_are_refused(rates):
    """Rates outside 8 to 192 kHz are refused, with the rate in the message."""
    with pytest.raises(ValueError, match="cannot convert a sample rate"):
        Resampler(*rates)


def test_half_samples_are_refused():
    """An odd number of bytes is a mistake."""
    with pytest.raises(ValueError, match="whole"):
        Resampler(48_000, 16_000).feed(b"abc")
    with pytest.raises(ValueError, match="whole"):
        to_16bit(b"abcd", "s24")
    with pytest.raises(ValueError, match="channels"):
        Converter(16_000, 0, 16_000)


STORED = [
    ("u8", bytes([0, 128, 255]), (-32768, 0, 32512)),
    ("s16", struct.pack("<3h", -32768, 0, 32767), (-32768, 0, 32767)),
    ("s24", b"\0\0\x80" + b"\0\0\0" + b"\xff\xff\x7f", (-32768, 0, 32767)),
    ("s32", struct.pack("<3i", -(2**31), 0, 2**31 - 1), (-32768, 0, 32767)),
    ("f32", struct.pack("<5f", -1, 0, 0.5, 2, math.nan), (-32768, 0, 16384, 32767, 0)),
    ("f64", struct.pack("<4d", -1.5, 0.25, math.inf, -math.inf), (-32768, 8192, 32767, -32768)),
]


@pytest.mark.parametrize(("sample_format", "raw", "values"), STORED)
def test_every_way_to_store_a_sample_becomes_16_bit(sample_format, raw, values):
    """Full scale stays full scale, zero stays zero; what a float says beyond full scale is limited."""
    assert values == struct.unpack(f"<{len(values)}h", to_16bit(raw, sample_format))


@pytest.mark.parametrize("sample_format", SAMPLE_BYTES)
@given(data=st.data())
@settings(deadline=None, max_examples=20)
def test_a_converter_may_be_fed_in_the_middle_of_a_sample(sample_format, data):
    """Bytes cut anywhere give the same as all in one; an incomplete last frame is dropped."""
    frame = 2 * SAMPLE_BYTES[sample_format]
    raw = bytes(range(1, 251)) * 8
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=8)))
    whole, pieces = (Converter(48_000, 2, 16_000, sample_format) for _ in range(2))
    expected = whole.feed(raw[: len(raw) // frame * frame]) + whole.flush()
    parts = [pieces.feed(raw[a:b]) for a, b in zip([0, *cuts], [*cuts, len(raw)])]
    assert expected == b"".join(parts) + pieces.flush()


def test_numpy_stays_away_until_a_rate_changes():
    """Importing the module and passing audio through at one rate does not import numpy."""
    code = (
        "import sys; from voice_actors.audio.resample import Converter;"
        "Converter(16000, 2, 16000).feed(bytes(400)); assert 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

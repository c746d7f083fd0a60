"""Changing the sample rate of a stream: a polyphase low-pass filter, a sinc under a Kaiser window.

Theory of operation: output sample n lies at the input's time n * rate_in / rate_out; its value is the inner product of
the inputs around that time with the filter, shifted by the fraction between two inputs. With rates in lowest terms
there are `up` such fractions, so the shifted filters are a table with `up` rows. The filter reaches ZERO_CROSSINGS
samples of the lower rate to each side, which is also the delay: 1.5 ms where the lower rate is 16 kHz. From the lower
rate's Nyquist frequency on everything is at least 80 dB down, and up to 0.77 of it the voice passes within 0.05 dB.
numpy is imported when a rate really changes, not before.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

from voice_actors.audio.pcm import to_mono

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]

ZERO_CROSSINGS = 24
STOPBAND_DB = 88.0
MOST_ROWS = 2048
"""A table of more rows (unusual pairs of rates) is not kept; its rows are computed as they are needed."""
BATCH = 1024
"""Output samples computed at once, which bounds the memory of a long feed."""
RATES = range(8000, 192_001)
"""Sample rates that can be converted, Hz."""

SampleFormat: TypeAlias = Literal["u8", "s16", "s24", "s32", "f32", "f64"]
"""How a sample is stored: unsigned, signed or float, little-endian, with its bits."""
SAMPLE_BYTES: dict[SampleFormat, int] = {"u8": 1, "s16": 2, "s24": 3, "s32": 4, "f32": 4, "f64": 8}


class Resampler:
    """A stream of 16-bit mono audio at another rate. How the input is cut into feeds does not change the output."""

    def __init__(self, rate_in: int, rate_out: int) -> None:
        """Convert from `rate_in` to `rate_out`, Hz.

        Raises:
            ValueError: a rate outside 8000 to 192000 Hz.
        """
        for rate in (rate_in, rate_out):
            if rate not in RATES:
                raise ValueError(f"cannot convert a sample rate of {rate} Hz; 8000 to 192000 can be")
        common = math.gcd(rate_in, rate_out)
        self._up, self._down = rate_out // common, rate_in // common
        self._reach = 0 if self._up == self._down else -(-ZERO_CROSSINGS * max(self._up, self._down) // self._up)
        self.delay_ms = self._reach * 1000 / rate_in
        """How much input is held back, ms."""
        self._start_over()

    def _start_over(self) -> None:
        self._held = bytes(2 * max(self._reach - 1, 0))
        self._first = 1 - self._reach  # the input sample that `_held` begins with
        self._fed = self._made = 0

    def feed(self, pcm: bytes) -> bytes:
        """Take audio at the one rate; give what can be said at the other.

        Raises:
            ValueError: an odd number of bytes.
        """
        if len(pcm) % 2:
            raise ValueError(f"{len(pcm)} bytes are not whole 16-bit samples")
        if self._up == self._down:
            return pcm
        self._fed += len(pcm) // 2
        self._held += pcm
        # output n needs the inputs up to floor(n * down / up) + reach
        return self._make(-(-(self._fed - self._reach) * self._up // self._down))

    def flush(self) -> bytes:
        """The end of the stream: what is still held back. The next feed begins a new stream."""
        if self._up == self._down:
            return b""
        self._held += bytes(2 * self._reach)
        rest = self._make(-(-self._fed * self._up // self._down))
        self._start_over()
        return rest

    def _make(self, until: int) -> bytes:
        """Output samples up to number `until`, and forget the inputs that no later one needs."""
        if until <= self._made:
            return b""
        import numpy as np

        signal = np.frombuffer(self._held, dtype="<i2").astype(np.float64)
        made = [self._batch(signal, n, min(n + BATCH, until)) for n in range(self._made, until, BATCH)]
        self._made = until
        spent = self._made * self._down // self._up - self._reach + 1 - self._first
        self._held, self._first = self._held[2 * spent :], self._first + spent
        return np.concatenate(made).round().clip(-32768, 32767).astype("<i2").tobytes()

    def _batch(self, signal: Floats, start: int, stop: int) -> Floats:
        import numpy as np

        whole, fraction = np.divmod(np.arange(start, stop, dtype=np.int64) * self._down, self._up)
        windows = np.lib.stride_tricks.sliding_window_view(signal, 2 * self._reach)
        rows = windows[whole - self._reach + 1 - self._first]
        if self._up <= MOST_ROWS:
            filters = _table(self._up, self._down, self._reach)[fraction]
        else:
            filters = _filters(fraction, self._up, self._down, self._reach)
        result: Floats = np.einsum("ij,ij->i", rows, filters)
        return result


@lru_cache(maxsize=8)
def _table(up: int, down: int, reach: int) -> Floats:
    import numpy as np

    return _filters(np.arange(up), up, down, reach)


def _filters(fraction: NDArray[np.int64], up: int, down: int, reach: int) -> Floats:
    """One row of weights for each fraction (in 1/up of an input sample), each of them adding up to 1.

    The window's shape and the width of the transition are Kaiser's formulas (Oppenheim and Schafer, section 7.5.3).
    """
    import numpy as np

    beta = 0.1102 * (STOPBAND_DB - 8.7)
    transition = (STOPBAND_DB - 7.95) / (2.285 * 2 * ZERO_CROSSINGS * math.pi)  # as a share of Nyquist
    taps = np.arange(1 - reach, reach + 1)
    time = (taps[None, :] - fraction[:, None] / up) * min(1.0, up / down)  # in samples of the lower rate
    inside = np.clip(1 - (time / ZERO_CROSSINGS) ** 2, 0, None)
    window = np.where(inside > 0, np.i0(beta * np.sqrt(inside)), 0)
    weights: Floats = np.sinc((1 - transition / 2) * time) * window
    weights /= weights.sum(axis=1, keepdims=True)
    return weights


class Converter:
    """Any audio stream as it is stored, of any number of channels, to 16-bit mono at another rate."""

    def __init__(self, rate_in: int, channels: int, rate_out: int, sample_format: SampleFormat = "s16") -> None:
        """Convert `channels` interleaved channels of `sample_format` at `rate_in` Hz to mono at `rate_out` Hz.

        Raises:
            ValueError: a rate outside 8000 to 192000 Hz, or no channels.
        """
        if channels < 1:
            raise ValueError(f"{channels} channels of audio are none")
        self._format: SampleFormat = sample_format
        self._channels = channels
        self._frame = channels * SAMPLE_BYTES[sample_format]
        self._resampler = Resampler(rate_in, rate_out)
        self._rest = b""

    def feed(self, raw: bytes) -> bytes:
        """Take bytes, cut anywhere, even inside a sample; give what can be said at the new rate."""
        if self._rest:
            raw = self._rest + raw
        whole = len(raw) - len(raw) % self._frame
        self._rest = raw[whole:]
        return self._resampler.feed(to_mono(to_16bit(raw[:whole], self._format), self._channels))

    def flush(self) -> bytes:
        """The end of the stream. An incomplete last frame is dropped."""
        self._rest = b""
        return self._resampler.flush()


def to_16bit(raw: bytes, sample_format: SampleFormat) -> bytes:
    """Whole samples of any format as 16 bit. Longer integers lose their low bits, floats are limited to full scale.

    Raises:
        ValueError: not whole samples.
    """
    width = SAMPLE_BYTES[sample_format]
    if len(raw) % width:
        raise ValueError(f"{len(raw)} bytes are not whole samples of {width}")
    if sample_format == "s16":
        return raw
    if sample_format in {"f32", "f64"}:
        return _float_to_16bit(raw, width)
    pcm = bytearray(2 * (len(raw) // width))
    pcm[1::2] = raw.translate(_FLIP_SIGN) if width == 1 else raw[width - 1 :: width]
    if width > 1:
        pcm[::2] = raw[width - 2 :: width]
    return bytes(pcm)


_FLIP_SIGN = bytes(value ^ 0x80 for value in range(256))


def _float_to_16bit(raw: bytes, width: int) -> bytes:
    import numpy as np

    values = np.nan_to_num(np.frombuffer(raw, dtype=f"<f{width}").astype(np.float64), posinf=1, neginf=-1)
    return (values.clip(-1, 1) * 32768).round().clip(-32768, 32767).astype("<i2").tobytes()

"""Hearing: speech becomes words with Whisper tiny.en, on one core of the user's own machine.

Whisper was trained on windows of 30 s; CTranslate2 also runs shorter ones, which is what makes an answer in a fifth of
a second possible. Below 10 s it repeats sentences, so the window is 15 s and repetition is forbidden besides. Longer
utterances are cut at their quietest places.

The spectrogram follows OpenAI's whisper/audio.py (MIT): 80 Slaney mel bands of 25 ms frames, every 10 ms.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import attrs
import trio

from voice_actors.errors import MissingPartError
from voice_actors.offline import models
from voice_actors.offline.detector import SileroDetector, SileroScorer, load_silero
from voice_actors.offline.parts import ActivitySettings, Ears, Listener

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE = 16_000
N_FFT = 400
HOP = 160
MELS = 80
WINDOW_SECONDS = 15
SHORTEST = RATE // 10
"""Samples; less than 0.1 s holds no word, and Whisper would invent one."""
NOTHING_SAID = 0.6
"""Noise alone is heard as "you" with a no-speech probability of 0.93 to 0.96."""
TOKENS_PER_SECOND = 8
"""More than the fastest talker needs; a model that repeats itself is stopped here."""
PROMPT = ["<|startoftranscript|>", "<|notimestamps|>"]


# ---- sound to features -------------------------------------------------------------------------------------------


def _hz_to_mel(hz: float) -> float:
    """Slaney's scale: linear to 1000 Hz (15 mel), then logarithmic."""
    return 3 * hz / 200 if hz < 1000 else 15 + 27 * math.log(hz / 1000) / math.log(6.4)


@functools.cache
def mel_filters() -> NDArray[np.float32]:
    """Triangles of equal area over the FFT's 201 bins, one row for each of the 80 bands from 0 to 8000 Hz."""
    import numpy as np

    mels = np.linspace(0, _hz_to_mel(RATE / 2), MELS + 2)
    edges = np.where(mels < 15, mels * 200 / 3, 1000 * 6.4 ** ((mels - 15) / 27))
    bins = np.arange(N_FFT // 2 + 1) * RATE / N_FFT
    rising = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    area = 2 / (edges[2:] - edges[:-2])
    filters: NDArray[np.float32] = (np.clip(np.minimum(rising, falling), 0, None) * area[:, None]).astype(np.float32)
    return filters


def log_mel(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Whisper's input for samples in [-1, 1]: 80 rows, a column every 10 ms, roughly in [-1, 1]."""
    import numpy as np

    padded = np.pad(samples, N_FFT // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, N_FFT)[: -HOP + 1 or None : HOP]
    frames = frames[: len(samples) // HOP]
    hann = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT)).astype(np.float32)
    power = np.abs(np.fft.rfft(frames * hann, axis=1)).astype(np.float32) ** 2
    levels = np.log10(np.maximum(mel_filters() @ power.T, 1e-10))
    features: NDArray[np.float32] = ((np.maximum(levels, levels.max() - 8) + 4) / 4).astype(np.float32)
    return features


def window_features(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """`log_mel` of at most 15 s of sound, as if filled up to 15 s with silence, for the price of the sound alone."""
    import numpy as np

    room = -len(samples) % HOP + 3 * HOP  # the last frames that reach into the sound end 200 samples behind it
    features = log_mel(np.pad(samples, (0, room)))
    columns = WINDOW_SECONDS * RATE // HOP
    silence = max(float(features.max()) - 2, -1.5)  # the floor: 8 powers of ten below the peak, or 1e-10
    padding = ((0, 0), (0, max(0, columns - features.shape[1])))
    filled: NDArray[np.float32] = np.pad(features, padding, constant_values=silence)[:, :columns]
    return filled


def windows(samples: NDArray[np.float32], longest: int = (WINDOW_SECONDS - 1) * RATE) -> Iterator[NDArray[np.float32]]:
    """Cut a long utterance at the quietest tenth of a second of the last third of each window."""
    import numpy as np

    step = RATE // 10
    while len(samples) > longest:
        earliest = longest * 2 // 3 // step * step
        last = samples[earliest : longest // step * step].reshape(-1, step)
        cut = earliest + int(np.argmin((last**2).sum(axis=1))) * step + step // 2
        yield samples[:cut]
        samples = samples[cut:]
    if len(samples) >= SHORTEST:
        yield samples


# ---- tokens to words ---------------------------------------------------------------------------------------------


@functools.cache
def _bytes_of_letters() -> dict[str, int]:
    """GPT-2 writes each byte as one visible letter: itself where it has a shape, else the next one from U+0100 on."""
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in visible]
    return {chr(byte): byte for byte in visible} | {chr(0x100 + n): byte for n, byte in enumerate(hidden)}


def words_of(tokens: list[str]) -> str:
    """The text of Whisper's tokens, for people: no special tokens, no notes such as [BLANK_AUDIO], no stray spaces."""
    letters = "".join(token for token in tokens if not token.startswith("<|"))
    table = _bytes_of_letters()
    text = bytes(table[letter] for letter in letters if letter in table).decode("utf-8", "ignore")
    text = re.sub(r"\[[^\]]*\]|\([^)]*\)|[♪♫]|^\W*>>", " ", text)
    text = " ".join(text.split())
    return text if any(letter.isalnum() for letter in text) else ""


# ---- model -------------------------------------------------------------------------------------------------------


class _Result(Protocol):
    sequences: list[list[str]]
    no_speech_prob: float


class _Whisper(Protocol):
    def generate(self, features: Any, prompts: list[list[str]], **options: Any) -> list[_Result]: ...


@attrs.frozen
class Recogniser:
    """Whisper in memory. Its methods take a tenth of a second and more: call them in a thread."""

    whisper: _Whisper
    beams: int

    def hear(self, samples: NDArray[np.float32]) -> str:
        """The words of at most 15 s of sound; "" where there are none."""
        import ctranslate2
        import numpy as np

        seconds = len(samples) / RATE
        features = np.ascontiguousarray(window_features(samples)[None])
        result = self.whisper.generate(
            cast("Any", ctranslate2).StorageView.from_array(features),
            [PROMPT],
            beam_size=self.beams,
            no_repeat_ngram_size=5,
            max_length=12 + round(TOKENS_PER_SECOND * seconds),
            return_no_speech_prob=True,
        )[0]
        return "" if result.no_speech_prob > NOTHING_SAID else words_of(result.sequences[0])


@models.once
def load_recogniser(folder: Path | None = None, beams: int = 1) -> Recogniser:
    """Load Whisper, once per process and settings; about 0.5 s, so call it in a thread.

    `folder` holds another CTranslate2 conversion of an English Whisper model with 80 mel bands.

    Raises:
        MissingPartError: a file or the ctranslate2 package is not there.

    """
    replacements = [None if folder is None else folder / Path(file.path).name for file in models.WHISPER]
    paths = [models.verified(file, other) for file, other in zip(models.WHISPER, replacements, strict=True)]
    try:
        import ctranslate2
    except (ImportError, OSError) as error:
        raise MissingPartError(f"ctranslate2 cannot be imported ({error}); get it with: {models.REMEDY}") from error
    load = cast("Any", ctranslate2).models.Whisper
    return Recogniser(load(str(paths[0].parent), device="cpu", compute_type="int8", intra_threads=1), beams)


@attrs.define(eq=False)
class WhisperEars:
    """`Ears` with Silero and Whisper tiny.en (English).

    Call `load()` before a conversation; what was not loaded is loaded at its first use, which then takes longer.
    """

    folder: Path | None = None
    """Another model than the shipped one, see `load_recogniser`."""
    beams: int = 1
    """5 takes a tenth longer, and hears no better in quiet or in noise (12 sentences in 8 voices)."""
    _one: trio.CapacityLimiter = attrs.field(factory=lambda: trio.CapacityLimiter(1), init=False)
    """Two recognitions at once only take turns on the same core. One that was cancelled still holds its place."""

    async def load(self) -> None:
        """Load both models, about 0.6 s the first time in a process.

        Raises:
            MissingPartError: a package or model is not there; says how to get it.

        """
        await trio.to_thread.run_sync(load_silero)
        recogniser = await self._recogniser()
        import numpy as np

        await trio.to_thread.run_sync(recogniser.hear, np.zeros(RATE, np.float32), limiter=self._one)

    def listen(self, settings: ActivitySettings) -> Listener:
        """A detector for one stream; blocks for about 0.1 s where `load()` was not awaited before."""
        return SileroDetector(settings, SileroScorer(load_silero()))

    async def recognise(self, pcm: bytes) -> str:
        """The words of one utterance (16 kHz 16-bit mono), "" where there are none; about 0.2 s for each 15 s.

        When cancelled it returns at once; the thread finishes its window unheard.
        """
        import numpy as np

        recogniser = await self._recogniser()
        samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2").astype(np.float32) / np.float32(32768)
        heard: list[str] = []
        for window in windows(samples):
            text = await trio.to_thread.run_sync(recogniser.hear, window, limiter=self._one, abandon_on_cancel=True)
            heard += [text] if text else []
        return " ".join(heard)

    async def _recogniser(self) -> Recogniser:
        return await trio.to_thread.run_sync(load_recogniser, self.folder, self.beams)


async def best_ears() -> Ears:
    """The best ears that this installation has, loaded and warm.

    Raises:
        MissingPartError: there are none; says how to get them.

    """
    ears = WhisperEars()
    await ears.load()
    return ears

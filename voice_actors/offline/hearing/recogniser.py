"""Whisper on one core of the user's own machine, run by CTranslate2: a sound's spectrogram becomes words.

Whisper was trained on windows of 30 s; CTranslate2 also runs shorter ones, which is what makes an answer in a fifth of
a second possible. Below 10 s it repeats sentences, so the window is 15 s and repetition is forbidden besides.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import attrs

from voice_actors.errors import MissingPartError
from voice_actors.offline import models
from voice_actors.offline.hearing.spectrogram import RATE, window_features

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NOTHING_SAID = 0.6
"""Noise alone is heard as "you" with a no-speech probability of 0.93 to 0.96."""
TOKENS_PER_SECOND = 8
"""More than the fastest talker needs; a model that repeats itself is stopped here."""
START, TRANSCRIBE, BARE = "<|startoftranscript|>", "<|transcribe|>", "<|notimestamps|>"

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
    is_multilingual: bool
    n_mels: int

    def encode(self, features: Any) -> Any: ...
    def detect_language(self, features: Any) -> list[list[tuple[str, float]]]: ...
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

        features = np.ascontiguousarray(window_features(samples, self.whisper.n_mels)[None])
        encoded = self.whisper.encode(cast("Any", ctranslate2).StorageView.from_array(features))
        result = self.whisper.generate(
            encoded,
            [self._prompt(encoded)],
            beam_size=self.beams,
            no_repeat_ngram_size=5,
            max_length=12 + round(TOKENS_PER_SECOND * len(samples) / RATE),
            return_no_speech_prob=True,
        )[0]
        return "" if result.no_speech_prob > NOTHING_SAID else words_of(result.sequences[0])

    def _prompt(self, encoded: Any) -> list[str]:
        """An English model knows no languages; of others, the likeliest is written down as it is spoken."""
        if not self.whisper.is_multilingual:
            return [START, BARE]
        ((language, _), *_), *_ = self.whisper.detect_language(encoded)
        return [START, language, TRANSCRIBE, BARE]


@models.once
def load_recogniser(folder: Path | None = None, beams: int = 1) -> Recogniser:
    """Load Whisper, once per process and settings; about 0.5 s, so call it in a thread.

    `folder` holds another CTranslate2 conversion of a Whisper model, such as those that faster-whisper uses.

    Raises:
        MissingPartError: a file or the ctranslate2 package is not there, or cannot be used.
        ChangedPartError: a shipped file is not the one that was tested.

    """
    place = _shipped() if folder is None else _replacement(folder)
    try:
        import ctranslate2
    except (ImportError, OSError) as error:
        raise MissingPartError(f"ctranslate2 cannot be imported ({error}); get it with: {models.REMEDY}") from error
    load = cast("Any", ctranslate2).models.Whisper
    try:
        # One thread for each: two were no faster, and two recognitions at once a third slower than one by one.
        return Recogniser(load(str(place), device="cpu", compute_type="int8", intra_threads=1, inter_threads=1), beams)
    except (RuntimeError, ValueError, OSError) as error:
        raise MissingPartError(f"{place} cannot be used as ears: {error}") from error


def _shipped() -> Path:
    model, *_ = [models.verified(file) for file in models.WHISPER]
    return model.parent


def _replacement(folder: Path) -> Path:
    for names in (("model.bin",), ("config.json",), ("vocabulary.txt", "vocabulary.json")):
        if not any((folder / name).is_file() for name in names):
            raise MissingPartError(
                f"{folder} holds no {' or '.join(names)}; ears need the folder of a CTranslate2 conversion of Whisper"
            )
    return folder

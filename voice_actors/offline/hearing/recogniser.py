"""Whisper on one core of the user's own machine, run by CTranslate2: a sound's spectrogram becomes words.

Whisper was trained on windows of 30 s; CTranslate2 also runs shorter ones, which is what makes an answer in a fifth of
a second possible. Below 10 s it repeats sentences, so the window is 15 s and repetition is forbidden besides.
"""

from __future__ import annotations

import functools
import json
import logging
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import attrs

from voice_actors.errors import MissingPartError
from voice_actors.offline import models
from voice_actors.offline.hearing.spectrogram import HOP, RATE, window_features
from voice_actors.offline.hearing.vocabulary import letters_of_bytes, load_merges, prompt_of
from voice_actors.offline.parts import Heard, Wishes, Word
from voice_actors.weights import once, verified

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_log = logging.getLogger("voice_actors.offline.parts")

NOTHING_SAID = 0.6
"""Noise alone is heard as "you" with a no-speech probability of 0.93 to 0.96."""
TOKENS_PER_SECOND = 8
"""More than the fastest talker needs; a model that repeats itself is stopped here."""
SPACE = "\u0120"
"""How GPT-2 writes the space in front of a word."""
FRAME = 2 * HOP
"""Samples of one step of what the model looks at."""
START, TRANSCRIBE, BARE = "<|startoftranscript|>", "<|transcribe|>", "<|notimestamps|>"

# ---- tokens to words ---------------------------------------------------------------------------------------------


@functools.cache
def _bytes_of_letters() -> dict[str, int]:
    return {letter: byte for byte, letter in letters_of_bytes().items()}


def words_of(tokens: list[str]) -> str:
    """The text of Whisper's tokens, for people: no special tokens, no notes such as [BLANK_AUDIO], no stray spaces."""
    letters = "".join(token for token in tokens if not token.startswith("<|"))
    table = _bytes_of_letters()
    text = bytes(table[letter] for letter in letters if letter in table).decode("utf-8", "ignore")
    text = re.sub(r"\[[^\]]*\]|\([^)]*\)|[♪♫]|^\W*>>", " ", text)
    text = " ".join(text.split())
    return text if any(letter.isalnum() for letter in text) else ""


def timed(tokens: Sequence[str], times: Sequence[float], end: float) -> tuple[Word, ...]:
    """Each word with its time; `times` are those at which the tokens begin, seconds, and `end` is behind the last.

    None where the words are not those of the text that people get: something was left out of it.
    """
    spoken = [(token, at) for token, at in zip(tokens, times, strict=True) if not token.startswith("<|")]
    firsts = [at for at, (token, _) in enumerate(spoken) if not at or token.startswith(SPACE)]
    bounds = [*firsts, len(spoken)]
    starts = [*(spoken[first][1] for first in firsts), end]
    words = [
        Word(words_of([token for token, _ in spoken[first:after]]), starts[at], starts[at + 1])
        for at, (first, after) in enumerate(pairwise(bounds))
    ]
    whole = words_of(list(tokens))
    return tuple(words) if [word.text for word in words] == whole.split() else ()


# ---- model -------------------------------------------------------------------------------------------------------


class _Result(Protocol):
    sequences: list[list[str]]
    sequences_ids: list[list[int]]
    no_speech_prob: float


class _Alignment(Protocol):
    alignments: list[tuple[int, int]]


class _Whisper(Protocol):
    is_multilingual: bool
    n_mels: int

    def encode(self, features: Any) -> Any: ...
    def detect_language(self, features: Any) -> list[list[tuple[str, float]]]: ...
    def align(
        self, features: Any, start_sequence: list[int], text_tokens: list[list[int]], num_frames: int
    ) -> list[_Alignment]: ...
    def generate(self, features: Any, prompts: list[list[str]], **options: Any) -> list[_Result]: ...


@attrs.frozen
class Recogniser:
    """Whisper in memory. Its methods take a tenth of a second and more: call them in a thread."""

    whisper: _Whisper
    beams: int
    folder: Path
    """Where its tables are."""

    def hear(self, samples: NDArray[np.float32]) -> str:
        """The words of at most 15 s of sound; "" where there are none."""
        return self.understand(samples, Wishes()).text

    def understand(self, samples: NDArray[np.float32], wishes: Wishes) -> Heard:
        """The words of at most 15 s of sound, and what else is wished to be known of them."""
        import ctranslate2
        import numpy as np

        features = np.ascontiguousarray(window_features(samples, self.whisper.n_mels)[None])
        encoded = self.whisper.encode(cast("Any", ctranslate2).StorageView.from_array(features))
        language = self._language(encoded, wishes.languages)
        prompt = [*self._before(wishes.vocabulary), START, *([f"<|{language}|>", TRANSCRIBE] if language else []), BARE]
        result = self.whisper.generate(
            encoded,
            [prompt],
            beam_size=self.beams,
            no_repeat_ngram_size=5,
            max_length=len(prompt) + 10 + round(TOKENS_PER_SECOND * len(samples) / RATE),
            return_no_speech_prob=True,
        )[0]
        text = "" if result.no_speech_prob > NOTHING_SAID else words_of(result.sequences[0])
        words = self._align(encoded, result, language, len(samples)) if text and wishes.words else ()
        return Heard(text, words, language or "en")

    def _language(self, encoded: Any, hints: Sequence[str]) -> str | None:
        """The likeliest, of those that are hinted at if there are any; None where the model knows English alone."""
        if not self.whisper.is_multilingual:
            return None
        likely = [token.strip("<|>") for token, _ in self.whisper.detect_language(encoded)[0]]
        hinted = {hint.partition("-")[0].lower() for hint in hints}
        return next((code for code in likely if code in hinted), likely[0])

    def _before(self, vocabulary: Sequence[str]) -> list[str]:
        if not vocabulary:
            return []
        try:
            return prompt_of(vocabulary, load_merges(self.folder / "tokenizer.json"))
        except MissingPartError as error:
            _say_that_words_stay_unknown(str(error))
            return []

    def _align(self, encoded: Any, result: _Result, language: str | None, samples: int) -> tuple[Word, ...]:
        """When each word was said, by where the model looked while it wrote it; about 15 ms."""
        ids, tokens = result.sequences_ids[0], result.sequences[0]
        known = load_ids(self.folder)
        start = [known[token] for token in (START, *([f"<|{language}|>", TRANSCRIBE] if language else []))]
        [found] = self.whisper.align(encoded, start, [ids], max(2, samples // HOP))
        firsts: dict[int, float] = {}
        for token, frame in found.alignments:
            firsts.setdefault(token, frame * FRAME / RATE)
        end = samples / RATE
        return timed(tokens, [firsts.get(at, end) for at in range(len(tokens))], end)


@once
def _say_that_words_stay_unknown(why: str) -> None:
    _log.warning("the words that a client makes known are not made known to the ears: %s", why)


@functools.lru_cache(4)
def load_ids(folder: Path) -> Mapping[str, int]:
    """The number of every token of a model, by the order in which its vocabulary lists them."""
    if (listed := folder / "vocabulary.txt").is_file():
        tokens = listed.read_text(encoding="utf-8").split("\n")
    else:
        tokens = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
    return {token: number for number, token in enumerate(tokens)}


@once
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
        return Recogniser(
            load(str(place), device="cpu", compute_type="int8", intra_threads=1, inter_threads=1), beams, place
        )
    except (RuntimeError, ValueError, OSError) as error:
        raise MissingPartError(f"{place} cannot be used as ears: {error}") from error


def _shipped() -> Path:
    model, *_ = [verified(file) for file in models.WHISPER]
    return model.parent


def _replacement(folder: Path) -> Path:
    for names in (("model.bin",), ("config.json",), ("vocabulary.txt", "vocabulary.json")):
        if not any((folder / name).is_file() for name in names):
            raise MissingPartError(
                f"{folder} holds no {' or '.join(names)}; ears need the folder of a CTranslate2 conversion of Whisper"
            )
    return folder

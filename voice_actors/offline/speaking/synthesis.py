"""hibari's synthesis, of which the first sound is there before the sentence is finished.

Theory of operation: the network reads a whole sentence, for its melody, and predicts a spectrum for each 12.5 ms. What
remains, half of the work, is signal processing that only looks at a few frames at a time, and is done in blocks of a
second or so. Each block is made with some frames of its neighbours, and they are joined where there is no voice, in an
s, a t or a pause: there the two versions of the sound are noise, and no seam is heard in it. How the one voice becomes
another is in here too: a block is played slower or faster, which changes its pitch, and the network is asked for the
opposite pace.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from voice_actors.errors import MissingPartError
from voice_actors.offline import models
from voice_actors.offline.speaking.voices import Timbre
from voice_actors.weights import once, verified

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE = 24_000
HOP = 300
"""Samples of a frame."""
AROUND = 5
"""Frames before and behind a block that reach into it: each sounds for four hops."""
VOICED = 40.0
"""Hz; hibari's pulses begin here."""
CALM = 2
"""Frames without voice on both sides of a seam."""
FIRST, NEXT = 72, 200
"""Frames of the first block and of the others, at least: 0.9 s, of which 0.3 s is silence, and 2.5 s."""
LAST = 60
"""Frames of the last one; 0.4 s of silence come with it."""
BEFORE, BEHIND = 24, 32
"""Frames of silence with which each sentence begins and ends."""
BRITISH = ("bf_", "bm_")
"""How the names of hibari's British voices begin: their words are pronounced by other tables."""


@attrs.frozen
class Spectra:
    """What the network predicts of one sentence, a column each 12.5 ms."""

    parts: tuple[NDArray[np.float32], ...]
    """Magnitudes and phases: five of 601 bins."""
    pitch: NDArray[np.float32]
    """Hz; below 40 there is no voice."""

    def __len__(self) -> int:
        """Frames."""
        return len(self.pitch)


@attrs.frozen(eq=False)
class Voice:
    """hibari in memory. What it does takes milliseconds: call it in a thread, one at a time."""

    hibari: Any
    dsp: Any

    def sentences(self, text: str) -> list[str]:
        """The phonemes of each; mostly one, of a piece."""
        found: list[str] = self.hibari.phonemize(text)
        return [phonemes for phonemes in found if len(self.hibari.ids(phonemes)) > 2]  # two are the silence around it

    def predict(self, phonemes: str, speed: float) -> Spectra:
        """Run the network on one sentence, about 1 ms a word."""
        import numpy as np

        ids = self.hibari.ids(phonemes)
        feeds = {"ids": np.asarray([ids], np.int64), "speed": np.asarray([speed], np.float32)}
        *parts, pitch = (output[0] for output in self.hibari.sess.run(None, feeds))
        return Spectra(tuple(parts), pitch)

    def sound(self, spectra: Spectra, first: int, after: int, noise: np.random.Generator) -> NDArray[np.float32]:
        """Some frames as samples."""
        parts = (part[:, first:after] for part in spectra.parts)
        sound: NDArray[np.float32] = self.dsp.synth(*parts, spectra.pitch[first:after], noise)
        return sound


@once
def load_voice(path: Path | None = None) -> Voice:
    """Load the voice, once per process, and let it say something; about 1 s, so call it in a thread.

    `path` is another of hibari's voices, an ONNX file; it is British where its name begins like those of hibari's.

    Raises:
        MissingPartError: the package or a model is not there, or cannot be used.
        ChangedPartError: a file is not the one that was tested.

    """
    british = path is not None and path.name.startswith(BRITISH)
    shipped, *_ = [verified(file) for file in (*models.HIBARI, *(models.HIBARI_BRITISH if british else ()))]
    if path is not None and not path.is_file():
        raise MissingPartError(f"{path} is not there; a mouth needs the ONNX file of one of hibari's voices")
    try:
        package, dsp, _ = (importlib.import_module(name) for name in ("hibari", "hibari.dsp", "onnxruntime"))
    except ImportError as error:
        raise MissingPartError(f"hibari cannot be imported ({error}); get it with: {models.REMEDY}") from error
    try:
        hibari = package.Hibari(voice="emma" if british else "heart", model=str(path or shipped), threads=1)
        voice = Voice(hibari, dsp)
        for phonemes in voice.sentences("Ready, and thanks."):  # loads the lexicon
            spectra = voice.predict(phonemes, 1.0)
            _ = list(blocks_of(voice, spectra, Timbre()))
    except Exception as error:  # onnxruntime has many kinds, and derives them from nothing else
        raise MissingPartError(f"{path or shipped} cannot be used as a mouth: {error}") from error
    return voice


@attrs.frozen(eq=False)
class Block:
    """A part of a sentence as samples."""

    sound: NDArray[np.float32]
    share: float
    """How much of the sentence's speech is over behind it; 1 at its end."""


def blocks_of(voice: Voice, spectra: Spectra, timbre: Timbre) -> Iterator[Block]:
    """The sound of a sentence in blocks, each made when it is asked for; the same sentence always sounds the same."""
    import numpy as np

    noise = np.random.default_rng(0)
    seams = [0, *seams_of(spectra.pitch), len(spectra)]
    tail = np.zeros(0, np.float32)
    for first, after in pairwise(seams):
        begin, end = max(0, first - AROUND), min(len(spectra), after + AROUND)
        made = voice.sound(spectra, begin, end, noise)
        sound = stretched(made, round(len(made) / timbre.pitch))
        start, stop, fade = (round(frames * HOP / timbre.pitch) for frames in (first - begin, after - begin, 1))
        block = sound[start:stop].copy()
        block[: len(tail)] += (tail - block[: len(tail)]) * np.linspace(1, 0, len(tail), dtype=np.float32)
        tail = sound[stop : stop + fade]
        yield Block(block, _share(after, len(spectra)))


def _share(after: int, frames: int) -> float:
    return 1.0 if after == frames else max(after - BEFORE, 0) / (frames - BEFORE - BEHIND)


def seams_of(pitch: NDArray[np.float32]) -> list[int]:
    """Frames at which a sentence can be cut: in the middle of the first stretch without voice behind each least."""
    found: list[int] = []
    for start, end in _silent_stretches(pitch):
        middle = (start + end) // 2
        least = found[-1] + NEXT if found else FIRST
        if end - start > 2 * CALM and least <= middle <= len(pitch) - LAST:
            found.append(middle)
    return found


def _silent_stretches(pitch: NDArray[np.float32]) -> list[tuple[int, int]]:
    import numpy as np

    edges = np.flatnonzero(np.diff(np.concatenate(([0], pitch < VOICED, [0])).astype(np.int8)))
    return [(int(start), int(end)) for start, end in zip(edges[::2], edges[1::2], strict=True)]


def stretched(samples: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """The same sound in another number of samples: its spectrum is cut or filled up (silence at both ends assumed)."""
    import numpy as np

    if len(samples) == length or not length or not len(samples):
        return samples[:length]
    sound: NDArray[np.float32] = np.fft.irfft(np.fft.rfft(samples)[: length // 2 + 1], length).astype(np.float32)
    return sound * np.float32(length / len(samples))

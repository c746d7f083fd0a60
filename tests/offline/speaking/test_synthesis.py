"""hibari's sound, in blocks."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from voice_actors import weights
from voice_actors.audio.voice import SILERO
from voice_actors.errors import MissingPartError
from voice_actors.offline import models
from voice_actors.offline.speaking.synthesis import (
    CALM,
    FIRST,
    HOP,
    LAST,
    NEXT,
    VOICED,
    Voice,
    blocks_of,
    load_voice,
    seams_of,
    stretched,
)
from voice_actors.offline.speaking.voices import VOICES, Timbre

pytestmark = pytest.mark.slow
FIFTEEN = "The old keeper lit the big lamp tonight because six ships still sailed past his house."


@pytest.mark.parametrize("length", [11_000, 12_000, 13_931])
def test_a_stretched_tone_keeps_its_loudness_and_changes_its_pitch(length: int):
    """A tone of 100 periods has 100 periods in any length, with the same amplitude."""
    tone = np.sin(np.arange(12_000) * 2 * np.pi * 100 / 12_000).astype(np.float32)
    expected = np.sin(np.arange(length) * 2 * np.pi * 100 / length)
    assert stretched(tone, length) == pytest.approx(expected, abs=1e-3)


def test_seams_lie_where_there_is_no_voice():
    """Far enough from both ends and from each other, in the middle of a stretch that is long enough."""
    pitch = np.full(700, 190.0, np.float32)
    for start, length in ((50, 20), (90, 3), (100, 9), (150, 20), (400, 11), (660, 40)):
        pitch[start : start + length] = 0
    assert seams_of(pitch) == [104, 405]
    assert 104 >= FIRST
    assert 405 - 104 >= NEXT
    assert 700 - 405 >= LAST
    assert (pitch[104 - CALM : 104 + CALM + 1] < VOICED).all()


def test_a_sentence_without_a_pause_stays_whole():
    """Nothing is cut where a seam would be heard."""
    assert seams_of(np.full(700, 190.0, np.float32)) == []
    assert seams_of(np.zeros(0, np.float32)) == []


@pytest.mark.parametrize("name", ["kore", "charon", "leda"])
def test_blocks_make_up_the_sentence(name: str):
    """In length to the sample, but for rounding, and in loudness all along: no gap, no click, no echo at a seam."""
    voice, timbre = load_voice(), VOICES[name]
    (phonemes,) = voice.sentences(FIFTEEN)
    spectra = voice.predict(phonemes, 1.0)
    joined = np.concatenate([block.sound for block in blocks_of(voice, spectra, timbre)])
    whole = stretched(voice.sound(spectra, 0, len(spectra), np.random.default_rng(0)), len(joined))
    assert len(joined) == pytest.approx(len(spectra) * HOP / timbre.pitch, abs=3)
    for seam in seams_of(spectra.pitch):
        at = round(seam * HOP / timbre.pitch)
        near, reference = joined[at - 600 : at + 600], whole[at - 600 : at + 600]
        assert np.sqrt((near**2).mean()) == pytest.approx(np.sqrt((reference**2).mean()), rel=0.35, abs=0.002)
        assert np.abs(np.diff(near)).max() <= 2 * np.abs(np.diff(reference)).max() + 0.002
    away = np.abs(joined - whole).reshape(-1)[: seams_of(spectra.pitch)[0] * HOP // 2]
    assert away.max() < 0.2


def test_the_first_block_is_there_before_the_rest_is_made(monkeypatch: pytest.MonkeyPatch):
    """Of a sentence of fifteen words; its share of the time tells how far it goes."""
    made: list[int] = []
    voice = load_voice()

    class Counting(Voice):
        def sound(self, spectra, first, after, noise):
            made.append(after - first)
            return voice.sound(spectra, first, after, noise)

    counting = Counting(voice.hibari, voice.dsp)
    (phonemes,) = voice.sentences(FIFTEEN)
    spectra = voice.predict(phonemes, 1.0)
    blocks = blocks_of(counting, spectra, Timbre())
    first = next(blocks)
    assert len(FIFTEEN.split()) >= 15
    assert len(made) == 1
    assert made[0] < len(spectra) / 2
    assert first.share < 0.5
    rest = list(blocks)
    assert rest[-1].share == 1
    assert len(made) == 1 + len(rest) >= 2


def test_another_voice_takes_the_shipped_ones_place(tmp_path: Path):
    """An ONNX file of the same family; a British name brings British words."""
    shipped = weights.locate(models.HIBARI[0])
    american, british = tmp_path / "af_mine.onnx", tmp_path / "bf_mine.int8.onnx"
    for path in (american, british):
        shutil.copyfile(shipped, path)
    said = [load_voice(path).sentences("I can't answer your aunt.") for path in (american, british)]
    assert load_voice(american).hibari.model_path == str(american)
    assert said[0] == load_voice().sentences("I can't answer your aunt.")
    assert said[0] != said[1]


def test_what_is_no_voice_is_said_in_one_line(tmp_path: Path):
    """A path that is not there, a file of another kind, and a network of another family."""
    with pytest.raises(MissingPartError, match=r"none\.onnx is not there"):
        load_voice(tmp_path / "none.onnx")
    (tmp_path / "text.onnx").write_text("hello")
    with pytest.raises(MissingPartError, match=r"text\.onnx cannot be used as a mouth"):
        load_voice(tmp_path / "text.onnx")
    with pytest.raises(MissingPartError, match=r"silero_vad\.onnx cannot be used as a mouth") as error:
        load_voice(weights.locate(SILERO))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("package", ["hibari", "onnxruntime"])
def test_a_missing_package_names_the_remedy(package: str, monkeypatch: pytest.MonkeyPatch):
    """The voice, or what it needs."""
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingPartError, match=rf"{package}.*pip install"):
        load_voice.__wrapped__()


@pytest.mark.parametrize("number", range(len(models.HIBARI)))
def test_every_file_that_is_read_is_checked(number: int, monkeypatch: pytest.MonkeyPatch):
    """A changed lexicon is as bad as a changed network: one line, and the way out."""
    import attrs

    changed = list(models.HIBARI)
    changed[number] = attrs.evolve(changed[number], sha256="0" * 64)
    monkeypatch.setattr(models, "HIBARI", tuple(changed))
    with pytest.raises(weights.ChangedPartError, match=r"SHA-256.*pip install --force-reinstall"):
        load_voice.__wrapped__()

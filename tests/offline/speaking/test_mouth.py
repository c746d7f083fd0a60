"""What is said, in which pieces, voices and times."""

from __future__ import annotations

import logging
import sys
import time
from pathlib import Path

import attrs
import numpy as np
import pytest
import trio

from voice_actors import weights
from voice_actors.errors import MissingPartError
from voice_actors.offline import models
from voice_actors.offline.parts import Mouth, Spoken
from voice_actors.offline.speaking import mouth as mouth_module
from voice_actors.offline.speaking.espeak import EspeakMouth
from voice_actors.offline.speaking.mouth import HibariMouth, SilentMouth, best_mouth, ready_mouth, spoken
from voice_actors.offline.speaking.reading import CLAUSE_PAUSE, SENTENCE_PAUSE
from voice_actors.offline.speaking.shaping import RATE
from voice_actors.offline.speaking.synthesis import Voice, load_voice
from voice_actors.offline.speaking.voices import VOICES, Timbre

STORY = (
    "Once upon a time, in a small village by the sea, there lived an old lighthouse keeper. "
    "Every night he lit the lamp, and every morning he put it out. One day a storm came!"
)


def samples_of(pcm: bytes) -> np.ndarray:
    return np.frombuffer(pcm, "<i2").astype(np.float32) / 32768


def loudest_pitch(pcm: bytes) -> float:
    """The median fundamental of the voiced frames, in Hz, by autocorrelation."""
    samples = samples_of(pcm)
    found = []
    for start in range(0, len(samples) - 1200, 600):
        frame = samples[start : start + 1200] - samples[start : start + 1200].mean()
        if frame.std() < 0.05:
            continue
        same = np.correlate(frame, frame, "full")[1199:]
        lags = same[RATE // 400 : RATE // 90]
        if lags.max() > 0.6 * same[0]:
            found.append(RATE / (RATE // 400 + int(lags.argmax())))
    return float(np.median(found))


@pytest.mark.slow
async def test_voices_differ_in_pitch_and_not_in_words():
    """Charon is audibly lower than Kore and Zephyr higher; the pace stays about the same."""
    pitch, seconds = {}, {}
    for name in ("Kore", "Charon", "Zephyr"):
        pcm = b"".join([s.pcm async for s in HibariMouth().speak("We were away a year ago.", name)])
        pitch[name], seconds[name] = loudest_pitch(pcm), len(pcm) / 2 / RATE
    print({name: round(hz) for name, hz in pitch.items()})
    assert pitch["Charon"] == pytest.approx(pitch["Kore"] * VOICES["charon"].pitch, rel=0.06)
    assert pitch["Zephyr"] == pytest.approx(pitch["Kore"] * VOICES["zephyr"].pitch, rel=0.06)
    assert seconds["Charon"] == pytest.approx(seconds["Kore"], rel=0.15)


# ---- hibari ------------------------------------------------------------------------------------------------------


@pytest.mark.slow
async def test_words_and_sound_come_in_the_same_pieces():
    """The pieces' texts make up the reply, and each brings about the time that its words take."""
    mouth = await best_mouth()
    assert isinstance(mouth, HibariMouth)
    parts = [part async for part in mouth.speak(f" {STORY} ", "Kore")]
    assert STORY == "".join(part.text for part in parts)
    assert len(parts) >= 6
    assert all(part.text and part.pcm for part in parts)
    for part in parts:
        assert 5 <= len(part.text) / (len(part.pcm) / 2 / RATE) <= 30  # letters a second


@pytest.mark.slow
def test_sound_begins_at_once_and_pauses_fit():
    """Speech begins within 60 ms of a sentence's first sample; the pause behind it is that of its punctuation."""
    for text, pause in (
        ("There lived an old lighthouse keeper. ", SENTENCE_PAUSE),
        ("Once upon a time, ", CLAUSE_PAUSE),
    ):
        pcm = b"".join(part.pcm for part in spoken(load_voice(), text, Timbre()))
        loud = np.flatnonzero(np.abs(samples_of(pcm)) > 0.01)
        assert loud[0] < 0.06 * RATE
        assert pause <= (len(pcm) // 2 - loud[-1]) / RATE <= pause + 0.15


@pytest.mark.slow
async def test_the_first_piece_is_there_before_the_sentence_is_made(monkeypatch: pytest.MonkeyPatch):
    """Of a sentence of fifteen words, most of the blocks are still to be made when the first can be sent."""
    made: list[int] = []
    whole = Voice.sound

    def counted(self, spectra, first, after, noise):
        made.append(after - first)
        return whole(self, spectra, first, after, noise)

    monkeypatch.setattr(Voice, "sound", counted)
    sentence = "The old keeper lit the big lamp tonight because six ships still sailed past his house."
    assert len(sentence.split()) >= 15
    before = [len(made) async for _ in HibariMouth().speak(sentence, "Charon")]
    assert before[0] == 1
    assert before[-1] == len(made) == len(before) >= 2
    assert made[0] < sum(made) / 2


@pytest.mark.slow
async def test_the_first_sound_is_early():
    """The first piece of a long reply is a small part of the work, and is there before the rest."""
    mouth = HibariMouth()
    await mouth.load()
    began = time.perf_counter()
    times, seconds = [], 0.0
    async for part in mouth.speak(STORY * 3, "Kore"):
        times.append(1000 * (time.perf_counter() - began))
        seconds += len(part.pcm) / 2 / RATE
    print(f"first sound after {times[0]:.0f} ms, {seconds:.1f} s of speech after {times[-1]:.0f} ms")
    assert len(times) > 6
    assert times[0] < times[-1] / 3


@pytest.mark.slow
def test_the_same_words_always_sound_the_same():
    """Tests and recordings can be compared byte by byte."""
    one, other = (list(spoken(load_voice(), "Good morning. ", VOICES["puck"])) for _ in range(2))
    assert one == other


@pytest.mark.slow
@pytest.mark.parametrize("text", ["…", "😀", "Привет.", "你好", "Zxqv!", "a" * 300, "1" * 60])
async def test_what_cannot_be_read_is_no_error(text: str):
    """Signs, other scripts and nonsense end in some sound or none, with their text kept."""
    parts = [spoken async for spoken in HibariMouth().speak(text, "Puck")]
    assert text == "".join(spoken.text for spoken in parts)
    assert all(len(spoken.pcm) % 2 == 0 and spoken.pcm for spoken in parts)


async def test_no_text_is_no_speech():
    """An empty reply says nothing."""
    assert [s async for s in HibariMouth().speak("  \n", "Kore")] == []


async def test_a_cancelled_speaker_is_left_at_once(monkeypatch: pytest.MonkeyPatch):
    """An interruption does not wait for the piece that is being made."""
    import threading

    mouth = HibariMouth()
    await mouth.load()
    busy, go = threading.Event(), threading.Event()

    def slow(voice, piece, rendering):
        busy.set()
        assert go.wait(30)
        yield Spoken(piece, b"")

    monkeypatch.setattr(mouth_module, "spoken", slow)

    async def speak() -> None:
        async for _ in mouth.speak(STORY, "Kore"):
            raise AssertionError("spoke after it was cancelled")

    with trio.fail_after(20):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(speak)
            await trio.to_thread.run_sync(busy.wait)
            nursery.cancel_scope.cancel(reason="barge-in")
        assert not go.is_set()
        go.set()


# ---- what may be missing -----------------------------------------------------------------------------------------


@pytest.fixture
def no_hibari(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation whose hibari cannot be imported, in a process that has not loaded it."""
    monkeypatch.setitem(sys.modules, "hibari", None)
    monkeypatch.setattr(mouth_module, "load_voice", weights.once(load_voice.__wrapped__))


@pytest.fixture
def changed_hibari(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation with another lexicon under the same name."""
    files = (*models.HIBARI[:6], attrs.evolve(models.HIBARI[6], sha256="0" * 64), *models.HIBARI[7:])
    monkeypatch.setattr(models, "HIBARI", files)
    monkeypatch.setattr(mouth_module, "load_voice", weights.once(load_voice.__wrapped__))


async def test_without_any_voice_there_is_one_clear_line(no_hibari: None, monkeypatch: pytest.MonkeyPatch):
    """Neither hibari nor espeak-ng: the error says what to type."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingPartError, match=r'hibari.*pip install .*"voice-actors\[offline\]"'):
        await best_mouth()


async def test_a_server_without_any_voice_writes(no_hibari: None, monkeypatch, caplog):
    """One line says why, and the words come without a sound."""
    monkeypatch.setenv("PATH", "")
    with caplog.at_level(logging.WARNING, "voice_actors.offline"):
        mouth = await ready_mouth(None)
    assert isinstance(mouth, SilentMouth)
    (record,) = caplog.records
    assert "replies are written" in record.getMessage()
    assert "pip install" in record.getMessage()
    assert "\n" not in record.getMessage()
    parts = [part async for part in mouth.speak(STORY, "Kore")]
    assert STORY == "".join(part.text for part in parts)
    assert not any(part.pcm for part in parts)


async def test_espeak_takes_over_and_says_so(no_hibari: None, tmp_path: Path, monkeypatch, caplog):
    """Without hibari the program speaks, and the log tells why the voice is a robot's."""
    program = tmp_path / "espeak-ng"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with caplog.at_level(logging.WARNING, "voice_actors.offline"):
        assert isinstance(await best_mouth(), EspeakMouth)
    (record,) = caplog.records
    assert "espeak-ng instead of hibari" in record.getMessage()


@pytest.mark.parametrize("ready", [best_mouth, lambda: ready_mouth(None)])
async def test_a_changed_voice_is_replaced_by_none(changed_hibari: None, ready):
    """Somebody's other lexicon is no reason to go on with another voice: the person is told."""
    with pytest.raises(weights.ChangedPartError, match=r"lexicon_us_gold.*SHA-256.*pip install --force-reinstall"):
        await ready()


async def test_a_server_takes_the_voice_that_is_wanted(tmp_path: Path):
    """A path is checked when the server opens, and a mouth is loaded then."""
    with pytest.raises(MissingPartError, match=r"none\.onnx is not there"):
        await ready_mouth(tmp_path / "none.onnx")
    own = tmp_path / "own.onnx"
    own.symlink_to(weights.locate(models.HIBARI[0]))
    mouth = await ready_mouth(own)
    assert isinstance(mouth, HibariMouth)
    assert mouth.model == own
    silent = SilentMouth()
    assert await ready_mouth(silent) is silent
    with pytest.raises(MissingPartError, match="apt install espeak-ng"):
        await ready_mouth(EspeakMouth(str(tmp_path / "espeak")))


def test_these_are_mouths():
    """The type checker sees the contract fulfilled; so does a reader."""
    mouths: list[Mouth] = [HibariMouth(), EspeakMouth(), SilentMouth()]
    assert all(callable(mouth.speak) for mouth in mouths)

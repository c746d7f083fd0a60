"""What is said, in which pieces, voices and times."""

from __future__ import annotations

import logging
import os
import shutil
import stat
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import trio

from voice_actors.errors import MissingPartError
from voice_actors.offline import mouth as mouth_module
from voice_actors.offline.mouth import (
    CLAUSE_PAUSE,
    RATE,
    SENTENCE_PAUSE,
    VOICES,
    EspeakMouth,
    HibariMouth,
    Timbre,
    best_mouth,
    finished,
    load_hibari,
    render,
    stretched,
    timbre,
    trimmed,
)
from voice_actors.offline.parts import Mouth

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


# ---- sound -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [11_000, 12_000, 13_931])
def test_a_stretched_tone_keeps_its_loudness_and_changes_its_pitch(length: int):
    """A tone of 100 periods has 100 periods in any length, with the same amplitude."""
    tone = np.sin(np.arange(12_000) * 2 * np.pi * 100 / 12_000).astype(np.float32)
    expected = np.sin(np.arange(length) * 2 * np.pi * 100 / length)
    assert stretched(tone, length) == pytest.approx(expected, abs=1e-3)


def test_nothing_stays_nothing():
    """Empty sound and an empty result are no errors."""
    assert len(stretched(np.zeros(0, np.float32), 10)) == 0
    assert len(stretched(np.ones(10, np.float32), 0)) == 0
    assert finished(np.zeros(4800, np.float32), 0.1) == bytes(4800)


def test_silence_at_both_ends_is_cut():
    """What is left begins and ends within 45 ms of the sound."""
    sound = np.zeros(RATE, np.float32)
    sound[8000:16_000] = 0.1
    assert 8000 + 2 * 0.035 * RATE <= len(trimmed(sound)) <= 8000 + 2 * 0.045 * RATE


def test_a_finished_piece_begins_and_ends_softly():
    """No click at the cuts, twice the loudness, but never clipped, and the pause behind it."""
    quiet = finished(np.full(RATE, 0.2, np.float32), 0.1)
    loud = finished(np.full(RATE, 0.8, np.float32), 0.1)
    assert len(quiet) == 2 * RATE + 2 * 2400
    assert samples_of(quiet)[[0, RATE // 2, RATE - 1, -1]] == pytest.approx([0, 0.4, 0, 0], abs=1e-3)
    assert samples_of(loud).max() == pytest.approx(0.9, abs=1e-3)


# ---- voices ------------------------------------------------------------------------------------------------------


def test_voices_are_known_in_any_case_and_unknown_ones_speak_too():
    """PUCK is Puck; a name nobody knows, or none, is Kore."""
    assert VOICES["puck"] == timbre("PUCK")
    assert VOICES["kore"] == timbre(None) == timbre("nobody")


def test_every_voice_is_intelligible_by_its_limits():
    """All thirty voices are different, and none is bent further than words can take."""
    assert len(VOICES) == 30
    assert len(set(VOICES.values())) == 30
    assert all(0.8 <= t.pitch <= 1.2 and 0.9 <= t.pace <= 1.2 for t in VOICES.values())


@pytest.mark.slow
async def test_voices_differ_in_pitch_and_not_in_words():
    """Charon is audibly lower than Kore and Zephyr higher; the pace stays about the same."""
    pitch, seconds = {}, {}
    for name in ("Kore", "Charon", "Zephyr"):
        (spoken,) = [s async for s in HibariMouth().speak("We were away a year ago.", name)]
        pitch[name], seconds[name] = loudest_pitch(spoken.pcm), len(spoken.pcm) / 2 / RATE
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
    parts = [spoken async for spoken in mouth.speak(f" {STORY} ", "Kore")]
    assert STORY == "".join(spoken.text for spoken in parts)
    assert len(parts) == 4
    for spoken in parts:
        assert 8 <= len(spoken.text) / (len(spoken.pcm) / 2 / RATE) <= 25  # letters a second


@pytest.mark.slow
async def test_sound_begins_at_once_and_pauses_fit():
    """Speech begins within 60 ms of a piece's first sample; the pause behind it is that of its punctuation."""
    for spoken in [s async for s in HibariMouth().speak(STORY, None)]:
        loud = np.flatnonzero(np.abs(samples_of(spoken.pcm)) > 0.01)
        pause = SENTENCE_PAUSE if spoken.text.strip()[-1] in ".!" else CLAUSE_PAUSE
        assert loud[0] < 0.06 * RATE
        silent = (len(spoken.pcm) // 2 - loud[-1]) / RATE
        assert pause <= silent <= pause + 0.15


@pytest.mark.slow
async def test_the_first_sound_is_early():
    """The first piece of a long reply is a small part of the work, and is there before the rest."""
    mouth = HibariMouth()
    await mouth.load()
    began = time.perf_counter()
    times, seconds = [], 0.0
    async for spoken in mouth.speak(STORY * 3, "Kore"):
        times.append(1000 * (time.perf_counter() - began))
        seconds += len(spoken.pcm) / 2 / RATE
    print(f"first sound after {times[0]:.0f} ms, {seconds:.1f} s of speech after {times[-1]:.0f} ms")
    assert len(times) > 6
    assert times[0] < times[-1] / 3


@pytest.mark.slow
def test_the_same_words_always_sound_the_same():
    """Tests and recordings can be compared byte by byte."""
    assert render("Good morning. ", Timbre()) == render("Good morning. ", Timbre())


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

    def slow(piece, voice):
        busy.set()
        assert go.wait(30)
        return b""

    monkeypatch.setattr(mouth_module, "render", slow)

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
    from voice_actors.offline.models import once

    monkeypatch.setitem(sys.modules, "hibari", None)
    monkeypatch.setattr(mouth_module, "load_hibari", once(load_hibari.__wrapped__))


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program that answers like espeak-ng: half a second of a tone at 22.05 kHz, after reading its text."""
    path = tmp_path / "espeak-ng"
    path.write_text(
        f"#!{sys.executable}\n"
        "import sys, math, struct\n"
        "text = sys.stdin.read()\n"
        "if 'fail' in text: sys.exit(3)\n"
        "tone = [int(8000 * math.sin(n * 2 * math.pi * 441 / 22050)) for n in range(11025)]\n"
        "head = b'RIFF' + struct.pack('<I', 0x7ffff024) + b'WAVEfmt ' + struct.pack('<IHHIIHH', 16, 1, 1, 22050, 44100, 2, 16)\n"
        "sys.stdout.buffer.write(head + b'data' + struct.pack('<I', 0x7ffff000) + struct.pack('<11025h', *tone))\n"
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


async def test_without_any_voice_there_is_one_clear_line(no_hibari: None, monkeypatch: pytest.MonkeyPatch):
    """Neither hibari nor espeak-ng: the error says what to type."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingPartError, match=r'hibari.*pip install .*"voice-actors\[offline\]"'):
        await best_mouth()


async def test_a_voice_without_its_runtime_is_a_missing_part(monkeypatch: pytest.MonkeyPatch):
    """The voice is there, but not what it needs: the remedy is named all the same."""
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingPartError, match=r"onnxruntime.*pip install"):
        await trio.to_thread.run_sync(load_hibari.__wrapped__)


async def test_espeak_takes_over_and_says_so(no_hibari, program: Path, monkeypatch, caplog):
    """Without hibari the program speaks, and the log tells why the voice is a robot's."""
    monkeypatch.setenv("PATH", str(program.parent))
    with caplog.at_level(logging.WARNING, "voice_actors.offline"):
        assert isinstance(await best_mouth(), EspeakMouth)
    (record,) = caplog.records
    assert "espeak-ng instead of hibari" in record.getMessage()


async def test_espeak_speaks_at_our_rate(program: Path):
    """22.05 kHz becomes 24 kHz: the tone keeps its length and pitch, and the pause follows."""
    (spoken,) = [s async for s in EspeakMouth(str(program)).speak("Hello.", "Kore")]
    assert spoken.text == "Hello."
    assert len(spoken.pcm) / 2 / RATE == pytest.approx(0.5 + SENTENCE_PAUSE, abs=0.01)
    assert loudest_pitch(spoken.pcm) == pytest.approx(441, rel=0.01) or loudest_pitch(spoken.pcm) == pytest.approx(
        220.5, rel=0.01
    )


async def test_a_failing_program_is_a_missing_part(program: Path):
    """A program that gives up is named, and so is one that is not there."""
    with pytest.raises(MissingPartError, match="does not work"):
        _ = [s async for s in EspeakMouth(str(program)).speak("fail", None)]
    with pytest.raises(MissingPartError, match="apt install espeak-ng"):
        await EspeakMouth(str(program) + "-x").load()


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("CI") and shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
async def test_the_real_espeak_is_understood_by_its_length():
    """The real program speaks a sentence in a plausible time."""
    (spoken,) = [s async for s in EspeakMouth().speak("The quick brown fox jumps over the dog.", "Charon")]
    assert 1.5 <= len(spoken.pcm) / 2 / RATE <= 5


def test_these_are_mouths():
    """The type checker sees the contract fulfilled; so does a reader."""
    mouths: list[Mouth] = [HibariMouth(), EspeakMouth()]
    assert all(callable(mouth.speak) for mouth in mouths)

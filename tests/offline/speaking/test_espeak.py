"""The lighter voice."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from pathlib import Path

import numpy as np
import pytest

from voice_actors.errors import MissingPartError
from voice_actors.offline.speaking.espeak import EspeakMouth
from voice_actors.offline.speaking.reading import SENTENCE_PAUSE
from voice_actors.offline.speaking.shaping import RATE


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

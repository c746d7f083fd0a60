"""The picture as pixels."""

from __future__ import annotations

import json
import wave

import numpy as np
import pytest

from voice_actors.cli.picture import draw
from voice_actors.errors import ConfigError

RATE = 24_000
BLUE, GREEN, RED = (37, 99, 235), (13, 143, 107), (211, 58, 58)


@pytest.fixture
def files(tmp_path):
    """Ten seconds: the user speaks from 1 to 3 s, the agent from 4 to 6 s, where it is cut."""
    channels = np.zeros((10 * RATE, 2), np.int16)
    for column, start in ((0, 1), (1, 4)):
        channels[start * RATE : (start + 2) * RATE, column] = 8_000 * np.sin(np.arange(2 * RATE) * 0.1)
    with wave.open(str(tmp_path / "c.wav"), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(channels.tobytes())
    rows = [
        (0.0, "Connected", {"model": "m"}),
        (3.5, "UserSaid", {"text": "Tell me a story."}),
        (3.6, "TurnStarted", {"turn": 1}),
        (3.6, "AgentSaid", {"turn": 1, "text": "Once upon a time there was."}),
        (6.0, "TurnInterrupted", {"turn": 1, "by": "user"}),
        (6.0, "TurnEnded", {"turn": 1, "heard_ms": 2_000, "dropped_ms": 3_000, "interrupted": True}),
    ]
    lines = [
        json.dumps({"seq": i, "at": 50 + at, "wall": 0, "event": event, **more})
        for i, (at, event, more) in enumerate(rows, 1)
    ]
    (tmp_path / "t.jsonl").write_text("\n".join(lines) + "\n")
    return tmp_path / "c.wav", tmp_path / "t.jsonl", tmp_path / "c.png"


def test_both_voices_and_the_cut_stand_at_their_times(files):
    """Blue where the user spoke, green where the agent did, a red line where it was cut."""
    from PIL import Image

    draw(*files)
    with Image.open(files[2]) as image:
        assert "PNG" == image.format
        pixels = np.asarray(image.convert("RGB"))
    scale, left = 2 * 52, 2 * 84

    def seconds(columns):
        return (columns - left) / scale

    dashes = (pixels == RED).all(axis=2).sum(axis=0)
    assert pytest.approx(6.0, abs=0.1) == seconds(int(dashes.argmax()))
    for colour, start, end in ((BLUE, 1.0, 3.0), (GREEN, 4.0, 6.0)):
        per_column = (pixels == colour).all(axis=2).sum(axis=0)
        loud = np.flatnonzero(per_column > 40)
        spoken = loud[(seconds(loud) > start - 0.3) & (seconds(loud) < end + 0.3)]
        assert pytest.approx(start, abs=0.15) == seconds(spoken.min())
        assert pytest.approx(end, abs=0.15) == seconds(spoken.max())
        assert 0.95 * (end - start) * scale <= len(spoken)


def test_a_silent_recording_can_be_drawn(files):
    """Nothing said is no error."""
    recording, transcript, out = files
    with wave.open(str(recording), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
    transcript.write_text("")
    draw(recording, transcript, out)
    assert out.stat().st_size > 500


def test_a_place_that_cannot_be_written_is_named(files, tmp_path):
    """As a sentence."""
    with pytest.raises(ConfigError, match="cannot write the picture .*nowhere"):
        draw(files[0], files[1], tmp_path / "nowhere" / "c.png")

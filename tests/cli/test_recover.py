"""`voice-actors recover`: mending what a crash left behind."""

from __future__ import annotations

import wave

import pytest

from voice_actors.audio.wav import WavWriter
from voice_actors.cli import main
from voice_actors.messages import Ended, UserSaid
from voice_actors.record.journal import header, sealed
from voice_actors.record.transcripts import line_of

HEAD = header(at=0.0, wall=0.0, program="test")


def lines(*events):
    return [sealed(line_of(event, seq=seq, wall=0.0)) for seq, event in enumerate(events, start=1)]


def test_a_torn_transcript_is_mended(tmp_path, capsys):
    """The torn line goes, the rest stays, and what is missing is said."""
    path = tmp_path / "t.jsonl"
    rows = lines(*(UserSaid(text="hello", at=1.0) for _ in range(5)))
    path.write_bytes(HEAD + rows[0] + rows[3] + rows[4][:-20])
    assert 0 == main(["recover", str(path)])
    assert HEAD + rows[0] + rows[3] == path.read_bytes()
    said = capsys.readouterr().out
    assert "2 events, events 2 to 3 missing, the conversation's end was never written" in said
    assert f"{len(rows[4]) - 20} bytes of a torn end cut" in said


def test_a_whole_transcript_stays_as_it_is(tmp_path, capsys):
    """And is said to be whole."""
    path = tmp_path / "t.jsonl"
    content = HEAD + b"".join(lines(UserSaid(text="hello", at=1.0), Ended(reason="closed", at=2.0)))
    path.write_bytes(content)
    assert 0 == main(["recover", str(path)])
    assert content == path.read_bytes()
    assert f"{path}: a transcript of 2 events; its end is whole\n" == capsys.readouterr().out


def test_a_recording_with_an_old_header_is_mended(tmp_path, capsys):
    """Audio that the header did not count yet can be read, and half a frame is cut."""
    path = tmp_path / "r.wav"
    writer = WavWriter(path, rate=24_000, channels=2)
    writer.append(bytes(4 * 24_000))
    writer.close()
    with path.open("ab") as file:
        file.write(bytes(4 * 12_000 + 3))
    assert 0 == main(["recover", str(path)])
    assert "a recording of 1.50 s; 3 bytes of a torn end cut" in capsys.readouterr().out
    with wave.open(str(path)) as sound:
        assert 36_000 == sound.getnframes()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("t.jsonl", b"a letter\n", "is no transcript"),
        ("t.wav", b"a letter\n", "is not a WAV file"),
        ("none.jsonl", None, "cannot read the transcript"),
        ("none.wav", None, "cannot mend"),
    ],
)
def test_what_is_neither_is_said_in_one_line_and_left_alone(tmp_path, capsys, name, content, words):
    """Exit code 2, no traceback."""
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    assert 2 == main(["recover", str(path)])
    said = capsys.readouterr().err
    assert words in said
    assert 1 == said.count("\n")
    assert content is None or content == path.read_bytes()

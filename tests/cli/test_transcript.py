"""`voice-actors transcript`: a conversation that is over, in every form."""

from __future__ import annotations

import json
import wave

import numpy as np
import pytest

from voice_actors import messages as m
from voice_actors.audio.wav import WavWriter
from voice_actors.cli import main
from voice_actors.record.journal import header, sealed
from voice_actors.record.transcripts import line_of

RATE = 24_000
EVENTS = (
    m.RecordingStarted(path="call.wav", at=100.0),
    m.Connected(model="gemini-3.8-live", at=100.1),
    m.UserSaid(text="What is <it> & why?", at=103.0),
    m.ToolCalled(id="1", name="look", args={"q": "a ``` b"}, at=103.1),
    m.ToolAnswered(id="1", name="look", response={"output": 7}, outcome="ok", took_ms=4.0, at=103.2),
    m.TurnStarted(turn=1, at=103.3),
    m.AgentSaid(turn=1, text="It is *seven*, and here is much more to say.", audio_ms=0.0, at=103.3),
    m.TurnInterrupted(turn=1, by="user", at=105.3),
    m.TurnEnded(
        turn=1,
        heard_ms=2_000.0,
        dropped_ms=4_000.0,
        interrupted=True,
        heard_text="It is *seven*, ",
        unheard_text="and here is much more to say.",
        at=105.3,
    ),
    m.Ended(reason="closed", at=106.0),
)


@pytest.fixture
def call(tmp_path):
    """A transcript, and beside it a recording in which the user speaks from 1 s to 2.5 s and the agent from 3.3 s."""
    path = tmp_path / "call.jsonl"
    lines = [sealed(line_of(event, seq=seq, wall=0.0)) for seq, event in enumerate(EVENTS, start=1)]
    path.write_bytes(header(at=100.0, wall=0.0, program="test") + b"".join(lines))
    return path


def record(path):
    voices = np.zeros((6 * RATE, 2), "<i2")
    voices[RATE : int(2.5 * RATE), 0] = 5_000
    voices[int(3.3 * RATE) : int(5.3 * RATE), 1] = 3_000
    writer = WavWriter(path, rate=RATE, channels=2)
    writer.append(voices.tobytes())
    writer.close()


def printed(capsys, *arguments):
    assert 0 == main(["transcript", *map(str, arguments)])
    return capsys.readouterr().out


def test_text_is_what_the_captions_showed(call, capsys):
    """Each line with its time since the beginning."""
    lines = printed(capsys, call).splitlines()
    print("\n".join(lines))
    assert "00:00.1  [connected to gemini-3.8-live]" == lines[0]
    assert "00:03.1  you: What is <it> & why?" == lines[1]
    assert lines[-1].startswith("00:05.3  agent: It is *seven*, -- [interrupted after 2.0 s")


def test_markdown_strikes_out_what_nobody_heard(call, capsys):
    """And escapes what would be markup; a tool's call cannot leave its block."""
    written = printed(capsys, call, "--as", "markdown")
    assert r"**user** (00:03.0): What is \<it\> & why?" in written
    assert r"**agent** (00:03.3): It is \*seven\*, ~~and here is much more to say.~~ *(interrupted)*" in written
    assert 2 == written.count("```")


def test_subtitles_stand_where_the_words_were_spoken(call, capsys):
    """By the recording, which is found beside the transcript; only what was heard."""
    record(call.with_name("call.wav"))
    assert (
        "WEBVTT\n\n"
        "00:00:01.000 --> 00:00:02.500\n<v user>What is &lt;it&gt; &amp; why?\n\n"
        "00:00:03.300 --> 00:00:05.300\n<v agent>It is *seven*,\n"
    ) == printed(capsys, call, "--as", "vtt")
    assert "1\n00:00:01,000 --> 00:00:02,500\nuser: What is" in printed(capsys, call, "--as", "srt")


def test_subtitles_do_without_a_recording(call, capsys):
    """Then the user's place is an estimate, in front of the words' arrival."""
    written = printed(capsys, call, "--as", "vtt")
    assert "--> 00:00:03.000\n<v user>" in written


def test_long_words_are_cut_into_cues(call, capsys):
    """None longer than a line, one behind the other, all of the words."""
    said = " ".join(f"word{n}" for n in range(60))
    event = m.UserSaid(text=said, at=130.0)
    call.write_bytes(header(at=100.0, wall=0.0, program="t") + sealed(line_of(event, seq=1, wall=0.0)))
    cues = printed(capsys, call, "--as", "srt").strip().split("\n\n")
    texts = [cue.split("\n")[2].removeprefix("user: ") for cue in cues]
    assert said == " ".join(texts)
    assert max(map(len, texts)) <= 84
    spans = [cue.split("\n")[1].split(" --> ") for cue in cues]
    assert all(one[1] == two[0] for one, two in zip(spans, spans[1:], strict=False))


def test_json_is_for_programs(call, capsys):
    """Messages with what was heard, and whether the file is whole."""
    body = json.loads(printed(capsys, call, "--as", "json"))
    assert body["complete"] is True
    assert ["user", "tool", "agent"] == [message["role"] for message in body["messages"]]
    assert ("It is *seven*,", "and here is much more to say.") == (
        body["messages"][2]["heard_text"],
        body["messages"][2]["unheard_text"],
    )


def test_the_name_of_a_file_tells_its_form(call, tmp_path, capsys):
    """Nothing is printed then."""
    out = tmp_path / "call.srt"
    assert "" == printed(capsys, call, "--out", out)
    assert out.read_text().startswith("1\n00:00:")


def test_a_torn_transcript_is_read_to_its_last_line(call, capsys):
    """As a crash leaves one."""
    call.write_bytes(call.read_bytes()[:-30])
    assert "[interrupted after 2.0 s" in printed(capsys, call)
    assert not json.loads(printed(capsys, call, "--as", "json"))["complete"]


@pytest.mark.parametrize(
    ("side", "loudest"), [("user", {0, 5_000}), ("agent", {0, 3_000}), ("both", {0, 3_000, 5_000})]
)
def test_the_sound_is_exported_and_played(call, tmp_path, capsys, side, loudest):
    """One side or both; here the loudspeaker is a file too."""
    record(call.with_name("call.wav"))
    exported, played = tmp_path / "side.wav", tmp_path / "played.wav"
    assert "" == printed(capsys, call, "--audio", exported, "--side", side)
    with wave.open(str(exported)) as sound:
        assert (1, RATE, 6 * RATE) == (sound.getnchannels(), sound.getframerate(), sound.getnframes())
        assert loudest == set(np.frombuffer(sound.readframes(6 * RATE), "<i2").tolist())
    assert "" == printed(capsys, call, "--play", played, "--side", side)
    with wave.open(str(played)) as sound:
        assert loudest == set(np.frombuffer(sound.readframes(6 * RATE), "<i2").tolist())


def test_a_picture_is_drawn(call, tmp_path, capsys):
    """Of the recording; a PNG."""
    record(call.with_name("call.wav"))
    out = tmp_path / "call.png"
    assert "" == printed(capsys, call, "--picture", out)
    assert b"\x89PNG" == out.read_bytes()[:4]


@pytest.mark.parametrize("asked", [("--picture", "p.png"), ("--audio", "a.wav"), ("--play", "null")])
def test_what_needs_a_recording_says_so(call, capsys, tmp_path, asked):
    """In one line, with the way out, and exit code 2."""
    option, value = asked
    assert 2 == main(["transcript", str(call), option, str(tmp_path / value) if "." in value else value])
    assert "there is no recording" in (said := capsys.readouterr().err)
    assert "--recording" in said
    assert 1 == len(said.splitlines())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing.jsonl"], "cannot read the transcript nothing.jsonl"),
        (["{call}", "--as", "pdf"], "invalid choice"),
        (["{call}", "--out", "/nowhere/x.md"], "cannot write /nowhere/x.md"),
        (["{call}", "--recording", "nothing.wav"], "cannot read the recording nothing.wav"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(call, capsys, arguments, words):
    """Exit code 2, no traceback."""
    assert 2 == main(["transcript", *(argument.format(call=call) for argument in arguments)])
    said = capsys.readouterr().err
    assert words in said
    assert "Traceback" not in said

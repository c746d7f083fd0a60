"""Reading a recording and a transcript back as one story."""

from __future__ import annotations

import json
import wave

import numpy as np
import pytest

from voice_actors.cli.scene import origin, read_scene, utterances
from voice_actors.errors import ConfigError

RATE = 24_000
ORIGIN = 1_000.0


@pytest.fixture
def folder(tmp_path):
    return tmp_path


def tone(seconds):
    return (8_000 * np.sin(np.arange(int(seconds * RATE)) * 0.1)).astype(np.int16) | 1


def write_recording(path, user, agent, seconds=20.0):
    """`user` and `agent` are lists of (start, length) in seconds."""
    channels = np.zeros((int(seconds * RATE), 2), np.int16)
    for column, spans in enumerate((user, agent)):
        for start, length in spans:
            sound = tone(length)
            channels[int(start * RATE) : int(start * RATE) + len(sound), column] = sound
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(channels.tobytes())


def write_transcript(path, *rows):
    body = [
        {"seq": i, "at": ORIGIN + at, "wall": 0, "event": event, **fields}
        for i, (at, event, fields) in enumerate(rows, 1)
    ]
    with path.open("a") as file:
        file.writelines(json.dumps(row) + "\n" for row in body)


def turn(turn, at, heard, dropped=0, interrupted=False):
    return at, "TurnEnded", {"turn": turn, "heard_ms": heard, "dropped_ms": dropped, "interrupted": interrupted}


CONVERSATION = (
    (0.0, "RecordingStarted", {"path": "c.wav"}),
    (0.9, "Connected", {"model": "m", "session_id": None, "resumed": False}),
    (3.5, "UserSaid", {"text": "Weather "}),
    (3.5, "UserSaid", {"text": "in Oslo?"}),
    (3.6, "ToolCalled", {"id": "a", "name": "weather", "args": {"city": "Oslo"}}),
    (3.7, "ToolAnswered", {"id": "a", "name": "weather", "response": {"sky": "rain"}, "outcome": "ok", "took_ms": 5}),
    (3.8, "TurnStarted", {"turn": 1}),
    (3.8, "AgentSaid", {"turn": 1, "text": "It rains."}),
    turn(1, 6.0, 2_000),
    (8.8, "UserSaid", {"text": "A story."}),
    (9.0, "TurnStarted", {"turn": 2}),
    (9.0, "AgentSaid", {"turn": 2, "text": "one two three four"}),
    (12.0, "TurnInterrupted", {"turn": 2, "by": "user"}),
    turn(2, 12.0, 2_000, 2_000, interrupted=True),
    (13.0, "TextSent", {"text": "typed"}),
    (13.5, "ToolCalled", {"id": "b", "name": "slow", "args": {}}),
    (19.0, "Ended", {"reason": "closed"}),
)


@pytest.fixture
def scene(folder):
    write_recording(folder / "c.wav", [(1.0, 2.0), (7.0, 1.5), (11.5, 1.0)], [(4.0, 2.0), (10.0, 2.0)])
    write_transcript(folder / "t.jsonl", *CONVERSATION)
    return read_scene(folder / "c.wav", folder / "t.jsonl")


def test_words_stand_where_they_sounded(scene):
    """The person's words arrive late, the agent's early; both are placed by the sound."""
    found = [(s.who, round(s.start, 1), round(s.end, 1), s.text, s.typed) for s in scene.speeches]
    assert [
        ("user", 1.0, 3.0, "Weather in Oslo?", False),
        ("agent", 4.0, 6.0, "It rains.", False),
        ("user", 7.0, 8.5, "A story.", False),
        ("agent", 10.0, 12.0, "one two", False),
        ("user", 13.0, 13.0, "typed", True),
    ] == found


def test_an_interruption_keeps_what_was_never_heard(scene):
    """The cut stands at its moment, with the words that were lost."""
    [cut] = scene.cuts
    assert (12.0, "user", 2_000, 2_000, "three four") == (
        round(cut.at, 1),
        cut.by,
        cut.heard_ms,
        cut.dropped_ms,
        cut.unheard,
    )


def test_tools_with_and_without_an_answer(scene):
    """A call that was never answered says so."""
    answered, open_one = scene.tools
    assert ('weather(city="Oslo")', '{"sky": "rain"} (5 ms)', True) == (answered.call, answered.answer, answered.fine)
    assert ("slow()", "no answer", False) == (open_one.call, open_one.answer, open_one.fine)


def test_of_several_conversations_in_one_transcript_the_last_counts(folder, scene):
    """Transcripts are appended to."""
    write_transcript(folder / "t.jsonl", (0.0, "TextSent", {"text": "again"}))
    assert ["again"] == [s.text for s in read_scene(folder / "c.wav", folder / "t.jsonl").speeches]


def test_the_two_clocks_are_brought_together_by_what_the_transcript_says():
    """However long connecting took after the recording had begun."""
    rows = [
        {"at": ORIGIN, "event": "RecordingStarted", "path": "c.wav"},
        {"at": ORIGIN + 9.0, "event": "Connected"},
    ]
    assert ORIGIN == origin(rows)


def test_a_transcript_that_does_not_say_begins_with_its_first_line():
    """Nothing better is known."""
    assert ORIGIN == origin([{"at": ORIGIN, "event": "Connected"}, {"at": ORIGIN + 1, "event": "Ended"}])
    assert 0.0 == origin([])


def test_utterances_rise_above_the_noise_of_the_room():
    """A hum is no speech, a breath does not part a sentence, and a click is none."""
    rng = np.random.default_rng(1)
    sound = rng.normal(0, 120, 10 * RATE)
    for start, length in ((1.0, 1.0), (2.4, 1.0), (5.0, 0.05), (7.0, 1.0)):
        sound[int(start * RATE) : int((start + length) * RATE)] += (
            6_000 * np.sin(np.arange(int(length * RATE)) * 0.1)[: int(length * RATE)]
        )
    found = [(round(a, 1), round(b, 1)) for a, b in utterances(sound.astype(np.int16), RATE)]
    assert [(1.0, 3.4), (7.0, 8.0)] == found
    assert [] == utterances(np.zeros(0, np.int16), RATE)


def test_files_that_are_not_what_they_should_be(folder, scene):
    """Each is a sentence that names the file."""
    with pytest.raises(ConfigError, match="cannot read the recording .*none.wav"):
        read_scene(folder / "none.wav", folder / "t.jsonl")
    with pytest.raises(ConfigError, match="cannot read the transcript .*none.jsonl"):
        read_scene(folder / "c.wav", folder / "none.jsonl")
    with wave.open(str(folder / "mono.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
    with pytest.raises(ConfigError, match="no stereo"):
        read_scene(folder / "mono.wav", folder / "t.jsonl")


def test_a_text_conversation_without_any_sound(folder):
    """Words still have their place."""
    write_recording(folder / "c.wav", [], [], seconds=2)
    write_transcript(
        folder / "t.jsonl",
        (0.0, "Connected", {"model": "m", "session_id": None, "resumed": False}),
        (1.5, "UserSaid", {"text": "Hm"}),
        (2.0, "TurnStarted", {"turn": 1}),
        (2.5, "TextReceived", {"turn": 1, "text": "Yes?", "thought": False}),
        (2.5, "TextReceived", {"turn": 1, "text": "thinking", "thought": True}),
        turn(1, 4.0, 0),
        turn(2, 4.5, 0),
    )
    scene = read_scene(folder / "c.wav", folder / "t.jsonl")
    assert [("user", "Hm"), ("agent", "Yes?")] == [(s.who, s.text) for s in scene.speeches]
    assert scene.duration >= 4.0


def test_a_reply_whose_end_was_never_written_is_not_lost(folder):
    """Its program was killed after two of four seconds: what there was time to hear has its place, and the rest none."""
    write_recording(folder / "c.wav", [], [(2.0, 2.0)], seconds=4)
    write_transcript(
        folder / "t.jsonl",
        (0.0, "RecordingStarted", {"path": "c.wav"}),
        (2.0, "TurnStarted", {"turn": 1}),
        *((2.0, "AgentSaid", {"turn": 1, "text": f"word{n} ", "audio_ms": 500.0 * n}) for n in range(8)),
        (4.0, "TurnUsage", {"turn": None}),
    )
    (speech,) = read_scene(folder / "c.wav", folder / "t.jsonl").speeches
    print(speech)
    assert ("agent", pytest.approx(2.0, abs=0.05), pytest.approx(4.0, abs=0.05)) == (
        speech.who,
        speech.start,
        speech.end,
    )
    assert ["word0", "word3"] == [speech.text.split()[0], speech.text.split()[-1]]

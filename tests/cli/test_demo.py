"""`voice-actors demo`: what it promises, and that it keeps it."""

from __future__ import annotations

import json
import struct
import wave

import pytest
import trio

from voice_actors.cli.demo import add_reminder, broken_promises, weather
from voice_actors.messages import AgentSaid, ToolAnswered, TurnEnded, UserSaid

KEPT = (
    UserSaid(at=0, text="What is the weather"),
    ToolAnswered(at=1, id="a", name="weather", response=weather("Oslo"), outcome="ok", took_ms=1),
    AgentSaid(at=2, turn=1, text="The weather in Oslo: 7 degrees, "),
    AgentSaid(at=2, turn=1, text="light rain."),
    TurnEnded(at=3, turn=1, heard_ms=3_000, dropped_ms=0, interrupted=False),
    AgentSaid(at=4, turn=2, text="Once"),
    TurnEnded(at=5, turn=2, heard_ms=3_000, dropped_ms=5_000, interrupted=True),
    AgentSaid(at=6, turn=3, text="12 times 30 is 360."),
)


def test_a_conversation_that_has_it_all():
    """Nothing to complain about."""
    assert [] == broken_promises(KEPT)


@pytest.mark.parametrize(
    ("missing", "part"),
    [
        ({0}, "not recognised"),
        ({1}, "tool was not called"),
        ({2, 3}, "tool's answer was not spoken"),
        ({6}, "not interrupted"),
        ({7}, "question after the interruption was not answered"),
    ],
)
def test_each_promise_can_be_broken(missing, part):
    """A demo that only looks like a conversation fails, and says in what."""
    events = [event for i, event in enumerate(KEPT) if i not in missing]
    assert any(part in promise for promise in broken_promises(events))


def test_the_tools_are_plain_functions():
    """With data of their own."""
    assert "light rain" == weather(" oslo ")["sky"]
    assert "error" in weather("Atlantis")
    assert {"reminder": "tea", "time": "17:00"} == add_reminder("tea", "17:00")


def test_a_folder_that_cannot_be_made_is_exit_code_2(voice_actors, tmp_path):
    """Before anything is loaded."""
    (tmp_path / "file").write_text("")
    result = voice_actors("demo", "--out", "file/inside")
    assert 2 == result.returncode
    assert "--out file/inside: cannot write there" in result.stderr


async def words_of(recording, channel, until=None):
    from voice_actors.audio.resample import Resampler
    from voice_actors.offline.hearing.ears import best_ears

    with wave.open(str(recording)) as file:
        frames = file.readframes(file.getnframes() if until is None else round(until * file.getframerate()))
    samples = struct.unpack(f"<{len(frames) // 2}h", frames)[channel::2]
    resampler = Resampler(24_000, 16_000)
    pcm = resampler.feed(struct.pack(f"<{len(samples)}h", *samples)) + resampler.flush()
    return (await (await best_ears()).recognise(pcm)).lower()


def around_the_cut(recording, rows):
    """The loudest samples of the agent in the last 300 ms before the interruption, and from 20 ms after it until the next reply."""
    [begun] = [row["at"] for row in rows if row["event"] == "RecordingStarted"]
    [cut] = [row["at"] - begun for row in rows if row["event"] == "TurnInterrupted"]
    following = min(row["at"] - begun for row in rows if row["event"] == "TurnStarted" and row["at"] - begun > cut)
    with wave.open(str(recording)) as file:
        rate, frames = file.getframerate(), file.readframes(file.getnframes())
    agent = struct.unpack(f"<{len(frames) // 2}h", frames)[1::2]

    def loudest(since, until):
        return max(map(abs, agent[round(since * rate) : round(until * rate)]))

    return loudest(cut - 0.3, cut), loudest(cut + 0.02, following - 0.02)


@pytest.mark.slow
async def test_the_demo_itself(voice_actors, tmp_path):
    """On a machine without sound: exit code 0, three files, and a recording that says what the transcript says."""
    result = await trio.to_thread.run_sync(lambda: voice_actors("demo", "--out", "here"))
    assert (0, "") == (result.returncode, result.stderr)
    for name in ("conversation.wav", "transcript.jsonl", "conversation.png"):
        assert str(tmp_path.joinpath("here", name).relative_to(tmp_path)) in result.stdout
    recording = tmp_path / "here" / "conversation.wav"
    agent, user = await words_of(recording, 1), await words_of(recording, 0)
    assert "light rain" in agent
    assert "360" in agent
    assert "lighthouse" in user
    rows = [json.loads(line) for line in (tmp_path / "here" / "transcript.jsonl").read_text().splitlines()]
    [cut] = [row for row in rows if row["event"] == "TurnEnded" and row["interrupted"]]
    assert cut["dropped_ms"] > 0
    last_of_the_story = "".join(
        r["text"] for r in rows if r["event"] == "AgentSaid" and r["turn"] == cut["turn"]
    ).split()[-1]
    assert last_of_the_story.strip(".,").lower() not in agent.split()
    before, after = around_the_cut(recording, rows)
    print(f"loudest before the cut {before}, after it {after}; {cut['dropped_ms']} ms were dropped")
    assert before > 500
    assert 0 == after
    assert b"\x89PNG" == (tmp_path / "here" / "conversation.png").read_bytes()[:4]

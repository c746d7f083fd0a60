"""Conversations from their files, for programs that come after the call."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_actors import Transcript
from voice_actors import messages as m
from voice_actors.record.journal import header, sealed
from voice_actors.record.transcripts import line_of, messages_of

EVENTS = [
    m.Connected(model="x", at=1.0),
    m.UserSaid(text="What is the weather?", at=2.0),
    m.ToolCalled(id="1", name="weather", args={"city": "Oslo"}, at=3.0),
    m.ToolAnswered(id="1", name="weather", response={"sky": "clear"}, outcome="ok", took_ms=4.5, at=4.0),
    m.TurnStarted(turn=1, at=5.0),
    m.AgentSaid(turn=1, text="It is clear.", at=6.0),
    m.TurnEnded(turn=1, heard_ms=900.0, dropped_ms=0.0, interrupted=False, at=7.0),
    m.Ended(reason="closed", at=8.0),
]


def lines_of(events, seal=sealed):
    return b"".join(seal(line_of(event, seq=seq, wall=9.0)) for seq, event in enumerate(events, start=1))


HEAD = header(at=0.0, wall=9.0, program="test")


def test_what_comes_back_is_what_happened(tmp_path):
    """Equal events, the same messages, and the same filters as the agent's."""
    path = tmp_path / "t.jsonl"
    path.write_bytes(HEAD + lines_of(EVENTS))
    found = Transcript.load(path)
    assert (EVENTS, True, []) == (found.export_events(), found.complete, found.missing)
    assert messages_of(EVENTS) == found.export_messages()
    assert EVENTS[-2:] == found.export_events(limit=2)
    spoken = found.export_messages(filter=lambda messages: [one for one in messages if one.role != "tool"])
    assert ["What is the weather?", "It is clear."] == [one.text for one in spoken]


def test_the_newest_conversation_of_several_is_read(tmp_path):
    """With headers and without; in old files too."""
    path = tmp_path / "t.jsonl"
    newest = [m.UserSaid(text="again", at=1.0), m.Ended(reason="x", at=2.0)]
    old = lines_of(EVENTS, seal=bytes)
    for content in (
        HEAD + lines_of(EVENTS) + HEAD + lines_of(newest),
        old + HEAD + lines_of(newest),
        old + lines_of(newest, seal=bytes),
    ):
        path.write_bytes(content)
        assert (newest, True) == (Transcript.load(path).events, Transcript.load(path).complete)


@given(st.integers(min_value=len(HEAD), max_value=len(HEAD + lines_of(EVENTS)) - 1))
def test_a_crash_at_any_byte_leaves_the_events_before_it(tmp_path_factory, size):
    """They are read, and the file does not pass for a complete one."""
    path = tmp_path_factory.mktemp("t") / "t.jsonl"
    content = (HEAD + lines_of(EVENTS))[:size]
    path.write_bytes(content)
    found = Transcript.load(path)
    assert EVENTS[: content.count(b"\n") - 1] == found.events
    assert not found.complete


def test_a_missing_line_is_named(tmp_path):
    """By its number."""
    path = tmp_path / "t.jsonl"
    rows = (HEAD + lines_of(EVENTS)).splitlines(keepends=True)
    path.write_bytes(b"".join(rows[:3] + rows[5:]))
    found = Transcript.load(path)
    assert ([(3, 4)], False, 6) == (found.missing, found.complete, len(found.events))


def test_what_a_later_version_added_is_passed_over(tmp_path):
    """Unknown kinds and unknown fields; a known kind without a field it needs is none."""
    path = tmp_path / "t.jsonl"
    rows = (
        b'{"seq":1,"at":1,"event":"Yawned","depth":3}\n'
        b'{"seq":2,"at":2,"event":"UserSaid"}\n'
        b'{"seq":3,"at":3.5,"event":"UserSaid","text":"hi","mood":"fine"}\n'
    )
    path.write_bytes(rows)
    assert [m.UserSaid(text="hi", at=3.5)] == Transcript.load(path).events


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_times_survive_to_the_microsecond(tmp_path, event):
    """As they were on trio's clock."""
    path = tmp_path / "t.jsonl"
    event = attrs.evolve(event, at=1234.567891)
    path.write_bytes(HEAD + lines_of([event]))
    assert [event] == Transcript.load(path).events

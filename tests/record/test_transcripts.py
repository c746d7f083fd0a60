"""Events as lines and as messages."""

from __future__ import annotations

import json

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_actors import messages as m
from voice_actors.messages.happened import Happened
from voice_actors.record.transcripts import LIMIT_OF_A_VALUE, Message, fields_of, is_audio, line_of, messages_of, select


def test_a_line_is_one_json_object_with_its_number_and_times():
    """Readable by anyone: seq, at, wall, the event's name and its fields."""
    line = line_of(m.UserSaid(text="höre\nzu", at=1.5), seq=3, wall=1000.25)

    assert line.endswith(b"\n")
    assert 1 == line.count(b"\n")
    assert {"seq": 3, "at": 1.5, "wall": 1000.25, "event": "UserSaid", "text": "höre\nzu"} == json.loads(line)


@given(st.dictionaries(st.text(), st.one_of(st.text(), st.binary(), st.floats(), st.none())))
def test_any_tool_answer_can_be_written(response):
    """Also what JSON has no word for."""
    event = m.ToolAnswered(id="1", name="f", response=response, outcome="ok", took_ms=1.0, at=0.0)

    assert json.loads(line_of(event, seq=1, wall=0.0))["event"] == "ToolAnswered"


def test_audio_is_not_for_transcripts():
    """Only the three audio events are audio."""
    assert is_audio(m.AudioSent(pcm=b"", at=0.0))
    assert not is_audio(m.UserSaid(text="", at=0.0))
    told = {"event": "TurnStarted", "turn": 1, "voiced_at": None, "round_trip_ms": None}
    assert told == fields_of(m.TurnStarted(turn=1, at=0.0))


def story() -> list[m.Event]:
    return [
        m.UserSaid(text=" What is", at=1.0),
        m.UserSaid(text=" the time?", at=1.2),
        m.ToolCalled(id="c1", name="clock", args={"zone": "UTC"}, at=1.3),
        m.ToolAnswered(id="c1", name="clock", response={"output": "noon"}, outcome="ok", took_ms=3.0, at=1.4),
        m.TurnStarted(turn=1, at=1.5),
        m.AgentSaid(turn=1, text="It is", at=1.6),
        m.AgentSaid(turn=1, text=" noon.", at=1.7),
        m.TurnInterrupted(turn=1, by="user", at=1.8),
        m.TurnEnded(turn=1, heard_ms=100.0, dropped_ms=50.0, interrupted=True, at=1.8),
        m.TextSent(text="thanks", at=2.0),
    ]


def test_deltas_become_messages():
    """Words are joined, tools have arguments and response, an interrupted reply says so."""
    assert [
        Message("user", "What is the time?", 1.0),
        Message(
            "tool",
            "",
            1.3,
            name="clock",
            body={"args": {"zone": "UTC"}, "response": {"output": "noon"}, "outcome": "ok"},
        ),
        Message("agent", "It is noon.", 1.5, turn=1, interrupted=True, unheard_text="noon."),
        Message("user", "thanks", 2.0),
    ] == messages_of(story())


def test_the_words_that_nobody_heard_are_known():
    """By where they stand in the audio, and also those whose transcript trailed behind the cut."""
    [message] = messages_of(
        [
            m.TurnStarted(turn=1, at=0.0),
            m.AgentSaid(turn=1, text="One moment, please.", audio_ms=0.0, at=0.0),
            m.AgentSaid(turn=1, text=" Seven", audio_ms=1_000.0, at=0.0),
            m.AgentSaid(turn=1, text=" degrees.", audio_ms=2_000.0, at=0.0),
            m.TurnEnded(turn=1, heard_ms=2_000.0, dropped_ms=1_000.0, interrupted=True, at=0.0),
            m.AgentSaid(turn=1, text=" And sun.", audio_ms=3_000.0, at=0.0),
        ]
    )
    assert ("One moment, please. Seven", "degrees. And sun.") == (message.heard_text, message.unheard_text)
    assert "One moment, please. Seven degrees. And sun." == message.text


def test_a_reply_without_words_is_no_message():
    """Turns that only made noise, or nothing, are left out."""
    assert [] == messages_of(
        [m.TurnStarted(turn=1, at=0.0), m.TurnEnded(turn=1, heard_ms=0, dropped_ms=0, interrupted=False, at=0.0)]
    )


def test_selecting():
    """Newest last, a limit of 0 is none, a large limit is all, and the list is new."""
    items = [1, 2, 3, 4]

    assert items == select(items)
    assert items is not select(items)
    assert [3, 4] == select(items, limit=2)
    assert [] == select(items, limit=0)
    assert items == select(items, limit=99)
    assert [2, 4] == select(items, filter=lambda all_of_them: [n for n in all_of_them if n % 2 == 0])
    assert [4] == select(items, limit=1, filter=lambda all_of_them: [n for n in all_of_them if n % 2 == 0])
    with pytest.raises(ValueError, match="counts items"):
        select(items, limit=-1)


def test_every_event_has_a_docstring_and_a_time():
    """What happened is explained, and carries `at`."""
    kinds = [
        kind
        for kind in vars(m).values()
        if isinstance(kind, type) and issubclass(kind, Happened) and kind is not Happened
    ]

    assert 20 < len(kinds)
    assert [] == [
        kind.__name__ for kind in kinds if not kind.__doc__ or "at" not in {f.name for f in attrs.fields(kind)}
    ]


def test_a_tool_call_says_who_allowed_it_and_what_it_reported():
    """In their order; calls and replies that were not told of before are passed over."""
    [message] = messages_of(
        [
            m.ToolCalled(id="a", name="f", args={"x": 1}, at=1.0),
            m.ConsentGiven(id="a", name="f", by="user", at=1.1),
            m.ToolReported(id="a", name="f", report={"step": 1}, told=True, at=1.2),
            m.ToolReported(id="a", name="f", report={"step": 2}, told=True, at=1.3),
            m.ConsentGiven(id="b", name="f", by="user", at=1.4),
            m.ToolReported(id="b", name="f", report={"step": 1}, told=True, at=1.5),
            m.ToolAnswered(id="b", name="f", response={}, outcome="ok", took_ms=1.0, at=1.6),
            m.AgentSaid(turn=9, text="who?", at=1.7),
            m.TextReceived(turn=9, text="who?", thought=False, at=1.7),
            m.TurnInterrupted(turn=9, by="user", at=1.7),
            m.TurnEnded(turn=9, heard_ms=0.0, dropped_ms=0.0, interrupted=True, at=1.7),
        ]
    )
    assert {"args": {"x": 1}, "allowed_by": "user", "reports": [{"step": 1}, {"step": 2}]} == message.body


def test_thoughts_are_no_words_of_a_reply():
    """What was written for the user is; and a reply that was heard to its end has nothing unheard."""
    [message] = messages_of(
        [
            m.TurnStarted(turn=1, at=1.0),
            m.TextReceived(turn=1, text="Hm.", thought=True, at=1.1),
            m.TextReceived(turn=1, text="Hello.", thought=False, at=1.2),
            m.TurnEnded(turn=1, heard_ms=5.0, dropped_ms=5.0, interrupted=False, at=1.3),
        ]
    )
    assert Message("agent", "Hello.", 1.0, turn=1) == message


def test_values_without_a_word_in_json_are_told_shortly():
    """Bytes by their number, a mapping as it is, anything else by its name, up to a bound."""
    from types import MappingProxyType

    class Long:
        def __repr__(self):
            return "x" * (2 * LIMIT_OF_A_VALUE)

    response = {"a": b"12345", "b": MappingProxyType({"c": 1}), "d": {1, 1}, "e": Long()}
    event = m.ToolAnswered(id="1", name="f", response=response, outcome="ok", took_ms=1.0, at=0.0)
    told = json.loads(line_of(event, seq=1, wall=0.0))["response"]
    assert ("<5 bytes>", {"c": 1}, "{1}") == (told["a"], told["b"], told["d"])
    assert "x" * LIMIT_OF_A_VALUE + "…" == told["e"]

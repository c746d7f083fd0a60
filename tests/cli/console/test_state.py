"""What a console knows of a conversation."""

from __future__ import annotations

from typing import Any

import pytest

from voice_actors import messages as m
from voice_actors.cli.console.entries import Called, Note, Said
from voice_actors.cli.console.state import Latency, State

LOUD, HUSH, SECOND = b"\x00\x20" * 640, bytes(1_280), bytes(48_000)


def told(*events: m.Event, at: float = 0.0, **known: Any) -> State:
    """A state that was fed with these, at this moment."""
    state = State(lambda: at, "model", **known)
    for event in events:
        state.feed(event)
    return state


def heard(turn: int, at: float, ms: float = 20) -> m.AudioHeard:
    return m.AudioHeard(turn=turn, pcm=bytes(int(48 * ms)), at=at)


@pytest.mark.parametrize(
    ("events", "latency"),
    [
        ([m.TextSent(text="hi", at=1), heard(1, 1.5)], Latency(0.5, "your typing")),
        ([m.AudioSent(pcm=LOUD, at=1), m.AudioSent(pcm=HUSH, at=2), heard(1, 2.25)], Latency(1.25, "your words")),
        ([m.AudioSent(pcm=HUSH, at=1), heard(1, 2)], None),
        ([m.TextSent(text="hi", at=1), heard(1, 1.5), heard(1, 9.0)], Latency(0.5, "your typing")),
    ],
)
async def test_the_latency_says_after_what(events, latency):
    """From the last that could be heard of the user, or their typing, to the first of the reply."""
    assert latency == told(*events, at=9).latency


async def test_with_push_to_talk_the_latency_counts_from_the_key():
    """Whatever is loud before."""
    events = (m.ActivityStarted(by="key", at=0), m.AudioSent(pcm=LOUD, at=1), m.ActivityEnded(by="key", at=2))
    state = told(*events[:2], push_to_talk=True, at=1)
    assert (True, "you") == (state.pressed, state.who_speaks)
    state = told(*events, heard(1, 2.5), push_to_talk=True, at=3)
    assert (False, Latency(0.5, "you let go")) == (state.pressed, state.latency)


async def test_an_interruption_is_a_question_too():
    """The user's words that cut a reply are what the next one answers; what is loud during a reply alone is not."""
    playing = [m.TurnStarted(turn=1, at=1), heard(1, 1), m.AudioSent(pcm=LOUD, at=1.1)]
    assert told(*playing, heard(1, 1.2), at=1.2).latency is None
    cut = m.TurnEnded(turn=1, heard_ms=40, dropped_ms=0, interrupted=True, at=1.2)
    assert pytest.approx(0.9) == told(*playing, cut, heard(2, 2.0), at=2.0).latency.seconds


async def test_who_speaks():
    """By sound, by whoever says so, and never muted."""
    loud, reply = m.AudioSent(pcm=LOUD, at=1), [m.TurnStarted(turn=1, at=1), heard(1, 1)]
    assert "you" == told(loud, at=1.1).who_speaks
    assert "nobody" == told(loud, at=2).who_speaks
    assert "agent" == told(*reply, at=1.1).who_speaks
    assert "both" == told(loud, *reply, at=1.1).who_speaks
    assert "nobody" == told(loud, m.Muted(muted=True), at=1.1).who_speaks
    assert "you" == told(m.SpeechDetected(started=True), at=9).who_speaks
    assert "nobody" == told(m.SpeechDetected(started=True), m.SpeechDetected(started=False), at=9).who_speaks
    assert "you" == told(m.ActivityStarted(by="voice"), at=9).who_speaks
    assert "nobody" == told(m.ActivityStarted(by="voice"), m.ActivityEnded(by="voice"), at=9).who_speaks
    assert told(m.TextSent(text="x", at=1), at=2).waiting


async def test_unheard_words_are_kept_apart_and_so_are_those_that_trail_behind():
    """Of a reply that was cut; after one that was heard to its end they were heard."""
    words = [m.TurnStarted(turn=1), m.AgentSaid(turn=1, text="one two three")]
    cut = m.TurnEnded(turn=1, heard_ms=10, dropped_ms=90, interrupted=True, heard_text="one", unheard_text=" two three")
    (said,) = told(*words, cut, m.AgentSaid(turn=1, text=" four")).entries
    assert ("one", " two three four", True) == (said.text, said.unheard, said.cut)
    whole = m.TurnEnded(turn=1, heard_ms=100, dropped_ms=0, interrupted=False)
    (said,) = told(*words, whole, m.AgentSaid(turn=1, text=" four")).entries
    assert ("one two three four", "", False) == (said.text, said.unheard, said.cut)


async def test_words_appear_as_they_are_heard():
    """And never go back, though more audio arrives."""
    state = told(m.AudioReceived(turn=1, pcm=SECOND), m.AgentSaid(turn=1, text="one two three four"))
    assert [""] == [said.text for said in state.entries]
    state.feed(heard(1, 0, 500))
    half = state.entries[0].text
    assert half == "one two"
    state.feed(m.AudioReceived(turn=1, pcm=SECOND))
    state.feed(heard(1, 0, 20))
    assert half == state.entries[0].text


async def test_words_of_the_user():
    """Deltas join until somebody answers; typed ones stand by themselves; thoughts are nobody's words."""
    state = told(
        *(m.UserSaid(text="How "), m.UserSaid(text="so?"), m.ToolCalled(id="1", name="f", args={})),
        *(m.UserSaid(text="Well?"), m.TextSent(text="hi"), m.TextReceived(turn=1, text="hm", thought=True)),
        *(m.TextReceived(turn=1, text="Yes."), m.TurnEnded(turn=1, heard_ms=0, dropped_ms=0, interrupted=False)),
    )
    assert ["How so?", "Well?", "hi", "Yes."] == [said.text for said in state.entries if isinstance(said, Said)]
    assert [False, False, True, False] == [said.typed for said in state.entries if isinstance(said, Said)]


async def test_tools_have_a_state_and_a_time():
    """Working, answered, failed, withdrawn."""
    calls = [m.ToolCalled(id=str(number), name="f", args={"x": number}, at=number) for number in range(4)]
    answers = [
        m.ToolAnswered(id="1", name="f", response={"output": "yes"}, outcome="ok", took_ms=20),
        m.ToolAnswered(id="2", name="f", response={"error": "no"}, outcome="timeout", took_ms=30),
        m.ToolWithdrawn(id="3", name="f"),
        m.ToolWithdrawn(id="nobody's", name="f"),
    ]
    state = told(*calls, *answers)
    assert ["running", "ok", "timeout", "withdrawn"] == [e.outcome for e in state.entries if isinstance(e, Called)]
    assert ["f(x=0)"] == [called.call for called in state.working]
    assert ("yes", 20) == (state.entries[1].answer, state.entries[1].took_ms)


async def test_the_connection():
    """Every state of it, and why."""
    lost = m.Disconnected(code=1006, reason="a cable", retry_in=0.5)

    def known(*events):
        state = told(*events)
        return state.link, state.link_note

    assert ("connecting", "") == known()
    assert ("connected", "") == known(m.Connected(model="m"))
    assert ("reconnecting", "a cable") == known(m.Connected(model="m"), lost)
    assert ("connected", "session resumed") == known(lost, m.Connected(model="m", resumed=True, away=1.0))
    assert ("connected", "told what was said") == known(m.Connected(model="m", restored=True))
    assert ("over", "no") == known(m.Disconnected(code=1008, reason="no"))
    assert ("over", "left") == known(m.Ended(reason="left"))


async def test_devices_that_are_lost_are_named_until_they_are_back():
    """With a note of either."""
    state = told(m.DeviceLost(device="Head\x1bset", reason="unplugged"))
    assert {"Head set": "unplugged"} == state.lost
    state.feed(m.DeviceBack(device="Head\x1bset", away=3))
    assert {} == state.lost
    assert ["[Head set is lost; waiting for it]", "[Head set is back after 3 s]"] == [
        note.text for note in state.entries if isinstance(note, Note)
    ]

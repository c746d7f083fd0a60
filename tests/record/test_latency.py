"""How long each reply took, and where the time went."""

from __future__ import annotations

import random

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_actors import messages as m
from voice_actors.record.latency import PARTS, RESERVOIR, LatencyLedger, LatencySummary, Reservoir


def ended(turn, at, sounded_at=None, *, interrupted=False):
    return m.TurnEnded(turn=turn, heard_ms=1.0, dropped_ms=0.0, interrupted=interrupted, sounded_at=sounded_at, at=at)


def answered(at, took_ms):
    return m.ToolAnswered(id="1", name="look", response={}, outcome="ok", took_ms=took_ms, at=at)


def told(*events):
    ledger = LatencyLedger()
    return [latency for event in events if (latency := ledger.observe(event)) is not None]


def test_a_spoken_question_with_a_tool():
    """Where the server says when it found the end of speech: the parts add up to what the user waits."""
    (latency,) = told(
        m.SpeechDetected(started=True, at=0.5),
        m.SpeechDetected(started=False, voiced_at=2.0, at=2.5),
        m.ToolCalled(id="1", name="look", args={}, at=2.6),
        answered(2.9, 300.0),
        m.TurnStarted(turn=1, voiced_at=2.0, round_trip_ms=80.0, at=3.1),
        m.TurnGenerated(turn=1, at=3.5),
        ended(1, 6.0, 3.15),
    )
    print(latency)
    assert (
        m.TurnLatency(
            turn=1,
            by="voice",
            response_ms=1150.0,
            end_of_speech_ms=500.0,
            first_byte_ms=600.0,
            playout_ms=50.0,
            tool_ms=(300.0,),
            round_trip_ms=80.0,
            at=6.0,
        )
        == latency
    )


def test_where_the_server_keeps_the_end_of_speech_to_itself():
    """The whole is known by our own microphone; its first two parts are not."""
    (latency,) = told(m.TurnStarted(turn=1, voiced_at=2.0, at=3.0), ended(1, 6.0, 3.1))
    assert ("voice", 1100.0, None, None, 100.0) == (
        latency.by,
        latency.response_ms,
        latency.end_of_speech_ms,
        latency.first_byte_ms,
        latency.playout_ms,
    )


def test_our_own_mark_ends_what_the_user_says():
    """Push-to-talk: from the last loud sample to the key's end."""
    (latency,) = told(
        m.ActivityStarted(by="key", at=1.0),
        m.ActivityEnded(by="key", at=2.2),
        m.TurnStarted(turn=1, voiced_at=2.0, at=2.5),
        ended(1, 4.0, 2.6),
    )
    assert (600.0, 200.0, 300.0) == (latency.response_ms, latency.end_of_speech_ms, latency.first_byte_ms)


def test_a_typed_question_counts_from_its_leaving():
    """What the microphone heard meanwhile does not matter."""
    (latency,) = told(m.TextSent(text="hi", at=5.0), m.TurnStarted(turn=1, voiced_at=4.9, at=5.4), ended(1, 9.0, 5.5))
    assert ("text", 500.0, None, 400.0) == (
        latency.by,
        latency.response_ms,
        latency.end_of_speech_ms,
        latency.first_byte_ms,
    )


def test_a_reply_that_nobody_asked_for_took_no_time():
    """The words before it were answered by the reply before."""
    _, second = told(
        m.TurnStarted(turn=1, voiced_at=2.0, at=3.0),
        ended(1, 4.0, 3.1),
        m.TurnStarted(turn=2, voiced_at=2.0, at=60.0),
        ended(2, 62.0, 60.1),
    )
    assert (None, None, 100.0) == (second.by, second.response_ms, second.playout_ms)


def test_who_goes_on_speaking_has_not_finished():
    """A pause that was taken for the end does not count once speech is detected again."""
    (latency,) = told(
        m.SpeechDetected(started=False, voiced_at=1.0, at=1.5),
        m.SpeechDetected(started=True, at=2.0),
        m.SpeechDetected(started=False, voiced_at=3.0, at=3.5),
        m.TurnStarted(turn=1, voiced_at=3.0, at=4.0),
        ended(1, 5.0, 4.0),
    )
    assert (1000.0, 500.0, 500.0, 0.0) == (
        latency.response_ms,
        latency.end_of_speech_ms,
        latency.first_byte_ms,
        latency.playout_ms,
    )


@pytest.mark.parametrize(("sounded_at", "silence"), [(3.1, 12.0), (None, None)])
def test_an_interruption_until_the_silence(sounded_at, silence):
    """Only where there was something to silence."""
    (latency,) = told(
        m.TurnStarted(turn=1, at=3.0),
        m.TurnInterrupted(turn=1, by="user", at=4.0),
        ended(1, 4.012, sounded_at, interrupted=True),
    )
    assert silence == latency.silence_ms


def test_a_tool_in_the_middle_of_a_reply_belongs_to_it():
    """And one after its end to the next."""
    first, second = told(
        m.TurnStarted(turn=1, at=1.0),
        answered(1.5, 10.0),
        m.TurnGenerated(turn=1, at=2.0),
        answered(2.5, 20.0),
        answered(2.6, 30.0),
        ended(1, 3.0),
        m.TurnStarted(turn=2, at=3.5),
        ended(2, 4.0),
    )
    assert ((10.0,), (20.0, 30.0)) == (first.tool_ms, second.tool_ms)


moments = st.one_of(st.none(), st.floats(0, 100))
turns = st.integers(1, 3)
events = st.one_of(
    st.builds(m.SpeechDetected, started=st.booleans(), voiced_at=moments, at=st.floats(0, 100)),
    st.builds(m.ActivityStarted, by=st.sampled_from(["key", "voice"]), at=st.floats(0, 100)),
    st.builds(m.ActivityEnded, by=st.sampled_from(["key", "voice"]), at=st.floats(0, 100)),
    st.builds(m.TextSent, text=st.just("x"), at=st.floats(0, 100)),
    st.builds(answered, st.floats(0, 100), st.floats(0, 1_000)),
    st.builds(m.TurnStarted, turn=turns, voiced_at=moments, at=st.floats(0, 100)),
    st.builds(m.TurnGenerated, turn=turns, at=st.floats(0, 100)),
    st.builds(m.TurnInterrupted, turn=turns, by=st.just("user"), at=st.floats(0, 100)),
    st.builds(ended, turns, st.floats(0, 100), moments, interrupted=st.booleans()),
)


@given(st.lists(events, max_size=30))
def test_in_any_order_no_part_is_negative_and_every_end_has_one_line(happened):
    """Whatever is missing, late, twice or out of place; and the parts of a spoken turn never exceed the whole."""
    ledger = LatencyLedger()
    for event in happened:
        latency = ledger.observe(event)
        assert isinstance(event, m.TurnEnded) == (latency is not None)
        if latency is None:
            continue
        assert (event.turn, event.at) == (latency.turn, latency.at)
        values = [getattr(latency, name) for name in PARTS if name != "tool_ms"] + list(latency.tool_ms)
        assert all(value is None or value >= 0 for value in values)
        parts = (latency.end_of_speech_ms, latency.first_byte_ms, latency.playout_ms)
        if None not in parts:
            assert pytest.approx(latency.response_ms, abs=0.01) == sum(parts)


# ---- many turns --------------------------------------------------------------------------------------------------


def test_percentiles_of_the_parts_that_happened():
    """Of the first 101 exactly."""
    summary = LatencySummary()
    for value in range(101):
        summary.add(m.TurnLatency(turn=value, response_ms=float(value), tool_ms=(1.0, 3.0), at=0.0))
    figures = summary.percentiles()
    print(figures)
    assert {"response_ms", "tool_ms"} == set(figures)
    assert {"count": 101, "p50": 50.0, "p95": 95.0, "p99": 99.0} == attrs.asdict(figures["response_ms"])
    assert 202 == figures["tool_ms"].count


def test_a_reservoir_stays_small_and_fair():
    """Of a hundred thousand values the middle one is found to a few percent, in the memory of 512."""
    reservoir = Reservoir(random.Random(3))
    for value in range(100_000):
        reservoir.add(float(value))
    figures = reservoir.percentiles()
    print(figures)
    assert RESERVOIR == len(reservoir._kept)
    assert 100_000 == figures.count
    assert 45_000 < figures.p50 < 55_000
    assert 92_000 < figures.p95 < 98_000


def test_nothing_has_no_percentiles():
    """Rather than a zero."""
    assert {} == LatencySummary().percentiles()
    assert Reservoir(random.Random(1)).percentiles() is None

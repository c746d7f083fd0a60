"""The user's voice at the microphone: episodes, and what is sent because of them."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_actors import messages as m
from voice_actors.config import Activity
from voice_actors.errors import ConfigError
from voice_actors.microphone.listening import BRIDGED_MS, Voice, voice_gate

CHUNK_MS = 32


def scored(window: bytes) -> float:
    """The test's own network: what is not silent is speech."""
    return float(any(window))


def chunks(pattern: str, ms: int = CHUNK_MS):
    """`x` is a voiced chunk, `.` a silent one; the first is captured from 0 s on."""
    for number, kind in enumerate(pattern, start=1):
        pcm = (b"\x01\x01" if kind == "x" else b"\0\0") * (16 * ms)
        yield m.AudioChunk(pcm, number * ms / 1000)


def run(pattern: str, activity: Activity, needed_ms: float = 64.0):
    voice = Voice(scored)
    gate = voice_gate(activity, voice)
    gate.needed_ms = needed_ms
    said: list[m.MicMessage] = []
    for chunk in chunks(pattern):
        voice.hear(chunk)
        said.extend(gate.take(chunk))
    return said, gate


LOCAL = Activity("local", pre_roll_ms=96, silence_ms=320)


def test_an_activity_has_its_beginning_and_what_was_before_it():
    """Held back until it is certain, then sent with three chunks of pre-roll, to the end of the silence behind it."""
    said, gate = run("......xxxx" + "." * 20, LOCAL)
    assert isinstance(said[-1], m.MicrophonePaused)
    assert said[-1].marked
    sent = [chunk for chunk in said[:-1] if isinstance(chunk, m.AudioChunk)]
    assert [4, *range(5, 21)] == [round(chunk.captured_at / 0.032) for chunk in sent]
    assert {1} == {chunk.activity for chunk in sent}
    assert gate.since is None
    assert 17 * CHUNK_MS == gate.sent_ms


def test_a_pause_within_words_ends_nothing_and_a_second_activity_has_the_next_number():
    """Five chunks of silence are bridged."""
    said, _ = run("...xx.....xx" + "." * 15 + "xxx" + "." * 15, LOCAL)
    numbers = [chunk.activity for chunk in said if isinstance(chunk, m.AudioChunk)]
    assert [1, 2] == [number for number, _ in itertools.groupby(numbers)]
    assert 2 == sum(isinstance(message, m.MicrophonePaused) for message in said)


def test_a_short_noise_is_not_sent_where_more_is_needed():
    """A cough of 160 ms; and words of 480 ms, of which nothing is missing."""
    assert [] == run("....xxxxx" + "." * 30, LOCAL, needed_ms=450)[0]
    said, _ = run("....xxxxx.........." + "x" * 15 + "." * 15, LOCAL, needed_ms=450)
    first = next(chunk for chunk in said if isinstance(chunk, m.AudioChunk))
    assert (19 - 3 + 1) == round(first.captured_at / 0.032)


def test_suppressed_silence_leaves_a_second_for_the_server_s_own_detection():
    """Chunks without numbers, then one pause; nothing while it is silent."""
    said, gate = run("." * 50 + "xxxxx" + "." * 100, Activity(send_silence=False, pre_roll_ms=96))
    sent = [chunk for chunk in said if isinstance(chunk, m.AudioChunk)]
    assert {None} == {chunk.activity for chunk in sent}
    assert 3 + 5 + 32 == len(sent)
    assert [m.MicrophonePaused()] == [message for message in said if isinstance(message, m.MicrophonePaused)]
    print(f"{gate.sent_ms:.0f} of {155 * CHUNK_MS} ms sent")


@given(st.text("x.", max_size=200), st.integers(10, 100))
def test_windows_do_not_depend_on_how_the_audio_is_cut(pattern, ms):
    """Onset, voice and quiet of the same audio differ by no more than a chunk and a window."""
    pcm = b"".join(chunk.pcm for chunk in chunks(pattern))
    voice, size = Voice(scored), 32 * ms
    ends: list[float] = []
    for at in range(0, len(pcm), size):
        was = voice.onset
        voice.hear(m.AudioChunk(pcm[at : at + size], (at + size) / 32_000))
        if was is not None and voice.onset is None:
            ends.append((at + size) / 32_000)
    longest_pause = max((len(list(group)) for kind, group in itertools.groupby(pattern) if kind == "."), default=0)
    if longest_pause * CHUNK_MS < BRIDGED_MS - CHUNK_MS - ms:
        assert not ends


@given(st.text("x.", max_size=120), st.sampled_from([64.0, 450.0]), st.booleans())
def test_what_is_sent_is_in_order_and_never_twice(pattern, needed_ms, marked):
    """And each activity is whole: its chunks stand side by side in the capture."""
    activity = LOCAL if marked else Activity(send_silence=False)
    said, _ = run(pattern, activity, needed_ms)
    times = [round(chunk.captured_at / 0.032) for chunk in said if isinstance(chunk, m.AudioChunk)]
    assert sorted(set(times)) == times
    for _, group in itertools.groupby(said, key=lambda message: isinstance(message, m.AudioChunk)):
        run_of = [round(chunk.captured_at / 0.032) for chunk in group if isinstance(chunk, m.AudioChunk)]
        assert run_of == list(range(run_of[0], run_of[0] + len(run_of))) if run_of else True


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"mode": "push-to-talk", "send_silence": False}, "the key decides"),
        ({"mode": "push-to-talk", "barge_in": "two-stage"}, "the key decides"),
        ({"mode": "local", "send_silence": False}, "sends no silence anyway"),
        ({"mode": "local", "silence_ms": 20}, "silence_ms is 20; it is 100 to 5000 ms"),
        ({"confirm_ms": 9_000}, "confirm_ms is 9000"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(settings, words):
    """Before anything is opened."""
    with pytest.raises(ConfigError, match=words):
        Activity(**settings)

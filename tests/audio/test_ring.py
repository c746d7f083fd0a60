"""The ring between the loop and the device's thread."""

from __future__ import annotations

import sys
import threading

from hypothesis import given, settings
from hypothesis import strategies as st

from voice_actors.audio.pcm import samples
from voice_actors.audio.playback import Playback
from voice_actors.audio.ring import PlayoutRing

LOUD = (16_000).to_bytes(2, "little")
LOUD_AN_EIGHTH = (2_000).to_bytes(2, "little")


def test_what_is_pushed_is_pulled_in_order():
    """Pieces are joined and cut as the blocks need them; the end is filled up with silence."""
    ring, reply = PlayoutRing(), Playback()
    for pcm in (b"aabb", b"cc", b"ddeeff"):
        ring.push(pcm, reply)
    assert (12, 12) == (reply.written, ring.held_bytes)
    assert [b"aabbcc", b"ddeeff", bytes(6)] == [ring.pull(6) for _ in range(3)]
    assert reply.settled
    assert (12, 0, 0, 6) == (reply.played, reply.dropped, ring.held_bytes, ring.frames)


def test_from_the_next_pull_on_a_cut_reply_is_silent():
    """What was held of a cut reply is counted as dropped; the reply behind it follows at once."""
    ring, cut, next_one = PlayoutRing(), Playback(), Playback()
    ring.push(b"aabbccdd", cut)
    ring.push(b"ee", cut)
    ring.push(b"ffgg", next_one)
    assert b"aabb" == ring.pull(4)
    cut.cut = True
    assert b"ffgg" == ring.pull(4)
    assert (10, 4, 6) == (cut.written, cut.played, cut.dropped)
    assert cut.settled
    assert next_one.settled


def test_a_gap_in_the_middle_of_a_reply_is_an_underrun():
    """Counted once per gap, when the reply goes on: only then is it known that it was not the end."""
    ring, reply = PlayoutRing(), Playback()
    ring.pull(4)
    ring.push(b"aa", reply)
    for _ in range(3):
        ring.pull(4)
    assert 0 == ring.underruns
    ring.push(b"bb", reply)
    ring.push(b"cc", reply)
    assert 1 == ring.underruns


def test_the_pause_between_two_replies_is_no_underrun():
    """A reply that ended, or was cut, is followed by silence rightly."""
    ring = PlayoutRing()
    for _ in range(3):
        reply = Playback()
        ring.push(b"aaaa", reply)
        ring.pull(2)
        reply.cut = True
        ring.pull(2)
        ring.pull(2)
    assert 0 == ring.underruns


def test_converted_audio_counts_as_what_it_was_before():
    """A reply's counts are in its own bytes, whatever the device's format; the last byte is counted exactly."""
    ring, reply = PlayoutRing(48_000, 2), Playback()
    ring.push(bytes(40), reply, 10)
    ring.push(b"", reply, 2)
    ring.push(bytes(4), reply, 0)
    assert (12, 44) == (reply.written, ring.held_bytes)
    seen = []
    while ring.held_bytes:
        ring.pull(12)
        seen.append(reply.played)
    assert [2, 6, 8, 12] == seen
    assert reply.settled


def test_what_is_held_is_told_in_time():
    """480 bytes are 10 ms at 24 kHz mono."""
    ring = PlayoutRing()
    ring.push(bytes(480), Playback())
    assert 10.0 == ring.held_ms


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("push"), st.integers(1, 40)),
        st.tuples(st.just("pull"), st.integers(1, 40)),
        st.tuples(st.just("cut"), st.just(0)),
        st.tuples(st.just("next"), st.just(0)),
    ),
    max_size=60,
)


@given(STEPS)
@settings(deadline=None, max_examples=400)
def test_no_interleaving_lets_a_cut_reply_be_heard(steps):
    """Whatever the order of pushes, pulls and cuts: heard is each reply's beginning, in order, and never after its cut."""
    ring, replies, heard = PlayoutRing(), [Playback()], []
    for step, count in steps:
        number = len(replies)  # the reply's number is what its audio consists of
        if step == "push":
            ring.push(bytes([number, 0]) * count, replies[-1])
        elif step == "cut":
            replies[-1].cut = True
        elif step == "next":
            replies.append(Playback())
        else:
            pcm = ring.pull(2 * count)
            assert 2 * count == len(pcm)
            heard += [voice for voice in pcm[::2] if voice]
            assert not any(replies[voice - 1].cut for voice in pcm[::2] if voice)
    while ring.held_bytes:
        ring.pull(2)
    assert heard == sorted(heard)
    assert all(reply.played + reply.dropped == reply.written for reply in replies)


def test_two_threads_lose_nothing():
    """A producer and a consumer at full speed, switching every few microseconds: every byte is played or dropped."""
    ring, done, heard = PlayoutRing(), threading.Event(), bytearray()
    replies = [Playback() for _ in range(60)]

    def consume():
        while not done.is_set() or ring.held_bytes:
            before = [reply.cut for reply in replies]
            pcm = ring.take(20)
            assert not any(before[voice] for voice in pcm[::2])
            heard.extend(pcm)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        thread = threading.Thread(target=consume)
        thread.start()
        for number, reply in enumerate(replies):
            for size in range(1, 60):
                ring.push(bytes([number, 0]) * size, reply)
            reply.cut = number % 2 == 0
        done.set()
        thread.join(30)
    finally:
        sys.setswitchinterval(interval)
    assert not thread.is_alive()
    assert all(reply.settled for reply in replies)
    assert [reply.played for reply in replies] == [2 * heard[::2].count(number) for number in range(60)]
    assert all(reply.dropped == 0 for reply in replies[1::2])


def test_what_nobody_will_pull_is_dropped_and_counted():
    """A device is gone for good: the reply's figures still add up, also in the middle of a piece."""
    ring, reply = PlayoutRing(), Playback()
    ring.push(bytes(480), reply)
    ring.push(bytes(960), reply)
    assert 240 == len(ring.pull(240))
    ring.abandon()
    assert (1_440, 240, 1_200, True) == (reply.written, reply.played, reply.dropped, reply.settled)
    assert 0 == ring.held_bytes


def test_a_cut_reply_fades_away_at_the_next_pull():
    """Its next 5 ms, falling to nothing, then the reply behind it; what faded counts as played, the rest as dropped."""
    ring, cut, next_one = PlayoutRing(fade_ms=5.0), Playback(), Playback()
    ring.push(LOUD * 480, cut)
    ring.push(LOUD * 60, cut)
    ring.push(LOUD * 480, next_one)
    assert LOUD * 480 == ring.pull(960)
    cut.cut = True
    values = samples(ring.pull(480))
    assert 16_000 > values[0] >= 15_500
    assert (0, 16_000, 16_000) == (values[59], values[60], values[-1])
    assert list(values[:60]) == sorted(values[:60], reverse=True)
    assert (1_080, 0) == (cut.played, cut.dropped)
    assert cut.settled

    next_one.cut = True
    values = samples(ring.pull(480))
    assert (0, [0] * 120) == (values[119], list(values[120:]))
    assert (360 + 240, 360) == (next_one.played, next_one.dropped)


def test_what_never_sounded_does_not_fade():
    """A reply that was cut before its first block, and one whose device is gone."""
    ring, unheard, heard = PlayoutRing(fade_ms=5.0), Playback(), Playback()
    ring.push(LOUD * 480, unheard)
    unheard.cut = True
    assert bytes(480) == ring.pull(480)
    ring.push(LOUD * 480, heard)
    ring.pull(480)
    heard.cut = True
    ring.fell_silent()
    assert bytes(480) == ring.pull(480)
    assert [(0, 960), (480, 480)] == [(reply.played, reply.dropped) for reply in (unheard, heard)]


def test_ducked_replies_are_quiet_and_whole():
    """18 dB down from the next pull on, and up again; nothing is skipped, and a cut meanwhile fades from there."""
    ring, reply = PlayoutRing(fade_ms=5.0), Playback()
    ring.push(LOUD * 2_400, reply)
    ring.pull(480)
    ring.ducked = True
    assert 2_000 == samples(ring.pull(480))[-1]
    assert LOUD_AN_EIGHTH * 240 == ring.pull(480)
    ring.ducked = False
    assert 16_000 == samples(ring.pull(480))[-1]
    ring.ducked = True
    ring.pull(480)
    reply.cut = True
    values = samples(ring.pull(480))
    assert 2_000 > values[0] > values[119] == 0
    assert (5 * 480 + 240, True) == (reply.played, reply.settled)


def test_a_reply_that_stays_ducked_is_held_back_and_goes_on_from_there():
    """After a quarter of a second it falls silent, and nothing of it is spent; released, it rises and misses nothing."""
    ring, reply = PlayoutRing(fade_ms=5.0), Playback()
    ring.push(LOUD * 24 * 1_000, reply)
    ring.pull(480)
    ring.ducked = True
    for _ in range(25):
        assert 480 == len(ring.take(480))
    ending = samples(ring.take(480))
    assert (0, True) == (ending[-1], len(ending) < 60)
    before = reply.played
    for _ in range(100):
        assert b"" == ring.take(480)
    assert (before, 48_000) == (reply.played, before + ring.held_bytes)
    ring.ducked = False
    values = samples(ring.take(480))
    assert list(values) == sorted(values)
    assert (True, 16_000) == (values[0] < 200, values[-1])
    assert (before + 480, 0, 0.0) == (reply.played, ring.underruns, ring.concealed_ms)


def test_a_reply_that_is_cut_while_it_is_held_back_is_over_at_once():
    """It is silent already; what was kept is dropped, and does not count as heard."""
    ring, reply, next_one = PlayoutRing(fade_ms=5.0), Playback(), Playback()
    ring.push(LOUD * 24 * 400, reply)
    ring.ducked = True
    for _ in range(28):
        ring.take(480)
    played = reply.played
    reply.cut = True
    ring.push(LOUD * 240, next_one)
    assert b"" == ring.take(480)
    assert (played, True) == (reply.played, reply.settled)
    ring.ducked = False
    assert 240 == len(samples(ring.take(480)))
    assert next_one.settled


def test_the_silence_in_the_middle_of_a_reply_is_counted():
    """In ms, whatever of it fell into a block, and whether the consumer asked meanwhile or not."""
    ring, reply, next_one = PlayoutRing(), Playback(), Playback()
    ring.push(LOUD * 120, reply)
    for _ in range(3):
        ring.pull(480)
    ring.passed(240)
    ring.push(LOUD * 240, reply)
    assert 35.0 == ring.concealed_ms
    for _ in range(5):
        ring.pull(480)
    ring.push(LOUD * 240, next_one)
    ring.pull(480)
    assert (1, 35.0) == (ring.underruns, ring.concealed_ms)


@given(STEPS, st.sampled_from([1, 2]))
@settings(deadline=None, max_examples=200)
def test_a_fade_changes_no_count_and_lasts_no_longer(steps, channels):
    """Whatever the order: every reply is played or dropped, and after its cut at most the fade of it is heard."""
    ring, replies, after = PlayoutRing(1_000, channels, fade_ms=5.0), [Playback()], {}
    for step, count in steps:
        if step == "push":
            ring.push(LOUD * count * channels, replies[-1])
        elif step == "cut" and not replies[-1].cut:
            after[len(replies) - 1] = replies[-1].played
            replies[-1].cut = True
        elif step == "next":
            replies.append(Playback())
        elif step == "pull":
            assert 2 * count * channels == len(ring.pull(2 * count * channels))
            assert sum(size for _, size in ring.taken) <= 2 * count * channels
    while ring.held_bytes:
        ring.pull(2 * channels)
    assert all(reply.played + reply.dropped == reply.written for reply in replies)
    assert all(replies[number].played - before <= 10 * channels for number, before in after.items())

"""A canceller that has lost the room: its echo is held back, the user is not."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from voice_actors.audio.leak import LAGS, LOOKS_SOON, NONE, WINDOW, Leak, lag_of

FRAME = 160


def voice(seconds, seed=1):
    """Coloured noise that comes and goes, 16 kHz."""
    white = np.random.default_rng(seed).standard_normal(int(seconds * 16_000))
    coloured = np.convolve(white, 0.9 ** np.arange(60), "same")
    return coloured * (np.sin(np.arange(len(white)) / 16_000 * 12) > -0.6) * 2_000


def later(sound, ms):
    return np.concatenate([np.zeros(16 * ms), sound])[: len(sound)]


def run(leak, played, captured, cleaned):
    """What is sent, and after which frames the canceller counts as lost."""
    sent, lost = [], []
    for at in range(0, len(played) - FRAME + 1, FRAME):
        frames = [
            np.clip(each[at : at + FRAME], -32_000, 32_000).astype("<i2").tobytes()
            for each in (played, captured, cleaned)
        ]
        sent.append(np.frombuffer(leak.stop(*frames), "<i2"))
        lost.append(leak.lost)
    return np.concatenate(sent).astype(float), lost


@pytest.mark.parametrize("ms", [5, 35, 120, 400])
def test_an_echo_is_found_at_its_lag(ms):
    """Also under somebody else's voice that is a quarter as loud, and not where it is only that voice."""
    played, user = voice(0.9), voice(0.9, 2) * 0.25
    window, heard = played[-WINDOW - LAGS :], slice(len(played) - WINDOW, None)
    assert 16 * ms == lag_of(later(played, ms)[heard], window)
    assert 16 * ms == lag_of((later(played, ms) + user)[heard], window)
    assert lag_of(user[heard], window) is None


def test_two_voices_are_never_taken_for_an_echo():
    """Two hundred pairs."""
    lags = [lag_of(voice(0.16, 1_000 + n), voice(0.66, n)) for n in range(200)]
    assert [None] * 200 == lags


def test_an_echo_that_moves_is_held_back_until_it_is_cancelled(caplog):
    """At 2 s it comes 150 ms later, and the canceller leaves all of it for a second."""
    caplog.set_level(logging.INFO)
    played = voice(5)
    captured = np.concatenate([later(played, 40)[:32_000], later(played, 190)[32_000:]])
    cleaned = captured * 0.01
    cleaned[32_000:48_000] = captured[32_000:48_000]
    sent, lost = run(Leak(), played, captured, cleaned)
    began, ended = lost.index(True), len(lost) - lost[::-1].index(True)
    leaked = np.flatnonzero(np.abs(sent[32_000:]) > 500)[-1] / 16
    print(f"lost from {began * 10} ms to {ended * 10} ms; {leaked:.0f} ms of the echo were sent")
    assert leaked <= 300
    assert 200 <= began < 235
    assert 300 <= ended < 360
    assert ["the echo has moved" in record.message for record in caplog.records] == [True]


@pytest.mark.parametrize("loudness", [0.25, 0.5, 1.0, 2.0])
def test_a_user_who_speaks_over_the_reply_is_sent(loudness):
    """All of what the canceller left, however loud."""
    played, user = voice(5), voice(5, 7) * loudness
    user[:16_000] = 0
    sent, lost = run(Leak(), played, later(played, 40) + user, user)
    assert not any(lost)
    assert np.array_equal(sent, np.clip(user, -32_000, 32_000).astype("<i2"))


def test_where_there_is_no_echo_any_more_the_user_is_heard_again():
    """Headphones are plugged in just after the echo moved."""
    played, user = voice(6), voice(6, 7)
    captured = np.concatenate([later(played, 40)[:32_000], later(played, 190)[32_000:40_000], user[40_000:]])
    sent, lost = run(Leak(), played, captured, np.concatenate([captured[:32_000] * 0.01, captured[32_000:]]))
    assert lost[245]
    assert not lost[-50]
    assert lost.index(True) + NONE * LOOKS_SOON < len(lost) - lost[::-1].index(True) < len(lost) - 50
    assert np.abs(sent[-16_000:]).max() > 1_000


def test_while_nothing_is_played_nothing_is_held_back():
    """What is said after the reply is sent, whatever was before."""
    leak, played = Leak(), np.concatenate([voice(3), np.zeros(32_000)])
    captured = np.concatenate([later(played, 40)[:32_000], later(played, 190)[32_000:]])
    captured[60_000:] = voice(1.25, 9)[: len(captured) - 60_000]
    sent, _ = run(leak, played, captured, captured)
    assert leak.lost
    assert np.array_equal(sent[60_000:], captured[60_000:].astype("<i2"))

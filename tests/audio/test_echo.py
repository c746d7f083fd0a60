"""What is done to the microphone's audio: the real echo canceller on simulated rooms, half duplex, and the time axis."""

from __future__ import annotations

import builtins

import numpy as np
import pytest

from voice_actors.audio.block_clock import BlockClock
from voice_actors.audio.echo import (
    APART,
    TAIL,
    HalfDuplex,
    Reference,
    WebRtcCleaner,
    cleaner_for,
)
from voice_actors.audio.resample import Resampler
from voice_actors.config import Cleaning
from voice_actors.errors import MissingPartError

RATE = 16_000


def voice(seconds, seed=1, rate=24_000):
    """Something like speech to a canceller: coloured noise that comes and goes four times a second."""
    dice = np.random.default_rng(seed)
    white = dice.standard_normal(int(seconds * rate))
    coloured = np.convolve(white, 0.9 ** np.arange(60), "same")
    loudness = np.sin(np.arange(len(white)) / rate * 2 * np.pi * 2) > -0.3
    return np.clip(coloured * loudness * 2_000, -30_000, 30_000).astype("<i2")


def echo_of(played, delay_ms, seed=2):
    """At 16 kHz, half as loud, after `delay_ms` and in a room of 200 ms."""
    direct = np.frombuffer(Resampler(24_000, RATE).feed(played.tobytes()), "<i2").astype(float)
    dice = np.random.default_rng(seed)
    tail = dice.standard_normal(3_200) * np.exp(-np.arange(3_200) / 500) * 0.05
    tail[0] = 0.5
    wet = np.fft.irfft(np.fft.rfft(direct, 2 * len(direct)) * np.fft.rfft(tail, 2 * len(direct)))[: len(direct)]
    captured = np.zeros(len(played) * 2 // 3)
    room = np.concatenate([np.zeros(RATE * delay_ms // 1000), wet])[: len(captured)]
    captured[: len(room)] = room
    return captured


def db(signal):
    return 10 * np.log10((np.asarray(signal, float) ** 2).mean() + 1)


def run(cleaner, played, captured, chunk_ms=20, jitter=0.008, stall=0.0):
    """Both streams as devices give them, in blocks of 10 ms and chunks, at times that jitter."""
    dice, size, told = np.random.default_rng(3), RATE * chunk_ms // 1000, 0
    clock = BlockClock(0.01)
    captured, cleaned = np.clip(captured, -32_768, 32_767).astype("<i2"), []
    for number in range(len(captured) // size):
        until = (number + 1) * chunk_ms / 1000
        while (told + 1) * 0.01 <= until + 1e-9:
            block = played[told * 240 : (told + 1) * 240]
            at = clock.time_of(told, 100 + told * 0.01 + dice.uniform(0, jitter))
            if block.any():
                cleaner.played(at, block.tobytes())
            told += 1
        chunk = captured[number * size : (number + 1) * size].tobytes()
        cleaned.append(cleaner.clean(100 + until + dice.uniform(0, jitter) + (0 if number % 50 else stall), chunk))
        assert len(chunk) == len(cleaned[-1])
    return np.frombuffer(b"".join(cleaned), "<i2").astype(float)


@pytest.mark.slow
@pytest.mark.parametrize("chunk_ms", [20, 25])
@pytest.mark.parametrize("delay_ms", [20, 80, 150])
def test_an_echo_is_taken_out_whatever_its_delay(delay_ms, chunk_ms):
    """In a simulated room, with callbacks that jitter by 8 ms: after two seconds the echo is 25 dB down, or more."""
    played = voice(6)
    captured = echo_of(played, delay_ms)
    cleaned = run(WebRtcCleaner.load(chunk_ms), played, captured, chunk_ms)
    erle = db(captured[2 * RATE : len(cleaned)]) - db(cleaned[2 * RATE :])
    print(f"{delay_ms} ms, chunks of {chunk_ms} ms: ERLE {erle:.1f} dB")
    assert erle > 25


class Watertight:
    """Holds nothing back."""

    def stop(self, _played, _captured, cleaned):
        return cleaned


@pytest.mark.slow
@pytest.mark.parametrize(("before", "after"), [(40, 140), (40, 300), (160, 40)])
def test_an_echo_that_moves_is_not_sent(before, after):
    """A device stumbles at 4 s: a canceller alone leaves the whole echo for more than a second."""
    played, sent = voice(8), {}
    captured = np.concatenate([echo_of(played, before)[: 4 * RATE], echo_of(played, after)[4 * RATE :]])
    for held_back in (False, True):
        cleaner = WebRtcCleaner.load(20)
        if not held_back:
            cleaner._leak = Watertight()
        cleaned = run(cleaner, played, captured)[4 * RATE :]
        loud = np.abs(cleaned.reshape(-1, RATE // 100)).max(axis=1) > 300
        sent[held_back] = int(loud.sum()) * 10
    print(f"{before} to {after} ms: {sent[False]} ms of the echo are left, {sent[True]} ms are sent")
    assert sent[False] > 300
    assert sent[True] < 0.6 * sent[False]
    assert sent[True] <= 200


@pytest.mark.slow
def test_the_user_is_heard_over_the_reply():
    """Double talk: where the user speaks as well, most of their voice's energy stays."""
    played, user = voice(8), np.zeros(8 * RATE)
    user[5 * RATE : 7 * RATE] = np.frombuffer(Resampler(24_000, RATE).feed(voice(3, 9).tobytes()), "<i2")[: 2 * RATE]
    cleaned = run(WebRtcCleaner.load(20), played, echo_of(played, 60) + user)
    during, alone = db(cleaned[5 * RATE : 7 * RATE]), db(cleaned[3 * RATE : 5 * RATE])
    print(f"user over the reply {during:.1f} dB of {db(user[5 * RATE : 7 * RATE]):.1f}; the echo alone {alone:.1f}")
    assert during > db(user[5 * RATE : 7 * RATE]) - 6
    assert during > alone + 15


@pytest.mark.slow
def test_without_a_reply_the_user_is_untouched():
    """Nothing was played: the user's voice loses less than a decibel."""
    user = np.frombuffer(Resampler(24_000, RATE).feed(voice(3).tobytes()), "<i2").astype(float)
    cleaned = run(WebRtcCleaner.load(20), np.zeros(72_000, "<i2"), user)
    assert pytest.approx(db(user), abs=1) == db(cleaned)


@pytest.mark.slow
def test_the_last_chunk_of_a_file_may_be_short():
    """It comes out as long as it was."""
    cleaner = WebRtcCleaner.load(20)
    assert [640, 500, 0] == [len(cleaner.clean(at, bytes(size))) for at, size in ((1.0, 640), (1.02, 500), (1.02, 0))]


@pytest.mark.slow
async def test_noise_is_suppressed_on_request():
    """Steady noise is at least 6 dB down after three seconds; without the wish it is as it was."""
    noise = np.random.default_rng(5).standard_normal(5 * RATE) * 500
    quiet, kept = [
        run(await cleaner_for(Cleaning(noise=wish, echo="cancel"), 20)(), np.zeros(120_000, "<i2"), noise)
        for wish in (True, False)
    ]
    assert db(noise) - db(quiet[3 * RATE :]) > 6
    assert pytest.approx(db(noise), abs=1) == db(kept[3 * RATE :])


def test_the_reference_lies_on_the_microphones_time_axis():
    """What was played at 1.0 s is the reference of what was captured from then on, silence before and after."""
    reference = Reference()
    tone = np.full(2_400, 1_000, "<i2")
    for block in range(10):
        reference.played(1.0 + block * 0.01, tone[block * 240 : (block + 1) * 240].tobytes())
    taken = np.concatenate([np.frombuffer(reference.take(0.96 + n * 0.02, 320), "<i2") for n in range(10)])
    loud = np.flatnonzero(np.abs(taken) > 500)
    begins = 0.94 + loud[0] / RATE
    assert pytest.approx(1.0, abs=0.002) == begins
    assert pytest.approx(0.1, abs=0.003) == len(loud) / RATE


def test_times_that_jitter_do_not_move_the_reference():
    """Within APART the count of samples is believed: the reference is without a gap."""
    reference = Reference()
    for block in range(20):
        late = APART / 2 if block % 2 else 0.0
        reference.played(1.0 + block * 0.01 + late, np.full(240, 1_000, "<i2").tobytes())
    taken = np.frombuffer(reference.take(1.15, 1_600), "<i2")
    assert np.abs(taken).min() > 900


def test_after_a_pause_the_reference_goes_on_where_the_clock_says():
    """Half a second of silence between two replies is half a second in the reference too."""
    reference = Reference()
    for at in (1.0, 1.6):
        for block in range(10):
            reference.played(at + block * 0.01, np.full(240, 1_000, "<i2").tobytes())
    loud = np.flatnonzero(np.abs(np.frombuffer(reference.take(1.7, 12_800), "<i2")) > 500) / RATE + 0.9
    gap = np.diff(loud)
    assert pytest.approx(0.5, abs=0.005) == gap.max()


@pytest.mark.slow
def test_a_busy_machine_does_not_end_the_cancelling():
    """Once a second a chunk is learned of 60 ms late, the very first too: the echo stays 25 dB down."""
    played = voice(8)
    captured = echo_of(played, 60)
    cleaned = run(WebRtcCleaner.load(20), played, captured, stall=0.06)
    erle = db(captured[2 * RATE :]) - db(cleaned[2 * RATE :])
    print(f"ERLE {erle:.1f} dB")
    assert erle > 25


def test_a_microphone_that_is_long_silent_does_not_fill_the_memory():
    """An hour of replies that nobody compares with anything: five seconds are kept."""
    reference = Reference()
    for block in range(1_000):
        reference.played(block * 0.1, bytes(4_800))
    assert len(reference._pcm) <= 5 * RATE * 2 + 8_000


def test_half_duplex_silences_the_microphone_with_a_tail():
    """From the reply's first sample until TAIL after its last; then the microphone is heard again."""
    cleaner = HalfDuplex()
    said = b"\1\1" * 320
    assert said == cleaner.clean(0.98, said)
    cleaner.played(1.0, bytes(48_00))
    heard = {n: cleaner.clean(1.02 + n * 0.02, said) for n in range(40)}
    silent = [n for n, pcm in heard.items() if not any(pcm)]
    assert list(range(silent[-1] + 1)) == silent
    assert pytest.approx(0.1 + TAIL, abs=0.021) == len(silent) * 0.02


def test_nothing_asked_for_loads_nothing():
    """The default leaves the audio alone."""
    assert cleaner_for(Cleaning(), 20) is None


async def test_half_duplex_needs_no_extra(monkeypatch):
    """It works where livekit is missing; what needs it says how to get it."""
    real = builtins.__import__

    def without(name, *rest):
        if name.startswith("livekit"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    assert isinstance(await cleaner_for(Cleaning(echo="half-duplex"), 20)(), HalfDuplex)
    with pytest.raises(MissingPartError, match=r'pip install "voice-actors\[aec\]"'):
        await cleaner_for(Cleaning(echo="cancel"), 20)()

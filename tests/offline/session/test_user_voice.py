"""The user's voice on its way into a session."""

from __future__ import annotations

import pytest

from voice_actors.offline.parts import ActivitySettings, SpeechEnded, SpeechStarted
from voice_actors.offline.session.fields import Refusal
from voice_actors.offline.session.user_voice import LONGEST, Detected, Marked, RateChange, hearing


def test_marks_cut_the_stream():
    """What lies between them is the utterance; marks that come twice change nothing."""
    marked = Marked()
    assert marked.stop() == ()
    assert marked.feed(bytes(32_000)) == ()
    assert marked.start() == (SpeechStarted(1.0),)
    assert marked.start() == ()
    assert marked.finish() == ()
    assert marked.feed(b"\x01\x00" * 8_000) == ()
    assert marked.stop() == (SpeechEnded(1.5, b"\x01\x00" * 8_000, 1.0),)


def test_an_activity_without_end_is_cut():
    """So that no client fills the memory."""
    marked = Marked()
    marked.start()
    assert marked.feed(bytes(LONGEST)) == ()
    [ended] = marked.feed(b"\x00\x00")
    assert len(ended.pcm) == LONGEST + 2


def test_settings_choose_who_detects():
    """The ears' detector, with the settings asked for; or nobody."""
    asked = []

    class Ears:
        def listen(self, settings: ActivitySettings) -> Marked:
            asked.append(settings)
            return Marked()

    assert isinstance(hearing(Ears(), ActivitySettings(silence_ms=9)), Detected)
    assert asked == [ActivitySettings(silence_ms=9)]
    assert isinstance(hearing(Ears(), None), Marked)


@pytest.mark.parametrize("rate", [8_000, 24_000, 44_100, 48_000])
def test_any_rate_is_brought_to_16_khz(rate):
    """As much sound as came in, give or take the resampler's few milliseconds."""
    change = RateChange()
    heard = b"".join(change.feed(bytes(rate // 50 * 2), rate) for _ in range(50))
    assert len(heard) == pytest.approx(32_000 * (rate // 50 * 50) / rate, abs=640)
    assert change.feed(b"\x01\x00", 16_000) == b"\x01\x00"


@pytest.mark.parametrize(
    ("pcm", "rate"), [(b"\x00", 16_000), (b"\x00\x00", 999), (b"\x00\x00", 4_000), (b"\x00\x00", 10**9)]
)
def test_impossible_audio_is_refused(pcm, rate):
    """Half a sample, or a rate that cannot be."""
    with pytest.raises(Refusal):
        RateChange().feed(pcm, rate)

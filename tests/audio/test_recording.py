"""Both voices on one time axis, in one stereo file."""

from __future__ import annotations

import resource
import signal
import struct
import wave

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voice_actors.audio.recording import StereoRecording
from voice_actors.errors import DeviceError

START = 1000.0


def voices(path):
    with wave.open(str(path)) as file:
        assert (24_000, 2, 2) == (file.getframerate(), file.getnchannels(), file.getsampwidth())
        frames = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    return frames[:, 0], frames[:, 1]


def say(value, ms, rate=24_000):
    return struct.pack("<h", value) * round(ms * rate / 1000)


@pytest.fixture
def recording(tmp_path):
    """An open recording of `a.wav`."""
    recording = StereoRecording(tmp_path / "a.wav", START)
    yield recording
    recording.close()


def test_each_voice_lies_at_its_time_on_its_side(recording, tmp_path):
    """User left from 0.5 s on, agent right from 1.25 s on, to the sample; silence elsewhere."""
    recording.user(START + 0.5, say(1000, 250, 16_000))
    recording.agent(START + 1.25, say(2000, 100))
    recording.close()
    left, right = voices(tmp_path / "a.wav")
    assert 32_400 == len(left)
    assert not right[:30_000].any()
    assert (right[30_000:] == 2000).all()
    assert (left[12_100:17_900] == 1000).all()
    assert not left[:11_950].any()
    assert not left[18_050:].any()


@pytest.mark.parametrize("ms", [0, 1, 10, 39])
def test_the_first_sound_lies_at_its_time_however_early(recording, tmp_path, ms):
    """Only what follows something is moved up to it."""
    recording.agent(START + ms / 1000, say(7, 20))
    recording.user(START + ms / 1000, say(1000, 20, 16_000))
    recording.close()
    left, right = voices(tmp_path / "a.wav")
    assert [0] * 24 * ms + [7] * 480 == list(right)
    assert 0 == np.abs(left[: max(0, 24 * ms - 48)]).max(initial=0)
    assert 480 == pytest.approx(int((left > 500).sum()), abs=4)


def speak_for(recording, seconds):
    for second in range(seconds):
        recording.agent(START + second, say(7, 1_000))


def test_a_disk_that_said_no_is_not_asked_again(tmp_path):
    """What the file has is whole, and letting go of it is no second failure."""
    recording = StereoRecording(tmp_path / "a.wav", START)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
        with pytest.raises(DeviceError, match="cannot write"):
            speak_for(recording, seconds=5)
        recording.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    right = voices(tmp_path / "a.wav")[1]
    assert (right == 7).all()


def test_jitter_neither_cuts_nor_doubles(recording, tmp_path):
    """Chunks whose times are off by up to 40 ms follow one another without a seam."""
    audio = (np.arange(24_000) % 20_000 + 1).astype("<i2")
    for number, jitter in zip(range(50), [0, 0.015, -0.012, 0.039, -0.039] * 10, strict=True):
        recording.agent(START + 0.02 * number + jitter, audio[480 * number : 480 * (number + 1)].tobytes())
    recording.close()
    assert (audio == voices(tmp_path / "a.wav")[1]).all()


def test_a_user_in_chunks_is_the_same_as_in_one(tmp_path):
    """The resampler has no seams at chunk borders."""
    audio = np.round(9000 * np.sin(np.arange(16_000) / 5)).astype("<i2").tobytes()
    for name, size in (("one", len(audio)), ("many", 640)):
        recording = StereoRecording(tmp_path / name, START)
        for at in range(0, len(audio), size):
            recording.user(START + at / 32_000, audio[at : at + size])
        recording.close()
    assert (tmp_path / "one").read_bytes() == (tmp_path / "many").read_bytes()


def test_a_gap_is_silence(recording, tmp_path):
    """What comes half a second later lies half a second later."""
    recording.agent(START, say(1, 100))
    recording.agent(START + 0.6, say(2, 100))
    recording.close()
    right = voices(tmp_path / "a.wav")[1]
    assert [0, 2400] == [int((right == 1).argmax()), int((right == 1).sum())]
    assert [14_400, 2400] == [int((right == 2).argmax()), int((right == 2).sum())]


def test_what_was_said_for_a_time_stays(recording, tmp_path):
    """A chunk that claims a time already taken by more than 40 ms loses that part, and that is counted."""
    recording.agent(START, say(1, 200))
    recording.agent(START + 0.1, say(2, 200))
    assert 2400 == recording.lost_frames
    recording.agent(START - 0.5, say(3, 100))
    recording.close()
    right = voices(tmp_path / "a.wav")[1]
    assert [1] * 4800 + [2] * 2400 == list(right)
    assert 2400 + 2400 == recording.lost_frames


def test_the_file_follows_within_a_second_and_is_valid_at_any_moment(recording, tmp_path):
    """What was said is in the file half a second later, with a header that says so; memory holds a few seconds."""
    for chunk in range(1000):
        recording.agent(START + chunk / 50, say(chunk // 50 + 1, 20))
        if chunk % 7 == 0:
            right = voices(tmp_path / "a.wav")[1]
            assert 0.02 * chunk - 0.5 <= len(right) / 24_000 <= 0.02 * (chunk + 1) + 1e-6
            assert list(np.repeat(np.arange(1, 21), 24_000)[: len(right)]) == list(right)
        assert len(recording._window) <= 2 * 24_000 * 7
    recording.close()
    assert list(np.repeat(np.arange(1, 21), 24_000)) == list(voices(tmp_path / "a.wav")[1])


def test_the_disk_is_left_alone_between(recording, tmp_path):
    """Twice a second, and not with each chunk: twenty seconds of both voices."""
    sizes = []
    for chunk in range(1000):
        recording.user(START + chunk / 50, say(1, 20, 16_000))
        recording.agent(START + chunk / 50, say(1, 20))
        sizes.append((tmp_path / "a.wav").stat().st_size)
    print(f"{len(set(sizes))} sizes of the file in 20 s")
    assert 20 <= len(set(sizes)) <= 42


def test_the_voices_may_arrive_in_any_order_within_seconds(recording, tmp_path):
    """The agent three seconds ahead does not push the user away."""
    recording.agent(START, say(5, 8000))
    recording.user(START + 4, say(1000, 500, 16_000))
    recording.close()
    left, right = voices(tmp_path / "a.wav")
    assert (right == 5).all()
    assert (left[96_100:107_900] == 1000).all()
    assert 0 == recording.lost_frames


def test_what_comes_too_late_for_the_file_is_counted(recording, tmp_path):
    """Audio older than the window cannot be put in any more; the rest of it is."""
    recording.agent(START, say(5, 10_000))
    recording.user(START, say(1000, 6000, 16_000))
    recording.close()
    left = voices(tmp_path / "a.wav")[0]
    begin = int((left != 0).argmax())
    assert pytest.approx(recording.lost_frames, abs=60) == begin
    assert (left[begin + 60 : 143_900] == 1000).all()


def test_a_long_silence_does_not_fill_the_memory(recording, tmp_path):
    """An hour later: the file has an hour of silence, the memory a few seconds of it."""
    recording.user(START, say(1000, 20, 16_000))
    recording.agent(START + 600, say(7, 20))
    assert len(recording._window) <= 2 * 24_000 * 7
    recording.close()
    right = voices(tmp_path / "a.wav")[1]
    assert 24_000 * 600 == int((right == 7).argmax())


def test_closing_twice_is_fine(recording, tmp_path):
    """An empty recording is a valid file too."""
    recording.close()
    recording.close()
    assert 0 == len(voices(tmp_path / "a.wav")[0])


def test_a_path_that_cannot_be_written_is_named(tmp_path):
    """At construction, with the path."""
    with pytest.raises(DeviceError, match="none"):
        StereoRecording(tmp_path / "none" / "a.wav", START)


@given(st.lists(st.tuples(st.booleans(), st.floats(-1, 8), st.integers(0, 900)), max_size=12))
@settings(deadline=None, max_examples=60)
def test_nothing_is_ever_out_of_place(tmp_path_factory, pieces):
    """Whatever comes when: the file is whole, and its length is where the last voice ended."""
    path = tmp_path_factory.mktemp("r") / "a.wav"
    recording = StereoRecording(path, START)
    for user, at, ms in pieces:
        if user:
            recording.user(START + at, say(100, ms, 16_000))
        else:
            recording.agent(START + at, say(100, ms))
    recording.close()
    left, right = voices(path)
    assert len(left) == len(right) <= 24_000 * (8 + 0.9 * len(pieces) + 0.1)
    assert set(np.unique(right)) <= {0, 100}


@pytest.mark.parametrize("ppm", [-150, 0, 400])
def test_a_device_whose_clock_differs_is_measured_and_kept_in_step(recording, ppm):
    """Ten minutes of 20 ms chunks whose times run away from their samples: never further off than a chunk's jitter."""
    for chunk in range(30_000):
        at = START + chunk * 0.02
        recording.agent(at + (at - START) * ppm / 1e6, b"\x01\x00" * 480)
    user, agent = recording.drifts
    print(f"{ppm} ppm: measured {agent:.1f}, {recording.lost_ms:.0f} ms lost")
    assert user is None
    assert agent == pytest.approx(ppm, abs=5)
    assert recording.lost_ms <= 600_000 * max(0, -ppm) / 1e6 + 40

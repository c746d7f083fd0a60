"""What is heard: features, words, and the recogniser with real speech."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pytest
import trio
from rapidfuzz.distance import Levenshtein

from voice_actors import weights
from voice_actors.audio.voice import SILERO, load_silero
from voice_actors.errors import MissingPartError
from voice_actors.offline import models
from voice_actors.offline.hearing.detector import SileroDetector
from voice_actors.offline.hearing.eager import EagerListener
from voice_actors.offline.hearing.ears import WhisperEars, best_ears
from voice_actors.offline.hearing.recogniser import Recogniser, load_recogniser
from voice_actors.offline.parts import ActivitySettings, AttentiveEars, Ears, Overheard, SpeechEnded, Wishes
from voice_actors.offline.session.speakers import Speakers
from voice_actors.offline.speaking.mouth import HibariMouth
from voice_actors.offline.speaking.synthesis import stretched

SENTENCES = [
    "What is the weather like in Berlin today?",
    "Set a timer for five minutes, please.",
    "Tell me a long story about a lighthouse keeper.",
    "Please remind me to call my mother tomorrow morning.",
    "How far is it from Paris to London by train?",
    "Stop, that is enough for now.",
    "I would like to book a table for four people.",
    "Can you turn off the lights in the kitchen?",
    "The old bridge crosses the river near the market.",
    "My favorite color is green and I like coffee.",
    "She bought fresh bread and a bottle of milk.",
    "Could you spell that word for me again?",
]
NUMBERS = {"1": "one", "4": "four", "5": "five", "20": "twenty"}


def words(text: str) -> list[str]:
    letters = "".join(c if c.isalnum() or c == "'" else " " for c in text.lower())
    return [NUMBERS.get(word, word) for word in letters.split()]


def to_pcm(samples) -> bytes:
    return (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()


async def say(text: str, voice: str = "Kore") -> np.ndarray:
    """Speech at 16 kHz, as a microphone would give it."""
    pcm = b"".join([spoken.pcm async for spoken in HibariMouth().speak(text, voice)])
    samples = np.frombuffer(pcm, "<i2").astype(np.float32) / 32768
    return stretched(samples, len(samples) * 2 // 3)


# ---- the recogniser ----------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("voice", ["Kore", "Charon", "Puck"])
async def test_what_the_mouth_says_the_ears_understand(voice: str):
    """Twelve sentences come back with at most 5 % of their words wrong, in a woman's and in men's voices."""
    ears = await best_ears()
    errors = total = 0
    took = []
    for sentence in SENTENCES:
        pcm = to_pcm(await say(sentence, voice))
        began = time.perf_counter()
        heard = await ears.recognise(pcm)
        took.append(1000 * (time.perf_counter() - began))
        errors += Levenshtein.distance(words(sentence), words(heard))
        total += len(words(sentence))
    print(f"{voice}: WER {errors / total:.1%} of {total} words, {np.median(took):.0f} ms each, at most {max(took):.0f}")
    assert errors / total <= 0.05


@pytest.mark.slow
async def test_speech_in_noise_is_understood():
    """With noise 10 dB below the speech at most 15 % of the words are wrong."""
    ears, random = await best_ears(), np.random.default_rng(3)
    errors = total = 0
    for sentence in SENTENCES[:6]:
        speech = await say(sentence)
        noise = np.convolve(random.standard_normal(len(speech)), [1, 0.9, 0.8, 0.6, 0.4, 0.2], "same")
        heard = await ears.recognise(to_pcm(speech + noise * (speech.std() / noise.std() / 10**0.5)))
        errors += Levenshtein.distance(words(sentence), words(heard))
        total += len(words(sentence))
    print(f"10 dB: WER {errors / total:.1%}")
    assert errors / total <= 0.15


@pytest.mark.slow
@pytest.mark.parametrize("word", ["Yes.", "No.", "Stop.", "Hello.", "Okay."])
async def test_one_word_is_enough(word: str):
    """The shortest answers are heard, and not taken for noise."""
    assert words(word) == words(await (await best_ears()).recognise(to_pcm(await say(word))))


@pytest.mark.slow
async def test_numbers_come_as_people_write_them():
    """A spoken sum comes back as digits, capital letter and question mark."""
    assert await (await best_ears()).recognise(to_pcm(await say("What is twelve times thirty?"))) == (
        "What is 12 times 30?"
    )


@pytest.mark.slow
async def test_where_nothing_is_said_nothing_is_heard():
    """Noise, a hum, and silence have no words, though Whisper alone would hear "you"."""
    ears, random = await best_ears(), np.random.default_rng(5)
    white = random.standard_normal(48_000)
    brown = np.cumsum(white) / 100
    hum = 0.3 * np.sin(np.arange(48_000) * 2 * np.pi * 50 / 16_000)
    for sound in (0.05 * white, 0.001 * white, brown - brown.mean(), hum, np.zeros(48_000), np.zeros(100), np.zeros(0)):
        assert await ears.recognise(to_pcm(sound)) == ""


@pytest.mark.slow
async def test_thirty_seconds_are_understood_in_windows():
    """An utterance longer than a window loses few words and repeats none at the seams."""
    ears = await best_ears()
    speech = np.concatenate([await say(sentence) for sentence in SENTENCES])[: 30 * 16_000]
    spoken = words(" ".join(SENTENCES))
    heard = words(await ears.recognise(to_pcm(speech)))
    assert len(speech) / 16_000 > 25
    assert Levenshtein.distance(spoken, heard) / len(spoken) <= 0.1


@pytest.mark.slow
async def test_from_stream_to_words():
    """A stream in 20 ms chunks through detector and recogniser gives the sentence, once."""
    ears = await best_ears()
    listener = ears.listen(ActivitySettings())
    scene = np.concatenate([np.zeros(16_000), await say("Set a timer for five minutes, please."), np.zeros(16_000)])
    scene += 0.001 * np.random.default_rng(2).standard_normal(len(scene))
    found = [a for n in range(0, len(scene), 320) for a in listener.feed(to_pcm(scene[n : n + 320]))]
    texts = [await ears.recognise(a.pcm) for a in found if isinstance(a, SpeechEnded)]
    assert [words("Set a timer for five minutes, please.")] == [words(text) for text in texts]


@pytest.mark.slow
async def test_a_cancelled_recognition_is_left_at_once(monkeypatch: pytest.MonkeyPatch):
    """Who is cancelled does not wait for the model; the next recognition gets its turn when the thread is done."""
    import threading

    ears = WhisperEars()
    await ears.load()
    pcm = to_pcm(await say("Good morning."))
    busy, go = threading.Event(), threading.Event()
    understand = Recogniser.understand

    def slow(self, samples, wishes):
        busy.set()
        assert go.wait(30)
        return understand(self, samples, wishes)

    monkeypatch.setattr(Recogniser, "understand", slow)
    with trio.fail_after(20):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ears.recognise, pcm)
            await trio.to_thread.run_sync(busy.wait)
            nursery.cancel_scope.cancel(reason="the user went away")
        assert not go.is_set()  # we are out while the thread is still at it
        assert ears._one.borrowed_tokens == 1
        go.set()
        assert words(await ears.recognise(pcm)) == ["good", "morning"]


NAMES = ("Kaelyn Zorbright", "Vellmark", "Quizzaria", "Zyloprim", "Ystrad")
RARE = (
    "Please call Kaelyn Zorbright about the Vellmark order tomorrow morning.",
    "I would like to book a table at Quizzaria for four people.",
    "The patient takes Zyloprim every day, and lives near Ystrad.",
)


@pytest.mark.slow
async def test_names_that_are_made_known_are_spelled_so():
    """All of them, where without them few are; and noise is not taken for one of them."""
    ears, random = await best_ears(), np.random.default_rng(6)
    assert isinstance(ears, AttentiveEars)
    spelled = {}
    for wishes in (Wishes(), Wishes(vocabulary=NAMES)):
        heard = [(await ears.transcribe(to_pcm(await say(sentence)), wishes)).text for sentence in RARE]
        spelled[wishes] = sum(name in " ".join(heard) for name in NAMES)
    without, known = spelled.values()
    print(f"{known} of {len(NAMES)} names spelled as the client spells them, {without} where it names none")
    assert known == len(NAMES) > without
    for sound in (0.05 * random.standard_normal(48_000), np.zeros(48_000)):
        assert "" == (await ears.transcribe(to_pcm(sound), Wishes(vocabulary=NAMES))).text


@pytest.mark.slow
async def test_the_times_of_words_are_where_they_sound():
    """Two sentences with a second of silence between them: no word of either is within the silence, or in the other."""
    ears = WhisperEars()
    first, second = await say("Good morning to you."), await say("The weather is fine.")
    silence = np.zeros(16_000)
    heard = await ears.transcribe(to_pcm(np.concatenate([first, silence, second])), Wishes(words=True))
    assert heard.text.split() == [word.text for word in heard.words]
    middle = len(first) / 16_000 + 0.5
    before = [word.text for word in heard.words if word.start < middle]
    print([(word.text, round(word.start, 2), round(word.end, 2)) for word in heard.words], "silent around", middle)
    assert ["good", "morning", "to", "you"] == words(" ".join(before))
    starts = [word.start for word in heard.words]
    assert sorted(starts) == starts
    assert all(word.start <= word.end for word in heard.words)


@pytest.mark.slow
async def test_a_long_utterance_has_its_times_behind_one_another():
    """The windows in which it is recognised each begin where the one before ended."""
    ears = WhisperEars()
    speech = np.concatenate([await say(sentence) for sentence in SENTENCES])[: 30 * 16_000]
    heard = await ears.transcribe(to_pcm(speech), Wishes(words=True))
    starts = [word.start for word in heard.words]
    assert sorted(starts) == starts
    assert 25 < starts[-1] < 30


@pytest.mark.slow
async def test_two_people_are_told_apart_by_their_voices():
    """Two sentences each, in turn: the labels say who speaks, whatever is said."""
    ears, speakers = WhisperEars(), Speakers()
    voices = ("Charon", "Zephyr", "Charon", "Zephyr")
    heard = [
        await ears.transcribe(to_pcm(await say(sentence, voice)), Wishes(voices=True))
        for sentence, voice in zip(SENTENCES, voices, strict=False)
    ]
    assert ["spk_1", "spk_2", "spk_1", "spk_2"] == [speakers.label(each.voice) for each in heard]


@pytest.mark.slow
async def test_words_are_overheard_while_they_are_spoken():
    """Each guess has more of the sentence; the last words are those that were recognised at the end."""
    ears = WhisperEars()
    await ears.load()
    wishes = Wishes(interim=True)
    listener = ears.listen_for(ActivitySettings(), wishes)
    sentence = "Please set a timer for twenty minutes and then call my brother about the garden."
    scene = to_pcm(np.concatenate([await say(sentence), np.zeros(16_000)]))
    overheard, ended = [], []
    for at in range(0, len(scene), 640):
        for activity in listener.feed(scene[at : at + 640]):
            (overheard if isinstance(activity, Overheard) else ended).append(activity)
        while ears._one.borrowed_tokens:  # as in real time, where a guess is there before the next is due
            await trio.sleep(0.001)
    [over] = [activity for activity in ended if isinstance(activity, SpeechEnded)]
    print([each.text for each in overheard])
    assert len(overheard) >= 3
    assert sorted(each.offset for each in overheard) == [each.offset for each in overheard]
    assert len(words(overheard[-1].text)) > len(words(overheard[0].text))
    assert words(sentence)[:5] == words(overheard[-1].text)[:5]
    assert words(sentence) == words((await ears.transcribe(over.pcm, wishes)).text)


@pytest.mark.slow
async def test_listening_works_without_loading_before():
    """A detector can be had at any time, and is the real one."""
    assert isinstance(WhisperEars().listen(ActivitySettings()), EagerListener)
    assert isinstance(WhisperEars(eager=False).listen(ActivitySettings()), SileroDetector)


async def test_the_model_is_loaded_once():
    """Two pairs of ears share one model."""
    one, two = WhisperEars(), WhisperEars()
    assert await one._recogniser() is await two._recogniser()


async def test_another_model_may_be_used(tmp_path: Path):
    """A folder of the user's own replaces the shipped model; what it lacks is named."""
    with pytest.raises(MissingPartError, match=r"holds no model\.bin"):
        await WhisperEars(folder=tmp_path).load()
    shipped = weights.locate(models.WHISPER[0]).parent
    for file in models.WHISPER:
        name = Path(file.path).name
        (tmp_path / name).symlink_to(shipped / name)
    ears = WhisperEars(folder=tmp_path)
    await ears.load()
    assert words(await ears.recognise(to_pcm(await say("Hello.")))) == ["hello"]


async def test_another_detector_may_be_used(tmp_path: Path):
    """Beside the recogniser of one's own; a file that is none is named."""
    for file in models.WHISPER:
        (tmp_path / Path(file.path).name).symlink_to(weights.locate(file))
    detector = tmp_path / "silero_vad.onnx"
    detector.write_bytes(b"none")
    with pytest.raises(MissingPartError, match=r"silero_vad.onnx cannot be used to tell speech from silence"):
        await WhisperEars(folder=tmp_path).load()
    detector.unlink()
    detector.symlink_to(weights.locate(SILERO))
    ears = WhisperEars(folder=tmp_path, eager=False)
    await ears.load()
    assert load_silero.loaded(detector)
    found = ears.listen(ActivitySettings()).feed(to_pcm(await say("Hello.")) + bytes(64_000))
    assert ["SpeechStarted", "SpeechEnded"] == [type(activity).__name__ for activity in found]


async def test_missing_ctranslate2_names_the_remedy(monkeypatch: pytest.MonkeyPatch):
    """Without the recogniser's package there is one clear line."""
    monkeypatch.setitem(sys.modules, "ctranslate2", None)
    with pytest.raises(MissingPartError, match=r"ctranslate2.*pip install"):
        await trio.to_thread.run_sync(load_recogniser, None, 3)


def test_these_are_ears():
    """The type checker sees the contract fulfilled; so does a reader."""
    ears: Ears = WhisperEars()
    assert callable(ears.recognise)

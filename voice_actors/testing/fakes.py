"""Ears and a mouth that need no model, no time and no luck: speech whose samples spell its words.

`utter("hello there")` is audio as long as a person would take, and anybody who gets all of its samples can read the
words out again, whatever the chunks it came in: `FakeEars` do, and `words_in` does with what a `FakeMouth` said.
"""

from __future__ import annotations

from array import array
from collections.abc import AsyncIterator, Iterator, Sequence

import attrs

from voice_actors.offline.parts import Activity, ActivitySettings, SpeechEnded, SpeechStarted, Spoken

WORD_MS = 250
"""A word takes as long, or longer where its letters need that many samples."""
INPUT_RATE = 16_000
OUTPUT_RATE = 24_000

_MARK = 20_000
"""The first sample of a word; then its length in bytes, its bytes, and a hum. All are counted from `_BASE`."""
_BASE = 1_000
_HUM = 500


def utter(text: str, rate: int = INPUT_RATE) -> bytes:
    """Speech that says this: 16-bit mono at `rate` Hz, `WORD_MS` a word, without silence between them."""
    return b"".join(_word(word, rate) for word in text.split())


def _word(word: str, rate: int) -> bytes:
    letters = word.encode()
    samples = [_MARK, _BASE + len(letters), *(_BASE + letter for letter in letters)]
    samples += [_HUM] * (rate * WORD_MS // 1000 - len(samples))
    return array("h", samples).tobytes()


def words_in(pcm: bytes) -> str:
    """The words in speech of `utter` or of a `FakeMouth`; not the words cut short before they were spelled."""
    samples = array("h", pcm[: len(pcm) - len(pcm) % 2])
    return " ".join(_words(samples))


def _marks(samples: array[int]) -> Iterator[int]:
    at = -1
    for _ in range(samples.count(_MARK)):
        at = samples.index(_MARK, at + 1)
        yield at


def _words(samples: array[int]) -> Iterator[str]:
    for at in _marks(samples):
        length = samples[at + 1] - _BASE if at + 1 < len(samples) else 0
        letters = [sample - _BASE for sample in samples[at + 2 : at + 2 + length]]
        if 0 < length == len(letters) and all(0 <= letter < 256 for letter in letters):
            yield bytes(letters).decode(errors="replace")


@attrs.define(eq=False)
class _FakeListener:
    """Whatever is not digital silence is speech."""

    settings: ActivitySettings
    _utterance: bytearray = attrs.field(factory=bytearray, init=False)
    _silence: int = attrs.field(default=0, init=False)
    """Bytes of silence at the end of the utterance."""
    _heard: int = attrs.field(default=0, init=False)

    def feed(self, pcm: bytes) -> Sequence[Activity]:
        activities: list[Activity] = []
        for at in range(0, len(pcm), 320):  # 10 ms
            activities += self._step(pcm[at : at + 320])
        return activities

    def finish(self) -> Sequence[Activity]:
        if not self._utterance:
            return ()
        pcm = bytes(self._utterance)
        self._utterance.clear()
        return (SpeechEnded((self._heard - self._silence) / (2 * INPUT_RATE), pcm),)

    def _step(self, pcm: bytes) -> Sequence[Activity]:
        self._heard += len(pcm)
        if any(pcm):
            began = () if self._utterance else (SpeechStarted((self._heard - len(pcm)) / (2 * INPUT_RATE)),)
            self._silence = 0
            self._utterance += pcm
            return began
        self._silence += len(pcm)
        if not self._utterance:
            return ()
        self._utterance += pcm
        return self.finish() if self._silence * 1000 >= self.settings.silence_ms * 2 * INPUT_RATE else ()


class FakeEars:
    """Hear what `utter` said, to the letter. The client's silence settings hold; sensitivities mean nothing here."""

    def listen(self, settings: ActivitySettings) -> _FakeListener:
        """A detector for one stream."""
        return _FakeListener(settings)

    async def recognise(self, pcm: bytes) -> str:
        """The words."""
        return words_in(pcm)


class FakeMouth:
    """Say everything as `utter` does, at 24 kHz, a word at a time."""

    async def speak(self, text: str, voice: str | None) -> AsyncIterator[Spoken]:  # noqa: ARG002 - one voice for all
        """Speech, word by word."""
        for word in text.split():
            yield Spoken(word, _word(word, OUTPUT_RATE))

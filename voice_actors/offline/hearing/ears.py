"""Hearing: speech becomes words with Silero and Whisper tiny.en, on one core of the user's own machine.

What is not installed is replaced by something lighter, and that is said in one line: Silero by loudness, Whisper by
nothing, so that the user has to write. A file that was changed is replaced by nothing: see `ChangedPartError`.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import trio

from voice_actors.audio.voice import load_scorer
from voice_actors.errors import MissingPartError
from voice_actors.offline import models
from voice_actors.offline.hearing.detector import SileroDetector
from voice_actors.offline.hearing.eager import EagerListener, Guesses
from voice_actors.offline.hearing.recogniser import Recogniser, load_recogniser
from voice_actors.offline.hearing.spectrogram import RATE, windows
from voice_actors.offline.hearing.voiceprint import voiceprint
from voice_actors.offline.native import outlived
from voice_actors.offline.parts import ActivitySettings, Ears, Heard, Listener, Wishes, Word
from voice_actors.weights import ChangedPartError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_log = logging.getLogger("voice_actors.offline.parts")


@attrs.define(eq=False)
class WhisperEars:
    """`Ears` with Silero and Whisper tiny.en (English).

    Call `load()` before a conversation; what was not loaded is loaded at its first use, which then takes longer.
    """

    folder: Path | None = None
    """Another model than the shipped one, see `load_recogniser`; a file `silero_vad.onnx` in it finds the speech."""
    beams: int = 1
    """5 takes a tenth longer, and hears no better in quiet or in noise (12 sentences in 8 voices)."""
    eager: bool = True
    """Recognise in the silence behind an utterance, before it is certain that it is over; see `eager`."""
    _one: trio.CapacityLimiter = attrs.field(factory=lambda: trio.CapacityLimiter(1), init=False)
    """Who comes first is heard first: ten at once are done a quarter sooner one by one than two by two, and the event
    loop keeps its core. A recognition that was cancelled still holds its place."""
    _guesses: Guesses = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Share the one place."""
        self._guesses = Guesses(self._hear, self._one)

    async def load(self) -> None:
        """Load both models, about 0.6 s the first time in a process.

        Raises:
            MissingPartError: a package or model is not there, or is not what was tested; says how to get it.

        """
        await trio.to_thread.run_sync(load_scorer, self._detector())
        recogniser = await self._recogniser()
        import numpy as np

        await trio.to_thread.run_sync(recogniser.hear, np.zeros(RATE, np.float32), limiter=self._one)

    def listen(self, settings: ActivitySettings) -> Listener:
        """A detector for one stream; blocks for about 0.1 s where `load()` was not awaited before."""
        return self.listen_for(settings, Wishes())

    def listen_for(self, settings: ActivitySettings, wishes: Wishes) -> Listener:
        """A detector for one stream whose utterances will be asked for with these wishes; see `listen`."""
        detector = SileroDetector(settings, load_scorer(self._detector()))
        return EagerListener(detector, self._guesses, wishes) if self.eager or wishes.interim else detector

    async def recognise(self, pcm: bytes) -> str:
        """The words of one utterance (16 kHz 16-bit mono), "" where there are none; about 0.2 s for each 15 s.

        When cancelled it returns at once; the thread finishes its window unheard.
        """
        return (await self.transcribe(pcm, Wishes())).text

    async def transcribe(self, pcm: bytes, wishes: Wishes) -> Heard:
        """The words of one utterance and what else is wished to be known of them; see `recognise`."""
        guessed = await self._guesses.made_of(pcm, wishes)
        if guessed is not None:
            return guessed
        recogniser = await self._recogniser()
        heard: list[Heard] = []
        for window in windows(_samples(pcm)):
            understand = outlived(partial(recogniser.understand, window, wishes))
            heard.append(await trio.to_thread.run_sync(understand, limiter=self._one, abandon_on_cancel=True))
        return joined(heard, wishes, pcm)

    def _detector(self) -> Path | None:
        path = None if self.folder is None else self.folder / "silero_vad.onnx"
        return path if path is not None and path.exists() else None

    def _hear(self, pcm: bytes, wishes: Wishes) -> Heard:
        recogniser = load_recogniser(self.folder, self.beams)
        return joined([recogniser.understand(window, wishes) for window in windows(_samples(pcm))], wishes, pcm)

    async def _recogniser(self) -> Recogniser:
        return await trio.to_thread.run_sync(load_recogniser, self.folder, self.beams)


@attrs.frozen
class DeafEars:
    """`Ears` that notice that somebody speaks and understand nothing, so that the user can be asked to write."""

    why: str

    def listen(self, settings: ActivitySettings) -> Listener:
        """A detector for one stream."""
        return SileroDetector(settings, load_scorer())

    async def recognise(self, pcm: bytes) -> str:  # noqa: ARG002 - the part's signature
        """Understand nothing.

        Raises:
            MissingPartError: always; says what is not there.

        """
        await trio.lowlevel.checkpoint()
        raise MissingPartError(self.why)


async def best_ears() -> Ears:
    """The ears of this installation, loaded and warm.

    Raises:
        MissingPartError: there are none, or they were changed; says how to get them.

    """
    ears = WhisperEars()
    await ears.load()
    return ears


async def ready_ears(wanted: Ears | Path | None) -> Ears:
    """The ears for a server: those that are wanted, loaded; a folder is that of a model, see `load_recogniser`.

    Where none are wanted and none are installed, there are some that understand nothing, and a line in the log.

    Raises:
        MissingPartError: what is wanted is not there, or what is installed was changed.

    """
    ears = wanted if wanted is not None and not isinstance(wanted, Path) else WhisperEars(wanted)
    try:
        if isinstance(ears, models.Loadable):
            await ears.load()
    except MissingPartError as error:
        if wanted is not None or isinstance(error, ChangedPartError):
            raise
        _log.warning("no ears, so what is said is not understood and has to be written: %s", error)
        return DeafEars(str(error))
    return ears


def joined(heard: Sequence[Heard], wishes: Wishes, pcm: bytes) -> Heard:
    """What was understood of an utterance, out of what was understood of its windows; `pcm` is all of it."""
    understood = [each for each in heard if each.text]
    if not understood:
        return Heard("")
    words: list[Word] = []
    if all(each.words for each in understood):
        before = 0.0
        for each, window in zip(heard, windows(_samples(pcm)), strict=True):
            words += [Word(word.text, word.start + before, word.end + before) for word in each.words]
            before += len(window) / RATE
    return Heard(
        " ".join(each.text for each in understood),
        tuple(words),
        understood[0].language,
        voiceprint(_samples(pcm)) if wishes.voices else (),
    )


def _samples(pcm: bytes) -> NDArray[np.float32]:
    import numpy as np

    return np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2").astype(np.float32) / np.float32(32768)

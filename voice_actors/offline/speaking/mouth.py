"""Speaking: text becomes speech with hibari's voice, a hundred times faster than it is heard, on one core.

A reply is spoken in pieces, at most a sentence each and mostly less, so that the first sound is there after some 20 ms
and an interrupted reply has cost little. The voice begins each sentence with 0.3 s of silence and ends it with 0.4 s;
both are cut, and a pause that fits the punctuation is put in their place.
"""

from __future__ import annotations

import logging
import re
import shutil
from collections.abc import AsyncIterator, Iterator
from itertools import accumulate
from pathlib import Path

import attrs
import trio

from voice_actors.errors import MissingPartError
from voice_actors.offline.models import Loadable
from voice_actors.offline.native import outlived
from voice_actors.offline.parts import Mouth, Spoken
from voice_actors.offline.speaking.espeak import EspeakMouth
from voice_actors.offline.speaking.reading import CLAUSE_PAUSE, pause_behind, pieces, readable
from voice_actors.offline.speaking.shaping import shaped, silence
from voice_actors.offline.speaking.synthesis import Voice, blocks_of, load_voice
from voice_actors.offline.speaking.voices import Timbre, timbre
from voice_actors.weights import ChangedPartError

_log = logging.getLogger("voice_actors.offline.parts")


@attrs.define(eq=False)
class HibariMouth:
    """`Mouth` with hibari-tts: one American English voice, in thirty renderings.

    Call `load()` before a conversation; what was not loaded is loaded at its first use, which then takes longer.
    """

    model: Path | None = None
    """Another of hibari's voices than the shipped one, see `load_voice`."""
    _one: trio.CapacityLimiter = attrs.field(factory=lambda: trio.CapacityLimiter(1), init=False)
    """Pieces of several conversations take turns, first come, first served: two at once are no faster."""

    async def load(self) -> None:
        """Load the voice, about 1 s the first time in a process; other threads stand still for 0.1 s of it.

        Raises:
            MissingPartError: the package or a model is not there, or is not what was tested; says how to get it.

        """
        await trio.to_thread.run_sync(load_voice, self.model)

    async def speak(self, text: str, voice: str | None) -> AsyncIterator[Spoken]:
        """Speech in pieces, each made when it is asked for; their texts make up the text.

        A cancelled caller leaves at once.

        Raises:
            MissingPartError: see `load`.

        """
        loaded = await trio.to_thread.run_sync(load_voice, self.model)
        for piece in pieces(text):
            parts = spoken(loaded, piece, timbre(voice))
            while part := await self._next(parts):
                yield part

    async def _next(self, parts: Iterator[Spoken]) -> Spoken | None:
        return await trio.to_thread.run_sync(outlived(next), parts, None, limiter=self._one, abandon_on_cancel=True)


def spoken(voice: Voice, piece: str, rendering: Timbre) -> Iterator[Spoken]:
    """Speak one piece in blocks; the same text always sounds the same. Takes milliseconds a block, in a thread."""
    words = re.findall(r"\S+\s*", piece)
    sentences = voice.sentences(readable(piece))
    whole, before, said = sum(map(len, sentences)), 0, 0
    for phonemes in sentences:
        spectra = voice.predict(phonemes, rendering.pace / rendering.pitch)
        unheard = True
        for block in blocks_of(voice, spectra, rendering):
            pcm = shaped(block.sound, first=unheard, last=block.share == 1)
            if block.share == 1:
                pcm += silence(pause_behind(piece) if phonemes is sentences[-1] else CLAUSE_PAUSE)
            if not pcm:
                continue  # the silence before the first word
            unheard = False
            until = _words_within(words, (before + block.share * len(phonemes)) / whole)
            yield Spoken("".join(words[said:until]), pcm)
            said = until
        before += len(phonemes)
    if not sentences:  # nothing that can be read: signs, or another script
        yield Spoken(piece, silence(pause_behind(piece)))


def _words_within(words: list[str], share: float) -> int:
    """How many words are over when that share of the time is: a word takes as long as it has letters."""
    ends = [0, *accumulate(map(len, words))]
    return min(range(len(ends)), key=lambda count: abs(ends[count] - share * ends[-1]))


@attrs.frozen
class SilentMouth:
    """`Mouth` without a voice: its pieces have words and no sound, and are shown."""

    async def speak(self, text: str, voice: str | None) -> AsyncIterator[Spoken]:  # noqa: ARG002 - the signature
        """The text, in pieces."""
        for piece in pieces(text):
            await trio.lowlevel.checkpoint()
            yield Spoken(piece, b"")


async def best_mouth() -> Mouth:
    """The best mouth that this installation has, loaded and warm: hibari, else espeak-ng.

    Raises:
        MissingPartError: there is none, or it was changed; says how to get it.

    """
    mouth = HibariMouth()
    try:
        await mouth.load()
        return mouth
    except ChangedPartError:
        raise
    except MissingPartError as error:
        espeak = EspeakMouth()
        if shutil.which(espeak.program) is None:
            raise
        _log.warning("speaking with espeak-ng instead of hibari: %s", error)
        return espeak


async def ready_mouth(wanted: Mouth | Path | None) -> Mouth:
    """The mouth for a server: the one that is wanted, loaded; a path is that of a voice, see `load_voice`.

    Where none is wanted and none is installed, there is one without a sound, and a line in the log.

    Raises:
        MissingPartError: what is wanted is not there, or what is installed was changed.

    """
    if wanted is not None:
        mouth = HibariMouth(wanted) if isinstance(wanted, Path) else wanted
        if isinstance(mouth, Loadable):
            await mouth.load()
        return mouth
    try:
        return await best_mouth()
    except ChangedPartError:
        raise
    except MissingPartError as error:
        _log.warning("no voice, so replies are written: %s, or: apt install espeak-ng", error)
        return SilentMouth()

"""Speaking: text becomes speech with hibari's voice, a hundred times faster than it is heard, on one core.

A reply is spoken in pieces, at most a sentence each, so that the first sound is there after some 30 ms and an
interrupted reply has cost little. The voice begins each sentence with 0.3 s of silence and ends it with 0.4 s; both are
cut, and a pause that fits the punctuation is put in their place.
"""

from __future__ import annotations

import importlib
import logging
import shutil
import subprocess
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Protocol, cast

import attrs
import trio

from voice_actors.errors import MissingPartError
from voice_actors.offline import models
from voice_actors.offline.parts import Mouth, Spoken
from voice_actors.offline.reading import ends_sentence, pieces, readable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_log = logging.getLogger("voice_actors.offline")

RATE = 24_000
SENTENCE_PAUSE = 0.22
CLAUSE_PAUSE = 0.08
"""Seconds of silence behind a piece."""
SILENCE = 0.003
"""Frames quieter than this (root mean square, full scale 1.0) before and behind a piece are cut..."""
MARGIN = 0.04
"""...but for this many seconds, so that no soft consonant is lost."""
LOUDNESS = 2.0
"""hibari's peaks lie at 0.3 of full scale; a service speaks about twice as loud."""
CEILING = 0.9


# ---- voices ------------------------------------------------------------------------------------------------------


@attrs.frozen
class Timbre:
    """How the one voice is made to sound like another."""

    pitch: float = 1.0
    """The factor of all frequencies. Below 0.8 and above 1.2 words become hard to understand."""
    pace: float = 1.0
    """The factor of speed."""


VOICES = {
    "achernar": Timbre(1.03, 0.95),
    "achird": Timbre(0.87, 1.02),
    "algenib": Timbre(0.8, 0.95),
    "algieba": Timbre(0.85, 0.97),
    "alnilam": Timbre(0.83, 1.0),
    "aoede": Timbre(1.0, 1.05),
    "autonoe": Timbre(1.06, 1.0),
    "callirrhoe": Timbre(0.98, 0.97),
    "charon": Timbre(0.82, 0.98),
    "despina": Timbre(1.02, 0.98),
    "enceladus": Timbre(0.84, 0.93),
    "erinome": Timbre(1.01, 1.0),
    "fenrir": Timbre(0.86, 1.1),
    "gacrux": Timbre(0.93, 0.95),
    "iapetus": Timbre(0.88, 1.0),
    "kore": Timbre(),
    "laomedeia": Timbre(1.05, 1.06),
    "leda": Timbre(1.08, 1.02),
    "orus": Timbre(0.81, 1.02),
    "puck": Timbre(0.88, 1.08),
    "pulcherrima": Timbre(1.03, 1.05),
    "rasalgethi": Timbre(0.86, 1.0),
    "sadachbia": Timbre(0.89, 1.08),
    "sadaltager": Timbre(0.85, 1.0),
    "schedar": Timbre(0.84, 0.98),
    "sulafat": Timbre(0.97, 0.98),
    "umbriel": Timbre(0.87, 0.97),
    "vindemiatrix": Timbre(0.99, 0.93),
    "zephyr": Timbre(1.1, 1.04),
    "zubenelgenubi": Timbre(0.83, 1.03),
}
"""The service's prebuilt voices, by lower-case name. Which are men's and which women's is from Google's voice list."""


def timbre(voice: str | None) -> Timbre:
    """The rendering for a voice name, in any case; an unknown one sounds like Kore."""
    return VOICES.get((voice or "kore").lower(), VOICES["kore"])


# ---- sound -------------------------------------------------------------------------------------------------------


def stretched(samples: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """The same sound in another number of samples: its spectrum is cut or filled up (silence at both ends assumed)."""
    import numpy as np

    if len(samples) == length or not length or not len(samples):
        return samples[:length]
    sound: NDArray[np.float32] = np.fft.irfft(np.fft.rfft(samples)[: length // 2 + 1], length).astype(np.float32)
    return sound * np.float32(length / len(samples))


def trimmed(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Without the silence at both ends, but for a margin."""
    import numpy as np

    step = RATE // 200
    frames = samples[: len(samples) // step * step].reshape(-1, step)
    loud = np.flatnonzero((frames**2).mean(axis=1) > SILENCE**2)
    if not len(loud):
        return samples[:0]
    margin = round(MARGIN * RATE)
    return samples[max(0, int(loud[0]) * step - margin) : (int(loud[-1]) + 1) * step + margin]


def finished(samples: NDArray[np.float32], pause: float) -> bytes:
    """16-bit PCM of one piece: trimmed, faded at the cuts, as loud as the service, followed by `pause` seconds."""
    import numpy as np

    sound = trimmed(samples)
    fade = min(RATE // 200, len(sound) // 2)
    ramp = np.linspace(0, 1, fade, dtype=np.float32)
    gain = min(LOUDNESS, CEILING / max(float(np.abs(sound).max(initial=0)), 1e-6))
    pcm = sound * np.float32(gain * 32767)
    pcm[:fade] *= ramp
    pcm[len(pcm) - fade :] *= ramp[::-1]
    return pcm.round().astype("<i2").tobytes() + bytes(2 * round(pause * RATE))


def _pause(piece: str) -> float:
    return SENTENCE_PAUSE if ends_sentence(piece) else CLAUSE_PAUSE


# ---- hibari ------------------------------------------------------------------------------------------------------


class _Hibari(Protocol):
    def __call__(self, text: str, speed: float = 1.0, seed: int | None = None) -> NDArray[np.float32]: ...


@models.once
def load_hibari() -> _Hibari:
    """Load the voice, once per process, and let it say something; about 1 s, so call it in a thread.

    Raises:
        MissingPartError: the package or a model is not there, or is not what was tested.

    """
    model, _ = (str(models.verified(file)) for file in models.HIBARI)
    try:
        voice = cast("_Hibari", importlib.import_module("hibari").Hibari(model=model, threads=1))
    except ImportError as error:
        raise MissingPartError(f"hibari cannot be imported ({error}); get it with: {models.REMEDY}") from error
    voice("Ready, and thanks.")  # loads the lexicon and the network for unknown words
    return voice


def render(piece: str, voice: Timbre) -> bytes:
    """Speak one piece with hibari; the same text always sounds the same. Some 30 ms: call it in a thread."""
    samples = load_hibari()(readable(piece), speed=voice.pace / voice.pitch, seed=0)
    return finished(stretched(samples, round(len(samples) / voice.pitch)), _pause(piece))


@attrs.define(eq=False)
class HibariMouth:
    """`Mouth` with hibari-tts: one American English voice, in thirty renderings.

    Call `load()` before a conversation; what was not loaded is loaded at its first use, which then takes longer.
    """

    _one: trio.CapacityLimiter = attrs.field(factory=lambda: trio.CapacityLimiter(1), init=False)
    """Pieces of several conversations take turns: they share one core and the voice's lexicon."""

    async def load(self) -> None:
        """Load the voice, about 1 s the first time in a process; other threads stand still for 0.1 s of it.

        Raises:
            MissingPartError: the package or a model is not there; says how to get it.

        """
        await trio.to_thread.run_sync(load_hibari)

    async def speak(self, text: str, voice: str | None) -> AsyncIterator[Spoken]:
        """Speech in pieces; their texts make up the text. A cancelled caller leaves at once.

        Raises:
            MissingPartError: see `load`.

        """
        await self.load()
        for piece in pieces(text):
            pcm = await trio.to_thread.run_sync(render, piece, timbre(voice), limiter=self._one, abandon_on_cancel=True)
            yield Spoken(piece, pcm)


# ---- espeak-ng ---------------------------------------------------------------------------------------------------

ESPEAK = "espeak-ng"
WORDS_PER_MINUTE = 165


@attrs.define(eq=False)
class EspeakMouth:
    """`Mouth` with the program espeak-ng, a subprocess for each piece: a robot's voice, but on any Debian system.

    Its speech is a poor test of the ears: one word in ten is misheard.
    """

    program: str = ESPEAK
    """A path, or a name to be found on PATH."""

    async def load(self) -> None:
        """See that the program is there.

        Raises:
            MissingPartError: it is not; says how to get it.

        """
        if await trio.to_thread.run_sync(shutil.which, self.program) is None:
            raise MissingPartError(f"the program {self.program} is not there; get it with: apt install espeak-ng")

    async def speak(self, text: str, voice: str | None) -> AsyncIterator[Spoken]:
        """Speech in pieces; their texts make up the text. The program is killed when the caller is cancelled.

        Raises:
            MissingPartError: the program is not there, or gave up.

        """
        await self.load()
        for piece in pieces(text):
            yield Spoken(piece, await self._render(piece, timbre(voice)))

    async def _render(self, piece: str, voice: Timbre) -> bytes:
        speed = round(WORDS_PER_MINUTE * voice.pace / voice.pitch)
        command = [self.program, "-v", "en-us", "-s", str(speed), "--stdin", "--stdout"]
        try:
            done = await trio.run_process(
                command, stdin=readable(piece).encode(), capture_stdout=True, stderr=subprocess.DEVNULL
            )
        except (OSError, subprocess.CalledProcessError) as error:
            raise MissingPartError(f"{self.program} does not work ({error})") from error
        return await trio.to_thread.run_sync(_from_wav, done.stdout, voice.pitch, _pause(piece))


def _from_wav(wav: bytes, pitch: float, pause: float) -> bytes:
    """What espeak-ng writes: a canonical header whose lengths are wrong, because it cannot seek in a pipe."""
    import numpy as np

    rate, pcm = int.from_bytes(wav[24:28], "little"), wav[44:]
    samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2").astype(np.float32) / np.float32(32768)
    return finished(stretched(samples, round(len(samples) * RATE / (rate * pitch)) if rate else 0), pause)


async def best_mouth() -> Mouth:
    """The best mouth that this installation has, loaded and warm: hibari, else espeak-ng.

    Raises:
        MissingPartError: there is none; says how to get it.

    """
    mouth = HibariMouth()
    try:
        await mouth.load()
        return mouth
    except MissingPartError as error:
        espeak = EspeakMouth()
        if shutil.which(espeak.program) is None:
            raise
        _log.warning("speaking with espeak-ng instead of hibari", extra={"reason": str(error)})
        return espeak

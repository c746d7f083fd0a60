"""A lighter voice: the program espeak-ng, which sounds like a robot and is on many Linux systems."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import AsyncIterator

import attrs
import trio

from voice_actors.errors import MissingPartError
from voice_actors.offline.parts import Spoken
from voice_actors.offline.speaking.reading import pause_behind, pieces, readable
from voice_actors.offline.speaking.shaping import RATE, shaped, silence
from voice_actors.offline.speaking.synthesis import stretched
from voice_actors.offline.speaking.voices import Timbre, timbre

ESPEAK = "espeak-ng"
WORDS_PER_MINUTE = 165
SOFTER = 0.45
"""Its peaks lie near full scale; hibari's, which set the loudness, at 0.3."""


@attrs.define(eq=False)
class EspeakMouth:
    """`Mouth` with the program espeak-ng, a subprocess for each piece: a robot's voice, but on any Debian system.

    Its speech is a poor test of the ears: one word in ten is misheard.
    """

    program: str = ESPEAK
    """A path, or a name to be found on PATH."""
    variant: str = "en-us"
    """Of its voices, such as en-gb, en-us+m3 or en-us+f2."""

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
        command = [self.program, "-v", self.variant, "-s", str(speed), "--stdin", "--stdout"]
        try:
            done = await trio.run_process(
                command, stdin=readable(piece).encode(), capture_stdout=True, stderr=subprocess.DEVNULL
            )
        except (OSError, subprocess.CalledProcessError) as error:
            raise MissingPartError(f"{self.program} does not work ({error})") from error
        return await trio.to_thread.run_sync(_from_wav, done.stdout, voice.pitch) + silence(pause_behind(piece))


def _from_wav(wav: bytes, pitch: float) -> bytes:
    """What espeak-ng writes: a canonical header whose lengths are wrong, because it cannot seek in a pipe."""
    import numpy as np

    rate, pcm = int.from_bytes(wav[24:28], "little"), wav[44:]
    samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2").astype(np.float32) * np.float32(SOFTER / 32768)
    return shaped(stretched(samples, round(len(samples) * RATE / (rate * pitch)) if rate else 0))

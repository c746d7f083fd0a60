"""The user's voice on its way into a session, and where speech starts and ends in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import attrs

from voice_actors.audio.resample import RATES, Resampler
from voice_actors.gemini.events import INPUT_RATE
from voice_actors.offline.parts import (
    Activity,
    ActivitySettings,
    AttentiveEars,
    Ears,
    Listener,
    SpeechEnded,
    SpeechStarted,
    Wishes,
)
from voice_actors.offline.session.fields import INVALID_ARGUMENT, Refusal

BYTES_PER_SECOND = INPUT_RATE * 2
NONE: Final = Wishes()
LONGEST = 120 * BYTES_PER_SECOND
"""Bytes of one activity that the client marks; what is longer is cut there, so that no client fills the memory."""


class Hearing(Protocol):
    """Where speech starts and ends in 16 kHz audio."""

    def feed(self, pcm: bytes) -> Sequence[Activity]:
        """More audio came."""
        ...

    def finish(self) -> Sequence[Activity]:
        """The stream pauses."""
        ...

    def start(self) -> Sequence[Activity]:
        """The client says that the user begins to speak.

        Raises:
            Refusal: the session detects that itself.

        """
        ...

    def stop(self) -> Sequence[Activity]:
        """The client says that the user stopped.

        Raises:
            Refusal: the session detects that itself.

        """
        ...


@attrs.define(eq=False)
class Detected:
    """Speech is told from silence by the ears' detector."""

    _listener: Listener

    def feed(self, pcm: bytes) -> Sequence[Activity]:
        """See `Hearing`."""
        return self._listener.feed(pcm)

    def finish(self) -> Sequence[Activity]:
        """See `Hearing`."""
        return self._listener.finish()

    def start(self) -> Sequence[Activity]:
        """See `Hearing`."""
        raise Refusal(f"{INVALID_ARGUMENT} activityStart needs automaticActivityDetection.disabled.")

    def stop(self) -> Sequence[Activity]:
        """See `Hearing`."""
        raise Refusal(f"{INVALID_ARGUMENT} activityEnd needs automaticActivityDetection.disabled.")


@attrs.define(eq=False)
class Marked:
    """The client says when the user speaks; audio outside of that is not heard."""

    _position: int = 0
    _utterance: bytearray | None = None

    def feed(self, pcm: bytes) -> Sequence[Activity]:
        """See `Hearing`."""
        self._position += len(pcm)
        if self._utterance is not None:
            self._utterance += pcm
            if len(self._utterance) > LONGEST:
                return self.stop()
        return ()

    def finish(self) -> Sequence[Activity]:
        """See `Hearing`: the client's marks alone count."""
        return ()

    def start(self) -> Sequence[Activity]:
        """See `Hearing`."""
        if self._utterance is not None:
            return ()
        self._utterance = bytearray()
        return (SpeechStarted(self._offset()),)

    def stop(self) -> Sequence[Activity]:
        """See `Hearing`."""
        if self._utterance is None:
            return ()
        utterance, self._utterance = bytes(self._utterance), None
        return (SpeechEnded(self._offset(), utterance, (self._position - len(utterance)) / BYTES_PER_SECOND),)

    def _offset(self) -> float:
        return self._position / BYTES_PER_SECOND


def hearing(ears: Ears, settings: ActivitySettings | None, wishes: Wishes = NONE) -> Hearing:
    """A detector with these settings, or the client's own marks without any."""
    if settings is None:
        return Marked()
    return Detected(ears.listen_for(settings, wishes) if isinstance(ears, AttentiveEars) else ears.listen(settings))


@attrs.define(eq=False)
class RateChange:
    """Brings a client's audio to 16 kHz; the rate may change from one message to the next."""

    _rate: int = INPUT_RATE
    _resampler: Resampler | None = None

    def feed(self, pcm: bytes, rate: int) -> bytes:
        """The same sound at 16 kHz, a little later.

        Raises:
            Refusal: the rate or the length cannot be.

        """
        if len(pcm) % 2:
            raise Refusal(f"{INVALID_ARGUMENT} 16-bit audio has an even number of bytes, not {len(pcm)}.")
        if rate != self._rate:
            self._change(rate)
        return pcm if self._resampler is None else self._resampler.feed(pcm)

    def _change(self, rate: int) -> None:
        if rate not in RATES:
            raise Refusal(f"{INVALID_ARGUMENT} Audio at {rate} Hz.")
        self._rate = rate
        self._resampler = None if rate == INPUT_RATE else Resampler(rate, INPUT_RATE)

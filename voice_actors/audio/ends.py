"""The two protocols that a place for voices to come from, or go to, has to meet.

A microphone delivers 16 kHz, a loudspeaker takes 24 kHz; both 16-bit little-endian mono. Whoever has other rates or
more channels converts on its own side of this seam. Devices, WAV files, raw streams and memory are all behind it, and
so is whatever an embedding program brings along.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol, runtime_checkable

import attrs

from voice_actors.audio.pcm import Level
from voice_actors.audio.playback import Playback
from voice_actors.values import Value


@attrs.frozen(eq=False, repr=False)
class EndStatistics(Value):
    """How an audio end is doing. All values count from its opening."""

    frames: int = 0
    """Samples delivered or played, silence not counted for a loudspeaker."""
    overflows: int = 0
    """Times the device said that input was lost."""
    underruns: int = 0
    """Times the loudspeaker had nothing to play in the middle of a reply."""
    concealed_ms: float = 0.0
    """Silence that the loudspeaker played in the middle of replies, whose audio came late, ms."""
    hold_ms: float = 0.0
    """How long the loudspeaker's next reply is held back, ms: 0 where audio comes in time."""
    dropped_ms: float = 0.0
    """Audio lost between the device and its reader, ms."""
    latency_ms: float = 0.0
    """The device's own latency as it reports it, ms; 0 for files and memory. Of a loudspeaker, to the ear."""


@attrs.frozen(eq=False, repr=False)
class DeviceChange(Value):
    """A device was lost, or is back."""

    lost: str | None = None
    """How it was noticed; None where it is back."""
    away: float = 0.0
    """Seconds for which it was gone."""


@runtime_checkable
class TellsChanges(Protocol):
    """An open end that outlives its device: while that is lost, who reads and who writes waits."""

    @property
    def next_change(self) -> Callable[[], Awaitable[DeviceChange]]:
        """Waits for the next loss or return."""
        ...


class MicrophoneStream(Protocol):
    """An open microphone."""

    async def read(self) -> bytes:
        """The next chunk at 16 kHz, of the length asked for at opening (the last may be shorter); b"" at the end.

        Raises:
            DeviceError: the device or file failed.
        """
        ...

    def statistics(self) -> EndStatistics:
        """Counts since opening."""
        ...


@runtime_checkable
class TellsCaptured(Protocol):
    """A microphone's stream that knows when it captured what it gives, however late that is read."""

    @property
    def captured_at(self) -> float:
        """When the last sample of what was read last was captured, seconds on trio's clock."""
        ...


@runtime_checkable
class Microphone(Protocol):
    """Where the user's voice comes from; may be opened once at a time."""

    @property
    def name(self) -> str:
        """For people and transcripts."""
        ...

    def open(self, chunk_ms: int) -> AbstractAsyncContextManager[MicrophoneStream]:
        """Start capturing, in chunks of `chunk_ms` milliseconds.

        Raises:
            DeviceError: there is no such device, or it cannot be opened.
            MissingPartError: a library is missing; the message says which and how to get it.
        """
        ...


class LoudspeakerStream(Protocol):
    """An open loudspeaker."""

    async def write(self, pcm: bytes, playback: Playback) -> None:
        """Hand over 24 kHz audio of one reply; waits while the device holds enough (about 200 ms).

        Adds to `playback.written` as it takes the audio, and says by `playback.sounds` when the first is heard, where
        it knows. Cancelled while waiting, what was not taken is not played.
        """
        ...

    async def drain(self, playback: Playback) -> None:
        """Wait until all that was written of this reply has been heard, or dropped where it was cut."""
        ...

    def statistics(self) -> EndStatistics:
        """Counts since opening."""
        ...


@runtime_checkable
class KnowsWhatSounds(Protocol):
    """A loudspeaker's stream whose device takes audio some time before it is heard."""

    def unsounded(self, playback: Playback) -> int:
        """Bytes of this reply that count as played and will be heard only in a moment."""
        ...


@runtime_checkable
class CanDuck(Protocol):
    """A loudspeaker's stream that can step back while the user may be interrupting."""

    def duck(self, *, quiet: bool) -> None:
        """From the next block on, play quietly, after a while not at all, and lose nothing; or as always again."""
        ...


@runtime_checkable
class TellsLevel(Protocol):
    """A loudspeaker's stream that says how loud it is."""

    def level(self) -> Level:
        """Of the last tens of milliseconds; cheap enough to be asked many times a second."""
        ...


@runtime_checkable
class TellsPlayed(Protocol):
    """A loudspeaker's stream that says what it plays, as echo cancellation needs; all of this package's own do."""

    def tell_played(self, listener: Callable[[float, bytes], None]) -> None:
        """Call `listener` in the loop for whatever is taken from now on to be played.

        It is given the time of the first sample, seconds on trio's clock and not later than it is heard, and the audio,
        24 kHz 16-bit mono, without silence.
        """
        ...


@runtime_checkable
class Loudspeaker(Protocol):
    """Where the reply is heard; may be opened once at a time."""

    @property
    def name(self) -> str:
        """For people and transcripts."""
        ...

    def open(self) -> AbstractAsyncContextManager[LoudspeakerStream]:
        """Start playing (silence, until something is written).

        Raises:
            DeviceError: there is no such device, or it cannot be opened.
            MissingPartError: a library is missing; the message says which and how to get it.
        """
        ...

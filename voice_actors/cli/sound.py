"""Which sound devices there are, and what to do on a machine that has none."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import attrs
import trio

from voice_actors.audio.ends import EndStatistics, Microphone, MicrophoneStream
from voice_actors.errors import DeviceError, MissingPartError, VoiceActorsError

FAST = 4
"""How much faster than life `--fast` reads a file."""


@attrs.frozen
class Sound:
    """What can be heard and said on this machine without naming a device."""

    microphone: bool
    loudspeaker: bool
    why_not: str = ""
    """Where something is missing: what, and how to get it."""


async def look_for_sound() -> Sound:
    """Ask PortAudio for its default devices; never raises for want of them."""
    from voice_actors.audio.device import list_devices

    try:
        devices = await trio.to_thread.run_sync(list_devices)
    except (MissingPartError, DeviceError) as error:
        return Sound(microphone=False, loudspeaker=False, why_not=_one_line(error))
    microphone = any(device.is_default_input for device in devices)
    loudspeaker = any(device.is_default_output for device in devices)
    missing = [name for name, there in (("microphone", microphone), ("loudspeaker", loudspeaker)) if not there]
    return Sound(microphone, loudspeaker, f"this machine has no {' and no '.join(missing)}" if missing else "")


def _one_line(error: VoiceActorsError) -> str:
    return " ".join(str(error).split())


@attrs.frozen
class NoMicrophone:
    """Nobody speaks: for a conversation by keyboard."""

    name: str = "no microphone"

    def open(self, chunk_ms: int) -> AbstractAsyncContextManager[MicrophoneStream]:
        """See `Microphone.open`."""
        del chunk_ms
        return _nobody()


@attrs.frozen
class _Nobody:
    async def read(self) -> bytes:
        await trio.sleep_forever()

    def statistics(self) -> EndStatistics:
        return EndStatistics()


@asynccontextmanager
async def _nobody() -> AsyncGenerator[MicrophoneStream]:
    yield _Nobody()


@attrs.frozen
class Hurried:
    """A file that speaks FAST times as fast as a person.

    Not as fast as it can be read: what a microphone says is dropped where nobody is in time to send it.
    """

    microphone: Microphone

    @property
    def name(self) -> str:
        """As the file's."""
        return self.microphone.name

    @asynccontextmanager
    async def open(self, chunk_ms: int) -> AsyncGenerator[MicrophoneStream]:
        """See `Microphone.open`."""
        async with self.microphone.open(chunk_ms) as stream:
            yield _HurriedStream(stream, chunk_ms / 1000 / FAST)


@attrs.define(eq=False)
class _HurriedStream:
    _stream: MicrophoneStream
    _every: float
    _due: float = attrs.field(factory=trio.current_time, init=False)

    async def read(self) -> bytes:
        # Due after the last chunk, not after the first: to catch up would be a burst, and some of it would be dropped.
        self._due = max(self._due + self._every, trio.current_time())
        await trio.sleep_until(self._due)
        return await self._stream.read()

    def statistics(self) -> EndStatistics:
        return self._stream.statistics()

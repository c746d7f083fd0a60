"""PortAudio (the sounddevice package), loaded when it is needed, its errors in our words, its devices as a list."""

from __future__ import annotations

import atexit
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Literal, TypeAlias

import attrs

from voice_actors.errors import DeviceError, MissingPartError

Kind: TypeAlias = Literal["input", "output"]
Callback: TypeAlias = Callable[[Any, int, Any, Any], None]
"""buffer, frames, times, status flags; called in PortAudio's thread."""

_one_at_a_time = threading.Lock()
"""PortAudio's functions that open, close and list must not run in two threads at once (see portaudio.h)."""
_open_streams: set[int] = set()
"""Streams of ours that PortAudio still has; guarded by the lock."""
LOCK_FOR = 10.0
"""Seconds to wait for another thread in PortAudio; more means that it will not come back."""


@attrs.frozen
class DeviceInfo:
    """A sound device as PortAudio knows it."""

    index: int
    name: str
    host_api: str
    """The sound system it belongs to, such as ALSA, Core Audio or Windows WASAPI."""
    inputs: int
    """Channels."""
    outputs: int
    """Channels."""
    default_rate: int
    """Hz."""
    is_default_input: bool
    is_default_output: bool


def list_devices() -> list[DeviceInfo]:
    """All sound devices; where there is none, an empty list. Takes some ms; the first call loads PortAudio (0.1 s).

    Raises:
        MissingPartError: PortAudio is not installed.
        DeviceError: PortAudio does not work.
    """
    sounddevice = load()
    with errors_of(sounddevice, "sound devices"):
        apis, devices = sounddevice.query_hostapis(), sounddevice.query_devices()
    default_input, default_output = _default(sounddevice, "input"), _default(sounddevice, "output")
    return [
        DeviceInfo(
            index=index,
            name=str(device["name"]),
            host_api=str(apis[device["hostapi"]]["name"]),
            inputs=int(device["max_input_channels"]),
            outputs=int(device["max_output_channels"]),
            default_rate=int(device["default_samplerate"]),
            is_default_input=index == default_input,
            is_default_output=index == default_output,
        )
        for index, device in enumerate(devices)
    ]


def _default(sounddevice: Any, kind: Kind) -> int | None:
    try:
        with errors_of(sounddevice, f"default {kind} device"):
            return int(sounddevice.query_devices(kind=kind)["index"])
    except DeviceError:
        return None  # a machine without one


def load() -> Any:
    """The sounddevice module.

    Raises:
        MissingPartError: it, or the PortAudio library, is missing.
    """
    try:
        import sounddevice
    except ImportError as error:
        raise MissingPartError("the sounddevice package is missing: pip install sounddevice") from error
    except OSError as error:  # its way to say that there is no library
        remedy = "apt install libportaudio2" if sys.platform == "linux" else "pip install --force-reinstall sounddevice"
        raise MissingPartError(f"sound devices need the PortAudio library, which is missing: {remedy}") from error
    return sounddevice


@contextmanager
def errors_of(sounddevice: Any, device: str) -> Generator[None, None, None]:
    """PortAudio to ourselves; what it or sounddevice complains about comes out as DeviceError.

    Raises:
        DeviceError: one line with the reason and the way out.
    """
    if not _one_at_a_time.acquire(timeout=LOCK_FOR):
        raise DeviceError(
            f"cannot use {device}: PortAudio hangs since a device was lost; start this program again", device=device
        )
    try:
        yield
    except (sounddevice.PortAudioError, ValueError) as error:
        reason = " ".join(str(error.args[0] if error.args else error).split())
        raise DeviceError(
            f"cannot use {device}: {reason}; `voice-actors devices` lists what there is", device=device
        ) from error
    finally:
        _one_at_a_time.release()


@attrs.frozen(eq=False)
class OpenedStream:
    """A stream that is open and not yet started. All methods block."""

    sounddevice: Any
    stream: Any
    device: str
    rate: int
    """Hz; the device's own where it refused ours."""
    channels: int

    def start(self) -> None:
        """Let the callbacks begin.

        Raises:
            DeviceError: the device refused.
        """
        with errors_of(self.sounddevice, self.device):
            self.stream.start()

    def close(self) -> None:
        """Stop at once, whatever is still to be played. Never fails: the device may be gone.

        May hang where it is: seen with libpulse 16.1, whose thread waits for ever in `pa_memimport_free` when its
        server has died, and PortAudio for it. It does so in `abort`, so that is called without the lock.
        """
        self.stream.abort(ignore_errors=True)
        if _one_at_a_time.acquire(timeout=LOCK_FOR):
            try:
                self.stream.close(ignore_errors=True)
                _open_streams.discard(id(self.stream))
            finally:
                _one_at_a_time.release()

    @property
    def latency_ms(self) -> float:
        """What the device says of itself."""
        return float(self.stream.latency) * 1000


def forget_at_exit() -> None:
    """A thread was left behind in PortAudio: do not let sounddevice wait for it when the interpreter exits."""
    sounddevice = sys.modules.get("sounddevice")
    if (terminate := getattr(sounddevice, "_exit_handler", None)) is not None:
        atexit.unregister(terminate)


def start_afresh() -> None:
    """Have PortAudio look for devices again, which it does only at its start, unless a stream of ours is open. Blocks.

    A program that has streams of its own open in this process would lose them.

    Raises:
        DeviceError: PortAudio hangs.
    """
    sounddevice = load()
    with errors_of(sounddevice, "sound devices"):
        if not _open_streams:
            sounddevice._terminate()  # noqa: SLF001 - there is no other way
            sounddevice._initialize()  # noqa: SLF001 - as above


def open_stream(
    kind: Kind,
    device: str | int | None,
    label: str,
    rate: int,
    block_ms: int,
    callback: Callback,
    gone: Callable[[], None],
) -> OpenedStream:
    """A stream of 16-bit audio, mono at `rate` Hz; where the device refuses that, at its own rate, mono or stereo.

    Raises:
        MissingPartError: PortAudio is not installed.
        DeviceError: there is no such device, or it cannot be opened.
    """
    sounddevice = load()
    make = sounddevice.RawInputStream if kind == "input" else sounddevice.RawOutputStream

    def opened(rate: int, channels: int) -> OpenedStream:
        stream = make(
            samplerate=rate,
            blocksize=rate * block_ms // 1000,
            device=device,
            channels=channels,
            dtype="int16",
            latency="low",
            callback=callback,
            finished_callback=gone,
        )
        _open_streams.add(id(stream))
        return OpenedStream(sounddevice, stream, label, rate, channels)

    with errors_of(sounddevice, label):
        about = sounddevice.query_devices(device, kind)
        try:
            return opened(rate, 1)
        except sounddevice.PortAudioError:
            return opened(int(about["default_samplerate"]), max(1, min(2, int(about[f"max_{kind}_channels"]))))

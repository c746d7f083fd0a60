"""WebRTC's audio processing, out of the `livekit` package (the `aec` extra): found, loaded, and kept quiet at exit.

Why quiet: livekit disposes of its native part in an `atexit` handler, and (livekit 1.2.1, livekit-ffi 0.13.2) logs
there that it does. A thread of its own takes that record to Python. Where the interpreter is further with ending by
then, CPython before 3.14 ends that thread as it asks for the interpreter (`PyEval_RestoreThread`), and Rust, which does
not let anything unwind through it, aborts the process: a program that had ended well is told to have crashed.
"""

from __future__ import annotations

import atexit
import os
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from voice_actors.errors import MissingPartError

REMEDY = 'pip install "voice-actors[aec]"'


def can_cancel() -> bool:
    """The package is installed; nothing is loaded to find out."""
    try:
        version("livekit")
    except PackageNotFoundError:
        return False
    return True


def audio_processing(*, echo: bool, noise: bool, gain: bool) -> tuple[Any, Any]:
    """Livekit's `AudioProcessingModule` with what is asked for, and its `AudioFrame`; a quarter of a second at first.

    Raises:
        MissingPartError: the livekit package is not there.
    """
    try:
        from livekit import rtc
    except ImportError as error:
        raise MissingPartError(f"echo cancellation needs the livekit package: {REMEDY}") from error
    processing = rtc.AudioProcessingModule(
        echo_cancellation=echo, noise_suppression=noise, auto_gain_control=gain, high_pass_filter=False
    )
    _be_quiet_at_exit()  # after livekit's own handler was registered, so that this one comes before it
    return processing, rtc.AudioFrame


@cache
def _be_quiet_at_exit() -> None:
    """At exit, stop what livekit's native part logs from going to Python, before it is disposed of.

    These names are livekit's own and not promised to anybody: one that has none of them is left as it is.
    """
    try:
        from livekit.rtc._ffi_client import FfiClient, ffi_event_callback

        initialize = FfiClient.instance._ffi_lib.livekit_ffi_initialize  # noqa: SLF001 - nothing public reaches it
    except (ImportError, AttributeError):
        return
    loaded_by = os.getpid()

    def log_no_more_to_python() -> None:
        if os.getpid() == loaded_by:  # a forked child has livekit's objects, but not its threads
            initialize(ffi_event_callback, False, b"python", b"")

    atexit.register(log_no_more_to_python)

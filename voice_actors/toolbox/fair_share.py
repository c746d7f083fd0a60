"""A share of the interpreter for the audio while a tool computes in a thread."""

from __future__ import annotations

import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager

INTERVAL = 0.001
"""Seconds after which a thread that computes gives the interpreter's lock away to one that waits for it, where
Python's own 5 ms are heard: an audio callback and the event loop each wait for their turn."""

_lock = threading.Lock()
_threads = 0
_before = 0.0


@contextmanager
def fair_share() -> Generator[None]:
    """In a thread, around what may compute: the interpreter's switch interval is 1 ms, or what it was if that is less.

    It is one for the whole process, and as it was once the last such thread is done, unless somebody else has set it
    meanwhile.
    """
    global _threads, _before  # noqa: PLW0603 - the interval is the process's, and so is who has changed it
    with _lock:
        _threads += 1
        if _threads == 1:
            _before = sys.getswitchinterval()
            sys.setswitchinterval(min(INTERVAL, _before))
    try:
        yield
    finally:
        with _lock:
            _threads -= 1
            if not _threads and abs(sys.getswitchinterval() - min(INTERVAL, _before)) < 1e-6:
                sys.setswitchinterval(_before)

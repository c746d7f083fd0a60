"""Ctrl-C: the first leaves in good order, the second at once. The only place that touches signal handlers."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

import trio

LEAVING = 0.8
"""Seconds for leaving in good order. What takes longer is a model that loads or a disk that sleeps; files are whole at
any moment, so nobody has to wait for it."""
STANDSTILL = 0.18
"""Seconds of this process in which the event loop has to turn once. One that stands still, in a write to a disk that
takes nothing, saves nothing any more."""
AFTERWARDS = 0.04
"""Seconds that whatever is left may take once all is saved: a tool that cannot be stopped, a device that hangs."""
_POLL = 0.01
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_LAST_ACTS: list[Callable[[], None]] = []
"""Of this process, as its signal handlers are."""
_SAVED: list[Callable[[], bool]] = []


async def until_signalled(command: Callable[[], Awaitable[int]], *, hurry: bool = True) -> int:
    """Run a command to its exit code; a first SIGINT or SIGTERM cancels it and gives 128 + the signal's number.

    A second signal ends the process without asking anybody. That is the way out when a clean-up hangs, so it works from
    the handler itself, whether or not the event loop still turns. In a `hurry` the process ends by itself, too: where
    the loop stands still, once all that is to be kept is saved (see `saved_when`), and after LEAVING in any case.
    """
    with trio.CancelScope() as scope, _signals_cancel(scope, hurry=hurry) as received:
        return await command()
    return 128 + received[0]


def leave_now(code: int) -> NoReturn:
    """End the process without the interpreter's own farewell.

    Threads that a cancelled command left behind may still be inside a recogniser or a synthesiser, whose C++ runtime
    aborts ("terminate called without an active exception") when it is taken down under them.
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)


@contextmanager
def last_act(act: Callable[[], None]) -> Generator[None]:
    """While the block lasts, do this where the process ends without asking: a terminal outlives it."""
    _LAST_ACTS.append(act)
    try:
        yield
    finally:
        _LAST_ACTS.remove(act)


@contextmanager
def saved_when(saved: Callable[[], bool]) -> Generator[None]:
    """While the block lasts, this tells whether all that the command keeps is whole; it is asked in another thread."""
    _SAVED.append(saved)
    try:
        yield
    finally:
        _SAVED.remove(saved)


def _end_soon(code: int, turned: threading.Event) -> None:
    """In a thread: the end, as soon as nothing is worth waiting for."""
    began, pause = time.monotonic(), threading.Event()
    # In many short waits, for where a busy machine gives this process no time none of them comes to its end either.
    if not any(turned.wait(_POLL) for _ in range(round(STANDSTILL / _POLL))):
        _end_at_once(code)
    while time.monotonic() < began + LEAVING and not (_SAVED and all(saved() for saved in tuple(_SAVED))):
        pause.wait(_POLL)
    pause.wait(min(AFTERWARDS, max(0.0, began + LEAVING - time.monotonic())))
    _end_at_once(code)


def _end_at_once(code: int) -> None:
    for act in reversed(_LAST_ACTS):
        with contextlib.suppress(Exception):  # nothing may stand between a hanging process and its end
            act()
    os._exit(code)


@contextmanager
def _signals_cancel(scope: trio.CancelScope, *, hurry: bool) -> Generator[list[int]]:
    received, turned = list[int](), threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield received  # Python lets only the main thread have handlers
        return
    token = trio.lowlevel.current_trio_token()

    def leave(number: int, _frame: FrameType | None) -> None:
        if received:
            _end_at_once(128 + number)
        received.append(number)
        token.run_sync_soon(scope.cancel, f"signal {number}")
        if hurry:
            token.run_sync_soon(turned.set)
            threading.Thread(target=_end_soon, args=(128 + number, turned), name="leaving", daemon=True).start()

    before = {number: signal.signal(number, leave) for number in _SIGNALS}
    try:
        yield received
    finally:
        for number, handler in before.items() if not received else ():  # on the way out a second one still counts
            signal.signal(number, handler)

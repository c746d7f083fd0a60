"""Ctrl-C: the first leaves in good order, the second at once. The only place that touches signal handlers."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from types import FrameType

import trio

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


async def until_signalled(command: Callable[[], Awaitable[int]]) -> int:
    """Run a command to its exit code; a first SIGINT or SIGTERM cancels it and gives 128 + the signal's number.

    A second signal ends the process without asking anybody. That is the way out when a clean-up hangs, so it works
    from the handler itself, whether or not the event loop still turns.
    """
    with trio.CancelScope() as scope, _signals_cancel(scope) as received:
        return await command()
    return 128 + received[0]


@contextmanager
def _signals_cancel(scope: trio.CancelScope) -> Generator[list[int]]:
    received: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield received  # Python lets only the main thread have handlers
        return
    token = trio.lowlevel.current_trio_token()

    def leave(number: int, _frame: FrameType | None) -> None:
        if received:
            os._exit(128 + number)
        received.append(number)
        token.run_sync_soon(scope.cancel, f"signal {number}")

    before = {number: signal.signal(number, leave) for number in _SIGNALS}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

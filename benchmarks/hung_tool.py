"""Tools that never answer, each in its own way."""

from __future__ import annotations

import sys
import time

import trio

from voice_actors import McpServer, tool


async def open_garage() -> None:
    """Open the garage."""
    await trio.sleep_forever()


async def open_gate() -> None:
    """Open the gate; not to be stopped."""
    with trio.CancelScope(shield=True):
        await trio.sleep_forever()


def open_door() -> None:
    """Open the door; in a thread."""
    time.sleep(1e6)  # what hangs is what is measured


@tool(run="process")
def open_window() -> None:
    """Open the window; in a process."""
    while True:
        pass


@tool(consent="ask")
def open_vault() -> None:
    """Open the vault."""


hung_server = McpServer((sys.executable, "-m", "benchmarks.hung_mcp"))
"""Its only tool never answers."""

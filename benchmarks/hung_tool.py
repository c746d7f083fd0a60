"""A tool that never answers."""

from __future__ import annotations

import trio


async def open_garage() -> None:
    """Open the garage."""
    await trio.sleep_forever()

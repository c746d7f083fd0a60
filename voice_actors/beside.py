"""Work that goes on beside something else."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import trio


@asynccontextmanager
async def beside(*works: Callable[[], Awaitable[None]]) -> AsyncGenerator[None, None]:
    """Run `works` as long as the body lasts. The body's own exception comes out bare, not in the nursery's group."""
    failure: Exception | None = None
    async with trio.open_nursery() as nursery:
        for work in works:
            nursery.start_soon(work)
        try:
            yield
        except Exception as error:  # noqa: BLE001 - raised again below, as it was
            failure = error
        nursery.cancel_scope.cancel()
    if failure is not None:
        raise failure

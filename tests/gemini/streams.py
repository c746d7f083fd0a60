"""Byte streams for tests: another one, with one thing that is different."""

from __future__ import annotations

import trio


class Through(trio.abc.Stream):
    """As the stream below."""

    def __init__(self, inner: trio.abc.Stream) -> None:
        self.inner = inner

    async def send_all(self, data):
        await self.inner.send_all(data)

    async def wait_send_all_might_not_block(self):
        await self.inner.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes=None):
        return await self.inner.receive_some(max_bytes)

    async def aclose(self):
        await self.inner.aclose()


class SlowStream(Through):
    """What is sent takes `delay` seconds, in order."""

    def __init__(self, inner: trio.abc.Stream, delay: float = 0.0) -> None:
        super().__init__(inner)
        self.delay = delay

    async def send_all(self, data):
        await trio.sleep(self.delay)
        await super().send_all(data)


class PoliteStream(Through):
    """Notes of each close whether it was given the time for a goodbye."""

    def __init__(self, inner: trio.abc.Stream) -> None:
        super().__init__(inner)
        self.goodbyes: list[bool] = []

    async def aclose(self):
        self.goodbyes.append(trio.current_effective_deadline() > trio.current_time())
        await super().aclose()

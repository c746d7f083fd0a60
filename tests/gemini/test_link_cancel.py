"""Cancelled anywhere, the link leaves nothing behind and is out of the way in time."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from voice_actors.errors import LinkLost
from voice_actors.gemini.link import accept_link, open_link
from voice_actors.testing.cancellation import cancel_everywhere

CLOSE_WITHIN = 2.0


@pytest.mark.parametrize("target", ["talk", "serve"])
def test_cancelled_at_every_step(target):
    """Either side, at any of its steps: both streams are closed, the other side learns of it, `close_within` holds."""
    streams = []

    async def make():
        here, there = trio.testing.memory_stream_pair()
        streams[:] = [here, there]

        async def serve():
            try:
                async with accept_link(there) as link:
                    while True:
                        await link.send(await link.receive())
            except LinkLost:
                return

        async def talk():
            try:
                async with open_link("ws://peer/", {}, stream=here) as link:
                    for frame in ("a", b"b", "c" * 40_000):
                        await link.send(frame)
                        assert frame == await link.receive()
                    await trio.sleep(30)
            except LinkLost:
                return

        async with trio.open_nursery() as nursery:
            nursery.start_soon(serve, name="serve")
            nursery.start_soon(talk, name="talk")

    def check(run):
        assert run.took <= CLOSE_WITHIN
        for stream in streams:
            with pytest.raises(trio.ClosedResourceError):
                trio.run(stream.send_all, b"x")

    runs = cancel_everywhere(make, target=target, check=check)
    assert len(runs) > 10

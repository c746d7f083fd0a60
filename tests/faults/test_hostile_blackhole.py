"""A route that goes dead without a word, in a network namespace of its own (Linux, where the user may make one)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
import trio

from voice_actors.errors import LinkLost
from voice_actors.gemini.link import accept_link, open_link

GUARD = 15  # seconds; far above what is needed, so that a hang fails


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, timeout=GUARD)


async def stream_into_a_dead_route():
    """Send a chunk each 20 ms, take the route away, and tell how long the link took to notice."""

    async def serve(stream):
        try:
            async with accept_link(stream) as link:
                while True:
                    await link.receive()
        except LinkLost:
            return

    async with trio.open_nursery() as nursery:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, serve, listeners)
        port = listeners[0].socket.getsockname()[1]
        try:
            async with open_link(f"ws://127.0.0.1:{port}/", {}) as link:
                for _ in range(25):
                    await link.send("x" * 900)
                    await trio.sleep(0.02)
                ip("link", "set", "lo", "down")
                dead_since = trio.current_time()
                while True:
                    await link.send("x" * 900)
                    await trio.sleep(0.02)
        except LinkLost as error:
            print(f"{type(error.__cause__).__name__} after {trio.current_time() - dead_since:.1f} s: {error}")
        nursery.cancel_scope.cancel()


def can_unshare():
    if not (shutil.which("unshare") and shutil.which("ip")):
        return False
    made = subprocess.run(["unshare", "-rn", "ip", "link", "set", "lo", "up"], capture_output=True, timeout=GUARD)
    return made.returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("CI") and not can_unshare(), reason="needs a network namespace")
def test_a_dead_route_is_found_out_while_speech_is_sent():
    """The kernel's time-out ends the link within seconds; it would take a quarter of an hour by default."""
    done = subprocess.run(
        ["unshare", "-rn", sys.executable, __file__], capture_output=True, text=True, timeout=GUARD, check=True
    )
    print(done.stdout)
    assert done.stdout.startswith("TimeoutError after ")


if __name__ == "__main__":
    ip("link", "set", "lo", "up")
    trio.run(stream_into_a_dead_route)

"""The offline server as it is installed: its real ears, mind and mouth, over TLS. Its first line says where it is."""

from __future__ import annotations

import sys

import trio

from benchmarks.scripted_server import say
from voice_actors.offline.server import open_offline_server
from voice_actors.offline.settings import OfflineSettings


async def main() -> None:
    """Until our input ends."""
    async with open_offline_server(OfflineSettings(tls=True)) as server:
        say(base_url=server.base_url, ca_file=server.ca_file)
        await trio.to_thread.run_sync(sys.stdin.read)


if __name__ == "__main__":
    trio.run(main)

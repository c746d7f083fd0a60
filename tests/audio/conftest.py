"""What tests of microphones share."""

from __future__ import annotations

import pytest
import trio


async def _everything(microphone, chunk_ms=20):
    chunks = []
    async with microphone.open(chunk_ms) as stream:
        while pcm := await stream.read():
            chunks.append((trio.current_time(), pcm))
        assert b"" == await stream.read()
        assert sum(len(pcm) for _, pcm in chunks) // 2 == stream.statistics().frames
    return chunks


@pytest.fixture
def everything():
    """All that a microphone says: when each chunk came, and the chunk."""
    return _everything

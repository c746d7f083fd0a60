"""The interpreter's switch interval while tools run in threads."""

from __future__ import annotations

import sys
import threading

import pytest
import trio

from voice_actors.toolbox import Room, declare
from voice_actors.toolbox.fair_share import INTERVAL, fair_share


@pytest.fixture(autouse=True)
def as_it_was():
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


async def test_a_tool_in_a_thread_gives_the_audio_its_share():
    """From its first line to its last, also one that was given up on; afterwards all is as before."""
    sys.setswitchinterval(0.005)
    began, go_on, seen = threading.Event(), threading.Event(), []

    def linger() -> str:
        began.set()
        go_on.wait(30)
        seen.append(sys.getswitchinterval())
        return "done"

    room = Room(trio.CapacityLimiter(1))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(declare(linger).run, {}, room)
        await trio.to_thread.run_sync(began.wait)
        nursery.cancel_scope.cancel("enough")
    go_on.set()
    while room.threads.borrowed_tokens:
        await trio.sleep(0.001)
    assert [pytest.approx(INTERVAL)] == seen
    assert 0.005 == pytest.approx(sys.getswitchinterval())


def test_the_last_one_restores_it():
    """And what somebody else has set in the meantime stays."""
    sys.setswitchinterval(0.005)
    with fair_share():
        with fair_share():
            assert INTERVAL == pytest.approx(sys.getswitchinterval())
        assert INTERVAL == pytest.approx(sys.getswitchinterval())
    assert 0.005 == pytest.approx(sys.getswitchinterval())
    with fair_share():
        sys.setswitchinterval(0.002)
    assert 0.002 == pytest.approx(sys.getswitchinterval())


def test_a_finer_one_stays():
    """Whoever wants less has it."""
    sys.setswitchinterval(0.0005)
    with fair_share():
        assert 0.0005 == pytest.approx(sys.getswitchinterval())
    assert 0.0005 == pytest.approx(sys.getswitchinterval())

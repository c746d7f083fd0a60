"""An interruption, in every order that the scheduler can think of."""

from __future__ import annotations

from benchmarks.sides.interleavings import BYTES_PER_S, run

INTERRUPTIONS = 10_000


def test_nothing_stale_is_heard_in_ten_thousand_interleavings():
    """10 s in a burst, `interrupted` 1 s into it: 0 bytes reach the device after the message, and figures agree."""
    before, after = run(INTERRUPTIONS)

    assert 0 == after
    print(
        f"{INTERRUPTIONS} interruptions: {before / BYTES_PER_S:.0f} s heard before the message, {after} bytes after it"
    )

"""Tools that block, beside others: the short way."""

import pytest

from benchmarks import busy_beside
from benchmarks.harness import Result, printed


@pytest.mark.slow
def test_ours_and_the_usual_loop(monkeypatch):
    """The server sees the microphone stop where the tool runs in the loop, and go on where it runs in a thread."""
    monkeypatch.setattr(busy_beside, "CHUNKS", 90)
    monkeypatch.setattr(busy_beside, "BUSY", ((5, 0.01, 1), (15, 0.6, 1), (55, 0.3, 3)))
    figures, targets, notes = busy_beside.beside(True, print, ())
    print(printed(Result("short", figures, targets, notes)))
    found = [figure.samples for figure in figures]
    (ours,), (ours_three,), (theirs,), (theirs_three,) = found
    assert [] == notes
    assert ["T12"] == [target.id for target in targets]
    assert theirs >= 500
    assert theirs_three >= 900
    assert ours < theirs
    assert 300 <= ours_three < theirs_three


def test_a_peer_that_is_not_asked_for_is_not_there():
    """Nor one that has no tools to be measured by."""
    sides, notes = busy_beside._sides(("livekit",), print)
    assert (["ours", "google-genai"], []) == (list(sides), notes)

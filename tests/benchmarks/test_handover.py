"""What a new connection costs: the accounts, and the whole of it once."""

import pytest

from benchmarks.handover import CHUNKS, REPLY_MS, Call, measure


def test_what_was_not_heard_is_lost_and_what_was_heard_again_is_not():
    """Chunks count once; a reply counts where there is one."""
    call = Call("goAway in a reply")
    call.heard, call.played_ms = [*range(100), *range(98, CHUNKS - 5)], REPLY_MS - 30.0
    assert (100, 40, 30.0) == (call.lost_ms, call.twice_ms, call.reply_lost_ms)
    assert 0 == Call("a break in silence").reply_lost_ms


@pytest.mark.slow
def test_every_case_once():
    """Each has its figures, and no announced hand-over loses anything."""
    result = measure(True, print)
    lost = {figure.name: list(figure.samples) for figure in result.figures if figure.name.endswith("lost")}
    print(lost)
    assert 8 == len(lost)
    assert all([0.0] == samples for name, samples in lost.items() if name.startswith("goAway"))
    assert ["T14", "T14", "H1", "H1", "H2", "H2"] == [target.id for target in result.targets]

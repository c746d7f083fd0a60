"""The server's account of a call over all of its connections."""

import math

import pytest

from benchmarks.handover_server import Call, Connected


def test_time_without_a_connection_is_what_no_connection_covers():
    """Two that overlap leave none; of three the gaps add up; the open one has no end."""
    call = Call("goAway in silence")
    assert 0 == call.away_ms
    call.connections = [Connected(None, 0.0, 10.0), Connected("h0", 9.9, 20.0)]
    assert 0 == call.away_ms
    call.connections = [Connected(None, 0.0, 10.0), Connected("h0", 10.4, 20.0), Connected("h1", 20.1)]
    assert pytest.approx(500) == call.away_ms
    assert math.inf == call.connections[-1].ended


def test_the_report_counts_each_millisecond_once():
    """And says what was heard again, and by what handles the client came back."""
    call = Call(
        "a break in silence", heard=[0, 1, 2, 2, 1, 5], connections=[Connected(None, 0.0, 1.0), Connected("h0", 2.0)]
    )
    seen = call.seen()
    assert ([0, 1, 2, 5], 2, 2, ["h0"]) == (seen["heard"], seen["twice_ms"], seen["links"], seen["handles"])

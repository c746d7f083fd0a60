"""What settings check of their values."""

from __future__ import annotations

import math

import pytest

from voice_actors import Activity, AgentConfig, ConfigError, Deadlines
from voice_actors.config import Archive, Cleaning


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Activity(mode="manual"), "mode is 'manual'; it is server, local or push-to-talk"),
        (lambda: Activity(barge_in="two"), "barge_in is 'two'; it is one-stage or two-stage"),
        (lambda: Activity(pre_roll_ms=-1), "pre_roll_ms is -1; it is 0 to 1000 ms"),
        (lambda: Activity(silence_ms="500"), "silence_ms is '500'; it is 100 to 5000 ms"),
        (lambda: Cleaning("half duplex"), "echo is 'half duplex'; it is keep, cancel or half-duplex"),
        (lambda: AgentConfig(transcript_sync=True), "transcript_sync is True; it is none, turn or line"),
        (lambda: AgentConfig(keep_events=-1), "keep_events is -1; it is how many events stay in memory, 0 or more"),
        (lambda: AgentConfig(chunk_ms=5), "chunk_ms is 5; it is 10 to 100 ms, which is what the service takes"),
        (lambda: Deadlines(tool=0), "tool is 0; it is seconds above 0, math.inf for no limit"),
        (lambda: Deadlines(connect=math.nan), "connect is nan; it is seconds above 0, math.inf for no limit"),
        (lambda: Deadlines(silent=None), "silent is None; it is seconds above 0, math.inf for no limit"),
        (lambda: Archive("kept", keep_days=0), "keep_days is 0; it is more than 0 days, or None for ever"),
    ],
)
def test_a_setting_says_what_it_may_be(make, said):
    """A wrong word is not taken for the default, and a wrong number is not found out in the middle of a call."""
    with pytest.raises(ConfigError) as refused:
        make()
    assert said == str(refused.value)


def test_no_limit_is_a_limit():
    """Of times alone."""
    assert math.inf == Deadlines(tool=math.inf).tool

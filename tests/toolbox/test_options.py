"""The options of a tool say no to what cannot be, in one line with the way out."""

from __future__ import annotations

import math

import pytest

from voice_actors.errors import ConfigError
from voice_actors.gemini.models import capabilities
from voice_actors.toolbox.options import ToolOptions, checked


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"behavior": "NON_BLOCKING"}, "behavior is 'NON_BLOCKING'; it is blocking or non-blocking"),
        ({"scheduling": "later"}, "scheduling is 'later'; it is INTERRUPT, WHEN_IDLE or SILENT"),
        ({"consent": None}, "consent is None; it is allow, ask or deny"),
        ({"consent": "yes"}, "consent is 'yes'; it is allow, ask or deny"),
        ({"run": "somewhere"}, "run is 'somewhere'; it is loop"),
        ({"on_barge_in": "stop"}, "on_barge_in is 'stop'; it is continue, cancel or tell-when-idle"),
        ({"timeout": 0}, "timeout is 0; it is seconds above 0, math.inf for no limit"),
        ({"timeout": True}, "timeout is True; it is seconds"),
        ({"timeout": "5"}, "timeout is '5'; it is seconds"),
        ({"timeout": math.nan}, "timeout is nan; it is seconds"),
        ({"concurrency": 0}, "concurrency is 0; it is how many calls may run at one time, 1 or more"),
        ({"concurrency": 1.5}, "concurrency is 1.5; it is how many"),
        ({"behavior": "blocking", "scheduling": "SILENT"}, "behavior='blocking' leaves nothing to schedule"),
    ],
)
def test_what_cannot_be_is_refused(given, says):
    """Naming the option, what was given, and what it can be; with the tool's name where there is one."""
    with pytest.raises(ConfigError) as caught:
        ToolOptions(**given)
    assert str(caught.value).startswith(says)
    with pytest.raises(ConfigError) as caught:
        checked("weather", given)
    assert str(caught.value).startswith(f"tool 'weather': {says}")


def test_nothing_said_is_everything_left_to_others():
    """Except that a tool may run, and goes on when the user interrupts."""
    plain = ToolOptions()
    assert (None, None, None, None, None) == (
        plain.behavior,
        plain.scheduling,
        plain.timeout,
        plain.concurrency,
        plain.run,
    )
    assert ("allow", "continue") == (plain.consent, plain.on_barge_in)


@pytest.mark.parametrize(
    ("model", "plain", "blocking", "non_blocking"),
    [
        ("gemini-2.5-flash-native-audio-preview-12-2025", True, True, False),
        ("gemini-3.1-flash-live-preview", True, True, True),
        ("gemini-3.8-live", False, True, False),
        ("gemini-3.8-live-extended-thinking", False, False, False),
        ("gemini-9.9-live", False, True, False),
    ],
)
def test_which_answers_a_model_waits_for(model, plain, blocking, non_blocking):
    """By its own way, by what is said, or the only way that it knows."""
    given = (ToolOptions(), ToolOptions(behavior="blocking"), ToolOptions(behavior="non-blocking"))
    assert (plain, blocking, non_blocking) == tuple(one.waits(capabilities(model)) for one in given)

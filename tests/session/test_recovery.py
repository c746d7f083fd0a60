"""What follows the end of a link: for each kind of failure how often it is tried again, and how."""

from __future__ import annotations

import pytest
import trio

from voice_actors.errors import LinkGivenUp, LinkLost, Refused
from voice_actors.gemini.link import classify_close, classify_http
from voice_actors.session.recovery import BACKOFF, WORKED, Again, Ended, Recovery

INVALID = classify_close(1007, "Request contains an invalid argument.")
UNKNOWN = classify_close(1008, "BidiGenerateContent session not found")
ABORTED = classify_close(1008, "Operation is not implemented, or supported, or enabled.")
BAD_KEY = classify_close(1008, "API key not valid. Please pass a valid API key.")
QUOTA = classify_close(1011, "You exceeded your current quota, please check your plan and billing details.")
NO_MODEL = classify_close(1008, "models/x is not found for API version v1beta")

COURSES = [
    # what, when, going on with an earlier session, the steps until the end
    ("a bad key at a new try (row 33)", BAD_KEY, "setup", True, ["again", Refused]),
    ("a token used up, HTTP 401 (row 10)", classify_http(401, ""), "setup", True, ["again", Refused]),
    ("a bad key in the conversation", BAD_KEY, "conversation", True, ["again", Refused]),
    ("an unknown session (row 8)", UNKNOWN, "setup", True, ["afresh", LinkGivenUp]),
    ("an invalid resumption (row 3)", INVALID, "setup", True, ["afresh", Refused]),
    ("an invalid setup (row 3)", INVALID, "setup", False, [Refused]),
    ("an invalid message (row 3)", INVALID, "conversation", False, ["again", "afresh", Refused]),
    ("an aborted operation (row 4)", ABORTED, "conversation", True, ["again", "afresh", LinkGivenUp]),
    ("quota", QUOTA, "conversation", False, [Refused]),
    ("quota at a resume", QUOTA, "setup", True, [Refused]),
    ("a model that is not there", NO_MODEL, "setup", True, [Refused]),
    ("a message too big (row 27)", classify_close(1009, ""), "conversation", True, [Refused]),
    ("no such endpoint (row 33)", classify_http(404, ""), "setup", True, [Refused]),
]


@pytest.mark.parametrize(
    ("error", "stage", "resuming", "steps"), [case[1:] for case in COURSES], ids=[c[0] for c in COURSES]
)
async def test_the_course_of_a_failure_that_stays(error, stage, resuming, steps, autojump_clock):
    """The same failure over and over: its steps in order, then the end with a typed error, and nothing after it."""
    recovery = Recovery(60.0, 1.0)
    for step in steps[:-1]:
        assert (step == "afresh") == recovery.after(Ended(error, stage, resuming)).afresh
    final = recovery.after(Ended(error, stage, resuming))
    assert steps[-1] is type(final)
    assert error in (final, final.__cause__)
    assert error.kind == final.kind


PASSING = [
    LinkLost("reset"),
    classify_close(1006, ""),
    classify_close(1011, "Internal error encountered."),
    classify_close(1011, "The service is currently unavailable."),
    classify_close(1000, ""),
    classify_http(503, ""),
    classify_http(429, ""),
    classify_http(302, "<html>"),
    classify_http(511, ""),
    Refused("the server's certificate is not trusted", kind="trust"),
]


@pytest.mark.parametrize("error", PASSING, ids=str)
@pytest.mark.parametrize("stage", ["setup", "conversation"])
async def test_what_may_pass_is_tried_for_as_long_as_the_budget(error, stage, autojump_clock):
    """Rows 1, 2, 13, 33 and 34: waits with full jitter inside one budget of time, in the same session, then a typed end.

    A sign-in page, or its certificate, is in between until the network lets us through.
    """
    recovery, waits = Recovery(60.0, 1.0), []
    while isinstance(step := recovery.after(Ended(error, stage, resuming=True)), Again):
        assert not step.afresh
        waits.append(step.wait)
        await trio.sleep(step.wait)
    first, longest = BACKOFF
    assert all(0 <= wait <= min(first * 2**number, longest) for number, wait in enumerate(waits))
    assert max(waits) > longest / 2
    assert len(waits) <= 30  # no storm
    assert 52 <= trio.current_time() <= 60
    assert (LinkGivenUp, error) == (type(step), step.__cause__)
    assert "gave up after 60 s" in str(step)
    print(f"{len(waits)} tries in {trio.current_time():.0f} s")


async def test_a_link_that_had_worked_forgives_what_was_before(autojump_clock):
    """It is dialled again at once, and a failure of the same kind begins its course anew."""
    recovery = Recovery(60.0, 1.0)
    for _ in range(5):
        assert Again(0.0) == recovery.after(Ended(INVALID, "conversation", resuming=True, lasted=WORKED))
        assert Again(0.0) == recovery.after(Ended(LinkLost("reset"), "conversation", resuming=True, lasted=WORKED))
        await trio.sleep(100)


async def test_failures_of_other_kinds_do_not_count_together(autojump_clock):
    """An unknown session after a bad key after a broken network: each has its own course."""
    recovery = Recovery(60.0, 1.0)
    steps = [
        recovery.after(Ended(error, "setup", resuming=True)).afresh
        for error in (BAD_KEY, LinkLost("x"), BAD_KEY, UNKNOWN)
    ]
    assert [False, False, False, True] == steps


async def test_a_link_that_we_left_is_followed_at_once(autojump_clock):
    """However short it was."""
    assert Again(0.0) == Recovery(60.0).after(Ended(None, "conversation", resuming=True, lasted=0.1))

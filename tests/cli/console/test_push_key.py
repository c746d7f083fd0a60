"""A key that is held, or pressed twice."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voice_actors.cli.console.push_key import REPEATS, TAP, PushKey


def told(key, *happened):
    """Whether the user talks after each of (seconds since the last, "down" or "up")."""
    now, talking, after = 100.0, False, []
    for wait, what in happened:
        now += wait
        changes = key.let_go(" ", now) if what == "up" else key.pressed(" ", now, talking=talking)
        talking ^= changes
        after.append(talking)
    return after


def that_tells():
    key = PushKey()
    key.tells_releases = True
    return key


def test_a_key_that_is_held_talks_until_it_is_let_go():
    """The keyboard repeats it meanwhile."""
    held = [(0, "down"), (0.5, "down"), *[(0.03, "down")] * 50, (0.01, "up"), (1, "down"), (2, "up")]
    assert [*[True] * 52, False, True, False] == told(that_tells(), *held)


def test_a_key_that_is_tapped_talks_until_it_is_tapped_again():
    """However long the second time."""
    assert [True, True, False, False] == told(that_tells(), (0, "down"), (TAP / 2, "up"), (3, "down"), (TAP / 2, "up"))
    assert [True, True, False, False] == told(that_tells(), (0, "down"), (TAP / 2, "up"), (3, "down"), (2, "up"))


def test_where_nothing_tells_of_releases_a_held_key_does_not_flutter():
    """It begins, the first repeat ends it, and the others are no presses; a later one is."""
    repeated = [(0, "down"), (0.5, "down"), *[(REPEATS / 4, "down")] * 50, (1, "down"), (2, "down")]
    assert [True, *[False] * 51, True, False] == told(PushKey(), *repeated)


@given(st.lists(st.tuples(st.floats(0.13, 5), st.sampled_from(["down", "up"])), max_size=30))
def test_another_key_that_is_let_go_ends_nothing(happened):
    """Whatever was pressed before."""
    key = that_tells()
    told(key, *happened)
    assert not key.let_go("x", 1_000.0)

"""What is made of the measured crowds."""

from __future__ import annotations

from benchmarks import sessions
from benchmarks.sessions import Crowd


def test_every_side_has_its_figures_and_the_targets_compare_two():
    """The floors stand beside both, and are no target."""
    sides = [*sessions.SIDES, *sessions.FLOOR]
    cost = {side: [Crowd(40, 100.0 + n, 2.0, 3.0, 40.0 + n) for _ in range(3)] for n, side in enumerate(sides)}
    alone = {side: Crowd(1, 500.0, 1.0, 1.0, 30.0) for side in sides}
    carried = dict.fromkeys(sides, 60) | {"ours": 80}
    named = {figure.name: figure.samples for figure in sessions._figures(cost, alone, carried)}
    for side in sides:
        assert [float(carried[side])] == named[f"sessions carried: {side}"]
        assert 3 == len(named[f"40 sessions: {side}, a chunk or message"])
    targets = {(target.id, target.what): target for target in sessions._targets(cost, alone, carried)}
    carried_target = next(target for (name, what), target in targets.items() if name == "T4" and "carries" in what)
    assert (0.75, True) == (carried_target.measured, carried_target.ok)
    assert {"T3", "T4", "T7"} == {name for name, _ in targets}


def test_a_side_is_carried_up_to_the_size_before_it_was_late_at_every_try(monkeypatch):
    """All have tried a size before any of them tries the next."""
    tries = []

    def crowd(_server, side, size, _chunks):
        tries.append((size, side))
        late = size > {"small": 40, "large": 80}[side] or (size == 40 and tries.count((40, side)) < sessions.TRIES)
        return Crowd(size, 1.0, 1.0, sessions.LATE_MS + late, 1.0)

    monkeypatch.setattr(sessions, "_crowd", crowd)
    found = sessions._carried(None, ["small", "large"], 1, range(40, 121, 20), lambda _what: None)
    assert {"small": 40, "large": 80} == found
    assert sorted(tries, key=lambda one: one[0]) == tries
    assert sessions.TRIES == tries.count((60, "small")) == tries.count((100, "large"))
    assert (80, "small") not in tries
    assert (120, "large") not in tries

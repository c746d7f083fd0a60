"""The figures that benchmarks print: right for samples that anyone can check by hand."""

import pytest

from benchmarks.harness import (
    Figure,
    Result,
    Target,
    compared,
    machine,
    paired,
    percentile,
    printed,
    shown,
    summary,
    summed_up,
)


@pytest.mark.parametrize(("q", "expected"), [(0, 1.0), (50, 3.0), (100, 5.0), (25, 2.0), (90, pytest.approx(4.6))])
def test_percentiles_are_interpolated(q, expected):
    """Of 1 to 5, in any order."""
    assert expected == percentile([5.0, 1.0, 4.0, 2.0, 3.0], q)


def test_no_samples_have_no_figures():
    """And a summary says so."""
    assert {"n": 0} == summary([])
    assert ("nothing, ms", "-", "-", "-", "0") == Figure("nothing", "ms", []).row()


def test_a_pair_is_compared_with_its_own_other_half():
    """Both sides of a slow run are slow: the ratio stays."""
    found = paired("T0", "us against them", 0.6, [1.0, 10.0, 100.0], [2.0, 20.0, 200.0])
    assert (0.5, 0.5, 0.5) == (found.low, found.measured, found.high)
    assert found.ok
    assert 3 == found.n


def test_the_interval_of_a_pair_holds_its_median():
    """By resampling the pairs, the same way each time."""
    ours, theirs = [1.0, 2.0, 3.0, 4.0, 5.0], [1.0] * 5
    one, other = (paired("T0", "", 2.0, ours, theirs) for _ in range(2))
    assert one == other
    assert one.low < one.measured == 3.0 < one.high
    assert not one.ok


def test_pairs_without_their_half_are_refused():
    """A run that failed must not shift the others."""
    with pytest.raises(ValueError, match="shorter"):
        paired("T0", "", 1.0, [1.0, 2.0], [1.0])


@pytest.mark.parametrize(("value", "text"), [(0.01234, "0.0123"), (1.5, "1.5"), (99.96, "100"), (1234.5, "1,234")])
def test_figures_are_shown_without_exponents(value, text):
    """Three digits, or as many as the number has before its point."""
    assert text == shown(value)


def test_a_result_is_printed_with_its_verdicts():
    """A target that is met, and one that is not."""
    result = Result(
        "how long is a piece of string?",
        [Figure("string", "ms", [1.0, 2.0, 3.0])],
        [Target("T1", "short", 5, 2, "ms", 3), Target("T2", "shorter", 1, 2, "ms", 3)],
        ["a note"],
    )
    text = printed(result)
    print(text)
    assert "== how long is a piece of string?" in text
    lines = text.splitlines()
    assert any(line.split() == ["string,", "ms", "2", "2.9", "2.98", "3"] for line in lines)
    assert any(line.startswith("T1 short") and line.endswith("met") for line in lines)
    assert any(line.startswith("T2 shorter") and line.endswith("short") for line in lines)
    assert "a note" == lines[-1]


def test_the_machine_is_described_without_names():
    """Nobody's host, user or folder."""
    import getpass
    import socket

    described = str(machine())
    assert socket.gethostname() not in described
    assert f"'{getpass.getuser()}'" not in described
    assert "/" not in described.replace("+00:00", "")


def report(p50, when="2026-01-01", python="3.11"):
    figure = {"name": "hop", "unit": "ms", "n": 3, "p50": p50}
    machine = {"when": when, "cpu": "c", "cores": 2, "python": python}
    return {"machine": machine, "questions": {"hops": {"figures": [figure, {"name": "none", "unit": "ms", "n": 0}]}}}


def test_two_runs_are_set_side_by_side():
    """By their medians; what only one of them measured is left out, and another machine is told."""
    told = compared(report(2.0), report(3.0))
    assert "beside 2026-01-01" in told
    assert ["hop,", "ms", "2", "3", "1.50"] in [line.split() for line in told.splitlines()]
    assert "none" not in told
    assert "Two machines" not in told
    assert "Two machines" in compared(report(2.0, python="3.12"), report(3.0))


def test_the_targets_of_a_run_are_summed_up_in_their_order():
    """T2 before T10, other names last, and how many were met."""
    targets = [
        {
            "id": name,
            "what": "w",
            "target": 1.0,
            "measured": m,
            "unit": "ms",
            "n": 1,
            "low": None,
            "high": None,
            "ok": m <= 1,
        }
        for name, m in (("crowd", 0.5), ("T10", 2.0), ("T2", 0.5))
    ]
    told = summed_up(targets)
    assert "2 of 3 targets met" in told
    assert told.index("T2 w") < told.index("T10 w") < told.index("crowd w")
    assert "0 of 0 targets met" in summed_up([])

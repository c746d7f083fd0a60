"""The figures that benchmarks print: right for samples that anyone can check by hand."""

import pytest

from benchmarks.harness import Figure, Result, Target, machine, paired, percentile, printed, shown, summary


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

"""The mutants: what is changed, what is left alone; and that a test that looks sees a change, and one that does not does not."""

from __future__ import annotations

import ast
import textwrap

import pytest

from tests.mutation.mutants import mutants_of
from tests.mutation.trial import FAILED, NOTICED, Child, Covering


@pytest.mark.parametrize(
    ("source", "changes"),
    [
        ("x = a < b", ["a <= b"]),
        ("x = a is None", ["a is not None"]),
        ("x = a and b", ["a or b"]),
        ("x = not a", ["a"]),
        ("x = a + b", ["a - b"]),
        ("x += y", ["x -= y"]),
        ("x = 3", ["4"]),
        ("x = True", ["False"]),
        ("if a:\n    b = c", ["if not a: b = c"]),
        ("x = a if b else c", ["c if b else a"]),
        ("def f():\n    return a", ["return None"]),
        ("f(a)", ["pass"]),
        ("raise error", ["pass"]),
        ("x = 'text'", []),
        ("logger.warning(a)", []),
        ("assert_never(a)", []),
        ("x = field(default=0, init=False)", ["1"]),
        ("def f(a: int | None) -> int | None:\n    return None", []),
    ],
)
def test_each_kind_of_change(source, changes):
    """And nothing else of the module."""
    found = mutants_of(source)
    assert changes == [mutant.what.partition("  ->  ")[2] for mutant in found]
    for mutant in found:
        assert ast.unparse(ast.parse(source)) != mutant.source
        compile(mutant.source, "x", "exec")


def test_a_mutant_knows_its_lines():
    """Those of the condition, where a whole block hangs on it."""
    source = textwrap.dedent("""\
        def f(a):
            if (
                a > 1
            ):
                return [
                    a,
                ]
            return None
    """)
    lines = {mutant.what.partition("  ->  ")[0]: (mutant.line, mutant.last_line) for mutant in mutants_of(source)}
    assert (3, 3) == lines["a > 1"]
    assert (5, 7) == lines["return [a]"]


def test_the_tests_of_a_line_come_in_order():
    """Those that mirror the module first, then the quick ones; what runs at import is everybody's."""
    found = Covering(
        {"tests/a.py::slow": 3.0, "tests/a.py::quick": 1.0, "tests/m.py::own": 5.0},
        {"f.py": {"": {1}, "tests/a.py::slow": {5, 6}, "tests/a.py::quick": {5}, "tests/m.py::own": {5}}},
    )
    assert ["tests/m.py::own", "tests/a.py::quick", "tests/a.py::slow"] == found.tests_of("f.py", 4, 5, ("tests/m",))
    assert ["tests/a.py::slow"] == found.tests_of("f.py", 6, 6, ("tests/m",))
    assert 3 == len(found.tests_of("f.py", 1, 1, ()))
    assert [] == found.tests_of("f.py", 9, 9, ())
    assert [] == found.tests_of("g.py", 5, 5, ())


def test_a_child_that_hangs_counts_as_one_that_failed(tmp_path):
    """It is killed."""

    def hang():
        while True:
            pass

    assert FAILED == Child.start(hang, tmp_path / "log", within=0.1).wait()
    assert 7 == Child.start(lambda: 7, tmp_path / "log", within=60).wait()
    assert FAILED in NOTICED

"""`--tools`: from a name to the user's own functions."""

from __future__ import annotations

import sys

import pytest

from voice_actors.cli.tools_option import load_tools
from voice_actors.errors import ConfigError

MODULE = '''
from json import dumps
LIMIT = 3
def zebra(name: str) -> str:
    """Look a zebra up."""
    return name
def antelope() -> str:
    """Any antelope."""
def undocumented(): ...
def _private():
    """Not for models."""
class House:
    @staticmethod
    def light(on: bool) -> bool:
        """Switch the light."""
        return on
'''


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of modules; what is imported from it is forgotten afterwards."""
    (tmp_path / "zoo_of_tests.py").write_text(MODULE)
    (tmp_path / "empty_of_tests.py").write_text("X = 1\n")
    (tmp_path / "broken_of_tests.py").write_text("import json\n\nraise RuntimeError('not today')\n")
    (tmp_path / "leaving_of_tests.py").write_text("import sys\nsys.exit(3)\n")
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    for name in [name for name in sys.modules if name.endswith("_of_tests")]:
        del sys.modules[name]


def names(tools):
    return [tool.__name__ for tool in tools]


def test_one_function(folder):
    """`module:function` is that function."""
    [tool] = load_tools(["zoo_of_tests:zebra"], folder)
    assert "Grevy" == tool("Grevy")


def test_a_whole_module(folder):
    """`module` is its own public functions with a docstring, in the order in which they are written."""
    assert ["zebra", "antelope"] == names(load_tools(["zoo_of_tests"], folder))


def test_several_and_nested(folder):
    """The option can be repeated, and a name can have dots."""
    assert ["light", "zebra"] == names(load_tools(["zoo_of_tests:House.light", "zoo_of_tests:zebra"], folder))


def test_none(folder):
    """Without the option nothing is touched."""
    before = [*sys.path]
    assert [] == load_tools([], folder)
    assert before == sys.path


@pytest.mark.parametrize(
    ("spec", "part"),
    [
        ("zoo_of_tests:zebr", "did you mean 'zebra'?"),
        ("zoo_of_tests:gnu", "has no 'gnu'; it has 'antelope', 'zebra'"),
        ("zoo_of_tests:LIMIT", "is a int, no function and no McpServer"),
        ("zoo_of_tests:House.dark", "has no 'House.dark'"),
        ("empty_of_tests", "no public function with a docstring"),
        ("broken_of_tests:x", "RuntimeError: not today (broken_of_tests.py, line 3)"),
        ("leaving_of_tests:x", "SystemExit: 3"),
        ("missing_of_tests:x", "No module named 'missing_of_tests'; looked for in this folder and"),
        ("zoo_of_tests.py:zebra", "`--tools zoo_of_tests:zebra`"),
        ("zoo of tests:zebra", "is no module name"),
        (":zebra", "is no module name"),
    ],
)
def test_what_cannot_be_found_is_one_sentence_that_repeats_the_option(folder, spec, part):
    """A typo is answered by what is wrong and, where one is close, the right name."""
    with pytest.raises(ConfigError) as caught:
        load_tools([spec], folder)
    assert f"--tools {spec}" in str(caught.value)
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)

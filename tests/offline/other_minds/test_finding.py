"""Minds by name."""

from __future__ import annotations

import sys

import pytest

from voice_actors.errors import ConfigError
from voice_actors.offline.other_minds.finding import find_mind
from voice_actors.offline.parts import Dialogue, Say, UserTurn

MODULE = """
class Box:
    @staticmethod
    def think(dialogue):
        return dialogue.entries[-1].text[::-1]

number = 7
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    """A module in the folder where the user is."""
    (tmp_path / "my_mind.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "broken_mind.py").write_text("1 / 0", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path])
    yield
    sys.modules.pop("my_mind", None)


async def test_a_function_by_its_module(module):
    """Found where the user is, although the command is installed elsewhere."""
    mind = await find_mind("my_mind:Box.think")
    assert mind is not None
    assert [Say("olleh")] == [thought async for thought in mind.respond(Dialogue((UserTurn("hello"),)))]


async def test_the_builtin_mind_is_the_default():
    """None, which the settings take for it."""
    assert await find_mind("builtin") is None


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("my_mind:nosuch", "--mind my_mind:nosuch cannot be loaded: AttributeError"),
        ("nosuch_module:x", "--mind nosuch_module:x cannot be loaded: ModuleNotFoundError"),
        ("broken_mind:x", "--mind broken_mind:x cannot be loaded: ZeroDivisionError"),
        ("my_mind:number", "mind is int"),
        ("ollama", "it is builtin, a URL with http://, or module:function"),
        (":x", "it is builtin"),
        ("ftp://host/v1", "the mind's URL has to be http://host or https://host"),
        ("http://", "the mind's URL has to be"),
    ],
)
async def test_a_name_that_is_none(module, name, says):
    """One line that says what is wrong."""
    with pytest.raises(ConfigError, match=says) as caught:
        await find_mind(name)
    assert "\n" not in str(caught.value)


async def test_what_goes_with_a_server_goes_with_nothing_else(module):
    """A model's name for a function is a mistake."""
    with pytest.raises(ConfigError, match="go with the URL of a server"):
        await find_mind("my_mind:Box.think", "llama")

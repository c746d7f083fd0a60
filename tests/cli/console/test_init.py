"""Who gets a console, and what others are told."""

from __future__ import annotations

import argparse
import importlib.util
import os
import pty

import attrs
import pytest

from voice_actors.cli import console as package
from voice_actors.cli.captions import Screen
from voice_actors.cli.console import HINT, NO_TERMIOS, console_wanted, open_display, why_not
from voice_actors.config import AgentConfig


@pytest.fixture
def terminal():
    """A stream and a descriptor of a terminal nobody looks at."""
    outer, inner = pty.openpty()
    with open(inner, "w", closefd=False) as stream:
        yield stream, inner
    os.close(outer)
    os.close(inner)


def arguments(**given):
    return argparse.Namespace(**{"plain": False, "json": False, "debug": False, "ptt": False, **given})


@pytest.mark.parametrize(
    ("given", "environment", "wanted"),
    [
        ({}, {"TERM": "xterm"}, True),
        ({"plain": True}, {"TERM": "xterm"}, False),
        ({"json": True}, {"TERM": "xterm"}, False),
        ({"debug": True}, {"TERM": "xterm"}, False),
        ({}, {"TERM": "dumb"}, False),
        ({}, {}, False),
    ],
)
def test_who_gets_one(terminal, given, environment, wanted):
    """Who has a terminal that can be drawn on and wants it."""
    stream, descriptor = terminal
    assert wanted == console_wanted(arguments(**given), stream, descriptor, environment)
    assert not console_wanted(arguments(), stream, None, environment)


@pytest.mark.parametrize(("missing", "line"), [("rich", HINT), ("termios", NO_TERMIOS), ("nothing", "")])
async def test_what_is_missing_is_told(terminal, monkeypatch, capsys, missing, line):
    """In one line, with the way out where there is one, and plain captions in its place."""
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == missing else found(name))
    monkeypatch.setenv("TERM", "xterm")
    assert line == why_not()
    with open_display(arguments(), attrs.evolve(AgentConfig()), *terminal) as (display, console):
        assert (not line) == (console is not None)
        assert isinstance(display, Screen) == bool(line)
    assert (f"voice-actors: {line}\n" if line else "") == capsys.readouterr().err
    assert package.HINT.count("pip install") == 1

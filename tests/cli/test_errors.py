"""Which exit code and which sentence an error becomes."""

from __future__ import annotations

import pytest

from voice_actors.cli.errors import explain
from voice_actors.errors import (
    AgentFailed,
    ConfigError,
    DeviceError,
    LinkLost,
    MissingPartError,
    Refused,
    RemoteProtocolError,
)


def failed(cause):
    error = AgentFailed("the session failed", actor="session")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "code", "part"),
    [
        (ConfigError("voice is 7"), 2, "voice is 7"),
        (MissingPartError("install\nthis"), 2, "install this"),
        (DeviceError("no microphone", device="default"), 2, "no microphone"),
        (Refused("API key not valid", code=1007), 1, "GEMINI_API_KEY"),
        (Refused("forbidden", status=403), 1, "GEMINI_API_KEY"),
        (Refused("Quota exceeded", code=1011), 1, "quota"),
        (Refused("model not found", code=1008), 1, "the server refused: model not found"),
        (LinkLost("reset"), 1, "--offline"),
        (RemoteProtocolError("what?"), 1, "what?"),
        (failed(DeviceError("unplugged", device="USB")), 2, "unplugged"),
        (ExceptionGroup("many", [ValueError("x"), ExceptionGroup("in", [ConfigError("y")])]), 2, "y"),
        (failed(None), 1, "the session failed"),
        (KeyError("x"), 1, "unexpected KeyError"),
        (FileNotFoundError(2, "No such file", "a"), 2, "No such file"),
        (ExceptionGroup("pipe", [BrokenPipeError()]), 1, ""),
    ],
)
def test_an_error_is_a_code_and_one_line(error, code, part):
    """The root that a person can act on is told, whatever wraps it."""
    found, sentence = explain(error)
    assert code == found
    assert part in sentence
    assert "\n" not in sentence

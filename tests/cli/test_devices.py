"""`voice-actors devices`."""

from __future__ import annotations

import argparse

import attrs
import pytest

from voice_actors.audio import device
from voice_actors.cli.devices import run


@attrs.frozen
class Found:
    index: int
    name: str
    host_api: str
    inputs: int
    outputs: int
    default_rate: float
    is_default_input: bool
    is_default_output: bool


async def test_each_device_is_a_line_with_its_number_and_marks(monkeypatch, capsys):
    """The number and the name are what `--mic` takes."""
    found = [
        Found(0, "USB Mic", "ALSA", 1, 0, 48_000.0, True, False),
        Found(12, "Speakers", "ALSA", 0, 2, 44_100.0, False, True),
    ]
    monkeypatch.setattr(device, "list_devices", lambda: found)
    assert 0 == await run(argparse.Namespace())
    _, first, second, echo = capsys.readouterr().out.splitlines()
    assert "  0   1   0   48000 >  USB Mic (ALSA)" == first
    assert " 12   0   2   44100  < Speakers (ALSA)" == second
    assert echo.startswith("echo cancellation: ")


async def test_none_is_an_answer_with_a_way_out(monkeypatch, capsys):
    """A machine without sound can still talk by files."""
    monkeypatch.setattr(device, "list_devices", list)
    assert 0 == await run(argparse.Namespace())
    assert "--mic FILE.wav" in capsys.readouterr().out


async def test_no_portaudio_says_how_to_get_it(monkeypatch):
    """The error's own sentence goes through."""
    from voice_actors.errors import MissingPartError

    def fail():
        raise MissingPartError("apt install libportaudio2")

    monkeypatch.setattr(device, "list_devices", fail)
    with pytest.raises(MissingPartError, match="libportaudio2"):
        await run(argparse.Namespace())

"""What there is to hear and say with."""

from __future__ import annotations

import attrs
import pytest
import trio

from voice_actors.audio import device
from voice_actors.cli.sound import NoMicrophone, Sound, look_for_sound
from voice_actors.errors import DeviceError, MissingPartError


@attrs.frozen
class Found:
    """A device as PortAudio would list it."""

    is_default_input: bool = False
    is_default_output: bool = False


@pytest.mark.parametrize(
    ("devices", "expected"),
    [
        ([], Sound(False, False, "this machine has no microphone and no loudspeaker")),
        ([Found(is_default_output=True)], Sound(False, True, "this machine has no microphone")),
        ([Found(is_default_input=True)], Sound(True, False, "this machine has no loudspeaker")),
        ([Found(True, False), Found(False, True)], Sound(True, True)),
    ],
)
async def test_defaults_are_what_counts(monkeypatch, devices, expected):
    """`talk` without `--mic` needs a default microphone, not just any device."""
    monkeypatch.setattr(device, "list_devices", lambda: devices)
    assert expected == await look_for_sound()


@pytest.mark.parametrize(
    "error", [MissingPartError("install\nPortAudio"), DeviceError("install PortAudio", device="x")]
)
async def test_no_portaudio_is_an_answer_too(monkeypatch, error):
    """Looking never fails; the reason is kept for who needs it."""

    def fail():
        raise error

    monkeypatch.setattr(device, "list_devices", fail)
    assert Sound(False, False, "install PortAudio") == await look_for_sound()


async def test_nobody_speaks_into_no_microphone(autojump_clock):
    """It neither gives audio nor ends."""
    async with NoMicrophone().open(20) as stream:
        with trio.move_on_after(3_600) as hour:
            await stream.read()
        assert hour.cancelled_caught
        assert 0 == stream.statistics().frames

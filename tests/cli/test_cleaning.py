"""When `talk` cancels the echo."""

from __future__ import annotations

import pytest

from voice_actors.audio import portaudio, webrtc
from voice_actors.audio.device import DeviceMicrophone, DeviceSpeaker
from voice_actors.cli.arguments import build_parser
from voice_actors.cli.cleaning import chosen_cleaning
from voice_actors.config import Cleaning
from voice_actors.errors import DeviceError, MissingPartError
from voice_actors.testing import MemoryMicrophone, MemorySpeaker


def parsed(*options):
    return build_parser().parse_args(["talk", *options])


@pytest.fixture
def speakers(monkeypatch):
    """Two loudspeakers, of which the default can be chosen."""

    def make(default="Built-in Audio"):
        names = ["Built-in Audio", "AirPods Pro"]
        found = [
            portaudio.DeviceInfo(n, name, "ALSA", 0, 2, 48_000, False, name == default) for n, name in enumerate(names)
        ]
        monkeypatch.setattr(portaudio, "list_devices", lambda: found)

    make()
    return make


async def test_between_a_microphone_and_a_loudspeaker_it_is_on(speakers):
    """Nobody has to ask for it."""
    assert "cancel" == (await chosen_cleaning(parsed(), DeviceMicrophone(), DeviceSpeaker())).echo


@pytest.mark.parametrize("device", [1, "AirPods Pro", "Headset Earphone", "USB Headphones"])
async def test_with_headphones_it_is_off(speakers, device):
    """By number or name; and on where it is asked for all the same."""
    assert "keep" == (await chosen_cleaning(parsed(), DeviceMicrophone(), DeviceSpeaker(device))).echo
    assert "cancel" == (await chosen_cleaning(parsed("--aec", "on"), DeviceMicrophone(), DeviceSpeaker(device))).echo


async def test_default_headphones_are_recognised(speakers):
    """The system's default is looked up by its name."""
    speakers(default="AirPods Pro")
    assert "keep" == (await chosen_cleaning(parsed(), DeviceMicrophone(), DeviceSpeaker())).echo


async def test_files_have_no_echo():
    """Neither a file nor a pipe is heard by a microphone."""
    assert "keep" == (await chosen_cleaning(parsed(), MemoryMicrophone(b""), DeviceSpeaker())).echo
    assert "keep" == (await chosen_cleaning(parsed(), DeviceMicrophone(), MemorySpeaker())).echo


async def test_off_is_off_and_half_duplex_is_half_duplex(speakers):
    """As typed."""
    assert "keep" == (await chosen_cleaning(parsed("--aec", "off"), DeviceMicrophone(), DeviceSpeaker())).echo
    assert "half-duplex" == (await chosen_cleaning(parsed("--half-duplex"), DeviceMicrophone(), DeviceSpeaker())).echo


async def test_without_the_extra_it_is_quietly_off_and_loudly_so_on_request(speakers, monkeypatch):
    """The message says how to get it, and what works without."""
    monkeypatch.setattr(webrtc, "can_cancel", lambda: False)
    assert "keep" == (await chosen_cleaning(parsed(), DeviceMicrophone(), DeviceSpeaker())).echo
    with pytest.raises(MissingPartError, match="--half-duplex"):
        await chosen_cleaning(parsed("--aec", "on"), DeviceMicrophone(), DeviceSpeaker())


async def test_noise_and_gain_are_asked_for_besides(speakers, monkeypatch):
    """With any way of keeping the echo out; without the extra, with the way to get it."""
    asked = await chosen_cleaning(parsed("--noise", "--gain", "--half-duplex"), DeviceMicrophone(), DeviceSpeaker())
    assert Cleaning("half-duplex", noise=True, gain=True) == asked
    asked = await chosen_cleaning(parsed("--noise"), DeviceMicrophone(), DeviceSpeaker())
    assert Cleaning("cancel", noise=True) == asked
    monkeypatch.setattr(webrtc, "can_cancel", lambda: False)
    for option in ("--noise", "--gain"):
        with pytest.raises(MissingPartError, match=rf"{option} needs .*voice-actors\[aec\]"):
            await chosen_cleaning(parsed(option), DeviceMicrophone(), DeviceSpeaker())


async def test_a_machine_without_sound_is_no_reason_to_fail_here(monkeypatch):
    """Opening the device will say so."""

    def fail():
        raise DeviceError("none", device="")

    monkeypatch.setattr(portaudio, "list_devices", fail)
    assert "cancel" == (await chosen_cleaning(parsed(), DeviceMicrophone(), DeviceSpeaker())).echo


def test_both_at_once_cannot_be(capsys):
    """One line, exit code 2."""
    with pytest.raises(SystemExit) as caught:
        parsed("--aec", "on", "--half-duplex")
    assert 2 == caught.value.code
    assert "not allowed with" in capsys.readouterr().err

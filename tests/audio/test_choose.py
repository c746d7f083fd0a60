"""From what a person types to an audio end."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from voice_actors.audio.choose import choose_microphone, choose_speaker
from voice_actors.audio.device import DeviceMicrophone, DeviceSpeaker
from voice_actors.audio.files import NullSpeaker, WavMicrophone, WavSpeaker
from voice_actors.audio.memory import MemoryMicrophone, MemorySpeaker
from voice_actors.audio.raw import RawMicrophone, RawSpeaker
from voice_actors.errors import ConfigError, DeviceError


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder with a WAV file and a recording of another name; standard streams with buffers, as in a program."""
    monkeypatch.chdir(tmp_path)
    for name in ("a.wav", "recording"):
        (tmp_path / name).write_bytes(b"")
    for name in ("stdin", "stdout"):
        monkeypatch.setattr(sys, name, io.TextIOWrapper(io.BytesIO()))


@pytest.mark.parametrize(
    ("spec", "kind", "name"),
    [
        (None, DeviceMicrophone, "the default input device"),
        (3, DeviceMicrophone, "input device 3"),
        ("3", DeviceMicrophone, "input device 3"),
        ("USB PnP: Audio", DeviceMicrophone, "input device 'USB PnP: Audio'"),
        ("a.wav", WavMicrophone, "a.wav"),
        ("recording", WavMicrophone, "recording"),
        (Path("a.wav"), WavMicrophone, "a.wav"),
        ("-", RawMicrophone, "standard input"),
    ],
)
def test_a_microphone_by_its_name(spec, kind, name):
    """Numbers and names are devices, files are files, a dash is standard input."""
    chosen = choose_microphone(spec)
    assert kind is type(chosen)
    assert name == chosen.name


@pytest.mark.parametrize(
    ("spec", "kind", "name"),
    [
        (None, DeviceSpeaker, "the default output device"),
        (0, DeviceSpeaker, "output device 0"),
        ("12", DeviceSpeaker, "output device 12"),
        ("recording", DeviceSpeaker, "output device 'recording'"),
        ("new.WAV", WavSpeaker, "new.WAV"),
        (Path("new.wav"), WavSpeaker, "new.wav"),
        ("-", RawSpeaker, "standard output"),
        ("null", NullSpeaker, "null"),
    ],
)
def test_a_loudspeaker_by_its_name(spec, kind, name):
    """As for microphones; a file that is no .wav is never overwritten."""
    chosen = choose_speaker(spec)
    assert kind is type(chosen)
    assert name == chosen.name


def test_ready_made_ends_pass_through():
    """What an embedding program brings along is used as it is."""
    microphone, speaker = MemoryMicrophone(), MemorySpeaker()
    assert microphone is choose_microphone(microphone)
    assert speaker is choose_speaker(speaker)


@pytest.mark.parametrize("choose", [choose_microphone, choose_speaker])
@pytest.mark.parametrize("spec", [-1, True, "", "  ", 1.5, object()])
def test_what_means_nothing_is_refused(choose, spec):
    """A setting that cannot work is named in one line."""
    with pytest.raises(ConfigError, match="microphone|speaker|device"):
        choose(spec)


def test_files_that_cannot_be_are_refused_early():
    """Before a call begins: a WAV file that is not there, a folder that is not there."""
    with pytest.raises(DeviceError, match=r"there is no file none\.wav; .*`null`"):
        choose_microphone("none.wav")
    with pytest.raises(DeviceError, match="there is no folder none"):
        choose_speaker("none/a.wav")

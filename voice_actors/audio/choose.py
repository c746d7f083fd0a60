"""From what a person types to a microphone or a loudspeaker."""

from __future__ import annotations

import os
from pathlib import Path

from voice_actors.audio.device import DeviceMicrophone, DeviceSpeaker
from voice_actors.audio.ends import Loudspeaker, Microphone
from voice_actors.audio.files import NullSpeaker, WavMicrophone, WavSpeaker
from voice_actors.audio.raw import RawMicrophone, RawSpeaker
from voice_actors.errors import ConfigError, DeviceError


def choose_microphone(
    spec: Microphone | str | int | os.PathLike[str] | None = None, *, paced: bool = True
) -> Microphone:
    """The microphone that `spec` means.

    None is the system's default device; a number, a string of digits or any other name is a device; `….wav` or the path
    of a file is a WAV file; `-` is raw 16 kHz audio from standard input. A `Microphone` is returned as it is. Not
    `paced`, a file is read as fast as it goes.

    Raises:
        DeviceError: there is no such file.
        ConfigError: `spec` is something else.
    """
    match spec:
        case None | int():
            return DeviceMicrophone(_index(spec))
        case os.PathLike():
            return _wav_microphone(os.fspath(spec), paced)
        case "-":
            return RawMicrophone(paced=paced)
        case str() if _means_wav(spec) or Path(spec).is_file():
            return _wav_microphone(spec, paced)
        case str():
            return DeviceMicrophone(_device(spec, "microphone"))
        case Microphone():
            return spec
    raise ConfigError(f"microphone is {spec!r}; a device's name or number, a .wav path, - or a Microphone is needed")


def choose_speaker(
    spec: Loudspeaker | str | int | os.PathLike[str] | None = None, *, paced: bool = True
) -> Loudspeaker:
    """The loudspeaker that `spec` means.

    As `choose_microphone`; `-` is raw 24 kHz audio on standard output, and `null` plays in real time to nowhere.

    Raises:
        DeviceError: the folder of a `.wav` path does not exist.
        ConfigError: `spec` is something else.
    """
    match spec:
        case None | int():
            return DeviceSpeaker(_index(spec))
        case os.PathLike():
            return _wav_speaker(os.fspath(spec), paced)
        case "-":
            return RawSpeaker()
        case "null":
            return NullSpeaker()
        case str() if _means_wav(spec):
            return _wav_speaker(spec, paced)
        case str():
            return DeviceSpeaker(_device(spec, "speaker"))
        case Loudspeaker():
            return spec
    raise ConfigError(
        f"speaker is {spec!r}; a device's name or number, a .wav path, -, null or a Loudspeaker is needed"
    )


def _means_wav(spec: str) -> bool:
    return spec.lower().endswith(".wav")


def _wav_microphone(path: str, paced: bool) -> Microphone:
    if not Path(path).exists():
        raise DeviceError(
            f"there is no file {path}; give the path of a WAV file, or `null` for no microphone", device=path
        )
    return WavMicrophone(path, paced=paced)


def _wav_speaker(path: str, paced: bool) -> Loudspeaker:
    if not Path(path).parent.is_dir():
        raise DeviceError(f"there is no folder {Path(path).parent} to write {Path(path).name} in", device=path)
    return WavSpeaker(path, paced=paced)


def _index(spec: int | None) -> int | None:
    if spec is not None and (isinstance(spec, bool) or spec < 0):
        raise ConfigError(f"there is no audio device number {spec}; `voice-actors devices` lists them")
    return spec


def _device(spec: str, role: str) -> str | int:
    if not spec.strip():
        raise ConfigError(f"the {role}'s name is empty; leave it out for the default device")
    return int(spec) if spec.isdecimal() else spec

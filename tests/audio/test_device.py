"""Sound devices on a machine that lacks what they need."""

from __future__ import annotations

import subprocess
import sys

import pytest

from voice_actors.audio.device import DeviceMicrophone, DeviceSpeaker, list_devices
from voice_actors.errors import MissingPartError


@pytest.fixture
def no_portaudio(tmp_path, monkeypatch):
    """A sounddevice that cannot find its library: it raises OSError when it is imported."""
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)


async def test_without_portaudio_one_line_says_what_to_install(no_portaudio):
    """Opening either end, or listing devices, names the library and how to get it."""
    remedy = "libportaudio2" if sys.platform == "linux" else "pip install"
    with pytest.raises(MissingPartError, match=remedy):
        await DeviceMicrophone().open(20).__aenter__()
    with pytest.raises(MissingPartError, match=remedy):
        await DeviceSpeaker(0).open().__aenter__()
    with pytest.raises(MissingPartError, match=remedy):
        list_devices()


async def test_without_the_package_one_line_says_what_to_install(monkeypatch):
    """sounddevice itself may be missing where the package was installed without its dependencies."""
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(MissingPartError, match="pip install sounddevice"):
        list_devices()


def test_importing_the_module_does_not_load_portaudio():
    """A program that plays files never touches the sound library, nor numpy."""
    code = "import sys; import voice_actors.audio.choose;assert not {'sounddevice', 'numpy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)

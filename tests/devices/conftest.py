"""A sound card that is none: PulseAudio with null sinks, started for these tests alone."""

from __future__ import annotations

import ctypes.util
import os
import shutil
import signal
import subprocess
import threading
import time

import pytest


def _missing():
    missing = [tool for tool in ("pulseaudio", "pactl", "paplay", "parec") if shutil.which(tool) is None]
    if ctypes.util.find_library("portaudio") is None:
        missing.append("libportaudio2")
    return missing


class SoundServer:
    """Feeds the microphone, hears the loudspeaker, and can be killed like a device that is unplugged."""

    def __init__(self, folder):
        self.environment = {
            **os.environ,
            "XDG_RUNTIME_DIR": str(folder),
            "HOME": str(folder),
            "PULSE_SERVER": f"unix:{folder}/va.sock",
            "PULSE_COOKIE": f"{folder}/cookie",
        }
        # norewinds: without it a null sink works in blocks of two seconds
        modules = [
            f"module-native-protocol-unix socket={folder}/va.sock auth-anonymous=1",
            "module-null-sink sink_name=speaker rate=48000 channels=2 norewinds=1",
            "module-null-sink sink_name=micfeed rate=48000 channels=1 norewinds=1",
            "module-remap-source source_name=mic master=micfeed.monitor channels=1",
        ]
        command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]
        for module in modules:
            command += ["-L", module]
        self.command = command
        self.process = subprocess.Popen(
            command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._wait_until_it_answers()
        self.run("pactl", "set-default-sink", "speaker")
        self.run("pactl", "set-default-source", "mic")

    def _wait_until_it_answers(self):
        deadline = time.monotonic() + 10
        while subprocess.run(["pactl", "info"], env=self.environment, capture_output=True).returncode:
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise RuntimeError("pulseaudio did not start")
            time.sleep(0.02)  # a sound server does not say when it listens; it has to be asked

    def run(self, *command):
        subprocess.run(command, env=self.environment, check=True, capture_output=True)

    def feed(self, pcm):
        """Say this (24 kHz mono) into the microphone."""
        command = ["paplay", "-d", "micfeed", "--raw", "--format=s16le", "--rate=24000", "--channels=1"]
        process = subprocess.Popen(command, env=self.environment, stdin=subprocess.PIPE)
        process.stdin.write(pcm)
        process.stdin.close()
        return process

    def hear(self, monitor="speaker.monitor"):
        """A process whose standard output is what the loudspeaker plays (24 kHz mono)."""
        command = ["parec", "-d", monitor, "--format=s16le", "--rate=24000", "--channels=1", "--raw"]
        return subprocess.Popen([*command, "--latency-msec=10"], env=self.environment, stdout=subprocess.PIPE)

    def ear(self, monitor="speaker.monitor"):
        """Somebody at that loudspeaker."""
        return Ear(self.hear(monitor))

    def pause(self):
        """The device stalls: it calls nobody any more."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def close(self):
        self.resume()
        self.process.kill()
        self.process.wait()


class Ear:
    """Listens to a loudspeaker in a thread; `since` gives what was heard after a mark."""

    def __init__(self, process):
        self._process = process
        self._heard = bytearray()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()
        assert self._started.wait(10)

    def _listen(self):
        while pcm := self._process.stdout.read(480):
            self._heard += pcm
            self._started.set()

    def mark(self):
        return len(self._heard)

    def since(self, mark):
        return bytes(self._heard[mark:])

    def close(self):
        self._process.kill()
        self._process.wait()
        self._thread.join()
        self._process.stdout.close()


@pytest.fixture
def ear(sound):
    """Somebody at the loudspeaker."""
    ear = sound.ear()
    yield ear
    ear.close()


@pytest.fixture
def sound(tmp_path, monkeypatch):
    """The sound server, and PortAudio restarted so that it sees it."""
    if missing := _missing():
        reason = f"not installed: {', '.join(missing)}"
        if os.environ.get("CI"):
            pytest.fail(f"{reason}; CI must have them", pytrace=False)
        pytest.skip(reason)
    server = SoundServer(tmp_path)
    try:
        for name in ("XDG_RUNTIME_DIR", "PULSE_SERVER", "PULSE_COOKIE", "HOME"):
            monkeypatch.setenv(name, server.environment[name])
        _restart_portaudio()
        yield server
    finally:
        server.close()


def _restart_portaudio():
    """PortAudio lists devices once, at its start."""
    import sounddevice

    sounddevice._terminate()
    sounddevice._initialize()

"""The states in which somebody presses Ctrl-C on `voice-actors talk`, and how each is reached."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, TypeAlias

import attrs

from benchmarks.processes import BenchmarkError
from voice_actors.offline.faults import actions as f
from voice_actors.offline.faults.script import Fault, Script
from voice_actors.testing.offline import offline_server_in_thread

TOOLS = "benchmarks.hung_tool:"
GATE = ("--tools", f"{TOOLS}open_gate")
_PIPE = 4096
"""Bytes: the smallest pipe."""
_FOREVER = 86_400.0


@attrs.define(eq=False)
class Child:
    """`voice-actors talk --json`, as somebody at its pipes sees it."""

    process: subprocess.Popen[str]

    @property
    def keyboard(self) -> IO[str]:
        """What is typed."""
        assert self.process.stdin is not None
        return self.process.stdin

    def type(self, text: str) -> None:
        """A line."""
        self.keyboard.write(text + "\n")
        self.keyboard.flush()

    def wait_for(self, event: str) -> None:
        """Read on until this has happened.

        Raises:
            BenchmarkError: it ended before.
        """
        assert self.process.stdout is not None
        while line := self.process.stdout.readline():
            if f'"event":"{event}"' in line:
                return
        raise BenchmarkError(f"{event} never came")


@attrs.frozen
class Scene:
    """What is around a call."""

    options: tuple[str, ...] = ()
    env: Mapping[str, str] = attrs.field(factory=dict[str, str])
    reach: Callable[[Child], None] = lambda _: None
    """Wait until the state is there."""


Around: TypeAlias = Callable[[Path], AbstractContextManager[Scene]]
"""Makes a scene, which may keep files in this folder."""


@attrs.frozen(kw_only=True)
class State:
    """Something that a call is in the middle of."""

    name: str
    scene: Around
    signals: tuple[signal.Signals, ...] = (signal.SIGINT,)
    whole: bool = True
    """The transcript has its last line, and the recording its length: False where the disk, or whoever pressed
    Ctrl-C twice, does not let them.
    """


def _offline(typed: str = "", event: str = "Connected", *options: str) -> Around:
    def reach(child: Child) -> None:
        if typed:
            child.type(typed)
        child.wait_for(event)

    @contextmanager
    def scene(_: Path) -> Generator[Scene]:
        yield Scene(("--offline", *options), reach=reach)

    return scene


def _tool(name: str, typed: str, event: str = "ToolCalled") -> Around:
    return _offline(typed, event, "--tools", TOOLS + name)


def _served(typed: str, event: str, *faults: Fault, sessions: int = 1) -> Around:
    """By a server of ours, with these faults; the state is there when so many connections have been made."""

    @contextmanager
    def scene(folder: Path) -> Generator[Scene]:
        kept = folder / "server"

        def reach(child: Child) -> None:
            child.type(typed)
            child.wait_for(event)
            while len(list(kept.iterdir())) < sessions:
                time.sleep(0.01)  # the server runs in a thread and tells nobody outside of its connections

        with offline_server_in_thread(script=Script(faults), real=False, record=kept) as server:
            yield Scene(env=server.env, reach=reach)

    return scene


@contextmanager
def _dialling(_: Path) -> Generator[Scene]:
    """A server that takes the connection, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken = list[socket.socket]()

        def reach(_: Child) -> None:
            listener.settimeout(60)
            taken.append(listener.accept()[0])

        port: int = listener.getsockname()[1]
        env = {"GEMINI_API_KEY": "k", "GOOGLE_GEMINI_BASE_URL": f"https://127.0.0.1:{port}"}
        try:
            yield Scene(env=env, reach=reach)
        finally:
            for connection in taken:
                connection.close()


@contextmanager
def _nameless(_: Path) -> Generator[Scene]:
    env = {"GEMINI_API_KEY": "k", "GOOGLE_GEMINI_BASE_URL": "https://server.example"}
    yield Scene(("--tools", "benchmarks.no_names"), env, lambda child: child.wait_for("NameAsked"))


@contextmanager
def _blocked_disk(folder: Path) -> Generator[Scene]:
    """The transcript is a pipe that is full, so that the loop itself stands still in a write."""
    pipe = folder / "blocked"
    os.mkfifo(pipe)
    file = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    fcntl.fcntl(file, fcntl.F_SETPIPE_SZ, _PIPE)

    def reach(child: Child) -> None:
        child.wait_for("Connected")
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(file, b"\n")
        child.type("hello")
        wait_until_it_writes(child.process.pid)

    try:
        yield Scene(("--offline", "--transcript", str(pipe)), reach=reach)
    finally:
        os.close(file)


def wait_until_it_writes(process: int) -> None:
    """Until the main thread of a process waits for room in a pipe; only Linux tells."""
    waits = Path(f"/proc/{process}/wchan")
    while "pipe_write" not in waits.read_text("ascii"):
        time.sleep(0.01)  # the kernel does not say when; it has to be asked


@contextmanager
def _device_gone(folder: Path) -> Generator[Scene]:
    """The sound server is stopped in the middle of the call."""
    env = os.environ | {
        "XDG_RUNTIME_DIR": str(folder),
        "HOME": str(folder),
        "PULSE_SERVER": f"unix:{folder}/va.sock",
        "PULSE_COOKIE": f"{folder}/cookie",
    }
    loaded = (
        f"module-native-protocol-unix socket={folder}/va.sock auth-anonymous=1",
        "module-null-sink sink_name=speaker norewinds=1",
    )
    command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]
    command += [word for module in loaded for word in ("-L", module)]
    with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        while not (folder / "va.sock").exists():
            time.sleep(0.02)  # a sound server does not say when it listens

        def reach(child: Child) -> None:
            child.wait_for("Connected")
            server.send_signal(signal.SIGSTOP)
            child.wait_for("DeviceLost")

        try:
            yield Scene(("--offline", "--mic", "pulse", "--aec", "off"), env, reach)
        finally:
            server.kill()


def has_sound_server() -> bool:
    """Whether a device can be had that then goes away."""
    return shutil.which("pulseaudio") is not None


_AWAY = Fault("connection", f.Refuse(503), connections=tuple(range(2, 10)))
_NEVER_AGAIN = Fault("setup", f.Delay(_FOREVER), resumed=True)
_TWICE = (signal.SIGINT, signal.SIGINT)
STATES = (
    State(name="idle", scene=_offline("hello", "TurnEnded")),
    State(name="idle, SIGTERM", scene=_offline("hello", "TurnEnded"), signals=(signal.SIGTERM,)),
    State(name="in a reply", scene=_offline("tell me a long story", "TurnStarted")),
    State(name="a tool that waits", scene=_tool("open_garage", "open the garage")),
    State(name="a tool that is shielded", scene=_tool("open_gate", "open the gate")),
    State(name="… Ctrl-C twice", scene=_tool("open_gate", "open the gate"), signals=_TWICE, whole=False),
    State(name="a tool's thread that sleeps", scene=_tool("open_door", "open the door")),
    State(name="a tool's process that spins", scene=_tool("open_window", "open the window")),
    State(name="an MCP server that hangs", scene=_tool("hung_server", "open the bridge")),
    State(name="a call that waits for consent", scene=_tool("open_vault", "open the vault", "ConsentAsked")),
    State(name="no name server answers", scene=_nameless),
    State(name="dialling a server that says nothing", scene=_dialling),
    State(
        name="between two tries to connect",
        scene=_served("hello", "Disconnected", Fault("reply-audio", f.Close(1011)), _AWAY),
    ),
    State(name="the model is silent", scene=_served("hello", "TextSent", Fault("client-text", f.Silence()))),
    State(name="the server reads nothing", scene=_served("hello", "TextSent", Fault("client-text", f.Deafness()))),
    State(
        name="in the middle of a hand-over",
        scene=_served("hello", "GoingAway", Fault("turn-complete", f.Announce(4.0)), _NEVER_AGAIN, sessions=2),
    ),
    State(name="the device is gone", scene=_device_gone),
    State(name="the disk takes nothing", scene=_blocked_disk, whole=False),
)

"""The real command in a real terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import wave
from contextlib import contextmanager

import pytest

from voice_actors.cli.console.push_key import ASK, TELL, TELL_NO_MORE
from voice_actors.cli.console.terminal import ENTER, LEAVE, RealTerminal

TALK = ("talk", "--offline", "--mic", "null", "--speaker", "null")


class Terminal:
    """The outer end of a pseudo-terminal with `voice-actors` inside, started by `talking`."""

    def __init__(self, outer, inner, process):
        self.outer, self.inner, self.process, self.seen = outer, inner, process, ""

    def wait_for(self, text):
        while text not in self.seen:
            assert select.select([self.outer], [], [], 60)[0], f"never came: {text!r} after {self.seen!r}"
            self.seen += os.read(self.outer, 65_536).decode(errors="replace")

    def type(self, keys):
        os.write(self.outer, keys)

    def leave(self):
        """The exit code, everything having been read."""
        while self.process.poll() is None:
            if select.select([self.outer], [], [], 0.05)[0]:
                self.seen += os.read(self.outer, 65_536).decode(errors="replace")
        while select.select([self.outer], [], [], 0)[0]:
            self.seen += os.read(self.outer, 65_536).decode(errors="replace")
        return self.process.returncode


@contextmanager
def talking(environment, cwd, *arguments, **extra):
    outer, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "voice_actors", *arguments],
        stdin=inner,
        stdout=inner,
        stderr=inner,
        cwd=cwd,
        env={**environment, "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8", **extra},
        start_new_session=True,
    )
    try:
        yield Terminal(outer, inner, process)
    finally:
        process.kill()
        process.wait()
        os.close(outer)
        os.close(inner)


@pytest.mark.slow
def test_a_terminal_that_tells_when_keys_are_let_go_is_left_as_it_was(environment, tmp_path):
    """It is asked with push-to-talk, told to tell once it answers, and told to stop."""
    with wave.open(str(tmp_path / "silence.wav"), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(bytes(32_000 * 60))
    with talking(environment, tmp_path, *TALK[:3], "silence.wav", *TALK[4:], "--ptt") as terminal:
        terminal.wait_for(ASK)
        terminal.type(b"\x1b[?0u")
        terminal.wait_for(TELL)
        terminal.type(b"\x1b[32;;32u\x1b[32;1:2;32u\x1b[32;1:3u")
        terminal.wait_for("on air")
        terminal.seen = ""
        terminal.type(b"\x1b[112;5u")
        terminal.wait_for("^P talks")
        terminal.type(b"\x1b[100;5u")
        assert 0 == terminal.leave(), terminal.seen
        assert TELL_NO_MORE + LEAVE in terminal.seen


@pytest.mark.slow
def test_a_typed_conversation_in_a_real_terminal(environment, tmp_path):
    """A line, its answer on the screen, ^D: exit code 0, the terminal as it was, the captions left on it."""
    with talking(environment, tmp_path, *TALK) as terminal:
        before = termios.tcgetattr(terminal.inner)
        terminal.wait_for("connected")
        terminal.type(b"What is 6 times 7?\r")
        terminal.wait_for("42.")
        assert before != termios.tcgetattr(terminal.inner)
        terminal.type(b"\x04")
        assert 0 == terminal.leave()
        assert before == termios.tcgetattr(terminal.inner)
    assert ENTER in terminal.seen
    left = terminal.seen.split(LEAVE)[1]
    assert "What is 6 times 7?" in left
    assert "42" in left
    assert "\x1b[?1049" not in left


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_leaves_the_terminal_as_it_was(environment, tmp_path, number):
    """With the signal's exit code."""
    with talking(environment, tmp_path, *TALK) as terminal:
        before = termios.tcgetattr(terminal.inner)
        terminal.wait_for("connected")
        terminal.process.send_signal(number)
        assert 128 + number == terminal.leave()
        assert before == termios.tcgetattr(terminal.inner)
    assert 1 == terminal.seen.count(LEAVE)


@pytest.mark.slow
@pytest.mark.parametrize(("arguments", "extra"), [(("--plain",), {}), ((), {"TERM": "dumb"})])
def test_plain_lines_where_they_are_wanted(environment, tmp_path, arguments, extra):
    """Asked for, or a terminal that cannot be drawn on."""
    with talking(environment, tmp_path, *TALK, *arguments, **extra) as terminal:
        terminal.wait_for("[talking with")
        terminal.type(b"/quit\n")
        assert 0 == terminal.leave()
    assert ENTER not in terminal.seen


def test_an_exception_gives_the_terminal_back():
    """Once, however often it is asked to."""
    outer, inner = pty.openpty()
    with open(inner, "w", closefd=False) as stream:
        before = termios.tcgetattr(inner)
        terminal = RealTerminal(inner, stream)
        with pytest.raises(ZeroDivisionError), terminal.taken():
            assert before != termios.tcgetattr(inner)
            1 / 0
        terminal.restore()
        assert before == termios.tcgetattr(inner)
        written = b""
        while select.select([outer], [], [], 0)[0]:
            written += os.read(outer, 1_000)
        assert 1 == written.decode().count(LEAVE)
        assert (80, 24) == terminal.size()
    os.close(outer)
    os.close(inner)

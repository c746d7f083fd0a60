"""Runs the measured programs: each in a process of its own, its CPU time and memory counted by the kernel."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import IO, Any

import attrs

ROOT = Path(__file__).parent.parent
BYTECODE = Path(__file__).parent / "out" / "bytecode"
"""Of measured programs, where Python was told to write none."""
_STOP_WITHIN = 20.0
"""Seconds that a server has to end after its input was closed."""


class BenchmarkError(Exception):
    """A measured program failed, so this run says nothing."""


@attrs.frozen
class Ran:
    """A program that ran to its end."""

    report: Mapping[str, Any]
    """Its last line, which is JSON."""
    cpu: float
    """Seconds of CPU time, user and system, from its start to its end."""
    wall: float
    """Seconds."""


def run(module: str, *arguments: str, env: Mapping[str, str] | None = None) -> Ran:
    """Run `python -m module` to its end.

    Raises:
        BenchmarkError: it failed, or said nothing.
    """
    return run_python(["-m", module, *arguments], env=env)


def run_python(
    arguments: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    python: str = sys.executable,
    timeout: float | None = None,
    typing: bool = False,
) -> Ran:
    """Run an interpreter, if not told otherwise the one that runs us. See `run`.

    After `timeout` seconds it is killed, which is a failure. `typing` gives it somebody to read lines from, who types
    none; without, its standard input is at its end.
    """
    import time

    began = time.monotonic()
    process = _start(arguments, env, stdin=subprocess.PIPE if typing else subprocess.DEVNULL, python=python)
    assert process.stdout is not None
    with process.stdin or nullcontext(), process.stdout, _killed_after(timeout, process):
        lines = process.stdout.read().splitlines()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0 or not lines:
        raise BenchmarkError(f"{' '.join(arguments[:2])} ended with exit code {process.returncode}")
    return Ran(json.loads(lines[-1]), usage.ru_utime + usage.ru_stime, time.monotonic() - began)


@contextmanager
def _killed_after(timeout: float | None, process: subprocess.Popen[str]) -> Generator[None, None, None]:
    timer = threading.Timer(threading.TIMEOUT_MAX if timeout is None else timeout, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@attrs.define(eq=False)
class Served:
    """A server that runs beside us and says one line of JSON for each thing that it has to say.

    A thread reads its lines as they come: a server that had to wait for us would not serve.
    """

    _output: IO[str]
    _input: IO[str]
    _lines: queue.SimpleQueue[str] = attrs.field(factory=queue.SimpleQueue[str], init=False)
    ready: Mapping[str, Any] = attrs.field(factory=dict[str, Any], init=False)
    """What it said first: where it is."""

    def read(self) -> None:
        """To its end; for the thread."""
        with self._output:
            for line in self._output:
                self._lines.put(line)
        self._lines.put("")

    def next_line(self) -> Mapping[str, Any]:
        """What it says next.

        Raises:
            BenchmarkError: it has ended.
        """
        line = self._lines.get()
        if not line:
            raise BenchmarkError("the server has ended")
        said: Mapping[str, Any] = json.loads(line)
        return said

    def ask(self) -> Mapping[str, Any]:
        """For a server that says what it has seen when it is asked: do so.

        Raises:
            BenchmarkError: it has ended.
        """
        self._input.write("\n")
        self._input.flush()
        return self.next_line()

    def forget(self) -> None:
        """What it has said so far is of no interest."""
        while not self._lines.empty():
            self._lines.get()


@contextmanager
def serving(module: str, *arguments: str) -> Generator[Served, None, None]:
    """Run `python -m module` as long as the block lasts; it ends when its input does."""
    process = _start(["-m", module, *arguments], None, stdin=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    served = Served(process.stdout, process.stdin)
    reader = threading.Thread(target=served.read, name="reader")
    reader.start()
    try:
        with process.stdin:
            served.ready = served.next_line()
            yield served
        process.wait(_STOP_WITHIN)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        reader.join()
    if process.returncode != 0:
        raise BenchmarkError(f"{module} ended with exit code {process.returncode}")


def _start(
    arguments: Sequence[str], env: Mapping[str, str] | None, *, stdin: int, python: str = sys.executable
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [python, *arguments],
        stdin=stdin,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, **_with_bytecode(), **(env or {})},
    )


def _with_bytecode() -> dict[str, str]:
    """Whoever installs a package has its bytecode from the first start on. Where this machine keeps none, what we start
    keeps its own, apart: to compile a package anew at each start is a cost that nobody else has.
    """
    if not sys.dont_write_bytecode:
        return {}
    return {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(BYTECODE)}


def resident_mb() -> float:
    """The most memory that this process ever held, MB."""
    try:
        status = Path("/proc/self/status").read_text("ascii")
    except OSError:
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / 2**20 if sys.platform == "darwin" else peak / 1024
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))

"""Run tests in a process of their own, against a module that is not what it should be."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import json
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import attrs
import pytest

FAILED = 1
NOTICED = (FAILED, 2, 3)
"""Exit codes of pytest: a test failed; a test file cannot even be imported; a fixture or plugin breaks."""


@attrs.frozen
class Covering:
    """Which tests run which lines."""

    seconds: dict[str, float]
    """What each test takes, by its name."""
    lines: dict[str, dict[str, set[int]]]
    """By file and test; the test `""` is the import."""

    def tests_of(self, file: str, first: int, last: int, mirrors: tuple[str, ...]) -> list[str]:
        """Tests that run one of these lines: first those that mirror the module, then the quick ones.

        What runs at import is everybody's: then all tests that run any line of the file.
        """
        by_test = self.lines.get(file, {})
        wanted = set(range(first, last + 1))
        found = [test for test, lines in by_test.items() if test and lines & wanted]
        if not found and by_test.get("", set()) & wanted:
            found = [test for test in by_test if test]
        return sorted(found, key=lambda test: (not test.startswith(mirrors), self.seconds[test]))


class _Tracer:
    """Notes which lines of some files run while a test does."""

    def __init__(self, files: Sequence[Path]) -> None:
        self.names = {str(file): str(file.relative_to(Path.cwd())) for file in files}
        self.lines: dict[str, dict[str, set[int]]] = {name: {"": set()} for name in self.names.values()}
        self.seconds: dict[str, float] = {}
        self.now = ""

    def call(self, frame: FrameType, event: str, argument: Any) -> Any:
        name = self.names.get(frame.f_code.co_filename)
        if name is None:
            return None
        seen = self.lines[name].setdefault(self.now, set())
        seen.add(frame.f_lineno)

        def line(inner: FrameType, event: str, argument: Any) -> Any:
            seen.add(inner.f_lineno)
            return line

        return line

    def start(self) -> None:
        threading.settrace(self.call)
        sys.settrace(self.call)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        self.now, began = item.nodeid, time.perf_counter()
        self.start()
        try:
            return (yield)
        finally:
            self.now, self.seconds[item.nodeid] = "", time.perf_counter() - began


@attrs.define
class _Only:
    """Keeps these tests, in this order."""

    names: Sequence[str]

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        by_name = {item.nodeid: item for item in items}
        items[:] = [by_name[name] for name in self.names]


@attrs.define
class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives a module another source than the one in its file."""

    module: str
    file: str
    source: str

    def find_spec(self, name: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if name != self.module:
            return None
        spec = importlib.machinery.ModuleSpec(name, self, origin=self.file)
        spec.has_location = True
        return spec

    def exec_module(self, module: Any) -> None:
        code: CodeType = compile(self.source, self.file, "exec")
        exec(code, module.__dict__)


def covering(tests: Sequence[str], files: Sequence[Path], log: Path) -> Covering:
    """Run all tests once, and note what each runs.

    Raises:
        RuntimeError: they fail as it is.
    """
    result = log.with_suffix(".json")

    def run() -> int:
        tracer = _Tracer([file.resolve() for file in files])
        tracer.start()
        code = pytest.main(_arguments(tests), plugins=[tracer])
        sys.settrace(None)
        lines = {name: {test: sorted(seen) for test, seen in each.items()} for name, each in tracer.lines.items()}
        result.write_text(json.dumps({"seconds": tracer.seconds, "lines": lines}), "utf-8")
        return int(code)

    code = Child.start(run, log, within=3_600).wait()
    if code != 0:
        raise RuntimeError(f"the tests fail on the code as it is:\n{log.read_text('utf-8')[-3_000:]}")
    found = json.loads(result.read_text("utf-8"))
    lines = {name: {test: set(seen) for test, seen in each.items()} for name, each in found["lines"].items()}
    return Covering(found["seconds"], lines)


def against(module: str, file: str, source: str, tests: Sequence[str], log: Path, within: float) -> Child:
    """Begin running these tests against a changed module; they have so many seconds."""

    def run() -> int:
        sys.meta_path.insert(0, _Changed(module, str(Path(file).resolve()), source))
        files = list(dict.fromkeys(test.partition("::")[0] for test in tests))
        return int(pytest.main([*_arguments(files), "-x"], plugins=[_Only(tests)]))

    return Child.start(run, log, within)


def _arguments(tests: Sequence[str]) -> list[str]:
    return ["-q", "-p", "no:cacheprovider", "--no-header", "--tb=line", *tests]


@attrs.define
class Child:
    """A fork of this process, which must not have imported the package."""

    process: int
    deadline: float
    timed_out: bool = False

    @classmethod
    def start(cls, run: Any, log: Path, within: float) -> Child:
        """Run this function in it; what it prints goes to the log."""
        process = os.fork()
        if process:
            return cls(process, time.monotonic() + within)
        code = 70
        try:
            os.setsid()
            into = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(into, 1)
            os.dup2(into, 2)
            code = run()
        except BaseException:  # a fork must not go on as its parent
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def poll(self) -> int | None:
        """Its exit code, or None while it runs; one that takes too long is killed, and counts as failed."""
        done, status = os.waitpid(self.process, os.WNOHANG)
        if done:
            return FAILED if self.timed_out else os.waitstatus_to_exitcode(status)
        if time.monotonic() > self.deadline and not self.timed_out:
            self.timed_out = True
            os.killpg(self.process, signal.SIGKILL)
        return None

    def wait(self) -> int:
        """Its exit code, when it has ended."""
        while (code := self.poll()) is None:
            time.sleep(0.05)
        return code

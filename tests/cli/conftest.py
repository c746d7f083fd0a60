"""Shared by the tests of the command line."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(autouse=True)
def _root_logger() -> Generator[None]:
    """The command line sets the level of all logging, which is its own process's affair and no other test's."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield
    root.setLevel(level)
    root.handlers[:] = handlers


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment without keys, proxies and other servers, in which this tree's package is found."""
    import os

    doubtful = ("GOOGLE", "GEMINI", "SSL_CERT", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "PYTHONWARNINGS", "PULSE")
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(doubtful)}
    return {**kept, "PYTHONPATH": str(ROOT)}


@pytest.fixture
def voice_actors(tmp_path: Path, environment: dict[str, str]) -> Run:
    """Run `voice-actors` with these arguments in an empty directory, to its end."""

    def run(*arguments: str, stdin: str = "", **extra: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "voice_actors", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**environment, **extra},
            timeout=120,
            check=False,
        )

    return run

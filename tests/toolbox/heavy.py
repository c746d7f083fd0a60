"""Tools for processes: another process finds them here by name."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pydantic


class Point(pydantic.BaseModel):
    x: int


class Local(Exception):
    """Cannot be made anew from its message alone."""

    def __init__(self, one, two):
        super().__init__(f"{one} {two}")


def where(point: Point, days: int = 1) -> dict:
    """Say where."""
    return {"pid": os.getpid(), "x": point.x, "days": days}


def lock_up(file: Path) -> None:
    """Keep the interpreter's lock in C for a long time."""
    file.with_suffix(".new").write_text(str(os.getpid()))
    file.with_suffix(".new").rename(file)
    sum(range(10**12))


def crash() -> None:
    os.kill(os.getpid(), 9)


def fail(how: str) -> None:
    if how == "plain":
        raise OSError("no disk")
    raise Local("no", "disk")


def picture() -> bytes:
    return b"\x89PNG\r\n\x1a\n"


def pause(seconds: float) -> float:
    """Sleep; say when it began."""
    began = time.monotonic()
    time.sleep(seconds)
    return began

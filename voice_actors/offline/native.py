"""Native code in threads that a cancelled task leaves behind: the interpreter's end waits for it.

A thread that comes back from a C++ library to an interpreter which is being taken down ends the process with SIGABRT
("terminate called without an active exception") or SIGSEGV, whatever its exit code was to be.
"""

from __future__ import annotations

import atexit
import functools
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

import attrs

P = ParamSpec("P")
T = TypeVar("T")


@attrs.define(eq=False)
class _Inside:
    """Who is inside native code, and whether anybody may still go in."""

    _changed: threading.Condition = attrs.field(factory=threading.Condition, init=False)
    _count: int = attrs.field(default=0, init=False)
    _over: bool = attrs.field(default=False, init=False)

    @contextmanager
    def entered(self) -> Generator[None]:
        with self._changed:
            if self._over:
                raise RuntimeError("the interpreter is ending")
            self._count += 1
        try:
            yield
        finally:
            with self._changed:
                self._count -= 1
                self._changed.notify_all()

    def wait(self) -> None:
        """Until nobody is inside; nobody may go in afterwards."""
        with self._changed:
            self._over = True
            self._changed.wait_for(lambda: not self._count)


_inside = _Inside()
atexit.register(_inside.wait)


def outlived(function: Callable[P, T]) -> Callable[P, T]:
    """`function` for a thread that may be left behind; its calls take as long as they take, so they should be short.

    The result raises RuntimeError where the interpreter is ending.
    """

    @functools.wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        with _inside.entered():
            return function(*args, **kwargs)

    return guarded

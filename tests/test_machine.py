"""Tests that need the machine for themselves have it, and the others have it together."""

from __future__ import annotations

import sys
import threading

import pytest

from tests.machine import machine

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no locks of that kind, and nothing that needs them")
PATIENCE = 30


class Worker:
    """A test of another worker: it wants the machine, says when it has it, and leaves when it is told to."""

    def __init__(self, folder, *, alone, order):
        self.has_it, self._leave = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, args=(folder, alone, order))
        self._thread.start()

    def _run(self, folder, alone, order):
        with machine(folder, alone=alone):
            order.append("alone" if alone else "shared")
            self.has_it.set()
            assert self._leave.wait(PATIENCE)

    def leave(self):
        assert self.has_it.wait(PATIENCE)
        self._leave.set()
        self._thread.join(PATIENCE)


def test_others_share_it(tmp_path):
    workers = [Worker(tmp_path, alone=False, order=[]) for _ in range(3)]
    assert all(worker.has_it.wait(PATIENCE) for worker in workers)  # all of them, and none has left
    for worker in workers:
        worker.leave()


def test_one_that_wants_to_be_alone_waits_and_is_the_next(tmp_path):
    """Although others come meanwhile who could share it with those who are there."""
    order = []
    first = Worker(tmp_path, alone=False, order=order)
    assert first.has_it.wait(PATIENCE)
    alone = Worker(tmp_path, alone=True, order=order)
    while not _is_locked(tmp_path / "door"):
        assert not alone.has_it.is_set()
    late = Worker(tmp_path, alone=False, order=order)
    first.leave()
    assert alone.has_it.wait(PATIENCE)
    assert not late.has_it.is_set()
    alone.leave()
    late.leave()
    assert ["shared", "alone", "shared"] == order


def _is_locked(path):
    import fcntl

    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False

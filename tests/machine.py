"""The machine, which the workers of one run share, but for tests that need it for themselves."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def machine(folder: Path, *, alone: bool) -> Generator[None]:
    """Wait until nobody has the machine `alone`, and where we want that, until nobody else has it at all.

    Locks of the kernel on two files in `folder`, so that a worker that dies lets go. Who waits to be alone holds the
    door, and others queue behind it: it is never starved.
    """
    with (folder / "door").open("w") as door, (folder / "room").open("w") as room:
        _lock(door, alone=True)
        _lock(room, alone=alone)
        door.close()
        yield


if sys.platform == "win32":

    def _lock(file: IO[str], *, alone: bool) -> None:
        """Nothing that needs the machine for itself runs there: see `tests/devices`."""

else:
    import fcntl

    def _lock(file: IO[str], *, alone: bool) -> None:
        fcntl.flock(file, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)

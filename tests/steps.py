"""Which tasks the scheduler runs, counted."""

from __future__ import annotations

from typing import Self

import trio


class Steps(trio.abc.Instrument):
    """While the block lasts: the task of each step by its name, but the one that asks."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._me = trio.lowlevel.current_task()

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        if task is not self._me:
            self.names.append(task.name.rpartition(".")[2])

    def __enter__(self) -> Self:
        trio.lowlevel.add_instrument(self)
        return self

    def __exit__(self, *_: object) -> None:
        trio.lowlevel.remove_instrument(self)

"""A crowd of bare conversations of five actors: what a process takes with so many tasks and channels, and no more."""

from __future__ import annotations

import trio

from benchmarks.sides.bare_actors import converse
from benchmarks.sides.sessions_floor import main

if __name__ == "__main__":
    trio.run(main, converse)

"""How the sides of a comparison take turns: all are installed, then a round of each; who fails is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from benchmarks.harness import Say
from benchmarks.peers.environments import Environment, Peer
from benchmarks.processes import BenchmarkError

Side = TypeVar("Side")


def installed(peers: Iterable[Peer], notes: list[str], say: Say) -> dict[str, Environment]:
    """An environment for each that can be installed, by its name; `notes` get a line for each that cannot."""
    found: dict[str, Environment] = {}
    for peer in peers:
        say(f"installing {peer.name}")
        try:
            found[peer.name] = Environment.of(peer)
        except BenchmarkError as error:
            notes.append(f"{peer.name}: left out, {error}")
    return found


def take_turns(
    sides: dict[str, Side], rounds: int, notes: list[str], say: Say, one: Callable[[str, Side], None]
) -> None:
    """So many rounds of `one` for each side; a side that fails leaves `sides`, and `notes` get a line about it."""
    for number in range(rounds):
        for name, side in list(sides.items()):
            say(f"{name}, round {number + 1} of {rounds}")
            try:
                one(name, side)
            except BenchmarkError as error:
                notes.append(f"{name}: left out, {error}")
                del sides[name]

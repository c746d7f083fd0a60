"""How many conversations at once does the offline server carry?

More and more users talk to one server, all of them in real time, on the cores of this machine, which users and server
share. An answer is good when it begins within a second, has no gap, and says what is right to whoever hears it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.harness import Figure, Result, Say, Target, percentile
from benchmarks.processes import run, serving

CROWDS, QUICK = (1, 10, 15, 20, 25, 30, 40), (1, 10)
WANTED = 10
QUESTIONS = 5
"""That each user asks."""
WITHIN_MS, GAP_MS = 1_000.0, 20.0
BAD = 5.0
"""Per cent of answers: more, and the server does not carry that many."""


def measure(quick: bool, say: Say) -> Result:
    """Crowd after crowd, until one is too much."""
    found: dict[int, list[dict[str, Any]]] = {}
    with serving("benchmarks.crowd_server") as server:
        where = server.ready["base_url"], server.ready["ca_file"]
        for users in QUICK if quick else CROWDS:
            say(f"{users} conversations at once")
            found[users] = run("benchmarks.sides.crowd", *where, str(users), str(QUESTIONS)).report["asked"]
            if users > WANTED and bad(found[users]) > BAD:
                break
    figures = [Figure(_name(users), "ms", [one["began_ms"] for one in asked]) for users, asked in found.items()]
    ten = found[WANTED]
    targets = [
        Target("crowd", "ten at once: answers late, with gaps, or wrong", BAD, bad(ten), "%", len(ten)),
        Target("crowd", "ten at once: end of speech to first audio, p50", 700.0, _median(ten), "ms", len(ten)),
    ]
    notes = [_line(users, asked) for users, asked in found.items()]
    return Result("conversations at once", figures, targets, [*notes, f"The server carries {carried(found)} at once."])


def carried(found: Mapping[int, Sequence[Mapping[str, Any]]]) -> int:
    """The largest crowd up to which all were carried."""
    best = 0
    for users, asked in sorted(found.items()):
        if bad(asked) > BAD:
            break
        best = users
    return best


def bad(asked: Sequence[Mapping[str, Any]]) -> float:
    """Per cent of the answers."""
    return 100 * sum(not is_good(one) for one in asked) / len(asked)


def is_good(one: Mapping[str, Any]) -> bool:
    """In time, whole, and right."""
    return 0 < one["began_ms"] <= WITHIN_MS and one["gap_ms"] <= GAP_MS and one["expected"] in one["words"]


def _name(users: int) -> str:
    return f"{users} at once: last sample said to first sample of the answer"


def _median(asked: Sequence[Mapping[str, Any]]) -> float:
    return percentile([one["began_ms"] for one in asked], 50)


def _line(users: int, asked: Sequence[Mapping[str, Any]]) -> str:
    late = sum(not 0 < one["began_ms"] <= WITHIN_MS for one in asked)
    gaps = sum(one["gap_ms"] > GAP_MS for one in asked)
    wrong = sum(one["expected"] not in one["words"] for one in asked)
    return f"{users} at once: of {len(asked)} answers {late} late, {gaps} with gaps, {wrong} not understood as right"

"""How many conversations does one process carry, and what does each cost?

So many sessions at once in one process of each side, all at their own pace: 20 ms chunks up, replies of a second in
messages of 100 ms every other second, no two sessions answered in the same moment; against one server process. A side
carries a number of sessions while 99 of 100 chunks and messages are less than 20 ms old when they arrive; the server's
own delay is in that on all sides. A bare trio program with trio-websocket shows what is left where there are no agents,
and the same with five bare actors in it what having actors takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from benchmarks.harness import Figure, Result, Say, Target, percentile
from benchmarks.job import REPLY_EVERY, Job, Script
from benchmarks.processes import BenchmarkError, Served, run, serving

SIDES = {"ours": "benchmarks.sides.sessions", "google-genai": "benchmarks.sides.sessions_google_genai"}
FLOOR = {"bare trio": "benchmarks.sides.sessions_floor", "bare actors": "benchmarks.sides.sessions_bare_actors"}
"""Where there is time."""
LATE_MS = 20.0
COMPARED = 40
"""Sessions at which both sides are compared."""
TRIES = 3
"""To carry a number of sessions in time."""


@attrs.frozen
class Crowd:
    """What one process with so many sessions did."""

    sessions: int
    cpu_us: float
    """CPU of the process for each chunk sent and each message received."""
    up_p99: float
    down_p99: float
    rss_mb: float

    @property
    def in_time(self) -> bool:
        """It carried them."""
        return max(self.up_p99, self.down_p99) <= LATE_MS


def measure(quick: bool, say: Say) -> Result:
    """The cost at one size, paired; then more and more sessions until they are late."""
    chunks, rounds, step, most = (200, 1, 40, 80) if quick else (400, 7, 20, 240)
    sides = SIDES if quick else SIDES | FLOOR
    cost: dict[str, list[Crowd]] = {side: [] for side in sides}
    with serving("benchmarks.scripted_server") as server:
        alone = {side: _crowd(server, side, 1, chunks) for side in sides}
        for number in range(rounds):
            say(f"{COMPARED} sessions, round {number + 1} of {rounds}")
            for side in sides if number % 2 else reversed(sides):
                cost[side].append(_crowd(server, side, COMPARED, chunks))
        carried = _carried(server, sides, chunks, range(COMPARED, most + 1, step), say)
    return Result(
        "many conversations in one process, over TLS", _figures(cost, alone, carried), _targets(cost, alone, carried)
    )


def _carried(server: Served, sides: Iterable[str], chunks: int, sizes: Iterable[int], say: Say) -> Mapping[str, int]:
    """The largest size that each side was in time for; all try a size before the next, or one had a worse machine."""
    left, most = list(sides), dict.fromkeys(sides, 0)
    for size in sizes:
        left = [side for side in left if _carries(server, side, size, chunks, say)]
        most |= dict.fromkeys(left, size)
    return most


def _carries(server: Served, side: str, size: int, chunks: int, say: Say) -> bool:
    """A late crowd is given other tries, since these machines are shared."""
    say(f"{side}, {size} sessions")
    return any(_crowd(server, side, size, chunks).in_time for _ in range(TRIES))


def _crowd(server: Served, side: str, sessions: int, chunks: int) -> Crowd:
    turns = tuple(range(10, chunks - REPLY_EVERY - 50, REPLY_EVERY))  # the last session's are up to two seconds later
    script = Script(turns=turns, turn_ms=1_000, message_ms=100, speed=1.0)
    messages = 10 * len(turns) * sessions
    job = Job(server.ready["port"], server.ready["ca_file"], chunks, script)
    report: Mapping[str, Any] = run(
        (SIDES | FLOOR)[side], *job.arguments(), str(sessions), env={"SSL_CERT_FILE": job.ca_file}
    ).report
    up = [age for _ in range(sessions) for age in server.next_line()["up_ms"]]
    down: list[float] = report["down_ms"]
    if len(up) < sessions * (chunks - 2) - report["lost"] or len(down) < messages:
        raise BenchmarkError(
            f"{side}: {sessions} sessions lost {sessions * chunks - report['lost'] - len(up)} chunks and "
            f"{messages - len(down)} messages"
        )
    cpu = report["cpu"] / (chunks * sessions + messages) * 1e6
    return Crowd(sessions, cpu, percentile(up, 99), percentile(down, 99), report["rss_mb"])


def _kb(crowds: list[Crowd], alone: Crowd) -> list[float]:
    return [(crowd.rss_mb - alone.rss_mb) * 1024 / (crowd.sessions - 1) for crowd in crowds]


def _figures(cost: Mapping[str, list[Crowd]], alone: Mapping[str, Crowd], carried: Mapping[str, int]) -> list[Figure]:
    figures: list[Figure] = []
    for side, crowds in cost.items():
        of = f"{COMPARED} sessions: {side}"
        figures += [
            Figure(f"{of}, a chunk or message", "us CPU", [crowd.cpu_us for crowd in crowds]),
            Figure(f"{of}, microphone to server, p99", "ms", [crowd.up_p99 for crowd in crowds]),
            Figure(f"{of}, server to loudspeaker, p99", "ms", [crowd.down_p99 for crowd in crowds]),
            Figure(f"{of}, memory of each further one", "KB", _kb(crowds, alone[side])),
            Figure(f"sessions carried: {side}", "", [float(carried[side])]),
        ]
    return figures


def _targets(cost: Mapping[str, list[Crowd]], alone: Mapping[str, Crowd], carried: Mapping[str, int]) -> list[Target]:
    from benchmarks.harness import paired

    ours, theirs = cost["ours"], cost["google-genai"]
    further = _kb(ours, alone["ours"])
    compared = (
        ("T3", "CPU of a chunk or message, many sessions, against google-genai", 0.85, "cpu_us"),
        ("T4", "p99 up, many sessions, against google-genai", 0.7, "up_p99"),
        ("T4", "p99 down, many sessions, against google-genai", 0.5, "down_p99"),
    )
    return [
        *(
            paired(name, what, most, [getattr(crowd, of) for crowd in ours], [getattr(crowd, of) for crowd in theirs])
            for name, what, most, of in compared
        ),
        Target(
            "T4",
            "sessions that google-genai carries for each of ours",
            1 / 1.25,
            carried["google-genai"] / max(carried["ours"], 1),
            "x",
            1,
        ),
        Target("T7", "memory of each further session", 130, percentile(further, 50), "KB", len(further)),
    ]

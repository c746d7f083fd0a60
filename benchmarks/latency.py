"""How much later does sound arrive because of us? One conversation at its own pace, with replies half of the time.

The age of each microphone chunk when the server has decoded it, and of each reply message when the side would hand it
to a loudspeaker; our own agent's whole path against google-genai's client with the usual loop, in turn. A bare trio
program with trio-websocket shows what is left where there is no agent at all.
"""

from __future__ import annotations

from typing import TypeAlias

from benchmarks.harness import Figure, Result, Say, Target, paired, percentile
from benchmarks.job import CHUNK_MS, UNPACED, Job, Script
from benchmarks.processes import BenchmarkError, Served, run, serving

SIDES = {"ours": "benchmarks.sides.agent", "google-genai": "benchmarks.sides.google_genai"}
FLOOR = {"bare trio": "benchmarks.sides.floor"}
"""With chunks of 20 ms only, and where there is time."""
Found: TypeAlias = dict[tuple[str, int], list[float]]
"""Medians of sessions, ms, by side and length of the chunks, ms."""


def measure(quick: bool, say: Say) -> Result:
    """The sides in turn; each round gives one median of either way. The targets are those of 20 ms chunks."""
    seconds, rounds = (1.6, {CHUNK_MS: 2}) if quick else (10.0, {CHUNK_MS: 7, 10: 3, 40: 3})
    up: Found = {(side, chunk_ms): [] for chunk_ms in rounds for side in _sides(chunk_ms, quick=quick)}
    down: Found = {key: [] for key in up}
    with serving("benchmarks.scripted_server") as server:
        for chunk_ms, count in rounds.items():
            for number in range(count):
                say(f"chunks of {chunk_ms} ms, round {number + 1} of {count}")
                sides = _sides(chunk_ms, quick=quick)
                for side in sides if number % 2 else reversed(sides):
                    ages_up, ages_down = _session(server, side, seconds, chunk_ms)
                    up[side, chunk_ms] += [percentile(ages_up, 50)]
                    down[side, chunk_ms] += [percentile(ages_down, 50)]
    figures = [
        Figure(f"{way}: {side}, medians of sessions{_of(chunk_ms)}", "ms", samples)
        for way, found in (("microphone to server", up), ("server to loudspeaker", down))
        for (side, chunk_ms), samples in found.items()
    ]
    return Result("latency that is added at the conversation's own pace, over TLS", figures, _targets(up, down))


def _sides(chunk_ms: int, *, quick: bool) -> dict[str, str]:
    return SIDES | FLOOR if chunk_ms == CHUNK_MS and not quick else SIDES


def _of(chunk_ms: int) -> str:
    return "" if chunk_ms == CHUNK_MS else f", {chunk_ms} ms chunks"


def _targets(up: Found, down: Found) -> list[Target]:
    return [
        paired(
            "T5",
            f"latency added {way}, p50, against google-genai",
            0.8,
            found["ours", CHUNK_MS],
            found["google-genai", CHUNK_MS],
        )
        for way, found in (("up", up), ("down", down))
    ]


def _session(server: Served, side: str, seconds: float, chunk_ms: int) -> tuple[list[float], list[float]]:
    """Ages of the chunks, and of the replies' messages."""
    chunks, second = round(seconds * 1000 / chunk_ms), 1000 // chunk_ms
    turns = tuple(range(10, chunks - second, 2 * second))
    script = Script(turns=turns, chunk_ms=chunk_ms, turn_ms=1_000, message_ms=100, speed=1.0)
    job = Job(server.ready["port"], server.ready["ca_file"], chunks, script)
    arguments = (*job.arguments(), UNPACED) if side == "ours" else job.arguments()
    down: list[float] = run((SIDES | FLOOR)[side], *arguments, env={"SSL_CERT_FILE": job.ca_file}).report["down_ms"]
    up: list[float] = server.next_line()["up_ms"]
    if len(down) < 10 * len(script.turns) or len(up) < chunks - 2:
        raise BenchmarkError(f"{side} lost {10 * len(script.turns) - len(down)} messages and {chunks - len(up)} chunks")
    return up, down

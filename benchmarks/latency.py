"""How much later does sound arrive because of us? One conversation at its own pace, with replies half of the time.

The age of each microphone chunk when the server has decoded it, and of each reply message when the side would hand it
to a loudspeaker; our own agent's whole path against google-genai's client with the usual loop, in turn.
"""

from __future__ import annotations

from benchmarks.harness import Figure, Result, Say, Target, paired, percentile
from benchmarks.job import Job, Script
from benchmarks.processes import BenchmarkError, Served, run, serving

SIDES = {"ours": "benchmarks.side_agent", "google-genai": "benchmarks.side_google_genai"}
UNPACED = "at once"
"""For our side: a loudspeaker that takes what comes at once, since the other side has none."""


def measure(quick: bool, say: Say) -> Result:
    """The sides in turn; each round gives one median of either way."""
    chunks, rounds = (120, 2) if quick else (500, 7)
    up: dict[str, list[float]] = {side: [] for side in SIDES}
    down: dict[str, list[float]] = {side: [] for side in SIDES}
    with serving("benchmarks.scripted_server") as server:
        for number in range(rounds):
            say(f"round {number + 1} of {rounds}")
            for side in SIDES if number % 2 else reversed(SIDES):
                ages_up, ages_down = _session(server, side, chunks)
                up[side] += [percentile(ages_up, 50)]
                down[side] += [percentile(ages_down, 50)]
    figures = [
        Figure(f"{way}: {side}, medians of sessions", "ms", found[side])
        for way, found in (("microphone to server", up), ("server to loudspeaker", down))
        for side in SIDES
    ]
    return Result(
        "latency that is added at the conversation's own pace, 20 ms chunks, over TLS", figures, _targets(up, down)
    )


def _targets(up: dict[str, list[float]], down: dict[str, list[float]]) -> list[Target]:
    return [
        paired("T5", f"latency added {way}, p50, against google-genai", 0.8, found["ours"], found["google-genai"])
        for way, found in (("up", up), ("down", down))
    ]


def _session(server: Served, side: str, chunks: int) -> tuple[list[float], list[float]]:
    script = Script(turns=tuple(range(10, chunks - 50, 100)), turn_ms=1_000, message_ms=100, speed=1.0)
    job = Job(server.ready["port"], server.ready["ca_file"], chunks, script)
    arguments = (*job.arguments(), UNPACED) if side == "ours" else job.arguments()
    down: list[float] = run(SIDES[side], *arguments, env={"SSL_CERT_FILE": job.ca_file}).report["down_ms"]
    up: list[float] = server.next_line()["up_ms"]
    if len(down) < 10 * len(script.turns) or len(up) < chunks - 2:
        raise BenchmarkError(f"{side} lost {10 * len(script.turns) - len(down)} messages and {chunks - len(up)} chunks")
    return up, down

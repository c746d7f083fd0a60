"""What does a chunk cost? CPU for each microphone chunk out and each reply message in, as fast as they can be taken.

The whole agent against google-genai's own client with the usual loop, in turn, over loopback TLS against one server
process. CPU is that of the side's process, from the session's first chunk to its last, divided by their number.
"""

from __future__ import annotations

import attrs

from benchmarks.harness import Figure, Result, Say, Target, paired
from benchmarks.job import Job, Script
from benchmarks.processes import BenchmarkError, Ran, Served, run, serving

SIDES = {"ours": "benchmarks.sides.flood", "google-genai": "benchmarks.sides.flood_google_genai"}


@attrs.frozen
class Flood:
    """One kind of flood, and the target for our cost as a part of google-genai's."""

    name: str
    target: str
    ratio: float
    message_ms: int = 0
    """Of each reply message; 0 is a flood of microphone chunks."""

    def job(self, server: Served, items: int) -> Job:
        """So many chunks or messages."""
        script = Script()
        if self.message_ms:
            script = Script(turns=(1,), turn_ms=items * self.message_ms, message_ms=self.message_ms, speed=0)
        chunks = 1 if self.message_ms else items
        return Job(server.ready["port"], server.ready["ca_file"], chunks, script)


FLOODS = (
    Flood("microphone chunk of 20 ms", "T1", 0.85),
    Flood("reply message of 40 ms", "T2", 0.45, 40),
    Flood("reply message of 100 ms", "T2", 0.45, 100),
    Flood("reply message of 500 ms", "T2", 0.70, 500),
)

ITEMS = 4_000
"""Chunks or messages of a flood; of a thousand, what a session costs once would be a third."""
QUICK = (0, 100)
"""The kinds for which there is time in a minute, by the length of their messages."""


def measure(quick: bool, say: Say) -> Result:
    """Each flood several times, the sides in turn."""
    rounds = 2 if quick else 7
    figures: list[Figure] = []
    targets: list[Target] = []
    with serving("benchmarks.scripted_server") as server:
        for flood in [flood for flood in FLOODS if flood.message_ms in QUICK or not quick]:
            cost: dict[str, list[float]] = {side: [] for side in SIDES}
            for number in range(rounds):
                say(f"{flood.name}, round {number + 1} of {rounds}")
                for side in SIDES if number % 2 else reversed(SIDES):
                    cost[side].append(_cost(server, flood, side, ITEMS))
            figures += [Figure(f"{flood.name}: {side}", "us CPU", cost[side]) for side in SIDES]
            what = f"CPU of a {flood.name} against google-genai"
            targets.append(paired(flood.target, what, flood.ratio, cost["ours"], cost["google-genai"]))
    return Result("CPU of a chunk and of a reply message, as fast as they can be taken, over TLS", figures, targets)


def _cost(server: Served, flood: Flood, side: str, items: int) -> float:
    job = flood.job(server, items)
    ran: Ran = run(SIDES[side], *job.arguments(), env={"SSL_CERT_FILE": job.ca_file})
    seen = server.next_line()
    expected = items * flood.message_ms
    if ran.report["lost"] or len(seen["up_ms"]) < job.chunks - 2 or ran.report["heard_ms"] != expected:
        raise BenchmarkError(f"{side} lost a part of the flood of {flood.name}s")
    return float(ran.report["cpu"] / items * 1e6)

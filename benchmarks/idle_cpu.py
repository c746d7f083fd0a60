"""What does a conversation cost while it lasts? CPU and memory of one session at 20 ms chunks over loopback TLS.

Three sides take turns against one server process: the bare trio floor, our whole agent, and google-genai's own client;
first while nobody replies, then with five spoken replies. CPU is that of the side's process alone, from the moment the
session is ready to its last chunk (`conversation`), and from the process's start to its end (`process`). The others
have no loudspeaker, so ours takes all at once; what one costs that plays in blocks of 10 ms is measured besides.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from benchmarks.harness import Figure, Result, Say, Target, paired
from benchmarks.job import UNPACED, Job, Script
from benchmarks.processes import Ran, Served, run, serving

SIDES = {
    "floor": "benchmarks.sides.floor",
    "ours": "benchmarks.sides.agent",
    "google-genai": "benchmarks.sides.google_genai",
}
PLAYING = "ours with a loudspeaker"
"""Of a conversation with replies."""


@attrs.define
class Runs:
    """All runs of one kind of session, by side."""

    of: dict[str, list[Ran]] = attrs.field(factory=lambda: {side: [] for side in (*SIDES, PLAYING)})

    def conversation(self, side: str) -> list[float]:
        """CPU of the conversation, ms per second of it."""
        return [ran.report["cpu"] / ran.report["wall"] * 1000 for ran in self.of[side]]

    def process(self, side: str) -> list[float]:
        """CPU of the whole process, s."""
        return [ran.cpu for ran in self.of[side]]

    def memory(self, side: str) -> list[float]:
        """The most it held, MB."""
        return [ran.report["rss_mb"] for ran in self.of[side]]


def measure(quick: bool, say: Say) -> Result:
    """Run the sides in turn, another one first each time."""
    chunks, rounds = (150, 3) if quick else (950, 5)
    scripts = {"idle": Script(), "five replies": Script(turns=tuple(chunks * turn // 6 for turn in range(1, 6)))}
    found: dict[str, Runs] = {kind: Runs() for kind in scripts}
    with serving("benchmarks.scripted_server") as server:
        for number in range(rounds):
            for kind, script in scripts.items():
                say(f"{kind}, round {number + 1} of {rounds}")
                _round(server, found[kind], Job(server.ready["port"], server.ready["ca_file"], chunks, script), number)
    figures = [figure for kind, runs in found.items() for figure in _figures(kind, runs)]
    return Result(f"CPU and memory of one session of {chunks * 20 / 1000:g} s over TLS", figures, _targets(found))


def _round(server: Served, runs: Runs, job: Job, number: int) -> None:
    sides = [*SIDES, PLAYING] if job.script.turns else list(SIDES)
    first = number % len(sides)
    for side in sides[first:] + sides[:first]:
        more = (UNPACED,) if side == "ours" else ()
        module = SIDES.get(side, SIDES["ours"])
        runs.of[side].append(run(module, *job.arguments(), *more, env={"SSL_CERT_FILE": job.ca_file}))
        server.next_line()


def _figures(kind: str, runs: Runs) -> list[Figure]:
    return [
        figure
        for side, runs_of in runs.of.items()
        if runs_of
        for figure in (
            Figure(f"{kind}: {side}, conversation", "ms CPU per s", runs.conversation(side)),
            Figure(f"{kind}: {side}, process", "s CPU", runs.process(side)),
            Figure(f"{kind}: {side}, memory", "MB", runs.memory(side)),
        )
    ]


def _targets(found: Mapping[str, Runs]) -> list[Target]:
    targets: list[Target] = []
    for kind, runs in found.items():
        for name, cost in (("conversation", runs.conversation), ("process", runs.process)):
            what = f"CPU of the {name}, {kind}, against"
            targets.append(paired("T6", f"{what} the floor", 1.3, cost("ours"), cost("floor")))
            targets.append(paired("T6", f"{what} google-genai", 1.0, cost("ours"), cost("google-genai")))
        ours, theirs = runs.memory("ours"), runs.memory("google-genai")
        targets.append(paired("T7", f"memory, {kind}, against google-genai", 0.65, ours, theirs))
    return targets

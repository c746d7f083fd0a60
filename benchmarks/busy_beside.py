"""How long is the microphone silent while a tool blocks, beside other people's agents?

One process each, over loopback TLS, against one server that asks for a tool that sleeps for two seconds, and later for
three at once that sleep for 0.3 s each. The server takes the time between chunks, and until the last answer. Every
side is given the same plain function as its documentation shows: ours, LlamaIndex's FunctionTool; google-genai's loop
calls it where it receives; pipecat takes async handlers only, which call it, or hand it to a thread themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import attrs

from benchmarks.harness import Figure, Say, Target, paired
from benchmarks.job import Job, Script
from benchmarks.peers.environments import PEERS, surroundings
from benchmarks.peers.turns import installed, take_turns
from benchmarks.processes import BenchmarkError, Served, run_python, serving

CHUNKS = 300
BUSY = ((25, 0.01, 1), (75, 2.0, 1), (225, 0.3, 3))
"""The first starts what has to be started."""
LIMIT = 25.0
"""ms beyond a chunk's length."""


@attrs.define
class Side:
    """One of them, and what came of it."""

    name: str
    module: str
    python: str | None = None
    arguments: Sequence[str] = ()
    gap_ms: list[float] = attrs.field(factory=list[float])
    """Beyond a chunk's length."""
    three_ms: list[float] = attrs.field(factory=list[float])

    def figures(self) -> list[Figure]:
        """For the table."""
        return [
            Figure(f"{self.name}: a tool sleeps for 2 s", "ms without microphone beyond a chunk", self.gap_ms),
            Figure(f"{self.name}: three tools sleep for 0.3 s each, asked for at once", "ms", self.three_ms),
        ]


def beside(quick: bool, say: Say, peers: Sequence[str]) -> tuple[list[Figure], list[Target], list[str]]:
    """Take turns; a peer that does not get through is left out, and a note says so."""
    sides, notes = _sides(peers, say)
    script = Script(busy=BUSY)
    with serving("benchmarks.scripted_server", script.as_json()) as server:
        job = Job(server.ready["port"], server.ready["ca_file"], CHUNKS, script)
        take_turns(sides, 1 if quick else 5, notes, say, partial(_round, server, job))
    return [figure for side in sides.values() for figure in side.figures()], _targets(sides), notes


def _sides(peers: Sequence[str], say: Say) -> tuple[dict[str, Side], list[str]]:
    sides = [Side("ours", "benchmarks.sides.agent"), Side("google-genai", "benchmarks.sides.google_genai")]
    notes: list[str] = []
    environments = installed([PEERS[name] for name in peers if name in {"llama-index", "pipecat"}], notes, say)
    for name, environment in environments.items():
        module, python = PEERS[name].module, str(environment.python)
        sides.append(Side(name, module, python))
        if name == "pipecat":
            sides.append(Side("pipecat, in a thread of the handler's own", module, python, ("thread",)))
    return {side.name: side for side in sides}, notes


def _round(server: Served, job: Job, _name: str, side: Side) -> None:
    env = surroundings(job)
    command = ["-m", side.module, *job.arguments(), *side.arguments]
    server.forget()  # of one that failed
    if side.python is None:
        run_python(command, env=env, timeout=60)
    else:
        run_python(command, env=env, python=side.python, timeout=60, typing=True)
    busy: list[tuple[float, float]] = server.next_line()["busy"]
    if len(busy) != len(BUSY):
        raise BenchmarkError(f"of {len(BUSY)} times that tools were asked for, {len(busy)} were answered")
    side.gap_ms.append(busy[1][0] - job.script.chunk_ms)
    side.three_ms.append(busy[2][1])


def _targets(sides: Mapping[str, Side]) -> list[Target]:
    ours = sides.get("ours")
    if ours is None:
        return []
    count = len(ours.gap_ms)
    found = [Target("T12", "microphone, a tool sleeps for 2 s, worst", LIMIT, max(ours.gap_ms), "ms", count)]
    if (llama := sides.get("llama-index")) is not None:
        found.append(paired("T12", "three tools at once against llama-index", 0.36, ours.three_ms, llama.three_ms))
    return found

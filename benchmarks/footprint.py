"""What do others take for the same? Installation, import, and one session of each, in environments of their own.

`--peers llama-index,pipecat,...` names them; without, it is google-genai alone. A peer that cannot be installed, or
does not get through the session, is reported as such. All talk to one server process over loopback TLS, which follows
the same script with each; each is used as its own documentation shows. A bare trio program with trio-websocket, in our
environment, shows what the same session takes where there is no agent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import attrs

from benchmarks.harness import Figure, Result, Say, Target, paired, percentile
from benchmarks.job import UNPACED, Job, Script
from benchmarks.peers.environments import GOOGLE, OURS, PEERS, Environment, Peer, surroundings
from benchmarks.peers.turns import installed, take_turns
from benchmarks.processes import BenchmarkError, Ran, Served, run_python, serving

_IMPORT = """
import json, time
began = time.perf_counter()
{statement}
took = time.perf_counter() - began
from benchmarks.processes import resident_mb
print(json.dumps({{"ms": took * 1000, "mb": resident_mb()}}))
"""
FLOOR = Peer("bare trio", (), "import trio, trio_websocket")
"""Where there is time."""
SIDES = {
    OURS.name: "benchmarks.sides.agent",
    GOOGLE.name: "benchmarks.sides.google_genai",
    FLOOR.name: "benchmarks.sides.floor",
}
"""The programs of those that other benchmarks measure as well."""


@attrs.define
class Footprint:
    """One of them."""

    peer: Peer
    environment: Environment
    imports: list[Ran] = attrs.field(factory=list[Ran])
    sessions: list[Ran] = attrs.field(factory=list[Ran])
    up_ms: list[float] = attrs.field(factory=list[float])
    """Medians of sessions."""
    down_ms: list[float] = attrs.field(factory=list[float])

    def import_ms(self) -> list[float]:
        """Import, ms."""
        return [float(ran.report["ms"]) for ran in self.imports]

    def cpu(self) -> list[float]:
        """CPU of the conversation, ms for each second of it."""
        return [ran.report["cpu"] / ran.report["wall"] * 1000 for ran in self.sessions]

    def rss(self) -> list[float]:
        """The most memory held, MB."""
        return [float(ran.report["rss_mb"]) for ran in self.sessions]


def measure(quick: bool, say: Say, peers: Sequence[str] = ()) -> Result:
    """Install all of them, then take turns."""
    rounds, chunks = (1, 150) if quick else (5, 500)
    found, notes = _environments(peers, say)
    if OURS.name in found and not quick:
        found[FLOOR.name] = Footprint(FLOOR, found[OURS.name].environment)
    script = Script(turns=tuple(range(10, chunks - 50, 100)), turn_ms=1_000, message_ms=100, speed=1.0)
    with serving("benchmarks.scripted_server", script.as_json()) as server:
        job = Job(server.ready["port"], server.ready["ca_file"], chunks, script)
        take_turns(found, rounds, notes, say, partial(_round, server, job))
    return Result(f"installation, import and a session of {chunks / 50:g} s", _figures(found), _targets(found), notes)


def _environments(peers: Sequence[str], say: Say) -> tuple[dict[str, Footprint], list[str]]:
    notes: list[str] = []
    asked = [OURS, GOOGLE, *(PEERS[name] for name in peers)]
    environments = installed(asked, notes, say)
    return {one.name: Footprint(one, environments[one.name]) for one in asked if one.name in environments}, notes


def _round(server: Served, job: Job, _name: str, one: Footprint) -> None:
    env = surroundings(job)
    python = str(one.environment.python)
    one.imports.append(run_python(["-c", _IMPORT.format(statement=one.peer.statement)], env=env, python=python))
    module = SIDES.get(one.peer.name, one.peer.module)
    server.forget()  # of a peer that failed
    ran = run_python(
        ["-m", module, *job.arguments(), *_at_once(one.peer)], env=env, python=python, timeout=60, typing=True
    )
    up: list[float] = server.next_line()["up_ms"]
    down: list[float] = ran.report["down_ms"]
    messages = 10 * len(job.script.turns)
    if len(up) < 0.9 * job.chunks or len(down) < 0.8 * messages:
        raise BenchmarkError(f"of {job.chunks} chunks {len(up)} came through, of {messages} messages {len(down)}")
    one.sessions.append(ran)
    one.up_ms.append(percentile(up, 50))
    one.down_ms.append(percentile(down, 50))


def _at_once(peer: Peer) -> tuple[str, ...]:
    return (UNPACED,) if peer is OURS else ()


def _figures(found: Mapping[str, Footprint]) -> list[Figure]:
    rows: list[Figure] = []
    for name, one in found.items():
        if one.peer is not FLOOR:
            rows += [
                Figure(f"{name}: distributions", "", [float(one.environment.distributions)]),
                Figure(f"{name}: installed", "MB", [one.environment.megabytes]),
            ]
        rows += [
            Figure(f"{name}: import", "ms", one.import_ms()),
            Figure(f"{name}: session", "ms CPU per s", one.cpu()),
            Figure(f"{name}: most memory held", "MB", one.rss()),
            Figure(f"{name}: microphone to server", "ms", one.up_ms),
            Figure(f"{name}: server to loudspeaker", "ms", one.down_ms),
        ]
    return rows


def _targets(found: Mapping[str, Footprint]) -> list[Target]:
    ours = found.get(OURS.name)
    if ours is None:
        return []
    targets: list[Target] = []
    for name in (name for name in PEERS if name in found):
        peer = found[name]
        targets.append(paired("T6", f"CPU of a session against {name}", 0.5, ours.cpu(), peer.cpu()))
    if (llama := found.get("llama-index")) is not None:
        targets.append(paired("T7", "memory against llama-index", 0.3, ours.rss(), llama.rss()))
        targets.append(paired("T9", "import against llama-index", 0.15, ours.import_ms(), llama.import_ms()))
        targets.append(paired("T5", "latency added down against llama-index", 0.55, ours.down_ms, llama.down_ms))
    if (pipecat := found.get("pipecat")) is not None:
        targets.append(paired("T5", "latency added up against pipecat", 0.65, ours.up_ms, pipecat.up_ms))
        targets.append(paired("T5", "latency added down against pipecat", 0.65, ours.down_ms, pipecat.down_ms))
    return targets

"""What does a new connection cost the people who talk? Ours, and others' with what they have for it switched on.

Calls of fourteen seconds over loopback TLS and a route that takes 80 ms there and back, connecting included. After a
second the server says goAway, with ten seconds left, at whose end it closes: in silence, in a reply, or while a tool
works; or the route breaks. Sides take turns at one server process (`handover_server`), each with a process of its own
that makes its calls at once: ours, google-genai's client in a loop that resumes, and with `--peers` pipecat,
pydantic-ai and LiveKit's model, whose loudspeaker here loses nothing and whose own ways to come back are on. Every ms
of the microphone is numbered, and counted at the server; every sample of a reply is counted, and the answers of the
tool. A figure is of the sessions that went on; there is none where half of them ended.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import attrs

from benchmarks.handover_job import CALL_MS, CASES, CHUNK_MS, HandoverJob, Heard, Line
from benchmarks.handover_server import REPLY_MS
from benchmarks.harness import Figure, Result, Say, Target, percentile
from benchmarks.job import Job, Script
from benchmarks.peers.environments import GOOGLE, PEERS, surroundings
from benchmarks.peers.turns import installed, take_turns
from benchmarks.processes import BenchmarkError, Served, run_python, serving

MEASURED = ("pipecat", "pydantic-ai", "livekit")
"""Peers that have a program here."""
EACH = 2
"""Calls of each case at once."""
ALIVE_MS = 1_000
"""Of whose end nothing arrives, that session has ended."""
SECONDS = 90.0
"""In which a side has to be done."""


@attrs.frozen
class Call:
    """One of them: what the server saw, and what the side heard."""

    case: str
    heard: Sequence[int]
    """Numbers of the microphone's ms, each once."""
    twice_ms: float
    links: int
    answers: int
    away_ms: float
    handles: Sequence[str | None] = ()
    """What the connections after the first came back by."""
    played_ms: float = 0.0
    pause_ms: float = 0.0
    trouble: str = ""

    @property
    def ended(self) -> bool:
        """The session did not live to the call's end, whatever its program said."""
        return not any(ms >= CALL_MS - ALIVE_MS for ms in self.heard)

    @property
    def lost_ms(self) -> float:
        """Of the microphone."""
        return CALL_MS - len(self.heard)

    @property
    def reply_lost_ms(self) -> float:
        """Of the reply, where there is one."""
        return 0.0 if self.case.endswith("silence") else max(0.0, REPLY_MS - self.played_ms)

    @property
    def forgetful(self) -> bool:
        """A connection came without a handle: the model knows nothing of what was said."""
        return not all(self.handles)


@attrs.define(eq=False)
class Side:
    """Somebody's agent."""

    name: str
    module: str
    python: str = sys.executable
    calls: list[Call] = attrs.field(factory=list[Call])

    def of(self, case: str) -> list[Call]:
        """Calls of this case whose session went on."""
        return [call for call in self.calls if call.case == case and not call.ended]

    def figures(self) -> list[Figure]:
        """For the table."""
        return [figure for case in CASES for figure in self._figures(case)]

    def _figures(self, case: str) -> list[Figure]:
        calls = self.of(case)
        if 2 * len(calls) <= sum(call.case == case for call in self.calls):
            calls = []
        found = {
            "microphone lost": [call.lost_ms for call in calls],
            "microphone heard twice": [call.twice_ms for call in calls],
            "without a connection": [call.away_ms for call in calls],
        }
        if not case.endswith("silence"):
            found["reply lost"] = [call.reply_lost_ms for call in calls]
            found["longest pause in the reply"] = [call.pause_ms for call in calls]
        return [Figure(f"{case}: {what}, {self.name}", "ms", samples) for what, samples in found.items()]

    def notes(self) -> list[str]:
        """What the figures do not say."""
        return [note for case in CASES if (note := self._note(case))]

    def _note(self, case: str) -> str:
        calls = [call for call in self.calls if call.case == case]
        parts = {
            "sessions ended": [call for call in calls if call.ended],
            "came back without a handle": [call for call in calls if not call.ended and call.forgetful],
            "answered the tool otherwise than once": [
                call for call in calls if call.answers != call.case.endswith("tool") and not call.ended
            ],
        }
        said = [f"{len(some)} of {len(calls)} {what}" for what, some in parts.items() if some]
        troubles = sorted({call.trouble for call in calls if call.trouble})
        return f"{self.name}, {case}: {'; '.join(said + troubles)}" if said or troubles else ""


def measure(quick: bool, say: Say, peers: Sequence[str] = ()) -> Result:
    """Every case twice or six times with each side; ours has to get through all of them.

    Raises:
        BenchmarkError: it did not.
    """
    sides, notes = _sides(peers, say)
    with serving("benchmarks.handover_server", str(EACH)) as server:
        take_turns(sides, 1 if quick else 3, notes, say, partial(_round, server))
    if "ours" not in sides:
        raise BenchmarkError("; ".join(notes))
    figures = [figure for side in sides.values() for figure in side.figures()]
    notes += [note for side in sides.values() for note in side.notes()]
    return Result("a new connection, over loopback TLS with 80 ms of way", figures, targets(sides["ours"]), notes)


def _sides(peers: Sequence[str], say: Say) -> tuple[dict[str, Side], list[str]]:
    notes = [f"{name}: left out, this question has no program for it" for name in peers if name not in MEASURED]
    environments = installed([PEERS[name] for name in peers if name in MEASURED], notes, say)
    sides = [Side("ours", "benchmarks.sides.handover"), Side(GOOGLE.name, _module(GOOGLE.module))]
    sides += [Side(name, _module(PEERS[name].module), str(one.python)) for name, one in environments.items()]
    return {side.name: side for side in sides}, notes


def _module(module: str) -> str:
    return module.replace("peers.", "peers.handover.")


def _round(server: Served, name: str, side: Side) -> None:
    lines = tuple(Line(case, port) for case, port in server.ready["lines"])
    job = HandoverJob(server.ready["ca_file"], lines)
    env = surroundings(Job(lines[0].port, job.ca_file, 0, Script()))
    server.ask()  # of a side that failed, its calls are of no interest
    command = ["-m", side.module, *job.arguments()]
    ran = run_python(command, env=env, python=side.python, timeout=SECONDS)
    calls = calls_of(lines, server.ask()["calls"], ran.report["calls"])
    for call in calls if name == "ours" else ():
        if call.ended or call.links != 2 or call.answers != call.case.endswith("tool"):
            raise BenchmarkError(f"{call.case}: {call.links} connections, {call.answers} answers of the tool")
    side.calls += calls


def calls_of(
    lines: Sequence[Line], seen: Mapping[str, Mapping[str, Any]], heard: Sequence[Mapping[str, Any]]
) -> list[Call]:
    """What the server saw and what the side heard of each line, put together."""
    by_port = {one["port"]: Heard(**one) for one in heard}
    return [
        Call(
            line.case,
            **seen[str(line.port)],
            played_ms=by_port[line.port].played_ms,
            pause_ms=by_port[line.port].pause_ms,
            trouble=by_port[line.port].trouble,
        )
        for line in lines
    ]


def targets(ours: Side) -> list[Target]:
    """What ours has to reach."""
    announced = [call for call in ours.calls if call.case.startswith("goAway")]
    broken = [call for call in ours.calls if not call.case.startswith("goAway")]
    silent = [call for call in ours.calls if call.case.endswith("silence")]
    speaking = [call for call in ours.calls if not call.case.endswith("silence")]
    return [
        _most("T14", "goAway: microphone lost", 0, [call.lost_ms for call in announced]),
        _most("T14", "goAway: reply lost", 0, [call.reply_lost_ms for call in announced]),
        _p95("H1", "audible gap in a reply, p95", 250, [call.pause_ms for call in speaking]),
        _most("H1", "heard where nobody speaks", 0, [call.played_ms + call.pause_ms for call in silent]),
        _most("H2", "a break: microphone lost", CHUNK_MS, [call.lost_ms for call in broken]),
        _p95("H2", "a break: resumed after, p95", 1_500, [call.away_ms for call in broken]),
    ]


def _most(number: str, what: str, target: float, samples: list[float]) -> Target:
    return Target(number, f"{what}, at most", target, max(samples), "ms", len(samples))


def _p95(number: str, what: str, target: float, samples: list[float]) -> Target:
    return Target(number, what, target, percentile(samples, 95), "ms", len(samples))

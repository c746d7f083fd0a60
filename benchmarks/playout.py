"""What is heard after the server's word? Replies that are interrupted, and replies whose end comes before their sound.

Each side plays on a device that takes real time: ours on the loudspeaker in memory, the peers (`--peers llama-index,
pipecat`) behind a write that blocks for as long as the device is full, which is what they use. Interrupted replies of
five seconds are sent at once, in messages of 100 ms; what is heard after the message was sent is stale. Others are sent
at once with `turnComplete` on their heels, and have to be heard to their last sample all the same. In virtual time,
100,000 interruptions in every order that the scheduler finds: nothing that was cut may reach the device.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import attrs

from benchmarks.harness import Figure, Result, Say, Target, paired, percentile
from benchmarks.job import Job, Script
from benchmarks.peers.environments import OURS, PEERS, Environment, surroundings
from benchmarks.peers.turns import installed, take_turns
from benchmarks.processes import BenchmarkError, Ran, Served, run, run_python, serving

REPLY_MS = 5_000
INTERRUPTED_AFTER_MS = 800
EVERY = 75
"""Chunks from one interrupted reply to the next: half a second of silence lies between them."""
EVERY_WHOLE = 300
"""The same for replies that are heard to their end."""
PLAY = ("llama-index", "pipecat")
"""The peers that have a loudspeaker of their own to be measured."""
LIMITS = {"llama-index": 0.10, "pipecat": 0.5}
SECONDS = 120.0
"""In which a peer has to be done."""


@attrs.define(eq=False)
class Played:
    """What one side played."""

    stale: list[list[float]] = attrs.field(factory=list[list[float]])
    """Of each session, ms after each message."""
    lost: list[float] = attrs.field(factory=list[float])
    """Percent of the replies that were not heard, by session."""

    def medians(self) -> list[float]:
        """Of each session."""
        return [percentile(stale, 50) for stale in self.stale]


def measure(quick: bool, say: Say, peers: Sequence[str] = ()) -> Result:
    """Sessions of interruptions and of whole replies, the sides in turn; then the interleavings."""
    rounds, count, whole, interleavings = (1, 4, 1, 5_000) if quick else (5, 12, 3, 100_000)
    notes: list[str] = []
    environments = installed([PEERS[name] for name in PLAY if name in peers], notes, say)
    sides: dict[str, Environment | None] = {OURS.name: None, **environments}
    found = {name: Played() for name in sides}
    with serving("benchmarks.scripted_server", interrupting(count).as_json()) as server:
        take_turns(sides, rounds, notes, say, partial(_round, server, found, count, whole))
    if OURS.name not in sides:
        raise BenchmarkError(notes[-1])
    found = {name: found[name] for name in sides}
    say(f"{interleavings} interleavings")
    report = run("benchmarks.sides.interleavings", str(interleavings)).report
    return Result("what is heard after the server's word", _figures(found), _targets(found, report), notes)


def interrupting(count: int) -> Script:
    """So many replies, each cut."""
    turns = tuple(10 + EVERY * number for number in range(count))
    return Script(turns=turns, turn_ms=REPLY_MS, speed=0, interrupt_after_ms=INTERRUPTED_AFTER_MS)


def ending_early(count: int) -> Script:
    """So many replies whose end is said before their second message can have been played."""
    return Script(turns=tuple(10 + EVERY_WHOLE * number for number in range(count)), turn_ms=REPLY_MS, speed=0)


def _round(
    server: Served, found: Mapping[str, Played], count: int, whole: int, name: str, environment: Environment | None
) -> None:
    played = found[name]
    ran, line = _session(server, environment, name, interrupting(count), EVERY * count + 25)
    stale: list[float] = ran.report["stale_ms"] if environment is None else stale_of(ran.report, line)
    if len(stale) != count:
        raise BenchmarkError(f"of {count} interruptions {len(stale)} were noticed")
    ran, _ = _session(server, environment, name, ending_early(whole), EVERY_WHOLE * whole + 10)
    played.stale.append(stale)
    played.lost.append(100 * (1 - ran.report["heard_ms"] / (whole * REPLY_MS)))


def _session(
    server: Served, environment: Environment | None, name: str, script: Script, chunks: int
) -> tuple[Ran, Mapping[str, Any]]:
    job = Job(server.ready["port"], server.ready["ca_file"], chunks, script)
    server.forget()  # of a peer that failed
    if environment is None:
        ran = run("benchmarks.sides.agent", *job.arguments(), env={"SSL_CERT_FILE": job.ca_file})
    else:
        arguments = ["-m", PEERS[name].module, *job.arguments(), "device"]
        python = str(environment.python)
        ran = run_python(arguments, env=surroundings(job), python=python, timeout=SECONDS, typing=True)
    return ran, server.next_line()


def stale_of(report: Mapping[str, Any], line: Mapping[str, Any]) -> list[float]:
    """For each interruption that the server sent: how long after it the peer's device was still playing, ms."""
    sent: list[float] = line["interrupted"]
    pieces: list[tuple[float, float]] = report["pieces"]
    found: list[float] = []
    for at in sent:
        late = [end for begin, end in pieces if begin < at + 0.6 and at < end]  # the next reply is 0.7 s away
        found.append(max(0.0, (max(late) - at) * 1000) if late else 0.0)
    return found


def _figures(found: Mapping[str, Played]) -> list[Figure]:
    figures: list[Figure] = []
    for name, played in found.items():
        stale = [one for session in played.stale for one in session]
        figures.append(Figure(f"stale audio after `interrupted`: {name}", "ms", stale))
        figures.append(Figure(f"of 5 s, not heard after an early turnComplete: {name}", "%", played.lost))
    return figures


def _targets(found: Mapping[str, Played], report: Mapping[str, Any]) -> list[Target]:
    ours = found[OURS.name]
    against = [
        paired("T10", f"stale audio, p50, against {name}", limit, ours.medians(), found[name].medians())
        for name, limit in LIMITS.items()
        if name in found and all(found[name].medians())
    ]
    return [
        *against,
        Target("T10", "bytes heard after the message, any order", 0, report["after"], "", report["interruptions"]),
        Target("T11", "of 5 s, not heard after an early turnComplete", 0, max(ours.lost), "%", len(ours.lost)),
    ]

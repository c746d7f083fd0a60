"""`python -m tests.mutation`: whether a test notices when the link, the session, the lanes or the recorder are changed.

Each mutant is one small change in one of their modules (see `mutants.py`). It runs against the tests that run the
changed lines, quick ones first, until one fails: then it is noticed. The score is the share that is noticed. Which
mutants are tried is drawn by a seed, so many of each part. Only what survived is shown: each is a test that is missing,
or a change that changes nothing.

Tests run in forks of a process that has imported what the package needs and nothing of the package: a second for most.
"""

from __future__ import annotations

import argparse
import importlib
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import attrs

from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.trial import NOTICED, Child, Covering, against, covering

WANTED = 85.0
"""Percent."""
PATIENCE = 20.0
"""Seconds, beside three times what the tests take otherwise; then a mutant counts as noticed, for it hangs."""
LONGEST = 20.0
"""Seconds of tests for one mutant, by what they take on the code as it is."""
PROGRESS = 10
"""Mutants between two lines about how it goes."""
READY = ("attrs", "numpy", "pybase64", "trio", "trio.testing", "trio_websocket", "trustme", "wsproto")
"""Imported before the forks."""


@attrs.frozen
class Part:
    """Some modules that do one thing, with the tests that mirror them."""

    modules: tuple[str, ...]
    mirrors: tuple[str, ...]
    """Tests that come first."""


PARTS = {
    "link": Part(
        ("gemini/_link.py", "gemini/link.py", "gemini/_websocket.py", "gemini/_stream.py", "gemini/client.py"),
        ("tests/gemini/",),
    ),
    "session": Part(
        (
            "actors/session.py",
            "session/answers.py",
            "session/reception.py",
            "session/recovery.py",
            "session/replies.py",
            "session/retelling.py",
            "session/rotation.py",
            "session/uplink.py",
            "session/uplink_ring.py",
            "session/vigil.py",
        ),
        ("tests/actors/test_session.py", "tests/session/"),
    ),
    "lanes": Part(
        ("lanes.py", "turns.py", "broadcast.py"),
        ("tests/test_lanes.py", "tests/test_turns.py", "tests/test_broadcast.py"),
    ),
    "recorder": Part(
        ("actors/transcript.py", "record/journal.py", "record/transcripts.py", "audio/recording.py"),
        ("tests/actors/test_transcript.py", "tests/record/", "tests/audio/test_recording.py"),
    ),
}
TESTS = (
    "tests/actors",
    "tests/audio/test_recording.py",
    "tests/cancellation",
    "tests/gemini/test_client.py",
    "tests/gemini/test_link.py",
    "tests/gemini/test_link_cancel.py",
    "tests/gemini/test_link_verdict.py",
    "tests/gemini/test_stream.py",
    "tests/gemini/test_websocket.py",
    "tests/faults/test_hostile_client.py",
    "tests/faults/test_hostile_server.py",
    "tests/test_agent.py",
    "tests/test_agent_links.py",
    "tests/test_agent_replies.py",
    "tests/test_agent_tools.py",
    "tests/session/test_answers.py",
    "tests/test_barge_in.py",
    "tests/test_broadcast.py",
    "tests/session/test_calls.py",
    "tests/record/test_journal.py",
    "tests/test_lanes.py",
    "tests/test_turns.py",
    "tests/test_push_to_talk.py",
    "tests/session/test_reception.py",
    "tests/session/test_recollection.py",
    "tests/session/test_recovery.py",
    "tests/session/test_replies.py",
    "tests/session/test_retelling.py",
    "tests/session/test_rotation.py",
    "tests/record/test_transcripts.py",
    "tests/test_update.py",
    "tests/session/test_uplink.py",
    "tests/session/test_uplink_ring.py",
    "tests/session/test_vigil.py",
    "tests/session/test_voiced.py",
    "tests/calls/test_watchdog.py",
)


@attrs.frozen
class Case:
    """One mutant and where it lives."""

    part: str
    file: str
    mutant: Mutant

    @property
    def module(self) -> str:
        """As it is imported."""
        return self.file.removesuffix(".py").replace("/", ".")

    def __str__(self) -> str:
        """For a person."""
        return f"{self.file}:{self.mutant.line}: {self.mutant.what}"


def cases(part: str, count: int, dice: random.Random) -> list[Case]:
    """So many of a part, drawn from all that there are."""
    every = [
        Case(part, f"voice_actors/{name}", mutant)
        for name in PARTS[part].modules
        for mutant in mutants_of(Path("voice_actors", name).read_text("utf-8"))
    ]
    print(f"{part}: {min(count, len(every))} of {len(every)} mutants")
    return sorted(dice.sample(every, min(count, len(every))), key=lambda case: (case.file, case.mutant.line))


@attrs.define
class Score:
    """What was noticed."""

    tried: Counter[str] = attrs.field(factory=Counter[str])
    noticed: Counter[str] = attrs.field(factory=Counter[str])
    survivors: list[str] = attrs.field(factory=list[str])

    def add(self, case: Case, noticed: bool, why: str) -> None:
        """One result."""
        self.tried[case.part] += 1
        self.noticed[case.part] += noticed
        if not self.tried.total() % PROGRESS:
            print(f"  {self.tried.total()} tried, {self.noticed.total()} noticed", flush=True)
        if not noticed:
            self.survivors.append(f"{case} ({why})")
            print(f"  survived: {self.survivors[-1]}", flush=True)

    def percent(self, part: str | None = None) -> float:
        """Of one part, or of all."""
        tried, noticed = (sum(c.values()) if part is None else c[part] for c in (self.tried, self.noticed))
        return 100 * noticed / tried if tried else 100.0


def run(every: Sequence[Case], found: Covering, jobs: int, folder: Path) -> Score:
    """Try them, some at a time."""
    score, waiting, running = Score(), list(every), list[tuple[Case, Child, int]]()
    while waiting or running:
        while waiting and len(running) < jobs:
            case = waiting.pop(0)
            tests = _chosen(case, found)
            if not tests:
                score.add(case, noticed=False, why="no test runs it")
                continue
            within = PATIENCE + 3 * sum(found.seconds[test] for test in tests)
            log = folder / f"{case.module}-{case.mutant.line}-{len(waiting)}.log"
            running.append((case, against(case.module, case.file, case.mutant.source, tests, log, within), len(tests)))
        for one in tuple(running):
            case, child, count = one
            if (code := child.poll()) is None:
                continue
            running.remove(one)
            if code not in {0, *NOTICED}:
                raise RuntimeError(f"{case}: pytest ended with {code}")
            score.add(case, noticed=code != 0, why=f"{count} tests pass")
        time.sleep(0.02)
    return score


def _chosen(case: Case, found: Covering) -> list[str]:
    """The tests that run the changed lines, as many as the time allows."""
    mirrors, spent, chosen = PARTS[case.part].mirrors, 0.0, list[str]()
    for test in found.tests_of(case.file, case.mutant.line, case.mutant.last_line, mirrors):
        spent += found.seconds[test]
        if chosen and spent > LONGEST:
            break
        chosen.append(test)
    return chosen


def main() -> int:
    """0 where the score is what is wanted."""
    parser = argparse.ArgumentParser("python -m tests.mutation", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--parts", default=",".join(PARTS), help=f"of {', '.join(PARTS)}")
    parser.add_argument("--count", type=int, default=75, help="mutants of each part (75)")
    parser.add_argument("--seed", type=int, default=0, help="which ones (0)")
    parser.add_argument("--jobs", type=int, default=1, help="so many at a time (1)")
    options = parser.parse_args()
    began, parts = time.monotonic(), options.parts.split(",")
    for name in READY:
        importlib.import_module(name)
    with tempfile.TemporaryDirectory() as folder:
        dice = random.Random(options.seed)
        every = [case for part in parts for case in cases(part, options.count, dice)]
        files = [Path("voice_actors", name) for part in parts for name in PARTS[part].modules]
        found = covering(TESTS, files, Path(folder, "covering.log"))
        print(f"{len(found.seconds)} tests, {time.monotonic() - began:.0f} s", flush=True)
        score = run(every, found, options.jobs, Path(folder))
    print(_told(score, parts, time.monotonic() - began))
    return 0 if score.percent() >= WANTED else 1


def _told(score: Score, parts: Sequence[str], took: float) -> str:
    lines = [
        f"{part:10} {score.noticed[part]:4} of {score.tried[part]:4}  {score.percent(part):5.1f} %" for part in parts
    ]
    whole = (
        f"noticed: {score.noticed.total()} of {score.tried.total()} mutants, {score.percent():.1f} %, in {took:.0f} s"
    )
    return "\n".join([*lines, whole])


if __name__ == "__main__":
    sys.exit(main())

"""One call of ours in which something goes wrong, and what was promised and did not hold."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Any

from benchmarks.fault_promises import Check
from benchmarks.fault_rows import Row
from benchmarks.fault_talk import QUESTIONS, QuestionMind
from voice_actors import messages as m
from voice_actors.config import AgentConfig
from voice_actors.errors import AgentFailed
from voice_actors.offline.faults.script import Script
from voice_actors.testing.invariants import INVARIANTS, it_ends_by_its_own_errors
from voice_actors.testing.mishaps import Mishaps, Step
from voice_actors.testing.simulation import run_call
from voice_actors.testing.witness import Simulated


def run_row(row: Row, script: Script, seed: int) -> list[str]:
    """One simulated call with this fault; what was promised and did not hold."""
    settings: dict[str, Any] = {"chunk_ms": 40, "tools": [row.tool], **row.config}
    leaves_after = random.Random(seed).uniform(3, 10) if row.leaves else math.inf
    mishaps = Mishaps(seed, _steps(row, seed), script, leaves_after=leaves_after)
    call = run_call(AgentConfig(**settings), mishaps, QuestionMind())
    invariants = [each for each in INVARIANTS if each is not it_ends_by_its_own_errors]
    return [sentence for check in (*invariants, _end_of(row), *row.checks) for sentence in check(call)]


def _steps(row: Row, seed: int) -> tuple[Step, ...]:
    dice = random.Random(seed)
    some, tool, last = QUESTIONS
    return (
        Step("speak", dice.uniform(0.8, 1.5), dice.uniform(1.5, 5)),
        Step("type", 0, dice.uniform(2, 5), some),
        Step("type", 0, 0.6 if row.impatient else dice.uniform(4, 6), tool),
        Step("speak", dice.uniform(1.0, 2.0), dice.uniform(1.2, 2)),
        Step("speak", dice.uniform(0.5, 1.0), 25),
    ) * row.rounds + (Step("wait", row.waits, 0), Step("type", 0, 20, last))


def _end_of(row: Row) -> Check:
    def check(call: Simulated) -> Iterator[str]:
        cause = call.error.__cause__ if isinstance(call.error, AgentFailed) else call.error
        if row.ends is not None:
            if not isinstance(cause, row.ends):
                yield f"it ended with {cause!r}, not with {row.ends.__name__}"
        elif call.error is not None:
            yield f"it ended with {call.error!r}"
        elif not row.leaves:
            lacking = list(unanswered(call))
            yield from lacking if len(lacking) > row.swallowed else ()

    return check


def unanswered(call: Simulated) -> Iterator[str]:
    """Each typed question after which no reply was heard until the next, or the end."""
    asked = [(e.at, e.text) for e in call.events if isinstance(e, m.TextSent)]
    heard = [e.at for e in call.events if isinstance(e, m.AudioHeard)]
    for (at, text), until in zip(asked, [*(at for at, _ in asked[1:]), math.inf], strict=True):
        if not any(at < when < until for when in heard):
            yield f"{text!r} has no answer"
    if not asked or not asked[-1][1].startswith(QUESTIONS[-1]):
        yield "the last question was not sent"

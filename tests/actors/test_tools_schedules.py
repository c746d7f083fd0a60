"""The ToolExecutor answers each call exactly once, or withdraws it, whatever happens in the meantime."""

from __future__ import annotations

import collections
import contextlib
import random

import attrs
import pytest
import trio
import trio.testing

from tests.actors.bench import Bench
from voice_actors.messages import CallTool, CancelTool, ToolAnswered


@attrs.define
class Ledger:
    """What a schedule did, for the invariant."""

    called: set = attrs.field(factory=set)
    withdrawn: set = attrs.field(factory=set)
    ran: collections.Counter = attrs.field(factory=collections.Counter)


def schedule_tools(ledger):
    async def work(id: str, seconds: float) -> str:
        ledger.ran[id] += 1
        await trio.sleep(seconds)
        return id

    async def crash(id: str, seconds: float) -> None:
        ledger.ran[id] += 1
        await trio.sleep(seconds)
        raise OSError(id)

    async def stubborn(id: str, seconds: float) -> str:
        ledger.ran[id] += 1
        with contextlib.suppress(trio.Cancelled):
            await trio.sleep(seconds)
        return id

    return [work, crash, stubborn]


async def play(seed: int) -> tuple[Ledger, Bench, list, list]:
    """Random orders at random times, with a session that reads late and ends somewhere."""
    chance, ledger = random.Random(seed), Ledger()
    bench = Bench(schedule_tools(ledger), timeout=3.0, room=chance.choice((1, 2, 16)))
    answers: list = []

    async def session():
        async for result in bench.results:
            answers.append(result)
            await trio.sleep(chance.choice((0, 0, 0.5)))

    async def orders():
        for _ in range(chance.randrange(1, 25)):
            id_ = str(chance.randrange(10))
            if chance.random() < 0.35:
                ledger.withdrawn.add(id_)
                await bench.order(CancelTool(id_))
            else:
                ledger.called.add(id_)
                name = chance.choice(("work", "work", "crash", "stubborn", "unknown"))
                args = {"id": id_, "seconds": chance.choice((0, 0.5, 1, 5))} if chance.random() < 0.9 else {"id": 1}
                await bench.order(CallTool(id_, name, args))
            await trio.sleep(chance.choice((0, 0, 0.5, 1)))
        await trio.sleep(chance.choice((0, 0.5, 20)))
        bench.close()

    async with trio.open_nursery() as nursery:
        for task in (bench.executor.run, session, orders):
            nursery.start_soon(task)
    return ledger, bench, answers, bench.told()


@pytest.mark.slow
def test_a_thousand_random_schedules_answer_each_call_once_or_withdraw_it():
    """Calls, duplicates, withdrawals, results, crashes, timeouts and the end, in any order: the books balance."""
    outcomes: collections.Counter = collections.Counter()
    for seed in range(1000):
        clock = trio.testing.MockClock(autojump_threshold=0)
        ledger, bench, answers, facts = trio.run(play, seed, clock=clock)
        ended = [fact.id for fact in facts]
        assert sorted(ledger.called) == sorted(ended), f"seed {seed}: each call ends once"
        answered = [fact.id for fact in facts if isinstance(fact, ToolAnswered)]
        assert sorted(answered) == sorted(one.id for one in answers), f"seed {seed}: facts and answers agree"
        assert all(count == 1 for count in ledger.ran.values()), f"seed {seed}: a tool ran twice"
        outcomes.update(getattr(fact, "outcome", "withdrawn") for fact in facts)
    assert {"ok", "error", "timeout", "unknown", "bad_arguments", "withdrawn"} == set(outcomes)
    assert min(outcomes.values()) > 100

"""A call that the ToolExecutor stops: withdrawn, out of time, or at the end, and whatever it does on its way out."""

from __future__ import annotations

import contextlib

import pytest
import trio

from tests.actors.bench import Bench, echo, running, slow
from voice_actors.messages import BargeIn, CallTool, CancelTool, ToolAnswered, ToolWithdrawn
from voice_actors.toolbox import tool


async def test_a_call_that_waits_for_its_turn_can_be_withdrawn(autojump_clock):
    """It never begins, and its place in the line is free."""
    async with running(tool(slow, concurrency=1)) as bench:
        await bench.order(CallTool("1", "slow", {}))
        await trio.sleep(1)
        await bench.order(CallTool("2", "slow", {}))
        await trio.sleep(1)
        await bench.order(CallTool("3", "slow", {}), CancelTool("2"))
        assert [("1", 10.0), ("3", 20.0)] == [((await bench.answer()).id, trio.current_time()) for _ in range(2)]


async def test_a_withdrawn_call_is_stopped_and_not_answered(autojump_clock):
    """At once, and the others go on."""
    stopped = []

    async def long(name: str) -> str:
        try:
            await trio.sleep(10)
        finally:
            stopped.append((name, trio.current_time()))
        return name

    async with running(long) as bench:
        await bench.order(*(CallTool(name, "long", {"name": name}) for name in "ab"))
        await trio.sleep(1)
        await bench.order(CancelTool("a"), CancelTool("a"), CancelTool("nobody"))
        await trio.sleep(20)
        assert ["b"] == [one.id for one in bench.answers()]
        withdrawn, answered = bench.told()
    assert [("a", 1.0), ("b", 10.0)] == stopped
    assert isinstance(withdrawn, ToolWithdrawn)
    assert ("a", "long") == (withdrawn.id, withdrawn.name)
    assert isinstance(answered, ToolAnswered)


async def test_a_call_withdrawn_as_it_begins_either_never_ran_or_is_answered(autojump_clock):
    """Order and withdrawal in one message: trio's coin decides which task is first, and the books agree with it."""
    ran = []

    async def book(id: str) -> None:
        ran.append(id)

    async with running(book) as bench:
        for id_ in map(str, range(100)):
            bench.order_in.send_nowait(CallTool(id_, "book", {"id": id_}))
            bench.order_in.send_nowait(CancelTool(id_))
            await trio.sleep(1)
        facts = bench.told()
        assert sorted(ran) == sorted(one.id for one in bench.answers())
        assert sorted(ran) == sorted(fact.id for fact in facts if isinstance(fact, ToolAnswered))
        assert 100 == len(facts)
    assert 0 < len(ran) < 100  # odds of either end: 2 in 2**100


async def test_a_finished_call_can_be_withdrawn_until_it_is_handed_over(autojump_clock):
    """A result that waits for room in the lane is taken back; one that the session has is not."""
    async with running(echo, room=1) as bench:
        await bench.order(*(CallTool(name, "echo", {"word": name}) for name in "abc"))
        await trio.sleep(1)
        facts = bench.told()
        (handed,) = facts
        waiting = sorted({"a", "b", "c"} - {handed.id})
        await bench.order(CancelTool(handed.id), CancelTool(waiting[0]))
        await trio.sleep(1)
        assert [waiting[0]] == [fact.id for fact in bench.told()]
        assert {handed.id, waiting[1]} == {(await bench.answer()).id for _ in range(2)}


async def test_a_result_received_as_the_withdrawal_comes_counts_as_answered(autojump_clock):
    """The narrowest race: the session takes the result and sends the withdrawal in one step."""
    async with running(echo, room=1) as bench:
        await bench.order(*(CallTool(name, "echo", {"word": name}) for name in "ab"))
        await trio.sleep(1)
        second = ({"a", "b"} - {bench.told()[0].id}).pop()
        bench.results.receive_nowait()  # makes room: the waiting result is in the lane now, its task has not run yet
        bench.order_in.send_nowait(CancelTool(second))
        await trio.sleep(1)
        assert [second] == [one.id for one in bench.answers()]
        assert [(second, ToolAnswered)] == [(fact.id, type(fact)) for fact in bench.told()]


async def returns_anyway() -> str:
    with contextlib.suppress(trio.Cancelled):
        await trio.sleep_forever()
    return "anyway"


async def raises_anyway() -> None:
    try:
        await trio.sleep_forever()
    finally:
        raise ValueError("on the way out")


async def raises_in_a_group() -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(raises_anyway)
        await trio.sleep_forever()


@pytest.mark.parametrize("stubborn", [returns_anyway, raises_anyway, raises_in_a_group])
@pytest.mark.parametrize("how", ["withdrawn", "end", "cancelled"])
async def test_what_a_stopped_tool_does_on_its_way_out_is_nobodys_business(autojump_clock, stubborn, how):
    """It may return, raise, or raise beside its cancellation: nothing is sent and nothing breaks."""
    bench = Bench([stubborn])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bench.executor.run)
        await bench.order(CallTool("1", stubborn.__name__, {}))
        await trio.sleep(1)
        match how:
            case "withdrawn":
                await bench.order(CancelTool("1"))
                await trio.sleep(1)
                bench.close()
            case "end":
                bench.close()
            case "cancelled":
                nursery.cancel_scope.cancel("over")
    assert [] == bench.answers()
    assert [ToolWithdrawn] == [type(fact) for fact in bench.told()]


async def test_a_tool_that_ignores_the_deadline_and_returns_is_heard(autojump_clock):
    """Late work that was done is better than an apology: what it returned is the answer."""
    async with running(returns_anyway, timeout=1) as bench:
        await bench.order(CallTool("1", "returns_anyway", {}))
        assert {"output": "anyway"} == (await bench.answer()).response


@pytest.mark.parametrize("stubborn", [raises_anyway, raises_in_a_group])
@pytest.mark.parametrize("stopped_by", ["timeout", "interrupted"])
async def test_what_breaks_as_a_tool_is_stopped_is_not_its_answer(autojump_clock, stubborn, stopped_by):
    """By itself or beside tasks that stop as they should: the model is told why there is none."""
    async with running(tool(stubborn, on_barge_in="cancel"), timeout=3) as bench:
        await bench.order(CallTool("1", stubborn.__name__, {}))
        await trio.sleep(1)
        if stopped_by == "interrupted":
            await bench.order(BargeIn())
        why = {"timeout": "gave no answer within 3 s", "interrupted": "was stopped: the user interrupted"}[stopped_by]
        assert {"error": f"{stubborn.__name__} {why}"} == (await bench.answer()).response
        assert stopped_by == bench.told()[0].outcome


async def test_the_end_of_orders_stops_what_runs(autojump_clock):
    """Nobody is left to answer; every call's end is recorded, and all ends are closed."""
    bench = Bench([slow])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bench.executor.run)
        await bench.order(CallTool("1", "slow", {}), CallTool("2", "slow", {}))
        bench.close()
        with pytest.raises(trio.EndOfChannel):
            await bench.answer()
    assert 0.0 == trio.current_time()
    assert {"1", "2"} == {fact.id for fact in bench.told() if isinstance(fact, ToolWithdrawn)}
    with pytest.raises(trio.EndOfChannel):
        bench.facts.receive_nowait()

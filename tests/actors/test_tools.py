"""The ToolExecutor runs calls side by side, each once and within its limits, and answers whoever is still there."""

from __future__ import annotations

import math
import threading

import pytest
import trio

from tests.actors.bench import Bench, drained, echo, running, slow
from voice_actors.actors.tools import REMEMBERED_CALLS
from voice_actors.messages import CallTool, CancelTool, Oddity, ToolResult, ToolWithdrawn
from voice_actors.toolbox import tool


async def test_a_call_is_answered_and_recorded(autojump_clock):
    """The answer has the call's id and name; the record says how it went and how long it took."""
    async with running(slow) as bench:
        await bench.order(CallTool("1", "slow", {"seconds": 2}))
        assert ToolResult("1", "slow", {"output": "slept"}) == await bench.answer()
        (fact,) = bench.told()
    assert ("1", "slow", "ok", {"output": "slept"}) == (fact.id, fact.name, fact.outcome, fact.response)
    assert 2000.0 == fact.took_ms


async def test_calls_run_side_by_side(autojump_clock):
    """A slow call does not hold up a quick one, and three slow ones take as long as one."""
    async with running(slow, echo) as bench:
        await bench.order(*(CallTool(str(n), "slow", {}) for n in range(3)), CallTool("q", "echo", {"word": "x"}))
        assert "q" == (await bench.answer()).id
        assert {"0", "1", "2"} == {(await bench.answer()).id for _ in range(3)}
        assert 10.0 == trio.current_time()


async def test_a_timeout_is_the_tools_own_time(autojump_clock):
    """It starts when the call starts, and is answered at its end."""
    async with running(slow, timeout=2.5) as bench:
        await bench.order(CallTool("1", "slow", {}))
        assert "within 2.5 s" in (await bench.answer()).response["error"]
        assert 2.5 == trio.current_time()
        assert 2500.0 == bench.told()[0].took_ms


@pytest.mark.parametrize(("own", "ends"), [(None, 30.0), (2.5, 2.5), (60, 60.0), (math.inf, 100.0)])
async def test_a_tool_may_have_a_time_limit_of_its_own(autojump_clock, own, ends):
    """Shorter or longer than the conversation's, or none."""
    async with running(tool(slow, timeout=own)) as bench:
        await bench.order(CallTool("1", "slow", {"seconds": 100}))
        response = (await bench.answer()).response
        assert ends == trio.current_time()
    assert ({"output": "slept"} if ends == 100 else {"error": f"slow gave no answer within {ends:g} s"}) == response


async def test_a_tool_may_run_once_at_a_time(autojump_clock):
    """Others wait for their turn, and their time is running; another tool's calls do not wait."""
    async with running(tool(slow, concurrency=1, timeout=25), tool(slow, name="free")) as bench:
        await bench.order(*(CallTool(str(n), "slow", {}) for n in range(3)), CallTool("f", "free", {"seconds": 1}))
        ended = {(one := await bench.answer()).id: (trio.current_time(), *one.response) for _ in range(4)}
    assert (1.0, "output") == ended.pop("f")
    assert [(10.0, "output"), (20.0, "output"), (25.0, "error")] == sorted(ended.values())


@pytest.mark.parametrize("consent", ["ask", "deny"])
async def test_without_consent_nothing_runs(autojump_clock, consent):
    """It fails closed."""
    ran = []

    async def pay(amount: int) -> None:
        ran.append(amount)

    async with running(tool(pay, consent=consent)) as bench:
        await bench.order(CallTool("1", "pay", {"amount": 5}))
        assert {"error": "pay was not run: nobody has allowed it"} == (await bench.answer()).response
    assert [] == ran


async def test_a_call_sent_twice_runs_once(autojump_clock):
    """While it runs and after it has finished; servers repeat calls in other parts of a message."""
    ran = []

    async def book(seats: int) -> int:
        ran.append(seats)
        await trio.sleep(1)
        return seats

    async with running(book) as bench:
        call = CallTool("1", "book", {"seats": 2})
        await bench.order(call, call)
        await bench.answer()
        await bench.order(call, CallTool("1", "book", {"seats": 3}), CancelTool("1"))
        await trio.sleep(5)
        assert [] == bench.answers()
        assert 1 == len(bench.told())
    assert [2] == ran


async def test_finished_ids_are_remembered_to_a_limit(autojump_clock):
    """Memory does not grow with the length of a conversation; a running call is known however many follow it."""
    async with running(echo, slow, room=REMEMBERED_CALLS * 2) as bench:
        await bench.order(CallTool("long", "slow", {"seconds": 20}))
        for n in range(REMEMBERED_CALLS + 1):
            await bench.order(CallTool(str(n), "echo", {"word": "x"}))
        await trio.sleep(1)
        assert REMEMBERED_CALLS + 1 == len(bench.answers())
        await bench.order(*(CallTool(id_, "echo", {"word": "x"}) for id_ in ("0", str(REMEMBERED_CALLS), "long")))
        await trio.sleep(1)
        assert ["0"] == [one.id for one in bench.answers()]
        assert "long" == (await bench.answer()).id


async def test_calls_without_an_id_are_all_run(autojump_clock):
    """A server that gives no ids (Vertex AI may) gets an answer to every call."""
    async with running(echo) as bench:
        await bench.order(*(CallTool("", "echo", {"word": word}) for word in "ab"))
        assert {"a", "b"} == {(await bench.answer()).response["output"] for _ in range(2)}


async def test_a_blocking_tool_does_not_stop_the_loop():
    """While a plain function blocks its thread, others are answered; given up on, it is not waited for."""
    release = threading.Event()

    def block() -> str:
        release.wait(10)
        return "released"

    async with running(block, echo) as bench:
        await bench.order(CallTool("1", "block", {}), CallTool("2", "block", {}), CallTool("3", "echo", {"word": "x"}))
        assert "3" == (await bench.answer()).id
        await bench.order(CancelTool("2"))
        assert ["3", "2"] == [(await bench.facts.receive()).id for _ in range(2)]
        release.set()
        assert ToolResult("1", "block", {"output": "released"}) == await bench.answer()


async def test_a_tool_that_blocks_the_loop_is_named_in_an_event(autojump_clock):
    """With the way out; a tool that only waits is not."""
    clock = [0.0]

    async def greedy() -> None:
        clock[0] += 0.12
        await trio.lowlevel.checkpoint()

    async with running(greedy, slow) as bench:
        bench.executor._watchdog.clock = lambda: clock[0]
        await bench.order(CallTool("1", "slow", {}), CallTool("2", "greedy", {}))
        await trio.sleep(20)
        [oddity] = [fact for fact in drained(bench.facts) if isinstance(fact, Oddity)]
    print(oddity.what)
    assert oddity.what.startswith("the tool greedy blocked the event loop for 120 ms")
    assert "in a thread" in oddity.what


async def test_the_session_may_leave_first(autojump_clock):
    """With nobody to take results the call ends unanswered, and the record says so."""
    bench = Bench([slow])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bench.executor.run)
        await bench.order(CallTool("1", "slow", {"seconds": 1}))
        await trio.sleep(0.5)
        bench.results.close()
        await trio.sleep(1)
        assert [ToolWithdrawn] == [type(fact) for fact in bench.told()]
        bench.close()


async def test_the_recorder_may_leave_first(autojump_clock):
    """Answers go on without it."""
    async with running(echo) as bench:
        bench.facts.close()
        await bench.order(CallTool("1", "echo", {"word": "x"}))
        assert "1" == (await bench.answer()).id


async def test_a_slow_recorder_is_waited_for(autojump_clock):
    """Facts are not dropped when their lane is full, however long it takes."""
    async with running(echo, facts_room=1) as bench:
        await bench.order(*(CallTool(str(n), "echo", {"word": "x"}) for n in range(3)))
        await trio.sleep(60)
        assert 3 == len(bench.answers())
        assert {"0", "1", "2"} == {(await bench.facts.receive()).id for _ in range(3)}


async def test_a_stuck_recorder_holds_up_the_end_for_two_seconds_at_most(autojump_clock):
    """A cancelled run gives its last facts a moment, not for ever."""
    bench = Bench([echo, slow], facts_room=1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bench.executor.run)
        await bench.order(CallTool("1", "echo", {"word": "x"}), CallTool("2", "slow", {}))
        await trio.sleep(1)
        nursery.cancel_scope.cancel("over")
    assert 3.0 == trio.current_time()
    assert ["1"] == [fact.id for fact in bench.told()]
    bench.close()

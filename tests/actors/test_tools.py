"""The ToolExecutor answers each call exactly once, or withdraws it, whatever happens in the meantime."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import logging
import math
import random
import threading

import attrs
import pytest
import trio
import trio.testing

from voice_actors.actors.tools import REMEMBERED_CALLS, ToolExecutor
from voice_actors.lanes import open_lane
from voice_actors.messages import (
    CallTool,
    CancelTool,
    Event,
    Oddity,
    ToolAnswered,
    ToolOrder,
    ToolResult,
    ToolWithdrawn,
)
from voice_actors.toolbox import Toolbox, ToolFailed, tool


@attrs.define(eq=False, slots=False)
class Bench:
    """An executor on its own: orders go in, results and facts come out."""

    tools: list
    timeout: float = 30.0
    room: int = 128
    facts_room: int = 4096

    def __attrs_post_init__(self):
        self.order_in, orders = open_lane[ToolOrder]("orders", 64)
        results, self.results = open_lane[ToolResult]("results", self.room)
        facts, self.facts = open_lane[Event]("facts", self.facts_room)
        self.ends = (orders, results, facts)
        self.executor = ToolExecutor(orders, results, facts, Toolbox.of(self.tools), self.timeout)

    async def order(self, *orders):
        for one in orders:
            await self.order_in.send(one)

    async def answer(self):
        return await self.results.receive()

    def answers(self):
        return drained(self.results)

    def told(self):
        """What became of calls; a busy machine may have the watchdog say more."""
        return [fact for fact in drained(self.facts) if not isinstance(fact, Oddity)]

    def close(self):
        self.order_in.close()


def drained(lane):
    found = []
    with contextlib.suppress(trio.WouldBlock, trio.EndOfChannel):
        while True:
            found.append(lane.receive_nowait())
    return found


@contextlib.asynccontextmanager
async def running(*tools, **options):
    bench = Bench(list(tools), **options)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bench.executor.run)
        yield bench
        bench.close()


async def echo(word: str) -> str:
    return word


async def slow(seconds: float = 10.0) -> str:
    await trio.sleep(seconds)
    return "slept"


async def broken(word: str = "") -> None:
    raise ValueError(word)


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


async def closed(city: str) -> None:
    raise ToolFailed(f"{city} is closed today")


async def gathered() -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(broken, "one")
        nursery.start_soon(broken, "two")


async def raises_long() -> None:
    raise ExceptionGroup("x" * 5000, [ValueError("y" * 5000)])


@pytest.mark.parametrize(
    ("call", "outcome", "words"),
    [
        (CallTool("1", "echo", {"word": "x"}), "ok", None),
        (
            CallTool("1", "nothing", {}),
            "unknown",
            "there is no tool named 'nothing'; the tools are: echo, slow, broken",
        ),
        (CallTool("1", "echo", {}), "bad_arguments", "word: missing"),
        (CallTool("1", "echo", {"word": []}), "bad_arguments", "word: Input should be a valid string"),
        (CallTool("1", "broken", {"word": "no network"}), "error", "ValueError: no network"),
        (CallTool("1", "closed", {"city": "Oslo"}), "error", "Oslo is closed today"),
        (CallTool("1", "gathered", {}), "error", "ValueError: "),
        (CallTool("1", "raises_long", {}), "error", "ValueError: yyy"),
        (CallTool("1", "slow", {"seconds": 31}), "timeout", "slow gave no answer within 30 s"),
    ],
    ids=lambda value: getattr(value, "name", None),
)
async def test_every_way_to_fail_is_answered(autojump_clock, call, outcome, words):
    """A model is never left waiting: whatever goes wrong, it gets an error that it can read."""
    async with running(echo, slow, broken, closed, gathered, raises_long) as bench:
        await bench.order(call)
        response = (await bench.answer()).response
        (fact,) = bench.told()
    assert outcome == fact.outcome
    assert response == fact.response
    if words is None:
        assert {"output": "x"} == response
    else:
        assert ["error"] == list(response)
        assert response["error"].startswith(words)
        assert len(response["error"]) <= 1000


async def test_an_empty_toolbox_says_so(autojump_clock):
    """The model may invent a tool where there is none."""
    async with running() as bench:
        await bench.order(CallTool("1", "x", {}))
        assert "there is no tool named 'x'; the tools are: none" == (await bench.answer()).response["error"]


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


async def test_a_call_that_waits_for_its_turn_can_be_withdrawn(autojump_clock):
    """It never begins, and its place in the line is free."""
    async with running(tool(slow, concurrency=1)) as bench:
        await bench.order(CallTool("1", "slow", {}))
        await trio.sleep(1)
        await bench.order(CallTool("2", "slow", {}))
        await trio.sleep(1)
        await bench.order(CallTool("3", "slow", {}), CancelTool("2"))
        assert [("1", 10.0), ("3", 20.0)] == [((await bench.answer()).id, trio.current_time()) for _ in range(2)]


@pytest.mark.parametrize(
    ("scheduling", "work", "failure"),
    [(None, None, None), ("INTERRUPT", "INTERRUPT", "INTERRUPT"), ("SILENT", "SILENT", "WHEN_IDLE")],
)
async def test_an_answer_is_scheduled_as_its_tool_says(autojump_clock, scheduling, work, failure):
    """A failure is told in any case: nobody must believe that it was done."""
    async with running(tool(echo, scheduling=scheduling), tool(broken, scheduling=scheduling)) as bench:
        await bench.order(CallTool("1", "echo", {"word": "x"}), CallTool("2", "broken", {}), CallTool("3", "echo", {}))
        found = {(one := await bench.answer()).id: one.scheduling for _ in range(3)}
    assert {"1": work, "2": failure, "3": failure} == found


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


async def test_a_tool_may_have_deadlines_of_its_own(autojump_clock):
    """Its own TooSlowError is its error, not our timeout."""

    async def patient() -> None:
        with trio.fail_after(1):
            await trio.sleep(5)

    async with running(patient) as bench:
        await bench.order(CallTool("1", "patient", {}))
        assert {"error": "TooSlowError"} == (await bench.answer()).response
        assert "error" == bench.told()[0].outcome


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


class Hang(BaseException):
    """Not an Exception: as KeyboardInterrupt and SystemExit."""


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, Hang])
@pytest.mark.parametrize("in_thread", [False, True])
async def test_what_is_no_exception_leaves_the_executor(kind, in_thread):
    """Ctrl-C in a tool is for the program, not for the model."""

    async def on_loop() -> None:
        raise kind

    def threaded() -> None:
        raise kind

    kind_of_tool = threaded if in_thread else on_loop
    bench = Bench([kind_of_tool])
    await bench.order(CallTool("1", kind_of_tool.__name__, {}))
    with pytest.raises(BaseExceptionGroup) as caught:
        await bench.executor.run()
    assert caught.group_contains(kind)
    assert [] == bench.answers()
    bench.close()


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


async def test_a_tool_that_is_written_for_asyncio_is_told_where_to_go():
    """Without the word it fails, and an event says what to write; with it, it works."""

    async def nap() -> str:
        await asyncio.sleep(0.001)
        return "rested"

    async with running(nap, tool(nap, name="good_nap", run="asyncio")) as bench:
        await bench.order(CallTool("1", "nap", {}), CallTool("2", "good_nap", {}))
        found = {(one := await bench.answer()).id: one.response for _ in range(2)}
        [oddity] = [fact for fact in drained(bench.facts) if isinstance(fact, Oddity)]
    assert {"error": "RuntimeError: no running event loop"} == found["1"]
    assert {"output": "rested"} == found["2"]
    assert 'the tool nap is written for asyncio; hand it over as tool(nap, run="asyncio")' == oddity.what


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


async def test_the_log_has_names_and_places_but_nobodys_words(autojump_clock, caplog):
    """What the user or a tool said is in the answer, never in the log."""
    caplog.set_level(logging.DEBUG)
    async with running(echo, broken) as bench:
        await bench.order(CallTool("1", "broken", {"word": "secret"}), CallTool("2", "echo", {"word": "secret"}))
        await bench.answer(), await bench.answer()
    failed = next(record for record in caplog.records if record.levelno == logging.WARNING)
    assert "voice_actors.tools" == failed.name
    assert ("broken", "ValueError") == (failed.tool, failed.error)
    assert failed.place.rpartition(":")[0] == __file__
    assert not any("secret" in str(vars(record)) for record in caplog.records)


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

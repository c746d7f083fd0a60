"""The ToolExecutor, cancelled at every place where it or one of its calls waits."""

from __future__ import annotations

import contextlib

import attrs
import pytest
import trio

from voice_actors.actors.tools import ToolExecutor
from voice_actors.lanes import open_lane
from voice_actors.messages import CallTool, CancelTool, Event, Oddity, ToolAnswered, ToolOrder, ToolResult
from voice_actors.testing.cancellation import cancel_everywhere
from voice_actors.toolbox import Toolbox


@attrs.define
class Seen:
    """What one run left behind."""

    began: list = attrs.field(factory=list)
    inside: int = 0
    facts: list = attrs.field(factory=list)
    answers: list = attrs.field(factory=list)
    lanes: tuple = ()


SCRIPT = (
    CallTool("quick", "work", {"id": "quick", "seconds": 0}),
    CallTool("slow", "work", {"id": "slow", "seconds": 2}),
    CallTool("late", "work", {"id": "late", "seconds": 100}),
    CallTool("broken", "crash", {"id": "broken"}),
    CallTool("nobody", "nobody", {}),
    CallTool("wrong", "work", {"seconds": "x"}),
    CallTool("quick", "work", {"id": "quick", "seconds": 0}),
    CallTool("withdrawn", "work", {"id": "withdrawn", "seconds": 50}),
    CancelTool("withdrawn"),
    CallTool("last", "work", {"id": "last", "seconds": 1}),
)


def conversation(seen: Seen, room: int):
    """A session that reads late, so that answers wait for room, and a recorder that stays to the end."""

    async def work(id: str, seconds: float) -> str:
        seen.began.append(id)
        seen.inside += 1
        try:
            await trio.sleep(seconds)
        finally:
            seen.inside -= 1
        return id

    async def crash(id: str) -> None:
        seen.began.append(id)
        await trio.lowlevel.checkpoint()
        raise ValueError(id)

    async def make():
        order_in, orders = open_lane[ToolOrder]("orders", 16)
        results, answers = open_lane[ToolResult]("results", room)
        facts, told = open_lane[Event]("facts", 1)
        seen.lanes = (order_in, answers, told)
        executor = ToolExecutor(orders, results, facts, Toolbox.of([work, crash]), timeout=5)

        async def session():
            with answers, order_in:
                for order in SCRIPT:
                    await order_in.send(order)
                    await trio.sleep(0.25)
                with trio.move_on_after(10):
                    async for answer in answers:
                        seen.answers.append(answer)
                        await trio.sleep(0.5)

        async def record():
            with trio.CancelScope(shield=True):
                async for fact in told:
                    if not isinstance(fact, Oddity):  # a busy machine may wake the watchdog
                        seen.facts.append(fact)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(record)
            nursery.start_soon(session)
            nursery.start_soon(executor.run, name="executor")

    return make


@pytest.mark.parametrize("room", [1, 16])
@pytest.mark.parametrize("target", ["executor", "tool work", "tool crash", "tool nobody", "session", "tool"])
def test_wherever_it_is_cancelled_nothing_is_left_open_and_every_call_that_began_has_an_end(target, room):
    """All ends closed, no tool still inside, each call that began recorded once, no two answers, and it ends at once."""
    seen: list[Seen] = []

    async def make():
        seen.append(Seen())
        await conversation(seen[-1], room)()

    def check(run):
        now = seen[-1]
        order_in, answers, told = now.lanes
        assert 0 == now.inside
        assert 0.0 == run.took or not run.cut
        with contextlib.suppress(trio.ClosedResourceError), pytest.raises(trio.BrokenResourceError):
            order_in.send_nowait(CancelTool("x"))
        with contextlib.suppress(trio.ClosedResourceError), pytest.raises(trio.EndOfChannel):
            while True:
                answers.receive_nowait()
        ended = [fact.id for fact in now.facts]
        assert len(set(ended)) == len(ended)
        assert set(now.began) <= set(ended)
        assert len(set(now.began)) == len(now.began)
        answered = {fact.id for fact in now.facts if isinstance(fact, ToolAnswered)}
        received = [one.id for one in now.answers]
        assert len(set(received)) == len(received)
        assert set(received) <= answered

    runs = cancel_everywhere(make, target=target, check=check)
    assert any(run.cut for run in runs)
    assert {"quick", "slow", "late", "broken", "nobody", "wrong", "withdrawn", "last"} == {f.id for f in seen[-1].facts}

"""A tool in a process computes beside the conversation, and is killed where it is cancelled."""

from __future__ import annotations

import functools
import os
import sys

import pytest
import trio

from voice_actors.actors.tools import ToolExecutor
from voice_actors.errors import ConfigError
from voice_actors.lanes import open_lane
from voice_actors.messages import CallTool, Event, ToolOrder, ToolResult
from voice_actors.toolbox import BadArguments, Room, Toolbox, ToolFailed, ToolOptions, declare, tool

sys.path.insert(0, os.path.dirname(__file__))
import heavy  # noqa: E402 - found by name in the other process, too

pytestmark = pytest.mark.slow
trio_parallel = pytest.importorskip("trio_parallel")

IN_PROCESS = ToolOptions(run="process")


async def call(function, **args):
    return await declare(function, options=IN_PROCESS).run(args, Room(trio.CapacityLimiter(1)))


async def test_it_runs_somewhere_else():
    """Its arguments are checked here; they and its answer travel, media too."""
    answer = (await call(heavy.where, point={"x": "3"})).response
    assert {"x": 3, "days": 1} == {key: answer[key] for key in ("x", "days")}
    assert os.getpid() != answer["pid"]
    assert 5 == (await call(functools.partial(heavy.where, days=5), point={"x": 1})).response["days"]
    assert "image/png" == (await call(heavy.picture)).parts[0]["inlineData"]["mimeType"]
    with pytest.raises(BadArguments, match="point.x: missing"):
        await call(heavy.where, point={})


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs /proc")
async def test_a_cancelled_one_is_killed(tmp_path):
    """In the middle of a call into C that would keep the interpreter's lock for hours."""
    file = tmp_path / "pid"
    async with trio.open_nursery() as nursery:
        nursery.start_soon(functools.partial(call, heavy.lock_up, file=str(file)))
        with trio.fail_after(30):
            while not file.exists():
                await trio.sleep(0.01)
        pid = int(file.read_text())
        assert alive(pid)
        began = trio.current_time()
        nursery.cancel_scope.cancel("enough")
    print(f"gone {(trio.current_time() - began) * 1000:.0f} ms after the cancellation")
    assert not alive(pid)


@pytest.mark.parametrize(("how", "kind"), [("plain", OSError), ("local", ToolFailed)])
async def test_what_it_raises_comes_out(how, kind):
    """As itself, or in words where it cannot travel."""
    with pytest.raises(kind, match="no disk"):
        await call(heavy.fail, how=how)


async def test_a_process_that_dies_is_an_error_and_the_next_call_works():
    """The model is told, and nobody else notices."""
    with pytest.raises(trio_parallel.BrokenWorkerError):
        await call(heavy.crash)
    assert 3 == (await call(heavy.where, point={"x": 3})).response["x"]


async def test_one_at_a_time():
    """A process is a turn like any other."""
    room, began = Room(trio.CapacityLimiter(1), trio.CapacityLimiter(1)), []
    paused = declare(heavy.pause, options=IN_PROCESS)

    async def once():
        began.append((await paused.run({"seconds": 0.2}, room)).response["output"])

    async with trio.open_nursery() as nursery:
        for _ in range(2):
            nursery.start_soon(once)
    assert 0.2 <= max(began) - min(began)


async def test_a_timeout_kills_and_answers():
    """Through the executor, with an error that the model can read."""
    order_in, orders = open_lane[ToolOrder]("orders", 4)
    results_in, results = open_lane[ToolResult]("results", 4)
    facts_in, facts = open_lane[Event]("facts", 4)
    toolbox = Toolbox.of([tool(heavy.pause, run="process", timeout=0.5)])
    with facts, results:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ToolExecutor(orders, results_in, facts_in, toolbox).run)
            await order_in.send(CallTool("1", "pause", {"seconds": 3600}))
            assert {"error": "pause gave no answer within 0.5 s"} == (await results.receive()).response
            order_in.close()


async def on_loop() -> None: ...


def stepwise():
    yield 1


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda: None, "write it at a module's top level"),
        (on_loop, "'tool' is async, which runs on the loop"),
        (stepwise, "'tool' is a plain generator, which runs in a thread"),
    ],
)
def test_what_cannot_run_there_is_refused(function, says):
    """Before anything connects."""
    with pytest.raises(ConfigError, match=says):
        declare(function, name="tool", options=IN_PROCESS)


def test_without_the_extra_it_is_refused_with_the_way_out(monkeypatch):
    """One line."""
    monkeypatch.setitem(sys.modules, "trio_parallel", None)
    with pytest.raises(
        ConfigError, match=r"'where' runs in a process, which needs an extra: pip install 'voice-actors"
    ):
        declare(heavy.where, options=IN_PROCESS)

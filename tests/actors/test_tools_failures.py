"""What the ToolExecutor makes of a tool that fails: an answer for the model, a line in the log, or its own end."""

from __future__ import annotations

import asyncio
import logging

import pytest
import trio

from tests.actors.bench import Bench, drained, echo, running, slow
from voice_actors.messages import CallTool, Oddity
from voice_actors.toolbox import ToolFailed, tool


async def broken(word: str = "") -> None:
    raise ValueError(word)


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


async def test_a_tool_may_have_deadlines_of_its_own(autojump_clock):
    """Its own TooSlowError is its error, not our timeout."""

    async def patient() -> None:
        with trio.fail_after(1):
            await trio.sleep(5)

    async with running(patient) as bench:
        await bench.order(CallTool("1", "patient", {}))
        assert {"error": "TooSlowError"} == (await bench.answer()).response
        assert "error" == bench.told()[0].outcome


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

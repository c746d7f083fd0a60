"""A generator is a tool that tells how far it has come."""

from __future__ import annotations

import json
import threading

import attrs
import pytest
import trio

from voice_actors.cli.captions import Captions
from voice_actors.errors import ConfigError
from voice_actors.gemini import events as wire
from voice_actors.gemini.models import capabilities
from voice_actors.record.saved import Transcript
from voice_actors.toolbox import Room, Toolbox, ToolOptions, declare, tool


@attrs.define
class Ear:
    """Hears what a tool says on its way, and when."""

    heard: list = attrs.field(factory=list)

    async def hear(self, said):
        self.heard.append((trio.current_time(), said.response["output"]))
        return True

    def room(self, threads=2):
        return Room(trio.CapacityLimiter(threads), tell=self.hear)


async def search(seconds: float = 10.0):
    yield "in the catalogue"
    await trio.sleep(seconds)
    yield "in the archive"
    await trio.sleep(seconds)
    yield "found"


async def test_what_is_yielded_last_is_the_answer(autojump_clock):
    """Everything before it is told as it comes: a moment later, since it might have been the last."""
    ear = Ear()
    answer = await declare(search).run({}, ear.room())
    assert ({"output": "found"}, False) == (answer.response, answer.quiet)
    assert [(0.1, "in the catalogue"), (10.1, "in the archive")] == ear.heard


async def test_yields_in_a_row_are_told_in_their_order(autojump_clock):
    """None is left out."""
    ear = Ear()

    async def count():
        for n in range(5):
            yield n

    assert {"output": 4} == (await declare(count).run({}, ear.room())).response
    assert [0, 1, 2, 3] == [value for _, value in ear.heard]


async def test_a_generator_that_works_on_after_its_last_word_ends_quietly(autojump_clock):
    """All has been said; the call is ended without another word."""
    ear = Ear()

    async def tidy():
        yield "nearly done"
        await trio.sleep(5)

    answer = await declare(tidy).run({}, ear.room())
    assert ({}, True) == (answer.response, answer.quiet)
    assert ["nearly done"] == [value for _, value in ear.heard]
    assert 5.0 == trio.current_time()


async def test_a_generator_that_yields_nothing_ends_quietly(autojump_clock):
    """It had nothing to say."""

    async def silent():
        for word in ():
            yield word

    assert (await declare(silent).run({}, Ear().room())).quiet


async def test_a_plain_generator_runs_in_one_thread():
    """What it returns is its answer, and everything that it yields is told."""
    ear, threads = Ear(), set()

    def work(steps: int):
        for step in range(steps):
            threads.add(threading.current_thread())
            yield step
        return "done"

    assert {"output": "done"} == (await declare(work).run({"steps": "3"}, ear.room())).response
    assert [0, 1, 2] == [value for _, value in ear.heard]
    assert 1 == len(threads)
    assert threading.main_thread() not in threads


async def test_a_cancelled_generator_is_closed(autojump_clock):
    """On the loop at once."""
    closed = []

    async def long():
        try:
            yield 1
            await trio.sleep(60)
        finally:
            closed.append(trio.current_time())

    with trio.move_on_after(3):
        await declare(long).run({}, Ear().room())
    assert [3.0] == closed


async def test_a_cancelled_plain_generator_is_closed_at_its_next_yield():
    """A thread cannot be stopped; but the work between its yields is all that is done in vain."""
    began, go_on, closed = threading.Event(), threading.Event(), threading.Event()
    steps = []

    def long():
        try:
            for step in range(100):
                steps.append(step)
                began.set()
                go_on.wait(10)
                yield step
        finally:
            closed.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(declare(long).run, {}, Ear().room())
        await trio.to_thread.run_sync(began.wait)
        nursery.cancel_scope.cancel("enough")
    go_on.set()
    assert await trio.to_thread.run_sync(closed.wait, 10)
    assert [0] == steps


@pytest.mark.parametrize("in_thread", [False, True])
async def test_what_it_raises_comes_out(in_thread):
    """After what it has said before."""

    async def on_loop():
        yield 1
        raise OSError("no network")

    def threaded():
        yield 1
        raise OSError("no network")

    with pytest.raises(ExceptionGroup) as caught:
        await declare(threaded if in_thread else on_loop).run({}, Ear().room())
    assert caught.group_contains(OSError, match="no network")


async def test_one_at_a_time(autojump_clock):
    """A generator has its turn until it ends."""
    room = Room(trio.CapacityLimiter(2), trio.CapacityLimiter(1))
    async with trio.open_nursery() as nursery:
        for _ in range(2):
            nursery.start_soon(declare(search).run, {}, room)
    assert 40.0 == trio.current_time()


def test_a_generator_is_not_waited_for_unless_told_so():
    """A model that waits hears nothing on the way."""
    assert "NON_BLOCKING" == declare(search).declaration()["behavior"]
    assert "BLOCKING" == declare(search, options=ToolOptions(behavior="blocking")).declaration()["behavior"]
    toolbox = Toolbox.of([search, tool(search, name="waited", behavior="blocking")])
    for model, vertexai, reports in (
        ("gemini-3.8-live", False, (True, False)),
        ("gemini-3.8-live", True, (False, False)),
        ("gemini-3.1-flash-live-preview", False, (False, False)),
    ):
        fitted = toolbox.fitted(capabilities(model), vertexai=vertexai)
        assert reports == tuple(fitted.get(name).reports for name in fitted.names)


def plain():
    yield 1


@pytest.mark.parametrize(("function", "run"), [(plain, "loop"), (search, "thread")])
def test_a_generator_runs_where_it_is_written_for(function, run):
    """With the way out."""
    with pytest.raises(ConfigError, match="leave out run"):
        declare(function, options=ToolOptions(run=run))


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (
            "gemini-3.8-live",
            [("in the catalogue", True, "SILENT"), ("in the archive", True, "SILENT"), ("found", None, "SILENT")],
        ),
        ("gemini-3.1-flash-live-preview", [("found", None, None)]),
    ],
)
async def test_progress_in_a_conversation(rig, autojump_clock, model, said):
    """On the wire: an answer that will be continued for each step, and one that will not; where the model waits, one."""
    answers = []

    async def script(link):
        await link.accept_setup()
        await link.say(wire.ToolCall((wire.FunctionCall("c1", "search", {"seconds": 2}),)))
        while True:
            answers.extend((await link.hear_answer()).responses)

    async with rig(script, tools=[tool(search, scheduling="SILENT")], model=model):
        await trio.sleep(10)
    assert said == [(one.response["output"], one.will_continue, one.scheduling) for one in answers]


async def test_the_quiet_end_in_a_conversation(rig, autojump_clock):
    """An empty answer that the model takes up without a word."""
    answers = []

    async def tidy():
        yield "nearly done"
        await trio.sleep(5)

    async def script(link):
        await link.accept_setup()
        await link.say(wire.ToolCall((wire.FunctionCall("c1", "tidy", {}),)))
        while True:
            answers.extend((await link.hear_answer()).responses)

    async with rig(script, tools=[tidy]):
        await trio.sleep(10)
    assert [({"output": "nearly done"}, True, None), ({}, None, "SILENT")] == [
        (dict(one.response), one.will_continue, one.scheduling) for one in answers
    ]


@pytest.mark.parametrize("model", ["gemini-3.8-live", "gemini-3.1-flash-live-preview"])
async def test_what_was_said_on_the_way_is_in_the_record(rig, autojump_clock, tmp_path, model):
    """Each report once, in its place, with whether the model heard it; a model that waits gets the last as its answer,
    however long the tool goes on after it.
    """

    async def dig():
        yield "in the cellar"
        await trio.sleep(2)
        yield {"found": "a chest"}
        await trio.sleep(5)

    answers, path = [], tmp_path / "t.jsonl"

    async def script(link):
        await link.accept_setup()
        await link.say(wire.ToolCall((wire.FunctionCall("c1", "dig", {}),)))
        while True:
            answers.extend((await link.hear_answer()).responses)

    async with rig(script, tools=[dig], model=model, transcript=path) as r:
        await trio.sleep(10)
        [message] = r.agent.export_messages()
    told = model == "gemini-3.8-live"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    mine = [row for row in rows if row.get("id") == "c1"]
    reports = [{"output": "in the cellar"}, {"found": "a chest"}]
    assert ["ToolCalled", "ToolReported", "ToolReported", "ToolAnswered"] == [row["event"] for row in mine]
    assert [(report, told) for report in reports] == [(row["report"], row["told"]) for row in mine[1:3]]
    assert reports == message.body["reports"]
    assert ({} if told else reports[-1]) == answers[-1].response == mine[-1]["response"]
    assert len(answers) == (3 if told else 1)
    lines = Captions()
    shown = [line for event in Transcript.load(path).events for line in lines.feed(event) if line.startswith("tool:")]
    print("\n".join(shown))
    assert ["tool: dig: in the cellar …", 'tool: dig: {"found": "a chest"} …'] == shown[1:3]


async def test_a_picture_in_a_conversation(rig, autojump_clock):
    """It goes out as a part of the answer."""
    answers = []

    async def draw() -> bytes:
        return b"\x89PNG\r\n\x1a\n"

    async def script(link):
        await link.accept_setup()
        await link.say(wire.ToolCall((wire.FunctionCall("c1", "draw", {}),)))
        answers.extend((await link.hear_answer()).responses)

    async with rig(script, tools=[draw]):
        await trio.sleep(1)
    assert [{"mimeType": "image/png", "data": "iVBORw0KGgo="}] == [part["inlineData"] for part in answers[0].parts]

"""Results on their way to the model: answers, words, and neither of them twice."""

from __future__ import annotations

import contextlib
import json

import attrs
import pytest
import trio

from voice_actors import messages as m
from voice_actors.errors import LinkLost
from voice_actors.gemini.events import FunctionCall
from voice_actors.gemini.models import capabilities
from voice_actors.lanes import open_lane
from voice_actors.record.pulse import Pulse
from voice_actors.session.answers import LAST_FACT, QUIET, Answers, in_words
from voice_actors.session.calls import Asked, OpenCalls


@attrs.define(eq=False, slots=False)
class Desk:
    """The two writers, links that come and go, and what went over them."""

    model: str = "gemini-3.8-live"
    broken: bool = False
    links: list = attrs.field(factory=lambda: [[]])

    def __attrs_post_init__(self):
        self.give, results = open_lane[m.ToolResult]("results", 16)
        facts, self.facts = open_lane[m.Event]("facts", 64)
        self.calls, self.pulse = OpenCalls(), Pulse()
        self.answers = Answers(results, self.calls, facts, self.pulse, capabilities(self.model))

    async def send(self, frame):
        await trio.lowlevel.checkpoint()
        if self.broken:
            raise LinkLost("reset", code=1006)
        self.links[-1].append(json.loads(frame))

    @contextlib.asynccontextmanager
    async def link(self):
        """The writers, for as long as this link lasts."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.answers.send, self.send, nursery)
            yield
            nursery.cancel_scope.cancel("the link is over")
        self.links.append([])

    def told(self):
        found = []
        with contextlib.suppress(trio.WouldBlock):
            while True:
                found.append(self.facts.receive_nowait())
        return [type(fact).__name__ for fact in found]


def kinds(frames):
    return [next(iter(frame)) for frame in frames]


async def test_an_answer_goes_out_once(autojump_clock):
    """A second result for the same call goes nowhere, and the record says so."""
    desk = Desk()
    desk.calls.ask(FunctionCall("a", "f", {}))
    async with desk.link():
        for number in range(2):
            await desk.give.send(m.ToolResult("a", "f", {"output": number}))
        await trio.sleep(10)
    assert [{"id": "a", "name": "f", "response": {"output": 0}}] == desk.links[0][0]["toolResponse"][
        "functionResponses"
    ]
    assert 1 == len(desk.links[0])
    assert ["ToolWithdrawn"] == desk.told()


async def test_what_a_lost_session_asked_for_is_told_in_words_and_once(autojump_clock):
    """The call came after the handle: the next link cannot know its id."""
    desk = Desk()
    async with desk.link():
        desk.calls.handle_given()
        desk.calls.ask(FunctionCall("a", "weather", {"city": "Oslo"}))
    desk.calls.link_gone()
    for _ in range(2):
        async with desk.link():
            await desk.give.send(m.ToolResult("a", "weather", {"sky": "clear"}))
            await trio.sleep(10)
    first, second, third = desk.links[1:]
    assert (["clientContent"], [], []) == (kinds(first), second, third)
    [turn] = first[0]["clientContent"]["turns"]
    words = turn["parts"][0]["text"]
    assert '{"city": "Oslo"}' in words
    assert '{"sky": "clear"}' in words
    assert ["ToolToldInWords", "ToolWithdrawn"] == desk.told()
    print(words)


async def test_words_wait_until_no_reply_plays_and_answers_do_not_wait_for_them(autojump_clock):
    """A message of the user would cut the reply; an answer to a call would not."""
    desk = Desk()
    for call in ("lost", "open"):
        desk.calls.ask(FunctionCall(call, "f", {}))
        if call == "lost":
            desk.calls.link_gone()
    desk.pulse.observe(m.TurnStarted(turn=1))
    desk.pulse.observe(m.ToolCalled(id="other", name="f", args={}))  # a tool that works is no reply
    async with desk.link():
        await desk.give.send(m.ToolResult("lost", "f", {}))
        await desk.give.send(m.ToolResult("open", "f", {}))
        await trio.sleep(5)
        assert ["toolResponse"] == kinds(desk.links[0])
        desk.pulse.observe(m.TurnEnded(turn=1, heard_ms=1.0, dropped_ms=0.0, interrupted=False))
        await trio.sleep(QUIET + 0.1)
        assert ["toolResponse", "clientContent"] == kinds(desk.links[0])


async def test_a_call_that_is_asked_for_again_while_its_result_waits_is_answered(autojump_clock):
    """The server knows the id after all."""
    desk = Desk()
    desk.calls.ask(FunctionCall("a", "f", {}))
    desk.calls.link_gone()
    desk.pulse.observe(m.TurnStarted(turn=1))
    async with desk.link():
        await desk.give.send(m.ToolResult("a", "f", {}))
        await trio.sleep(1)
        desk.calls.ask(FunctionCall("a", "f", {}))
        desk.pulse.observe(m.TurnEnded(turn=1, heard_ms=1.0, dropped_ms=0.0, interrupted=False))
        await trio.sleep(5)
    assert ["toolResponse"] == kinds(desk.links[0])
    assert [] == desk.told()


async def test_a_withdrawn_result_is_told_only_where_its_tool_wants_it(autojump_clock):
    """In a quiet moment, as words: the id is not the server's any more."""
    desk = Desk()
    for call in "ab":
        desk.calls.ask(FunctionCall(call, "f", {}))
        desk.calls.withdraw(call)
    async with desk.link():
        await desk.give.send(m.ToolResult("a", "f", {}))
        await desk.give.send(m.ToolResult("b", "f", {}, tell_anyway=True))
        await trio.sleep(5)
    assert ["clientContent"] == kinds(desk.links[0])
    assert ["ToolWithdrawn", "ToolToldInWords"] == desk.told()


@pytest.mark.parametrize("lost", [False, True])
async def test_what_a_broken_link_did_not_take_goes_out_on_the_next(lost, autojump_clock):
    """Whether it is an answer or words."""
    desk = Desk(broken=True)
    desk.calls.ask(FunctionCall("a", "f", {}))
    if lost:
        desk.calls.link_gone()
    else:
        desk.calls.handle_given()
    with pytest.RaisesGroup(LinkLost):
        async with desk.link():
            await desk.give.send(m.ToolResult("a", "f", {}))
            await trio.sleep(5)
    desk.links.append([])
    desk.broken = False
    async with desk.link():
        await trio.sleep(5)
    assert ["clientContent" if lost else "toolResponse"] == kinds(desk.links[1])


async def test_a_call_that_is_asked_for_again_while_its_result_is_being_told_is_answered(autojump_clock):
    """The words are on their way and cannot be taken back; the call waits for its answer all the same."""
    desk = Desk()
    desk.calls.ask(FunctionCall("a", "f", {}))
    desk.calls.link_gone()

    async def asked_meanwhile(frame):
        if "clientContent" in frame:
            desk.calls.ask(FunctionCall("a", "f", {}))
        await desk.send(frame)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(desk.answers.send, asked_meanwhile, nursery)
        await desk.give.send(m.ToolResult("a", "f", {"x": 1}))
        await trio.sleep(5)
        nursery.cancel_scope.cancel("seen")
    assert ["clientContent", "toolResponse"] == kinds(desk.links[0])
    assert ["ToolToldInWords"] == desk.told()
    assert not desk.calls.expects("a")


@pytest.mark.parametrize("room_after", [1.0, None])
async def test_that_a_result_was_told_is_recorded_though_its_link_is_left(room_after, autojump_clock):
    """Where the record has no room at the moment; but the next link is not kept waiting for ever."""
    desk = Desk()
    desk.calls.ask(FunctionCall("a", "f", {}))
    desk.calls.link_gone()
    for _ in range(64):
        desk.answers.facts.send_nowait(m.UserSaid(text="x"))
    told = []
    async with trio.open_nursery() as nursery:
        async with desk.link():
            await desk.give.send(m.ToolResult("a", "f", {}))
            await trio.sleep(2 * QUIET)
            assert ["clientContent"] == kinds(desk.links[0])

            async def make_room():
                await trio.sleep(room_after)
                told.extend(desk.told())

            if room_after is not None:
                nursery.start_soon(make_room)
        assert (QUIET + LAST_FACT if room_after is None else 2 * QUIET + room_after) == trio.current_time()
    told += desk.told()
    assert (room_after is not None) == ("ToolToldInWords" in told)


async def test_half_answers_of_a_call_that_nobody_waits_for_are_let_go(autojump_clock):
    """Without a fact for each."""
    desk = Desk()
    async with desk.link():
        await desk.give.send(m.ToolResult("a", "f", {}, will_continue=True))
        await trio.sleep(5)
    assert [] == desk.links[0]
    assert [] == desk.told()


@pytest.mark.parametrize(
    ("model", "scheduling", "kind", "complete"),
    [
        ("gemini-3.8-live", None, "clientContent", True),
        ("gemini-3.8-live", "SILENT", "clientContent", False),
        ("gemini-3.1-flash-live-preview", None, "realtimeInput", None),
    ],
)
def test_words_take_the_way_of_their_model(model, scheduling, kind, complete):
    """And a silent tool's answer asks for no reply, where the model can be told so."""
    frame = in_words(m.ToolResult("a", "f", {"x": "ö"}, scheduling), Asked("a", "f", {}), capabilities(model))
    message = json.loads(frame)
    assert [kind] == list(message)
    assert complete == message[kind].get("turnComplete")
    assert "ö" in frame


async def test_a_lost_call_that_is_withdrawn_while_its_result_waits_is_not_told(autojump_clock):
    """Nobody wants it any more."""
    desk = Desk()
    desk.calls.ask(FunctionCall("a", "f", {}))
    desk.calls.link_gone()
    desk.pulse.observe(m.TurnStarted(turn=1))
    async with desk.link():
        await desk.give.send(m.ToolResult("a", "f", {}))
        await trio.sleep(1)
        desk.calls.withdraw("a")
        desk.pulse.observe(m.TurnEnded(turn=1, heard_ms=1.0, dropped_ms=0.0, interrupted=False))
        await trio.sleep(5)
    assert [[], []] == desk.links
    assert ["ToolWithdrawn"] == desk.told()


async def test_a_session_that_goes_back_to_a_handle_is_answered_once_more(autojump_clock):
    """The first answer came after the handle: for the resumed session it was never given."""
    desk = Desk()
    desk.calls.ask(FunctionCall("a", "f", {}))
    desk.calls.handle_given()
    async with desk.link():
        await desk.give.send(m.ToolResult("a", "f", {"x": 1}))
        await trio.sleep(5)
    desk.calls.link_gone()
    async with desk.link():
        await trio.sleep(5)
    desk.calls.handle_given()
    desk.calls.link_gone()
    async with desk.link():
        await trio.sleep(5)
    first, second, third, _ = desk.links
    assert first == second
    assert ["toolResponse"] == kinds(first)
    assert [] == third
    assert [] == desk.told()


async def test_at_the_end_every_result_that_has_not_left_is_recorded_so(autojump_clock):
    """Wherever it waits: for its link, for a quiet moment, or in its lane."""
    desk = Desk(broken=True)
    for call in "abc":
        desk.calls.ask(FunctionCall(call, "f", {}))
    desk.calls.withdraw("a")
    desk.calls.link_gone()
    desk.pulse.observe(m.TurnStarted(turn=1))
    desk.calls.ask(FunctionCall("open", "f", {}))
    with pytest.RaisesGroup(LinkLost):
        async with desk.link():
            for call in ("b", "c", "open", "later"):
                await desk.give.send(m.ToolResult(call, "f", {}))
            await desk.give.send(m.ToolResult("later", "f", {}, will_continue=True))
            await trio.sleep(5)
    await desk.answers.leave()
    assert ["ToolWithdrawn"] * 4 == desk.told()
    with pytest.raises(trio.BrokenResourceError):
        await desk.give.send(m.ToolResult("x", "f", {}))

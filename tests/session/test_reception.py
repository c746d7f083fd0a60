"""What the server's events become, one by one."""

from __future__ import annotations

import contextlib

import attrs
import pytest
import trio

from voice_actors import messages as m
from voice_actors.broadcast import Tap, Wanted
from voice_actors.gemini import events as wire
from voice_actors.lanes import Overflow, open_lane
from voice_actors.session.calls import REMEMBERED_CALLS
from voice_actors.session.reception import Reception
from voice_actors.session.replies import Replies
from voice_actors.turns import Turn


@attrs.define(eq=False)
class Desk:
    """A reception, and everything that it sends."""

    reception: Reception
    lanes: dict[str, object]

    async def take(self, *events):
        for event in events:
            await self.reception.take(event)

    def out(self, name):
        """What is in one of the lanes."""
        found = []
        with contextlib.suppress(trio.WouldBlock, trio.EndOfChannel):
            while True:
                found.append(self.lanes[name].receive_nowait())
        return found

    def facts(self):
        """What happened, without its time."""
        return [attrs.evolve(fact, at=0.0) for fact in self.out("facts")]


@pytest.fixture
def desk():
    turns, to_speaker = open_lane[Turn]("turns", 16)
    orders, to_tools = open_lane[m.ToolOrder]("orders", 2_000)
    facts, told = open_lane[m.Event]("facts", 2_000)
    audio, heard = open_lane[m.AudioEvent]("audio", 2, Overflow.DROP_OLDEST)
    reception = Reception(Replies(3.0), turns, orders, facts, Tap(audio, Wanted()))
    return Desk(reception, {"turns": to_speaker, "orders": to_tools, "facts": told, "audio": heard})


def call(call_id, name="f"):
    return wire.ToolCall((wire.FunctionCall(call_id, name, {}),))


async def test_the_words_of_a_cut_reply_still_belong_to_it(desk):
    """They trail behind its audio, which is dropped and counted, and they say how much of that there had been."""
    await desk.take(
        wire.AudioOut(b"12" * 24),
        wire.Interrupted(),
        wire.OutputTranscription("late"),
        wire.AudioOut(b"3456"),
        wire.TextOut("late, too"),
        wire.TurnComplete(),
        wire.OutputTranscription("new"),
    )
    assert [
        m.TurnStarted(turn=1, at=0.0),
        m.TurnInterrupted(turn=1, by="user", at=0.0),
        m.AgentSaid(turn=1, text="late", audio_ms=1.0, at=0.0),
        m.TurnStarted(turn=2, at=0.0),
        m.AgentSaid(turn=2, text="new", audio_ms=0.0, at=0.0),
    ] == desk.facts()
    assert 4 == desk.reception.replies.stale_bytes
    assert [1, 2] == [turn.number for turn in desk.out("turns")]


async def test_speech_that_is_told_in_two_forms_is_noticed_once(desk):
    """The older signal counts where the server knows no other."""
    start, end = "ACTIVITY_START", "ACTIVITY_END"
    await desk.take(wire.VoiceActivity(start, signal=True), wire.VoiceActivity(end, 1.0))
    await desk.take(wire.VoiceActivity(end, signal=True), wire.VoiceActivity(start, 2.0))
    await desk.take(wire.VoiceActivity(start, signal=True))
    assert [True, False, True] == [fact.started for fact in desk.facts()]


async def test_the_end_of_a_transcript_begins_no_reply(desk):
    """`finished` without words, when the turn is over: nobody speaks, and nothing is left open."""
    await desk.take(wire.AudioOut(b"12"), wire.TurnComplete(), wire.OutputTranscription("", finished=True))
    assert [m.TurnStarted, m.TurnGenerated] == [type(fact) for fact in desk.facts()]
    assert 1 == len(desk.out("turns"))


async def test_a_call_is_known_again_long_after_its_answer(desk):
    """And forgotten, in the end, oldest first."""
    await desk.take(call("c0"), call("c0"))
    desk.reception.calls.answered(m.ToolResult("c0", "f", {}))
    await desk.take(call("c0"), *(call(f"c{n}") for n in range(1, REMEMBERED_CALLS)), call("c0"))
    assert [f"c{n}" for n in range(REMEMBERED_CALLS)] == [order.id for order in desk.out("orders")]
    await desk.take(call("one more"), call("c0"), call("c2"))
    assert ["one more", "c0"] == [order.id for order in desk.out("orders")]


async def test_calls_without_ids_are_told_apart(desk):
    """Two calls of one name are two calls, and go back without an id."""
    await desk.take(wire.ToolCall((wire.FunctionCall(None, "f", {}), wire.FunctionCall(None, "f", {}))), call(None))
    ids = [order.id for order in desk.out("orders")]
    assert 3 == len(set(ids))
    assert [None] * 3 == [desk.reception.calls.wire_id(call_id) for call_id in ids]


async def test_what_is_withdrawn_or_forgotten_is_not_expected(desk):
    """A call may be withdrawn once; one that was answered, or never made, not at all."""
    await desk.take(call("a"), call("b"), call("c"))
    desk.reception.calls.answered(m.ToolResult("b", "f", {}))
    desk.out("orders")
    await desk.take(wire.ToolCallCancellation(("a", "b", "never", "a")))
    assert [m.CancelTool("a")] == desk.out("orders")
    assert [False, False, True] == [desk.reception.calls.expects(call_id) for call_id in "abc"]
    desk.reception.forget_session()
    assert not desk.reception.calls.expects("c")


async def test_an_answer_that_continues_leaves_the_call_open(desk):
    """Until the one that does not."""
    await desk.take(call("a"))
    desk.reception.calls.answered(m.ToolResult("a", "f", {}, will_continue=True))
    assert desk.reception.calls.expects("a")
    desk.reception.calls.answered(m.ToolResult("a", "f", {}, will_continue=False))
    assert not desk.reception.calls.expects("a")


async def test_a_new_link_knows_nothing_of_the_old_ones_end(desk, autojump_clock):
    """GoAway is about one link; the handle is about the session."""
    await trio.sleep(5)
    await desk.take(wire.GoAway(10.0), wire.SessionResumptionUpdate("h", resumable=True))
    assert (15, True) == (desk.reception.leave_by, desk.reception.going_away.is_set())
    desk.reception.link_gone()
    assert (float("inf"), False) == (desk.reception.leave_by, desk.reception.going_away.is_set())
    assert "h" == desk.reception.handle
    desk.reception.forget_session()
    assert desk.reception.handle is None


async def test_raw_audio_costs_nothing_while_nobody_wants_it(desk):
    """And where somebody does, a late reader loses the oldest."""
    await desk.take(wire.AudioOut(b"11"))
    assert [] == desk.out("audio")
    desk.reception.audio.wanted.readers += 1
    await desk.take(wire.AudioOut(b"22"), wire.AudioOut(b"33"), wire.AudioOut(b"44"))
    assert [b"33", b"44"] == [event.pcm for event in desk.out("audio")]


async def test_its_end_silences_and_closes(desk):
    """What plays is cut, and everyone downstream sees the end."""
    with desk.reception:
        await desk.take(wire.AudioOut(b"12"))
    [turn] = desk.out("turns")
    assert turn.playback.cut
    for lane in desk.lanes.values():
        with pytest.raises(trio.EndOfChannel):
            while True:
                lane.receive_nowait()


@pytest.mark.parametrize(
    "event",
    [
        wire.GenerationComplete(),
        wire.SetupComplete(),
        wire.TurnComplete(),
        wire.Interrupted(),
        wire.InputTranscription(""),
        wire.SessionResumptionUpdate("h", resumable=False),
        wire.SessionResumptionUpdate(None, resumable=True),
    ],
    ids=repr,
)
async def test_what_says_nothing_new_changes_nothing(desk, event):
    """Neither a reply nor a fact comes of it."""
    await desk.take(event)
    assert ([], [], None) == (desk.facts(), desk.out("turns"), desk.reception.handle)


async def test_a_reply_says_when_the_user_was_last_loud_and_how_far_away_the_model_is(desk):
    """And so does the end of speech; of a link that measures nothing, nothing is known."""
    desk.reception.voiced.hear(b"\x00\x10" * 320, 1.5)
    await desk.take(wire.VoiceActivity("ACTIVITY_END"), wire.AudioOut(bytes(48)), wire.TurnComplete())
    desk.reception.round_trip = lambda: 0.0425
    await desk.take(wire.AudioOut(bytes(48)))
    assert [
        m.SpeechDetected(started=False, voiced_at=1.5, at=0.0),
        m.TurnStarted(turn=1, voiced_at=1.5, at=0.0),
        m.TurnGenerated(turn=1, at=0.0),
        m.TurnStarted(turn=2, voiced_at=1.5, round_trip_ms=42.5, at=0.0),
    ] == desk.facts()


@pytest.mark.parametrize(
    ("event", "fact"),
    [
        (wire.GoAway(10.0), m.GoingAway(time_left=10.0, at=0.0)),
        (wire.InputTranscription("hello"), m.UserSaid(text="hello", at=0.0)),
        (wire.VoiceActivity("ACTIVITY_START"), m.SpeechDetected(started=True, at=0.0)),
        (wire.Usage({"totalTokenCount": 3}), m.UsageReported(usage={"totalTokenCount": 3}, at=0.0)),
        (
            wire.Grounding("groundingMetadata", {"a": 1}),
            m.ServerNotice(kind="groundingMetadata", body={"a": 1}, at=0.0),
        ),
        (wire.MediaOut({"executableCode": {}}), m.ServerNotice(kind="part", body={"executableCode": {}}, at=0.0)),
        (wire.WaitingForInput(), m.ServerNotice(kind="waitingForInput", body={}, at=0.0)),
        (
            wire.InterimInputTranscription("hel", {"audioOffset": "1s"}),
            m.ServerNotice(kind="interimInputTranscription", body={"audioOffset": "1s", "text": "hel"}, at=0.0),
        ),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_what_the_server_tells_is_told_on(desk, event, fact):
    """As it came; it begins no reply."""
    await desk.take(event)
    assert ([fact], []) == (desk.facts(), desk.out("turns"))


async def test_a_reply_in_writing_and_why_it_ended(desk):
    """Text opens a reply as sound does; a reason that the server gives for the end is told."""
    await desk.take(wire.TextOut("Hi", thought=True), wire.TurnComplete("RESPONSE_REJECTED"))
    assert [
        m.TurnStarted(turn=1, at=0.0),
        m.TextReceived(turn=1, text="Hi", thought=True, at=0.0),
        m.TurnGenerated(turn=1, reason="RESPONSE_REJECTED", at=0.0),
    ] == desk.facts()
    assert [1] == [turn.number for turn in desk.out("turns")]


async def test_an_interruption_reaches_the_tools_at_work_and_the_filler(desk):
    """Where no tool works none is told; a loudspeaker that has gone is no trouble, and ours is let go of at the end."""
    speaker, heard = open_lane[m.SpeakerOrder]("to the loudspeaker", 4)
    desk.reception.to_speaker, desk.lanes["speaker"] = speaker, heard
    await desk.take(wire.Interrupted())
    assert ([], [m.StopFiller()]) == (desk.out("orders"), desk.out("speaker"))
    await desk.take(call("a"))
    desk.out("orders")
    await desk.take(wire.Interrupted())
    assert ([m.BargeIn()], [m.StopFiller()]) == (desk.out("orders"), desk.out("speaker"))
    heard.close()
    await desk.reception.stop()
    assert [m.BargeIn()] == desk.out("orders")
    desk.reception.__exit__(None, None, None)
    with pytest.raises(trio.ClosedResourceError):
        speaker.send_nowait(m.StopFiller())


async def test_a_call_is_recorded_as_it_was_made(desk):
    """Whatever the tool does to its arguments."""
    await desk.take(wire.ToolCall((wire.FunctionCall("a", "f", {"cities": ["Oslo"]}),)))
    [order] = desk.out("orders")
    order.args["cities"].append("Bergen")
    assert [m.ToolCalled(id="a", name="f", args={"cities": ["Oslo"]}, at=0.0)] == desk.facts()


async def test_new_tools_are_handed_on(desk):
    """None are no news, an empty list is."""
    await desk.reception.change_tools(None)
    await desk.reception.change_tools([])
    assert [m.ChangeTools([])] == desk.out("orders")


async def test_a_handle_says_up_to_where_it_saves(desk):
    """Where the server says so; a link that cannot be resumed now says nothing of it, and the next one starts afresh."""
    saved: list[int] = []
    desk.reception.on_saved = saved.append
    await desk.take(
        wire.SessionResumptionUpdate("h", resumable=True, last_consumed_index=0),
        wire.SessionResumptionUpdate("i", resumable=True),
        wire.SessionResumptionUpdate("j", resumable=False, last_consumed_index=9),
    )
    told = desk.reception
    assert ([0], "i", False, True) == (saved, told.handle, told.resumable, told.handle_known.is_set())
    told.link_gone()
    assert told.resumable
    told.forget_session()
    assert not told.handle_known.is_set()

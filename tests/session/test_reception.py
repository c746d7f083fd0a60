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

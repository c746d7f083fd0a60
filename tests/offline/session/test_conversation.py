"""The turn-taking of one offline session, in virtual time with parts of a few lines each."""

from __future__ import annotations

import random
import struct
from collections.abc import Sequence
from typing import Any

import pytest
import trio

from tests.offline.session.toys import (
    SENTENCES,
    TOOLS,
    WORD_SECONDS,
    Session,
    ToyEars,
    ToyMind,
    ToyMouth,
    answer,
    calling,
    in_session,
)
from voice_actors.gemini import events as e
from voice_actors.lanes import SendLane, open_lane
from voice_actors.offline.parts import AgentTurn, Call, Dialogue, Say, Sight, Thought, UserTurn
from voice_actors.offline.session.conversation import Conversation
from voice_actors.offline.session.fields import Refusal
from voice_actors.offline.session.outbox import Outbox
from voice_actors.offline.session.terms import terms_of
from voice_actors.testing import cancel_everywhere
from voice_actors.testing.cancellation import Cancelled


async def test_a_spoken_question_is_answered_in_the_order_of_the_reference(autojump_clock):
    """Transcription of the user, audio with its words, generationComplete, and turnComplete when it was all heard."""

    async def client(session: Session) -> None:
        await session.say(1)
        await session.until(e.TurnComplete)

    session = await in_session(client)
    assert session.kinds[0] == "InputTranscription"
    assert session.kinds[-3:] == ["GenerationComplete", "TurnComplete", "Usage"]
    assert set(session.kinds[1:-3]) == {"OutputTranscription", "AudioOut"}
    assert [t.text for t in session.events(e.InputTranscription)] == ["hello there"]
    assert "".join(t.text for t in session.events(e.OutputTranscription)) == "you said hello there"
    assert session.seconds_of_audio() == pytest.approx(4 * WORD_SECONDS)
    first = session.at(e.AudioOut)[0]
    assert session.at(e.TurnComplete)[0] == pytest.approx(first + 4 * WORD_SECONDS, abs=0.02)
    assert session.conversation.history.entries == [UserTurn("hello there"), AgentTurn("you said hello there")]


async def test_transcriptions_come_only_when_asked_for(autojump_clock):
    """Neither side is transcribed unless setup says so."""

    async def client(session: Session) -> None:
        await session.say(1)
        await session.until(e.TurnComplete)

    nothing_asked = {"inputAudioTranscription": None, "outputAudioTranscription": None}
    session = await in_session(client, setup=nothing_asked)
    assert session.kinds == ["AudioOut", "GenerationComplete", "TurnComplete", "Usage"]


async def test_a_pause_within_a_sentence_does_not_split_it(autojump_clock):
    """Speech that goes on before anything was said in reply is answered together with what came before."""

    async def client(session: Session) -> None:
        await session.say(2, silence=0.45)
        await trio.sleep(0.2)
        await session.say(4)
        await session.until(e.AudioOut)
        await session.until(e.GenerationComplete)

    session = await in_session(client, mind_seconds=1.0)
    assert session.mind.asked[-1].entries == (UserTurn("what is two and two and also this"),)
    assert "".join(t.text for t in session.events(e.InputTranscription)) == "what is two and two and also this"


async def test_the_client_may_mark_the_users_speech_itself(autojump_clock):
    """With detection disabled only activityStart and activityEnd count, however long the pause; and they interrupt."""

    async def client(session: Session) -> None:
        await session.say(1)
        await session.send.send(e.ActivityStart())
        await session.say(1, 0.3, silence=3.0)
        await session.say(1, 0.3, silence=0)
        await session.send.send(e.ActivityEnd())
        await session.until(e.AudioOut)
        await session.send.send(e.ActivityStart())
        await session.say(2, 0.5, silence=0)
        await session.send.send(e.ActivityEnd())
        await session.until(e.TurnComplete, 2)

    session = await in_session(
        client, setup={"realtimeInputConfig": {"automaticActivityDetection": {"disabled": True}}}
    )
    deltas = [t.text for t in session.events(e.InputTranscription)]
    assert deltas == ["hello there", "what is two", " and two"]  # three words each, as they are put together again
    assert len(session.events(e.Interrupted)) == 1


async def test_marks_are_refused_where_speech_is_detected(autojump_clock):
    """ActivityStart with automatic detection ends the session with 1007."""
    for event in (e.ActivityStart(), e.ActivityEnd()):

        async def client(session: Session, event: e.ClientEvent = event) -> None:
            await session.send.send(event)
            await trio.sleep(1)

        with pytest.RaisesGroup(Refusal) as caught:
            await in_session(client)
        assert caught.value.exceptions[0].code == 1007


async def test_a_second_setup_is_refused(autojump_clock):
    """Setup comes once."""

    async def client(session: Session) -> None:
        await session.send.send(e.Setup({"model": "models/x"}))
        await trio.sleep(1)

    with pytest.RaisesGroup(Refusal):
        await in_session(client)


async def test_audio_stream_end_finishes_the_utterance(autojump_clock):
    """When the microphone goes off in the middle, what was heard is answered."""

    async def client(session: Session) -> None:
        await session.say(1, silence=0)
        await session.send.send(e.AudioStreamEnd())
        await session.until(e.TurnComplete)

    session = await in_session(client)
    assert session.events(e.InputTranscription) == [e.InputTranscription("hello there")]


async def test_handles_are_given_at_the_start_and_after_each_turn(autojump_clock):
    """While a turn goes on the session is not resumable; transparent mode says which message it covers."""
    kept: list[tuple[Any, ...]] = []

    def remember(entries: Any, tokens: Any) -> str:
        kept.append(tuple(entries))
        return f"handle-{len(kept)}"

    async def client(session: Session) -> None:
        await session.send.send(e.VideoIn(b"x"))
        await session.send.send(e.TextIn("hello"))
        await session.until(e.TurnComplete)

    session = await in_session(client, remember=remember, setup={"sessionResumption": {"transparent": True}})
    assert session.events(e.SessionResumptionUpdate) == [
        e.SessionResumptionUpdate("handle-1", True, None),
        e.SessionResumptionUpdate(None, False, None),
        e.SessionResumptionUpdate("handle-2", True, 1),
    ]
    assert kept[1] == (Sight("image/jpeg", 1), UserTurn("hello"), AgentTurn("you said hello"))


async def test_voice_activity_is_told_where_asked_for(autojump_clock):
    """ExplicitVadSignal makes the server tell when speech starts and ends, in both forms that clients know."""

    async def client(session: Session) -> None:
        await session.silence(1)
        await session.say(1, 1.0)
        await session.until(e.TurnComplete)

    session = await in_session(client, setup={"explicitVadSignal": True})
    start, started, end, ended = session.events(e.VoiceActivity)
    assert (start.kind, end.kind) == ("ACTIVITY_START", "ACTIVITY_END")
    assert started == e.VoiceActivity("ACTIVITY_START", signal=True)
    assert ended == e.VoiceActivity("ACTIVITY_END", signal=True)
    assert start.offset == pytest.approx(1.0, abs=0.05)
    assert end.offset == pytest.approx(2.4, abs=0.05)


@pytest.mark.parametrize("seed", range(100))
async def test_no_schedule_leaves_the_session_stuck(autojump_clock, seed):
    """Whatever is said, typed, answered or stopped when: turns are well formed, and the session answers afterwards."""
    rng = random.Random(seed)

    def think(dialogue: Dialogue) -> Sequence[Thought]:
        last = dialogue.entries[-1]
        if isinstance(last, UserTurn) and last.text == "are you there":
            return [Say("yes I am")]
        names = [rng.choice(["wait_for", "later"]) for _ in range(rng.choice([0, 0, 1, 2]))]
        thoughts: list[Thought] = [Say(" ".join(["word"] * rng.randint(1, 20)))]
        thoughts += [Call(name, {}) for name in names] if isinstance(last, UserTurn) else []
        rng.shuffle(thoughts)
        return thoughts

    async def step(session: Session) -> None:
        calls = [call for event in session.events(e.ToolCall) for call in event.calls]
        match rng.randrange(8):
            case 0 | 1:
                await session.say(rng.choice([1, 2, 3, 4, 9]), rng.uniform(0.1, 2), silence=rng.uniform(0, 1))
            case 2:
                await session.send.send(e.TextIn("typed"))
            case 3 if calls:
                await answer(session, rng.randrange(len(calls)), scheduling=rng.choice([None, "INTERRUPT", "SILENT"]))
            case 4:
                await session.send.send(e.ClientContent((), turn_complete=rng.random() < 0.5))
            case 5:
                await session.send.send(e.AudioStreamEnd())
            case 6:
                await session.send.send(e.VideoIn(b"x"))
            case _:
                await trio.sleep(rng.uniform(0, 5))

    async def client(session: Session) -> None:
        for _ in range(25):
            await step(session)
        await session.silence(2)
        await session.send.send(e.ClientContent((), turn_complete=False))
        await session.send.send(e.TextIn("are you there"))
        with trio.fail_after(300):
            while "yes I am" not in "".join(t.text for t in session.events(e.OutputTranscription)):
                await trio.sleep(0.1)

    session = await in_session(client, think=think, setup={"tools": TOOLS}, ears=ToyEars(SENTENCES, rng.uniform(0, 1)))
    check_turns(session)


def check_turns(session: Session) -> None:
    """No turn is ended twice, none is interrupted after its end, and no audio follows generationComplete."""
    generated = False
    for _, message in session.came:
        for event in message:
            match event:
                case e.AudioOut() | e.TextOut() | e.OutputTranscription():
                    assert not generated
                case e.GenerationComplete():
                    assert not generated
                    generated = True
                case e.TurnComplete():
                    generated = False
    asked = [call.id for event in session.events(e.ToolCall) for call in event.calls]
    assert len(asked) == len(set(asked))
    cancelled = [call_id for event in session.events(e.ToolCallCancellation) for call_id in event.ids]
    assert len(cancelled) == len(set(cancelled))
    assert set(cancelled) <= set(asked)


@pytest.mark.parametrize("target", ["Conversation.run", "reply", "recogniser"])
def test_cancelled_anywhere_a_session_ends_at_once(target):
    """At every step of its tasks: the client's lane is closed, the mind is left, and no time passes."""
    sessions: list[tuple[SendLane[e.ClientEvent], ToyMind]] = []

    async def make() -> None:
        send, receive = open_lane[e.ClientEvent]("heard", 256)
        mind = ToyMind(calling("wait_for"))
        body = {"model": "models/gemini-2.5-flash-native-audio-preview-12-2025", "tools": TOOLS}
        outbox = Outbox()
        conversation = Conversation(terms_of(e.Setup(body)), ToyEars(SENTENCES), mind, ToyMouth(), receive, outbox)
        sessions.append((send, mind))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(conversation.run, name="Conversation.run")
            await send.send(e.AudioIn(struct.pack("<h", 1) * 320))
            await send.send(e.AudioStreamEnd())
            await trio.sleep(3)
            call = next(m[0].calls[0] for m in outbox.waiting() if isinstance(m[0], e.ToolCall))
            await send.send(e.ToolResponse((e.FunctionResponse(call.id, call.name, {"output": "7"}),)))
            await trio.sleep(1)
            await send.send(e.TextIn("and now"))
            await trio.sleep(5)
            send.close()

    def check(outcome: Cancelled) -> None:
        send, mind = sessions[-1]
        assert outcome.took == 0.0
        assert mind.left == len(mind.asked)
        with pytest.raises((trio.BrokenResourceError, trio.ClosedResourceError)):
            send.send_nowait(e.TextIn("anybody there?"))

    runs = cancel_everywhere(make, target=target, check=check)
    assert len(runs) > 3

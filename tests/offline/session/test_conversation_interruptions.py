"""What cuts a reply short in an offline session, what does not, and what is left of it."""

from __future__ import annotations

import pytest
import trio

from tests.offline.session.toys import LONG, SENTENCES, WORD_SECONDS, Session, ToyEars, ToyMind, ToyMouth, in_session
from voice_actors.gemini import events as e
from voice_actors.lanes import open_lane
from voice_actors.offline.parts import AgentTurn, Say, UserTurn
from voice_actors.offline.session.conversation import Conversation
from voice_actors.offline.session.outbox import Outbox
from voice_actors.offline.session.terms import terms_of


async def test_barge_in_during_generation_cuts_the_reply(autojump_clock):
    """interrupted, then turnComplete, no generationComplete, nothing of the reply after it; history keeps what was heard."""

    async def client(session: Session) -> None:
        await session.send.send(e.TextIn("tell me"))
        await session.until(e.AudioOut)
        await trio.sleep(2)
        await session.say(2)
        await session.until(e.TurnComplete, 2)

    session = await in_session(
        client, think=lambda d: [Say(LONG)] if d.entries[-1] == UserTurn("tell me") else [Say("four")]
    )
    kinds = [type(event).__name__ for _, message in session.came for event in message]
    cut = kinds.index("Interrupted")
    assert kinds[cut : cut + 3] == ["Interrupted", "TurnComplete", "Usage"]
    assert "GenerationComplete" not in kinds[:cut]
    assert kinds[cut + 3] == "InputTranscription"
    assert "".join(t.text for t in session.events(e.OutputTranscription)).endswith("four")
    entries = session.conversation.history.entries
    heard = entries[1]
    assert isinstance(heard, AgentTurn)
    assert heard.interrupted
    assert len(heard.text.split()) == pytest.approx(2 / WORD_SECONDS, abs=1)
    assert entries[2:] == [UserTurn("what is two and two"), AgentTurn("four")]


async def test_barge_in_during_playback_is_an_interruption_too(autojump_clock):
    """After generationComplete, while the reply can still be heard, speech ends it with interrupted and turnComplete."""

    async def client(session: Session) -> None:
        await session.send.send(e.TextIn("tell me"))
        await session.until(e.GenerationComplete)
        await session.say(3)
        await session.until(e.TurnComplete, 2)

    session = await in_session(
        client, think=lambda d: [Say(LONG)] if d.entries[-1] == UserTurn("tell me") else [Say("fine")]
    )
    kinds = [type(event).__name__ for _, message in session.came for event in message]
    assert kinds.index("GenerationComplete") < kinds.index("Interrupted") < kinds.index("TurnComplete")
    assert session.conversation.history.entries[1].interrupted


async def test_speech_waits_for_the_end_of_the_reply_where_it_must_not_interrupt(autojump_clock):
    """With NO_INTERRUPTION a reply is finished first, and then what was said meanwhile is answered."""

    async def client(session: Session) -> None:
        await session.say(1)
        await session.until(e.AudioOut)
        await session.say(2)
        await session.until(e.TurnComplete, 2)

    session = await in_session(
        client,
        think=lambda d: [Say(LONG)] if d.entries[-1] == UserTurn("hello there") else [Say("four")],
        setup={"realtimeInputConfig": {"activityHandling": "NO_INTERRUPTION"}},
    )
    assert not session.events(e.Interrupted)
    assert session.conversation.history.entries[1] == AgentTurn(LONG)
    assert session.conversation.history.entries[2:] == [UserTurn("what is two and two"), AgentTurn("four")]


async def test_content_that_is_not_complete_stops_the_reply(autojump_clock):
    """{"clientContent": {"turnComplete": false}} is how a program stops the model."""

    async def client(session: Session) -> None:
        await session.send.send(e.TextIn("talk"))
        await session.until(e.AudioOut)
        await session.send.send(e.ClientContent((), turn_complete=False))
        await trio.sleep(60)

    session = await in_session(client, think=lambda _: [Say(LONG)])
    assert session.kinds[-4:] == ["Interrupted", "TurnComplete", "Usage", "WaitingForInput"]
    assert session.seconds_of_audio() < 3


async def test_noise_interrupts_but_starts_no_turn(autojump_clock):
    """Speech without words cuts a reply, as any speech does; no turn is made of it, and the client is told so."""

    async def client(session: Session) -> None:
        await session.say(9)
        await trio.sleep(5)
        assert session.kinds == ["WaitingForInput"]
        await session.send.send(e.TextIn("talk"))
        await session.until(e.AudioOut)
        await session.say(9)
        await trio.sleep(60)

    session = await in_session(client, think=lambda _: [Say(LONG)])
    assert session.kinds[-4:] == ["Interrupted", "TurnComplete", "Usage", "WaitingForInput"]


async def test_speech_waits_for_a_slow_client_and_is_taken_back_on_barge_in(autojump_clock):
    """Unsent audio of the cut reply never leaves; what came before the cut stays in order."""
    send, receive = open_lane[e.ClientEvent]("heard", 256)
    outbox = Outbox()
    mind = ToyMind(lambda _: [Say(" ".join([LONG] * 10))])
    body = {"model": "models/gemini-2.5-flash-native-audio-preview-12-2025"}
    conversation = Conversation(terms_of(e.Setup(body)), ToyEars(SENTENCES), mind, ToyMouth(), receive, outbox)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(conversation.run)
        with send:
            await send.send(e.TextIn("talk"))
            await trio.sleep(100)
            assert len(outbox.waiting()) == 64
            await send.send(e.ClientContent((), turn_complete=False))
            await trio.sleep(1)
            kinds = [type(event).__name__ for message in outbox.waiting() for event in message]
            assert kinds == ["Interrupted", "TurnComplete", "Usage", "WaitingForInput"]
    assert mind.left == 1

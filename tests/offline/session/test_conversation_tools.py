"""Calls within an offline session: which hold the turn, when answers are told, and which are withdrawn."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import trio

from tests.offline.session.toys import LONG, TOOLS, Session, answer, calling, in_session
from voice_actors.gemini import events as e
from voice_actors.offline.parts import AgentTurn, Answered, Call, Called, Dialogue, Say, Sight, Thought, UserTurn


async def test_a_blocking_call_holds_the_turn_until_every_answer_is_there(autojump_clock):
    """Two calls at once in one message; nothing follows before both are answered; then the same turn goes on."""

    async def client(session: Session) -> None:
        await session.send.send(e.TextIn("do it"))
        await session.until(e.ToolCall)
        await answer(session, 0)
        await trio.sleep(60)
        assert session.kinds[-1] == "ToolCall"
        await answer(session, 1)
        await session.until(e.TurnComplete)

    session = await in_session(client, think=calling("wait_for", "wait_for"), setup={"tools": TOOLS})
    assert len(session.events(e.ToolCall)) == 1
    assert len(session.events(e.TurnComplete)) == 1
    ids = [call.id for call in session.events(e.ToolCall)[0].calls]
    assert len(set(ids)) == 2
    assert [type(entry) for entry in session.conversation.history.entries] == [
        UserTurn,
        AgentTurn,
        Called,
        Called,
        Answered,
        Answered,
        AgentTurn,
    ]
    assert "".join(t.text for t in session.events(e.OutputTranscription)) == "one moment it came 7"


async def test_a_call_that_does_not_block_lets_the_turn_end(autojump_clock):
    """Its answer is told in a turn of its own when nobody speaks."""

    async def client(session: Session) -> None:
        await session.send.send(e.TextIn("do it"))
        await session.until(e.TurnComplete)
        await answer(session)
        await session.until(e.TurnComplete, 2)

    session = await in_session(client, think=calling("later"), setup={"tools": TOOLS})
    assert not session.events(e.Interrupted)
    assert session.conversation.history.entries[-1] == AgentTurn("it came 7")


@pytest.mark.parametrize(
    ("scheduling", "interrupted", "told"), [("WHEN_IDLE", 0, True), ("INTERRUPT", 1, True), ("SILENT", 0, False)]
)
@pytest.mark.parametrize("inside", [False, True])
async def test_the_answer_of_a_call_that_does_not_block_is_told_as_asked(
    autojump_clock, scheduling, interrupted, told, inside
):
    """WHEN_IDLE after the reply, INTERRUPT instead of it, SILENT never; beside the response or inside it."""

    def think(dialogue: Dialogue) -> Sequence[Thought]:
        match dialogue.entries[-1]:
            case Answered():
                return [Say("here it is")]
            case UserTurn("what now"):
                known = any(isinstance(entry, Answered) for entry in dialogue.entries)
                return [Say("I know" if known else "I do not know")]
        return [Call("later", {}), Say(LONG)]

    async def client(session: Session) -> None:
        await session.send.send(e.TextIn("do it"))
        await session.until(e.AudioOut)
        call = session.events(e.ToolCall)[0].calls[0]
        response = {"output": "7", "scheduling": scheduling} if inside else {"output": "7"}
        outer = None if inside else scheduling
        await session.send.send(e.ToolResponse((e.FunctionResponse(call.id, call.name, response, outer),)))
        await session.until(e.TurnComplete, 2 if told else 1)
        await trio.sleep(30)
        await session.send.send(e.TextIn("what now"))
        await session.until(e.TurnComplete, 3 if told else 2)

    session = await in_session(client, think=think, setup={"tools": TOOLS})
    assert len(session.events(e.Interrupted)) == interrupted
    words = "".join(t.text for t in session.events(e.OutputTranscription))
    assert ("here it is" in words) == told
    assert words.endswith("I know")


async def test_vertex_ai_tells_every_answer_when_nobody_speaks(autojump_clock):
    """Scheduling makes no difference there: even a silent answer is spoken, and none interrupts."""

    async def client(session: Session) -> None:
        await session.send.send(e.TextIn("do it"))
        await session.until(e.TurnComplete)
        await answer(session, scheduling="SILENT")
        await session.until(e.TurnComplete, 2)

    session = await in_session(client, think=calling("later"), setup={"tools": TOOLS}, vertex=True)
    assert not session.events(e.Interrupted)
    assert session.conversation.history.entries[-1] == AgentTurn("it came 7")


async def test_pictures_in_an_answer_are_known_and_counted(autojump_clock):
    """The mind knows their kind and size; each costs what a picture costs."""
    picture = {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}

    async def client(session: Session) -> None:
        await session.send.send(e.TextIn("do it"))
        await session.until(e.TurnComplete)
        await answer(session, parts=(picture,))
        await session.until(e.TurnComplete, 2)

    session = await in_session(client, think=calling("later"), setup={"tools": TOOLS})
    told = session.mind.asked[-1].entries[-1]
    assert isinstance(told, Answered)
    assert told.sights == (Sight("image/png", 3),)
    details = session.events(e.Usage)[-1].body["promptTokensDetails"]
    assert {"modality": "IMAGE", "tokenCount": 258} in details


async def test_a_call_that_goes_on_may_answer_many_times(autojump_clock):
    """WillContinue keeps the call open; the last, empty and silent, ends it without a word."""

    async def client(session: Session) -> None:
        await session.send.send(e.TextIn("do it"))
        await session.until(e.TurnComplete)
        for turns in (2, 3):
            await answer(session, will_continue=True)
            await session.until(e.TurnComplete, turns)
        call = session.events(e.ToolCall)[0].calls[0]
        last = e.FunctionResponse(call.id, call.name, {}, "SILENT", will_continue=False)
        await session.send.send(e.ToolResponse((last,)))
        await trio.sleep(10)
        await answer(session)
        await trio.sleep(10)

    session = await in_session(client, think=calling("later"), setup={"tools": TOOLS})
    assert len(session.events(e.TurnComplete)) == 3
    assert len(session.conversation.calls) == 0


async def test_barge_in_withdraws_the_calls_that_the_turn_waits_for(autojump_clock):
    """interrupted, toolCallCancellation with the ids, turnComplete; a late answer is ignored and the user is answered."""

    async def client(session: Session) -> None:
        await session.send.send(e.TextIn("do it"))
        await session.until(e.ToolCall)
        await trio.sleep(3)
        await session.say(2)
        await answer(session)
        await session.until(e.TurnComplete, 2)

    def think(dialogue: Dialogue) -> Sequence[Thought]:
        return [Call("wait_for", {})] if dialogue.entries[-1] == UserTurn("do it") else [Say("four")]

    session = await in_session(client, think=think, setup={"tools": TOOLS})
    [cancelled] = session.events(e.ToolCallCancellation)
    assert list(cancelled.ids) == [call.id for call in session.events(e.ToolCall)[0].calls]
    at = session.kinds.index("Interrupted")
    assert session.kinds[at : at + 3] == ["Interrupted", "ToolCallCancellation", "TurnComplete"]
    assert not any(isinstance(entry, Called | Answered) for entry in session.conversation.history.entries)


async def test_an_answer_of_no_call_is_ignored(autojump_clock):
    """Unknown ids neither end the session nor start a reply; Vertex's missing ids are matched by name."""

    async def client(session: Session) -> None:
        stray = e.FunctionResponse("nobody", "wait_for", {"output": "x"})
        await session.send.send(e.ToolResponse((stray,)))
        await session.send.send(e.TextIn("do it"))
        await session.until(e.ToolCall)
        await session.send.send(e.ToolResponse((e.FunctionResponse(None, "wait_for", {"output": "9"}),)))
        await session.until(e.TurnComplete)

    session = await in_session(client, think=calling("wait_for"), setup={"tools": TOOLS})
    assert session.conversation.history.entries[-1] == AgentTurn("it came 9")

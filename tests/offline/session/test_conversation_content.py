"""What a client puts into an offline session beside speech: content, pictures, and a changed context."""

from __future__ import annotations

import pytest
import trio

from tests.offline.session.toys import NEW, TOOLS, Session, in_session
from voice_actors.gemini import events as e
from voice_actors.offline.parts import AgentTurn, Sight, UserTurn
from voice_actors.offline.session.fields import Refusal


async def test_content_is_history_and_starts_a_reply_where_it_is_complete(autojump_clock):
    """Turns are appended in order; the model speaks when told that the turn is complete."""
    hello = {"role": "user", "parts": [{"text": "I am Ada"}]}
    model = {"role": "model", "parts": [{"text": "Hello Ada"}]}
    question = {
        "role": "user",
        "parts": [{"text": "who am I"}, {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}],
    }

    async def client(session: Session) -> None:
        await session.send.send(e.ClientContent((hello, model), turn_complete=False))
        await trio.sleep(10)
        assert session.kinds == ["WaitingForInput"]
        await session.send.send(e.ClientContent((question,), turn_complete=False))
        await session.send.send(e.ClientContent((), turn_complete=True))
        await session.until(e.TurnComplete)
        await session.send.send(e.ClientContent((), turn_complete=True))
        await session.until(e.TurnComplete, 2)

    session = await in_session(client)
    assert session.mind.asked[0].entries == (
        UserTurn("I am Ada"),
        AgentTurn("Hello Ada"),
        Sight("image/png", 3),
        UserTurn("who am I"),
    )
    assert session.kinds[-3:] == ["GenerationComplete", "TurnComplete", "Usage"]
    assert len(session.mind.asked) == 1


async def test_a_history_may_be_seeded_first(autojump_clock):
    """With initialHistoryInClientContent the first turns up to turnComplete start no reply."""

    async def client(session: Session) -> None:
        seed = {"role": "user", "parts": [{"text": "I am Ada"}]}
        await session.send.send(e.ClientContent((seed,), turn_complete=True))
        await trio.sleep(10)
        assert session.came == []
        await session.send.send(e.TextIn("who am I"))
        await session.until(e.TurnComplete)

    session = await in_session(client, setup={"historyConfig": {"initialHistoryInClientContent": True}})
    assert session.mind.asked[0].entries == (UserTurn("I am Ada"), UserTurn("who am I"))


async def test_context_can_be_changed_on_the_way(autojump_clock):
    """Instructions and functions of the next reply are the new ones; an empty list of tools clears them."""
    system = {"role": "user", "parts": [{"text": "be brief"}]}

    async def client(session: Session) -> None:
        await session.send.send(e.TextIn("one"))
        await session.until(e.TurnComplete)
        await session.send.send(e.ContextUpdate(system_instruction=system))
        await session.send.send(e.ContextUpdate(tools=()))
        await session.send.send(e.TextIn("two"))
        await session.until(e.TurnComplete, 2)
        vertex = {"role": "system", "parts": [{"text": "be long"}]}
        await session.send.send(e.ClientContent((vertex,), turn_complete=False))
        await session.send.send(e.TextIn("three"))
        await session.until(e.TurnComplete, 3)

    setup = {"model": NEW, "tools": TOOLS, "systemInstruction": {"parts": [{"text": "old"}]}}
    session = await in_session(client, setup=setup)
    assert [(d.instructions, len(d.functions)) for d in session.mind.asked] == [
        ("old", 2),
        ("be brief", 0),
        ("be long", 0),
    ]


async def test_pictures_are_known_to_the_mind(autojump_clock):
    """A video frame is an entry of the history, its size and kind; a long film does not fill it."""

    async def client(session: Session) -> None:
        for _ in range(200):
            await session.send.send(e.VideoIn(b"jpeg"))
        await session.send.send(e.TextIn("what do you see"))
        await session.until(e.TurnComplete)

    session = await in_session(client, setup={"model": NEW})
    assert session.mind.asked[0].entries == (*(Sight("image/jpeg", 4),) * 60, UserTurn("what do you see"))


@pytest.mark.parametrize(
    ("coverage", "seen", "heard"),
    [
        ("TURN_INCLUDES_ONLY_ACTIVITY", [2, 3], 45),
        ("TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO", [1, 2, 3], 45),
        ("TURN_INCLUDES_ALL_INPUT", [1, 2, 3], 113),
    ],
)
async def test_the_turn_covers_what_was_asked_for(autojump_clock, coverage, seen, heard):
    """Frames that nobody speaks to are left out, but for the one in view when speech begins; silence counts, or not."""

    async def client(session: Session) -> None:
        for size in (1, 2):
            await session.send.send(e.VideoIn(bytes(size)))
            await session.silence(1.0)
        await session.say(1, silence=0)
        await session.send.send(e.VideoIn(bytes(3)))
        await session.say(1)
        await session.until(e.TurnComplete)

    session = await in_session(client, setup={"realtimeInputConfig": {"turnCoverage": coverage}})
    entries = session.mind.asked[0].entries
    assert [entry.size for entry in entries if isinstance(entry, Sight)] == seen
    details = session.events(e.Usage)[0].body["promptTokensDetails"]
    counts = {detail["modality"]: detail["tokenCount"] for detail in details}
    assert counts["IMAGE"] == 258 * len(seen)
    assert counts["AUDIO"] == pytest.approx(heard, abs=6)


async def test_an_older_model_knows_no_context_update(autojump_clock):
    """It closes with 1007."""

    async def client(session: Session) -> None:
        await session.send.send(e.ContextUpdate(tools=()))
        await trio.sleep(1)

    with pytest.RaisesGroup(pytest.RaisesExc(Refusal, match="contextUpdate")):
        await in_session(client)


async def test_a_model_that_takes_content_as_seed_only_refuses_it_later(autojump_clock):
    """3.1 closes with 1007, where its rules are asked for, when clientContent comes in the middle of a session."""

    async def client(session: Session) -> None:
        await session.send.send(e.ClientContent(({"role": "user", "parts": [{"text": "hi"}]},)))
        await trio.sleep(1)

    model = {"model": "models/gemini-3.1-flash-live-preview"}
    with pytest.RaisesGroup(Refusal) as caught:
        await in_session(client, setup=model, strict=True)
    assert caught.value.exceptions[0].code == 1007
    session = await in_session(client, setup=model)
    assert session.mind.asked

"""Which tokens an offline session counts, where it tells of them, and how their number is kept down."""

from __future__ import annotations

from itertools import pairwise

from tests.offline.session.toys import Session, in_session
from voice_actors.gemini import events as e
from voice_actors.offline.parts import Say, UserTurn


async def test_a_model_of_generation_3_1_counts_tokens_in_a_message_without_content_too(autojump_clock):
    """Behind generationComplete; the same counts stand beside turnComplete, once more and no others."""

    async def client(session: Session) -> None:
        await session.send.send(e.TextIn("hello"))
        await session.until(e.TurnComplete)

    session = await in_session(client, setup={"model": "models/gemini-3.1-flash-live-preview"})
    assert session.kinds[-4:] == ["GenerationComplete", "Usage", "TurnComplete", "Usage"]
    alone, beside = session.events(e.Usage)
    assert alone == beside
    assert (alone,) in [message for _, message in session.came]


async def test_vertex_counts_under_names_of_its_own(autojump_clock):
    """google-genai reads `candidates…` there and `response…` elsewhere."""

    async def client(session: Session) -> None:
        await session.send.send(e.TextIn("go"))
        await session.until(e.TurnComplete)

    (usage,) = (await in_session(client, vertex=True)).events(e.Usage)
    assert usage.body["candidatesTokenCount"] > 0
    assert usage.body["trafficType"] == "ON_DEMAND"
    assert not any(name.startswith("response") for name in usage.body)


async def test_compression_is_seen_in_the_usage(autojump_clock):
    """The prompt grows from turn to turn, until the oldest are let go; then the mind does not know them either."""

    async def client(session: Session) -> None:
        for number in range(12):
            await session.say(1)
            await session.until(e.TurnComplete, number + 1)

    window = {"triggerTokens": "300", "slidingWindow": {"targetTokens": "150"}}
    session = await in_session(client, setup={"contextWindowCompression": window})
    prompts = [usage.body["promptTokenCount"] for usage in session.events(e.Usage)]
    falls = sum(later < earlier for earlier, later in pairwise(prompts))
    print(f"prompt tokens, turn by turn: {prompts}")
    assert falls >= 1
    assert max(prompts) <= 400  # the turn that goes over the trigger is still whole
    turns = [sum(isinstance(entry, UserTurn) for entry in asked.entries) for asked in session.mind.asked]
    assert max(turns) < 12
    assert isinstance(session.mind.asked[-1].entries[0], UserTurn)


async def test_usage_counts_both_directions_by_kind(autojump_clock):
    """25 tokens for each second of audio, a quarter token a letter; the context grows by every reply."""

    async def client(session: Session) -> None:
        await session.say(1, 2.0)
        await session.until(e.TurnComplete)
        await session.send.send(e.TextIn("12345678"))
        await session.until(e.TurnComplete, 2)

    session = await in_session(client, think=lambda _: [Say("a b c d e")])
    first, second = (usage.body for usage in session.events(e.Usage))
    assert first["promptTokensDetails"] == [{"modality": "AUDIO", "tokenCount": 50}]
    assert first["responseTokensDetails"] == [{"modality": "AUDIO", "tokenCount": 50}]
    assert second["promptTokensDetails"] == [
        {"modality": "AUDIO", "tokenCount": 100},
        {"modality": "TEXT", "tokenCount": 2},
    ]
    assert second["totalTokenCount"] == 152

"""What a reply of an offline session is made of, how long it may be, and what becomes of it where a part fails."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.offline.session.toys import LONG, NEW, TOOLS, Session, ToyMouth, in_session
from voice_actors.gemini import events as e
from voice_actors.offline.parts import Call, Dialogue, Ponder, Sampling, Say, Thought
from voice_actors.offline.session.reply import MIND_FAILED, VOICE_FAILED


async def test_audio_leaves_in_chunks_of_200_ms_faster_than_it_is_heard(autojump_clock):
    """A burst of a second at once, then four seconds of audio a second."""

    async def client(session: Session) -> None:
        await session.send.send(e.TextIn("go"))
        await session.until(e.TurnComplete)

    session = await in_session(client, think=lambda _: [Say(LONG)])
    sizes = [len(event.pcm) for event in session.events(e.AudioOut)]
    assert set(sizes) == {9600}
    at = session.at(e.AudioOut)
    assert at[4] == at[0]
    assert at[-1] - at[0] == pytest.approx((20.0 - 0.2 - 1.0) / 4, abs=0.05)
    assert session.at(e.GenerationComplete)[0] == pytest.approx(at[-1])
    assert session.at(e.TurnComplete)[0] == pytest.approx(at[0] + 20.0)


async def test_a_reply_ends_at_the_longest_that_was_asked_for(autojump_clock):
    """Speech has 25 tokens a second; what would have come later, calls too, is cut off, and the turn ends as ever."""

    async def client(session: Session) -> None:
        await session.send.send(e.TextIn("go"))
        await session.until(e.TurnComplete)

    session = await in_session(
        client,
        think=lambda _: [Say(LONG), Call("f", {})],
        setup={"generationConfig": {"maxOutputTokens": 50}, "tools": TOOLS},
    )
    assert 2.0 <= session.seconds_of_audio() <= 2.2
    assert session.kinds[-3:] == ["GenerationComplete", "TurnComplete", "Usage"]
    assert not session.events(e.ToolCall)


@pytest.mark.parametrize("shown", [True, False])
async def test_thoughts_are_sent_where_they_are_asked_for(autojump_clock, shown):
    """As text that is marked; they count, and they are not said."""

    async def client(session: Session) -> None:
        await session.send.send(e.TextIn("go"))
        await session.until(e.TurnComplete)

    setup = {"generationConfig": {"thinkingConfig": {"includeThoughts": shown}}}
    session = await in_session(client, think=lambda _: [Ponder("hm, well"), Say("yes")], setup=setup)
    assert [(t.text, t.thought) for t in session.events(e.TextOut)] == ([("hm, well", True)] if shown else [])
    assert session.events(e.Usage)[0].body["thoughtsTokenCount"] == 2
    assert "".join(t.text for t in session.events(e.OutputTranscription)) == "yes"


async def test_the_mind_knows_how_words_are_to_be_chosen(autojump_clock):
    """Temperature and its like are for whoever can use them."""

    async def client(session: Session) -> None:
        await session.send.send(e.TextIn("go"))
        await session.until(e.TurnComplete)

    asked = {"temperature": 0.5, "topP": 0.9, "topK": 40, "seed": 7}
    session = await in_session(client, setup={"generationConfig": asked})
    assert session.mind.asked[0].sampling == Sampling(0.5, 0.9, 40, 7)


@pytest.mark.parametrize(("model", "together"), [(NEW, True), ("models/gemini-2.0-flash-live-001", False)])
async def test_speech_and_its_words_come_as_the_model_sends_them(autojump_clock, model, together):
    """In one message since gemini-3; in messages of their own before."""

    async def client(session: Session) -> None:
        await session.send.send(e.TextIn("go"))
        await session.until(e.TurnComplete)

    session = await in_session(client, setup={"model": model})
    kinds = [{type(event) for event in message} for _, message in session.came]
    assert ({e.AudioOut, e.OutputTranscription} in kinds) is together
    assert ({e.OutputTranscription} in kinds) is not together


async def test_a_reply_in_text_has_no_audio(autojump_clock):
    """Response modality TEXT makes text parts, and the turn ends at once."""

    async def client(session: Session) -> None:
        await session.say(1)
        await session.until(e.TurnComplete)

    session = await in_session(
        client,
        think=lambda _: [Say("one."), Say("two.")],
        setup={"model": "models/gemini-2.0-flash-live-001", "generationConfig": {"responseModalities": ["TEXT"]}},
    )
    assert session.kinds == ["InputTranscription", "TextOut", "GenerationComplete", "TurnComplete", "Usage"]
    assert "".join(t.text for t in session.events(e.TextOut)) == "one. two."


async def test_a_mouth_that_fails_leaves_the_answer_in_writing(autojump_clock, caplog):
    """The reply comes as text, the turn ends as ever, the failure is logged, and the next turn works."""
    mouth = ToyMouth(fails=True)

    async def client(session: Session) -> None:
        await session.say(1)
        await session.until(e.TurnComplete)
        mouth.fails = False
        await session.say(2)
        await session.until(e.TurnComplete, 2)

    session = await in_session(client, mouth=mouth)
    assert session.events(e.TextOut) == [e.TextOut(f"{VOICE_FAILED} you said hello there")]
    assert session.seconds_of_audio() > 1
    assert "the mouth failed" in caplog.text


async def test_a_mind_that_fails_is_apologised_for(autojump_clock, caplog):
    """The user hears that something went wrong, and the session goes on."""

    def think(dialogue: Dialogue) -> Sequence[Thought]:
        raise ValueError("no idea")

    async def client(session: Session) -> None:
        await session.say(1)
        await session.until(e.TurnComplete)

    session = await in_session(client, think=think)
    assert "".join(t.text for t in session.events(e.OutputTranscription)) == MIND_FAILED
    assert "the mind failed" in caplog.text


async def test_the_words_of_a_reply_are_timed_where_asked_for(autojump_clock):
    """From the first sample of the turn on, without gaps; the toy mouth needs 0.4 s a word."""

    async def client(session: Session) -> None:
        await session.say(1)
        await session.until(e.TurnComplete)

    session = await in_session(client, setup={"outputAudioTranscription": {"wordTimestamp": True}})
    words = [word for each in session.events(e.OutputTranscription) for word in each.details["words"]]
    assert ["you", "said", "hello", "there"] == [word["word"] for word in words]
    assert "0s" == words[0]["startOffset"]
    assert float(words[-1]["endOffset"][:-1]) == pytest.approx(1.6, abs=0.25)
    ends, starts = ([float(word[key][:-1]) for word in words] for key in ("endOffset", "startOffset"))
    assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))


async def test_every_reply_is_in_the_voice_that_was_asked_for(autojump_clock):
    """The voice of setup's speechConfig reaches the mouth."""
    mouth = ToyMouth()

    async def client(session: Session) -> None:
        await session.send.send(e.TextIn("hello"))
        await session.until(e.TurnComplete)

    speech = {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}}}
    await in_session(client, mouth=mouth, setup={"generationConfig": {"speechConfig": speech}})
    assert mouth.voices == ["Kore"]


async def test_a_reply_goes_on_in_writing_when_the_mouth_has_failed(autojump_clock, caplog):
    """The rest of the turn is written; what is empty is not said at all."""

    async def client(session: Session) -> None:
        await session.send.send(e.TextIn("go"))
        await session.until(e.TurnComplete)

    session = await in_session(
        client, think=lambda _: [Say("  "), Say("one."), Say("two.")], mouth=ToyMouth(fails=True)
    )
    assert "".join(event.text for event in session.events(e.TextOut)) == f"{VOICE_FAILED} one. two."
    assert caplog.text.count("the mouth failed") == 1

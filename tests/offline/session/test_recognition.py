"""What the ears of an offline session understood: when it was said and by whom, and what is said where they fail."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import attrs
import pytest
import trio

from tests.offline.session.toys import LONG, SENTENCES, Session, ToyEars, ToyListener, in_session
from voice_actors.gemini import events as e
from voice_actors.offline.parts import Activity, ActivitySettings, Heard, Overheard, Say, Wishes, Word
from voice_actors.offline.session.recognition import EARS_FAILED


async def test_ears_that_fail_are_apologised_for(autojump_clock, caplog):
    """The user hears that nothing was understood, and typed text still works."""

    async def client(session: Session) -> None:
        await session.say(1)
        await session.until(e.TurnComplete)
        await session.send.send(e.TextIn("then I write"))
        await session.until(e.TurnComplete, 2)

    session = await in_session(client, ears=ToyEars({}, fails=True))
    said = "".join(t.text for t in session.events(e.OutputTranscription))
    assert said == f"{EARS_FAILED}you said then I write"
    assert "the ears failed" in caplog.text


@attrs.define(eq=False)
class KeenEars(ToyEars):
    """Know of each sentence when its words were said, in which voice, and something of it before it is over."""

    wishes: list[Wishes] = attrs.field(factory=list)

    def listen_for(self, settings: ActivitySettings, wishes: Wishes) -> KeenListener:
        self.wishes.append(wishes)
        return KeenListener(settings)

    async def transcribe(self, pcm: bytes, wishes: Wishes) -> Heard:
        self.wishes.append(wishes)
        number = struct.unpack("<h", pcm[:2])[0]
        text = await self.recognise(pcm)
        words = tuple(Word(word, at / 10, at / 10 + 0.1) for at, word in enumerate(text.split()))
        return Heard(text, words, "en", (float(number % 2) * 100,))


class KeenListener(ToyListener):
    """Overhears something with every half second of speech."""

    def feed(self, pcm: bytes) -> Sequence[Activity]:
        before = len(self.utterance or b"") // 16_000
        found = list(super().feed(pcm))
        after = len(self.utterance or b"") // 16_000
        return [Overheard(self.position, f"{after} halves"), *found] if after > before else found


TIMED = {"inputAudioTranscription": {"wordTimestamp": True, "diarization": True, "languageCodes": ["de-DE", "en-GB"]}}


async def test_transcripts_tell_when_each_word_was_said_and_by_whom(autojump_clock):
    """On the axis of the audio stream, whose first second was silent; voices are labelled as they come."""

    async def client(session: Session) -> None:
        await session.silence(1)
        await session.say(2, 1.0)
        await session.until(e.TurnComplete)
        await session.say(1, 1.0)
        await session.until(e.TurnComplete, 2)
        await session.say(4, 1.0)
        await session.until(e.TurnComplete, 3)

    session = await in_session(client, ears=KeenEars(SENTENCES), setup=TIMED)
    heard = session.events(e.InputTranscription)
    assert ["what is two", " and two", "hello there", "and also this"] == [each.text for each in heard]
    assert ["spk_1", "spk_1", "spk_2", "spk_1"] == [each.details["speakerLabel"] for each in heard]
    assert {"en-GB"} == {each.details["languageCode"] for each in heard}
    first = heard[0].details
    assert ["what", "is", "two"] == [word["word"] for word in first["words"]]
    starts = [float(word["startOffset"][:-1]) for word in first["words"]]
    assert starts == pytest.approx([1.02, 1.1, 1.2], abs=0.03)
    assert (first["startOffset"], first["endOffset"]) == (
        first["words"][0]["startOffset"],
        first["words"][-1]["endOffset"],
    )


async def test_ears_that_know_no_times_have_words_spread_over_the_speech(autojump_clock):
    """Each as long as its letters are many; a client that does not ask is not told."""

    async def client(session: Session) -> None:
        await session.say(1, 1.0)
        await session.until(e.TurnComplete)

    session = await in_session(client, setup=TIMED)
    [hello] = session.events(e.InputTranscription)
    words = [(word["word"], word["startOffset"], word["endOffset"]) for word in hello.details["words"]]
    (first, began, middle), (second, after, ended) = words
    assert ("hello", "there") == (first, second)
    assert middle == after
    assert float(ended[:-1]) - float(after[:-1]) == pytest.approx(float(middle[:-1]) - float(began[:-1]), abs=0.002)
    assert "speakerLabel" not in hello.details
    plain = await in_session(client)
    assert {} == plain.events(e.InputTranscription)[0].details


async def test_what_is_understood_meanwhile_is_told_where_asked_for(autojump_clock):
    """Each with its span of time; without the setting nothing is overheard."""
    asked = {"realtimeInputConfig": {"interimTranscriptTimestampEnabled": True}, "inputAudioTranscription": {}}
    ears = KeenEars(SENTENCES)

    async def client(session: Session) -> None:
        await session.say(1, 1.2)
        await session.until(e.TurnComplete)

    session = await in_session(client, ears=ears, setup=asked)
    interims = session.events(e.InterimInputTranscription)
    assert ["1 halves", "2 halves"] == [each.text for each in interims]
    assert {"startOffset": "0.02s", "endOffset": "0.5s"} == interims[0].details
    assert session.kinds.index("InterimInputTranscription") < session.kinds.index("InputTranscription")
    assert all(wishes.interim for wishes in ears.wishes)


async def test_recognition_that_cannot_keep_up_drops_the_oldest(autojump_clock, caplog):
    """What is dropped is logged, and the rest is answered: nothing waits for the lost words."""

    async def client(session: Session) -> None:
        for number in range(20):
            await session.send.send(e.AudioIn(struct.pack("<h", 1 + number % 2) * 320))
            await session.send.send(e.AudioStreamEnd())
        await session.until(e.TurnComplete)

    session = await in_session(client, ears=ToyEars(SENTENCES, seconds=5.0))
    heard = sum(not t.text.startswith(" and two") for t in session.events(e.InputTranscription))
    assert heard == 20 - caplog.text.count("an utterance was dropped")
    assert 16 <= heard < 20
    assert len(session.events(e.TurnComplete)) == 1


async def test_ears_that_fail_during_a_reply_leave_it_alone(autojump_clock, caplog):
    """With NO_INTERRUPTION the reply goes on, and no apology cuts into it."""

    async def client(session: Session) -> None:
        await session.send.send(e.TextIn("talk"))
        await session.until(e.AudioOut)
        await session.say(1)
        await session.until(e.TurnComplete)
        await trio.sleep(10)

    session = await in_session(
        client,
        think=lambda _: [Say(LONG)],
        ears=ToyEars({}, fails=True),
        setup={"realtimeInputConfig": {"activityHandling": "NO_INTERRUPTION"}},
    )
    assert len(session.events(e.TurnComplete)) == 1
    assert not session.events(e.Interrupted)

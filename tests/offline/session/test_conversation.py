"""The turn-taking of one offline session, in virtual time with parts of a few lines each."""

from __future__ import annotations

import random
import struct
from collections.abc import AsyncIterator, Callable, Sequence
from itertools import pairwise
from typing import Any

import attrs
import pytest
import trio

from voice_actors.errors import LinkLost
from voice_actors.gemini import events as e
from voice_actors.lanes import SendLane, open_lane
from voice_actors.offline.parts import (
    Activity,
    ActivitySettings,
    AgentTurn,
    Answered,
    Call,
    Called,
    Dialogue,
    Heard,
    Overheard,
    Ponder,
    Sampling,
    Say,
    Sight,
    SpeechEnded,
    SpeechStarted,
    Spoken,
    Thought,
    UserTurn,
    Wishes,
    Word,
)
from voice_actors.offline.session.conversation import Conversation
from voice_actors.offline.session.fields import Refusal
from voice_actors.offline.session.history import History
from voice_actors.offline.session.outbox import LIMIT, Outbox
from voice_actors.offline.session.recognition import EARS_FAILED
from voice_actors.offline.session.reply import MIND_FAILED, VOICE_FAILED
from voice_actors.offline.session.terms import terms_of
from voice_actors.testing import cancel_everywhere
from voice_actors.testing.cancellation import Cancelled

FRAME = 640  # 20 ms
WORD_SECONDS = 0.4


@attrs.define(eq=False)
class ToyListener:
    """Anything but zeros is speech; it ends after `silence_ms` of zeros."""

    settings: ActivitySettings
    position: float = 0.0
    quiet: float = 0.0
    utterance: bytes | None = None

    def feed(self, pcm: bytes) -> Sequence[Activity]:
        found: list[Activity] = []
        for at in range(0, len(pcm), FRAME):
            frame = pcm[at : at + FRAME]
            self.position += len(frame) / 32_000
            if any(frame):
                if self.utterance is None:
                    self.utterance = b""
                    found.append(SpeechStarted(self.position))
                self.utterance += frame
                self.quiet = 0.0
            elif self.utterance is not None:
                self.quiet += len(frame) / 32
                if self.quiet >= self.settings.silence_ms:
                    found.extend(self.finish())
        return found

    def finish(self) -> Sequence[Activity]:
        if self.utterance is None:
            return ()
        pcm, self.utterance = self.utterance, None
        return (SpeechEnded(self.position, pcm),)


@attrs.define(eq=False)
class ToyEars:
    """The value of the samples is the number of the sentence."""

    sentences: dict[int, str]
    seconds: float = 0.15
    fails: bool = False

    def listen(self, settings: ActivitySettings) -> ToyListener:
        return ToyListener(settings)

    async def recognise(self, pcm: bytes) -> str:
        await trio.sleep(self.seconds)
        if self.fails:
            raise OSError("no ears")
        return self.sentences.get(struct.unpack("<h", pcm[:2])[0], "")


@attrs.define(eq=False)
class ToyMind:
    """Thinks what a function says."""

    think: Callable[[Dialogue], Sequence[Thought]]
    seconds: float = 0.05
    asked: list[Dialogue] = attrs.field(factory=list)
    left: int = 0

    async def respond(self, dialogue: Dialogue) -> AsyncIterator[Thought]:
        self.asked.append(dialogue)
        try:
            for thought in self.think(dialogue):
                await trio.sleep(self.seconds)
                yield thought
        finally:
            self.left += 1


@attrs.define(eq=False)
class ToyMouth:
    """Every word lasts 0.4 s; a sentence is one piece."""

    seconds: float = 0.03
    fails: bool = False
    voices: list[str | None] = attrs.field(factory=list)

    async def speak(self, text: str, voice: str | None) -> AsyncIterator[Spoken]:
        self.voices.append(voice)
        if self.fails:
            raise OSError("no mouth")
        for sentence in text.split(". "):
            await trio.sleep(self.seconds)
            yield Spoken(sentence, b"\x01\x00" * int(24_000 * WORD_SECONDS * len(sentence.split())))


@attrs.define(eq=False)
class Session:
    """A conversation, and a client that notes what came when."""

    conversation: Conversation
    send: SendLane[e.ClientEvent]
    mind: ToyMind
    came: list[tuple[float, tuple[e.ServerEvent, ...]]] = attrs.field(factory=list)

    @property
    def kinds(self) -> list[str]:
        """The kinds of events, runs of the same kind written once."""
        kinds: list[str] = []
        for _, message in self.came:
            for event in message:
                if not kinds or kinds[-1] != type(event).__name__:
                    kinds.append(type(event).__name__)
        return kinds

    def events(self, kind: type) -> list[Any]:
        return [event for _, message in self.came for event in message if isinstance(event, kind)]

    def at(self, kind: type) -> list[float]:
        return [at for at, message in self.came for event in message if isinstance(event, kind)]

    def seconds_of_audio(self) -> float:
        return sum(len(event.pcm) for event in self.events(e.AudioOut)) / 48_000

    async def say(self, number: int, seconds: float = 1.0, *, silence: float = 0.5) -> None:
        """Speak sentence `number` in real time, then be silent."""
        for _ in range(round(seconds * 50)):
            await self.send.send(e.AudioIn(struct.pack("<h", number) * (FRAME // 2)))
            await trio.sleep(0.02)
        await self.silence(silence)

    async def silence(self, seconds: float) -> None:
        for _ in range(round(seconds * 50)):
            await self.send.send(e.AudioIn(bytes(FRAME)))
            await trio.sleep(0.02)

    async def until(self, kind: type, count: int = 1) -> None:
        with trio.fail_after(600):
            while len(self.events(kind)) < count:
                await trio.sleep(0.01)


SENTENCES = {1: "hello there", 2: "what is two and two", 3: "stop", 4: "and also this"}
NEW = "models/gemini-3.8-live"
LONG = " ".join(f"word{n}" for n in range(50))


def echo(dialogue: Dialogue) -> Sequence[Thought]:
    last = dialogue.entries[-1]
    return [Say(f"you said {last.text}")] if isinstance(last, UserTurn) else [Say(f"it is {last.response['output']}")]


async def in_session(
    client: Callable[[Session], Any],
    *,
    think: Callable[[Dialogue], Sequence[Thought]] = echo,
    setup: dict[str, Any] | None = None,
    ears: ToyEars | None = None,
    mouth: ToyMouth | None = None,
    mind_seconds: float = 0.05,
    remember: Any = None,
    history: History | None = None,
    strict: bool = False,
    vertex: bool = False,
) -> Session:
    """Run `client` against a conversation until the client is done."""
    body = {
        "model": "models/gemini-2.5-flash-native-audio-preview-12-2025",
        "inputAudioTranscription": {},
        "outputAudioTranscription": {},
        **(setup or {}),
    }
    body = {key: value for key, value in body.items() if value is not None}
    send, receive = open_lane[e.ClientEvent]("heard", 256)
    outbox = Outbox()
    mind = ToyMind(think, mind_seconds)
    conversation = Conversation(
        terms_of(e.Setup(body), strict=strict, vertex=vertex),
        ears or ToyEars(SENTENCES),
        mind,
        mouth or ToyMouth(),
        receive,
        outbox,
        history or History(),
        remember=remember,
    )
    session = Session(conversation, send, mind)

    async def listen() -> None:
        while True:
            try:
                message = await outbox.take()
            except trio.EndOfChannel:
                return
            session.came.append((trio.current_time(), message))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(listen)
        nursery.start_soon(conversation.run)
        with send:
            await client(session)
        await trio.testing.wait_all_tasks_blocked()
        outbox.close()
    return session


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


async def test_transcriptions_come_only_when_asked_for(autojump_clock):
    """Neither side is transcribed unless setup says so."""

    async def client(session: Session) -> None:
        await session.say(1)
        await session.until(e.TurnComplete)

    nothing_asked = {"inputAudioTranscription": None, "outputAudioTranscription": None}
    session = await in_session(client, setup=nothing_asked)
    assert session.kinds == ["AudioOut", "GenerationComplete", "TurnComplete", "Usage"]


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


TOOLS = [
    {
        "functionDeclarations": [
            {"name": "wait_for", "description": "d", "behavior": "BLOCKING"},
            {"name": "later", "description": "d", "behavior": "NON_BLOCKING", "parameters": {"type": "OBJECT"}},
        ]
    }
]


def calling(*names: str, then: str = "it came") -> Callable[[Dialogue], Sequence[Thought]]:
    def think(dialogue: Dialogue) -> Sequence[Thought]:
        last = dialogue.entries[-1]
        if isinstance(last, Answered):
            return [Say(f"{then} {last.response['output']}")]
        return [Say("one moment"), *(Call(name, {"n": 1}) for name in names)]

    return think


async def answer(session: Session, index: int = 0, **more: Any) -> None:
    calls = [call for event in session.events(e.ToolCall) for call in event.calls]
    call = calls[index]
    response = e.FunctionResponse(call.id, call.name, {"output": "7"}, **more)
    await session.send.send(e.ToolResponse((response,)))


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


async def test_an_older_model_knows_no_context_update(autojump_clock):
    """It closes with 1007."""

    async def client(session: Session) -> None:
        await session.send.send(e.ContextUpdate(tools=()))
        await trio.sleep(1)

    with pytest.RaisesGroup(pytest.RaisesExc(Refusal, match="contextUpdate")):
        await in_session(client)


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


async def test_a_client_that_never_reads_is_let_go(autojump_clock):
    """What cannot be delivered is bounded: the session ends with LinkLost."""
    outbox = Outbox()
    for _ in range(LIMIT + 1):
        outbox.post(e.Interrupted())
    assert len(outbox.waiting()) == LIMIT
    with pytest.raises(LinkLost):
        await outbox.take()


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

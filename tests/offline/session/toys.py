"""Ears, a mind and a mouth of a few lines each, and a client that notes when a conversation said what."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import attrs
import trio
import trio.testing

from voice_actors.gemini import events as e
from voice_actors.lanes import SendLane, open_lane
from voice_actors.offline.parts import (
    Activity,
    ActivitySettings,
    Answered,
    Call,
    Dialogue,
    Say,
    SpeechEnded,
    SpeechStarted,
    Spoken,
    Thought,
    UserTurn,
)
from voice_actors.offline.session.conversation import Conversation
from voice_actors.offline.session.history import History
from voice_actors.offline.session.outbox import Outbox
from voice_actors.offline.session.terms import terms_of

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

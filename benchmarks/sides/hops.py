"""A user who asks questions aloud, one after the other, and notes when the last sample of each was said, and when the
first of the answer was heard.

Called with the server's URL, how many questions to ask, and the number of the first.
"""

from __future__ import annotations

import array
import sys
from collections.abc import Iterator

import attrs
import trio

from benchmarks.job import CHUNK_MS, INPUT_BYTES, monotonic
from benchmarks.scripted_server import say
from voice_actors import AgentConfig, Connection, VoiceAgent, open_voice_agent
from voice_actors.audio.memory import MemoryMicrophone, MemorySpeaker
from voice_actors.audio.resample import Resampler
from voice_actors.messages import AgentSaid, AudioReceived, TurnEnded, UserSaid
from voice_actors.offline.speaking.mouth import best_mouth

QUESTIONS = (
    "What is seventeen times three?",
    "How are you today?",
    "My name is Oliver.",
    "What is my name?",
    "What is one hundred minus eleven?",
    "What can you do?",
)
VOICES = ("Kore", "Puck", "Charon")
VOICED = 300
"""Samples louder than this are of the voice; of 32,768. The mouth's silence is below 10."""
PAUSE_S = 0.5
"""Between the end of an answer and the next question."""


@attrs.define
class Question:
    """What is said aloud."""

    text: str
    pcm: bytes
    """16 kHz, up to the last sample of the voice."""


@attrs.define
class User:
    """Says nothing, and a question now and then."""

    said: int = 0
    """Bytes that left the microphone."""
    last_word: tuple[int, float] = (0, 0.0)
    """How many bytes had left with the latest question's last sample, and when that was."""
    _left: bytes = b""

    def ask(self, question: Question) -> None:
        """Say it from the next chunk on."""
        self._left = question.pcm

    def chunks(self) -> Iterator[bytes]:
        """The microphone's chunks, each in the moment in which it is due."""
        while True:
            chunk, self._left = self._left[:INPUT_BYTES], self._left[INPUT_BYTES:]
            self.said += INPUT_BYTES
            if chunk and not self._left:
                self.last_word = (self.said, monotonic(trio.current_time()))
            yield chunk.ljust(INPUT_BYTES, b"\0")


async def spoken(text: str, voice: str) -> Question:
    """A question in someone's voice."""
    mouth, resampler = await best_mouth(), Resampler(24_000, 16_000)
    pcm = b"".join([resampler.feed(piece.pcm) async for piece in mouth.speak(text, voice)]) + resampler.flush()
    samples = array.array("h", pcm)
    while samples and abs(samples[-1]) < VOICED:
        samples.pop()
    return Question(text, samples.tobytes())


async def ask(agent: VoiceAgent, user: User, speaker: MemorySpeaker, question: Question) -> dict[str, object]:
    """Ask it, and return when what of the answer came."""
    at: dict[str, float] = {}
    words: list[str] = []
    heard_before = len(speaker.played)
    with agent.events(audio=True) as events:
        user.ask(question)
        async for event in events:
            match event:
                case UserSaid():
                    at.setdefault("understood", monotonic(event.at))
                case AudioReceived():
                    at.setdefault("received", monotonic(event.at))
                case AgentSaid(text=text):
                    words.append(text)
                case TurnEnded():
                    break
                case _:
                    ...
    heard = monotonic(speaker.played[heard_before][0])
    return {"question": question.text, "answer": "".join(words), "last_word": user.last_word, "heard": heard, **at}


async def main() -> None:
    """Ask them all."""
    url, count, first = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    questions = [
        await spoken(QUESTIONS[number % len(QUESTIONS)], VOICES[number // len(QUESTIONS) % len(VOICES)])
        for number in range(first, first + count)
    ]
    user, speaker = User(), MemorySpeaker()
    config = AgentConfig(
        connection=Connection(api_key="benchmark", base_url=url),
        microphone=MemoryMicrophone(user.chunks()),
        speaker=speaker,
        chunk_ms=CHUNK_MS,
    )
    async with open_voice_agent(config) as agent:
        asked: list[dict[str, object]] = []
        for question in questions:
            await trio.sleep(PAUSE_S)
            asked.append(await ask(agent, user, speaker, question))
        say(asked=asked)


if __name__ == "__main__":
    trio.run(main)

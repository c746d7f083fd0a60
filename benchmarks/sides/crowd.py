"""Users who talk to one server at the same time, each on a connection of its own.

Called with the server's URL, its authorities, how many users, and how many questions each of them asks. Everybody
speaks in real time, listens to the end of the answer, and goes on after a pause of their own. What was heard is
recognised when all have gone, so that it costs the conversations nothing.
"""

from __future__ import annotations

import random
import sys
import time
from typing import TypeAlias

import attrs
import trio

from benchmarks.job import MODEL, PATH
from benchmarks.scripted_server import say
from benchmarks.sides.hops import Question, spoken
from voice_actors.audio.resample import Resampler
from voice_actors.gemini import client as wire
from voice_actors.gemini.events import OUTPUT_RATE, AudioOut, Setup, TurnComplete
from voice_actors.gemini.link import Link, open_link
from voice_actors.offline.hearing.ears import best_ears
from voice_actors.offline.parts import Ears

SUMS = (
    ("What is seventeen times three?", "51"),
    ("What is one hundred minus eleven?", "89"),
    ("What is forty plus twenty seven?", "67"),
    ("What is twelve times six?", "72"),
    ("What is ninety divided by five?", "18"),
    ("What is fifty eight minus twenty?", "38"),
)
VOICES = ("Kore", "Puck", "Charon", "Aoede")
CHUNK = 1280
"""Bytes of 40 ms at 16 kHz."""
CHUNK_S = 0.04
PATIENCE_S = 30.0
Questions: TypeAlias = list[tuple[Question, str]]


@attrs.define
class Asked:
    """One question, and what came of it."""

    expected: str
    began_ms: float = 0.0
    """From the question's last sample to the answer's first."""
    gap_ms: float = 0.0
    """How long a loudspeaker that began with the first chunk had nothing to play."""
    pcm: bytes = b""
    words: str = ""


@attrs.define
class User:
    """Speaks in real time on one connection, and notes what comes back."""

    link: Link
    dice: random.Random
    said: list[Asked] = attrs.field(factory=list[Asked])
    _left: bytes = b""
    _last_word: float = 0.0
    _over: trio.Event = attrs.field(factory=trio.Event)
    _played_until: float = 0.0

    async def talk(self, questions: Questions, count: int) -> None:
        """Ask so many of them."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._speak)
            nursery.start_soon(self._listen)
            for _ in range(count):
                await trio.sleep(self.dice.uniform(0.3, 2.0))
                question, expected = self.dice.choice(questions)
                self.said.append(Asked(expected))
                self._left, self._over = question.pcm, trio.Event()
                with trio.move_on_after(PATIENCE_S):
                    await self._over.wait()
            nursery.cancel_scope.cancel()

    async def _speak(self) -> None:
        due = trio.current_time()
        while True:
            chunk, self._left = self._left[:CHUNK], self._left[CHUNK:]
            await self.link.send(wire.encode_audio(chunk.ljust(CHUNK, b"\0")))
            if chunk and not self._left:
                self._last_word = time.monotonic()
            due += CHUNK_S
            await trio.sleep_until(due)

    async def _listen(self) -> None:
        while True:
            for event in wire.decode(await self.link.receive()):
                if isinstance(event, AudioOut) and self.said:
                    self._hear(event.pcm, self.said[-1])
                elif isinstance(event, TurnComplete):
                    self._over.set()

    def _hear(self, pcm: bytes, asked: Asked) -> None:
        now = time.monotonic()
        if not asked.pcm:
            asked.began_ms = (now - self._last_word) * 1000
            self._played_until = now
        asked.gap_ms += max(0.0, now - self._played_until) * 1000
        self._played_until = max(now, self._played_until) + len(pcm) / 2 / OUTPUT_RATE
        asked.pcm += pcm


async def converse(
    url: str, ca_file: str, questions: list[tuple[Question, str]], number: int, count: int
) -> list[Asked]:
    """One user's whole conversation."""
    dice = random.Random(number)
    await trio.sleep(dice.uniform(0, 2))  # not all in the same moment
    address = url.replace("http", "ws", 1) + PATH
    async with open_link(address, {"x-goog-api-key": "benchmark"}, ca_file=ca_file) as link:
        await link.send(wire.encode(Setup({"model": f"models/{MODEL}"})))
        await link.receive()
        user = User(link, dice)
        await user.talk(questions, count)
    return user.said


async def understood(ears: Ears, asked: Asked) -> str:
    """What the answer says."""
    resampler = Resampler(OUTPUT_RATE, 16_000)
    return await ears.recognise(resampler.feed(asked.pcm) + resampler.flush())


async def main() -> None:
    """All users at once; then listen to what they were told."""
    url, ca_file, users, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    questions = [
        (await spoken(text, VOICES[number % len(VOICES)]), expected) for number, (text, expected) in enumerate(SUMS)
    ]
    all_asked: list[Asked] = []

    async def one(number: int) -> None:
        all_asked.extend(await converse(url, ca_file, questions, number, count))

    async with trio.open_nursery() as nursery:
        for number in range(users):
            nursery.start_soon(one, number)
    ears = await best_ears()
    for asked in all_asked:
        asked.words = await understood(ears, asked)
    say(asked=[attrs.asdict(asked, filter=lambda field, _: field.name != "pcm") for asked in all_asked])


if __name__ == "__main__":
    trio.run(main)

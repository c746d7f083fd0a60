"""The offline server with its real ears, mind and mouth, each watched from outside by a clock.

Says where it is in its first line, and one more line for each utterance when its reply begins to be spoken. All times
are of the system's monotonic clock, which the client's process shares. Called with "patient" it begins to recognise
when an utterance is over, and to speak when a sentence is made: as it was before it learnt to do either sooner.
"""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator, Sequence

import attrs
import trio

from benchmarks.scripted_server import say
from voice_actors.offline.hearing.ears import WhisperEars
from voice_actors.offline.mind import BuiltinMind
from voice_actors.offline.parts import (
    Activity,
    ActivitySettings,
    Dialogue,
    Ears,
    Listener,
    Mind,
    Mouth,
    SpeechEnded,
    Spoken,
    Thought,
)
from voice_actors.offline.server import open_offline_server
from voice_actors.offline.settings import OfflineSettings
from voice_actors.offline.speaking import synthesis
from voice_actors.offline.speaking.mouth import best_mouth

WHOLE = 10**9
"""Frames: no sentence is that long."""


@attrs.define
class Watch:
    """When each part was done with the latest utterance, s."""

    arrived: list[tuple[int, float]] = attrs.field(factory=list[tuple[int, float]])
    """How much audio had come in so far, bytes, and when."""
    at: dict[str, float] = attrs.field(factory=dict[str, float])

    def mark(self, what: str) -> None:
        """It is so far now; only the first time counts."""
        self.at.setdefault(what, time.monotonic())

    def decided(self) -> None:
        """An utterance has ended."""
        self.at = {"decided": time.monotonic()}

    def spoke(self) -> None:
        """A piece of speech is there; the first one ends the report on its utterance."""
        if "spoke" not in self.at:
            self.mark("spoke")
            say(arrived=self.arrived, **self.at)
            self.arrived = self.arrived[-1:]


@attrs.define
class WatchedListener:
    """Tells speech from silence."""

    inner: Listener
    watch: Watch
    taken: int = 0

    def feed(self, pcm: bytes) -> Sequence[Activity]:
        """Audio comes in."""
        self.taken += len(pcm)
        self.watch.arrived.append((self.taken, time.monotonic()))
        return self._noticed(self.inner.feed(pcm))

    def finish(self) -> Sequence[Activity]:
        """The stream pauses."""
        return self._noticed(self.inner.finish())

    def _noticed(self, activities: Sequence[Activity]) -> Sequence[Activity]:
        if any(isinstance(activity, SpeechEnded) for activity in activities):
            self.watch.decided()
        return activities


@attrs.define
class WatchedEars:
    """Recognise."""

    inner: Ears
    watch: Watch

    def listen(self, settings: ActivitySettings) -> Listener:
        """Where speech starts and ends."""
        self.watch.arrived.clear()  # of another connection
        return WatchedListener(self.inner.listen(settings), self.watch)

    async def recognise(self, pcm: bytes) -> str:
        """The words."""
        text = await self.inner.recognise(pcm)
        self.watch.mark("recognised")
        return text


@attrs.define
class WatchedMind:
    """Think."""

    inner: Mind
    watch: Watch

    async def respond(self, dialogue: Dialogue) -> AsyncIterator[Thought]:
        """The thoughts."""
        async for thought in self.inner.respond(dialogue):
            self.watch.mark("thought")
            yield thought


@attrs.define
class WatchedMouth:
    """Speak."""

    inner: Mouth
    watch: Watch

    async def speak(self, text: str, voice: str | None) -> AsyncIterator[Spoken]:
        """The voice."""
        async for spoken in self.inner.speak(text, voice):
            self.watch.spoke()
            yield spoken


async def main() -> None:
    """Until our input ends."""
    watch, eager = Watch(), "patient" not in sys.argv
    if not eager:
        synthesis.FIRST = synthesis.NEXT = WHOLE
    ears = WhisperEars(eager=eager)
    await ears.load()
    settings = OfflineSettings(
        ears=WatchedEars(ears, watch),
        mind=WatchedMind(BuiltinMind(), watch),
        mouth=WatchedMouth(await best_mouth(), watch),
    )
    async with open_offline_server(settings) as server:
        say(base_url=server.base_url, ca_file=server.ca_file)
        await trio.to_thread.run_sync(sys.stdin.read)


if __name__ == "__main__":
    trio.run(main)

"""Noises and words over replies, with the whole agent and the offline server in memory, on a virtual clock.

Both sides tell speech from anything else by Silero: the server to find the user's turns, the agent where it is asked to
listen itself. The server's mind and mouth are of the kind that takes no time.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import attrs
import trio
import trio.testing

from benchmarks.noises import NOISES
from benchmarks.scripted_server import say
from voice_actors.agent import open_voice_agent
from voice_actors.audio.memory import MemoryMicrophone, MemorySpeaker
from voice_actors.audio.voice import SileroScorer, load_silero
from voice_actors.config import Activity, AgentConfig
from voice_actors.conversation.handle import VoiceAgent
from voice_actors.messages import Event, ReplyDucked, TurnInterrupted, TurnStarted
from voice_actors.offline.hearing.detector import SileroDetector
from voice_actors.offline.parts import ActivitySettings, Dialogue, Say, Thought, UserTurn
from voice_actors.testing.offline import open_offline_server

MODES = {
    "one stage": Activity(),
    "two stages, the server decides": Activity(barge_in="two-stage"),
    "two stages, we decide": Activity("local", barge_in="two-stage"),
}
STORY = " ".join(["once upon a time there was a king"] * 6)
BEGINS = 1.5
"""Seconds into a reply."""
WATCHED = 4.0
"""Seconds from the sound's beginning in which the reply is cut or is not."""


class Ears:
    """Silero's, which find turns; what was said does not matter here."""

    def listen(self, settings: ActivitySettings) -> SileroDetector:
        """A detector for one stream."""
        return SileroDetector(settings, SileroScorer(load_silero()))

    async def recognise(self, pcm: bytes) -> str:
        """Something was said, where there is anything."""
        return "words" if pcm else ""


class Mind:
    """Tells a story where it is asked to in writing, and is short otherwise."""

    async def respond(self, dialogue: Dialogue) -> AsyncIterator[Thought]:
        """Say it."""
        last = dialogue.entries[-1]
        yield Say(STORY if isinstance(last, UserTurn) and "story" in last.text else "yes")


@attrs.define
class Trial:
    """One sound over one reply."""

    kind: str
    cut: bool
    gap_ms: float
    """The longest silence in the reply from the sound on, where it was not cut."""
    verdicts: int


@attrs.define(eq=False)
class Stage:
    """An agent that is told stories, and whoever makes sounds meanwhile."""

    agent: VoiceAgent
    microphone: MemoryMicrophone
    speaker: MemorySpeaker

    async def try_out(self, kind: str, pcm: bytes) -> Trial:
        """Make this sound in the middle of a story."""
        with self.agent.events(capacity=10_000) as events:
            await self.agent.say("Tell me a story.")
            async for event in events:
                if isinstance(event, TurnStarted):
                    break
            await trio.sleep(BEGINS)
            began = trio.current_time()
            self.microphone.feed(pcm)
            cut, verdicts = await self._watch(events)
        trial = Trial(kind, cut, 0.0 if cut else self._longest_gap(began), verdicts)
        await self.agent.interrupt()
        await self.agent.wait_idle(quiet=1.0, patience=3)
        return trial

    async def _watch(self, events: AsyncIterator[Event]) -> tuple[bool, int]:
        cut, verdicts = False, 0
        with trio.move_on_after(WATCHED):
            async for event in events:
                cut = cut or (isinstance(event, TurnInterrupted) and event.by == "user")
                verdicts += isinstance(event, ReplyDucked)
        return cut, verdicts

    def _longest_gap(self, since: float) -> float:
        heard, longest = since, 0.0
        for at, pcm in self.speaker.played:
            if at >= since and any(pcm):
                longest, heard = max(longest, at - heard), at + len(pcm) / 48_000
        return longest * 1000


async def measure(activity: Activity, sounds: list[tuple[str, bytes]]) -> list[Trial]:
    """All sounds, one after the other."""
    async with open_offline_server(ears=Ears(), mind=Mind()) as server:
        microphone, speaker = MemoryMicrophone(), MemorySpeaker(keep_ms=10_000)
        config = AgentConfig(
            microphone=microphone, speaker=speaker, connection=server.connection, activity=activity, keep_events=100
        )
        async with open_voice_agent(config, dial=server.dial) as agent:
            stage = Stage(agent, microphone, speaker)
            await trio.sleep(1)
            return [await stage.try_out(kind, pcm) for kind, pcm in sounds]


def sounds_of(folder: Path, count: int) -> list[tuple[str, bytes]]:
    """So many noises of all kinds, and the spoken sentences of a folder."""
    kinds = list(NOISES)
    noises = [(kinds[n % len(kinds)], NOISES[kinds[n % len(kinds)]](n)) for n in range(count)]
    return noises + [("words", path.read_bytes()) for path in sorted(folder.glob("*.pcm"))]


def main() -> None:
    """Every mode, and what happened."""
    sounds = sounds_of(Path(sys.argv[2]), int(sys.argv[1]))
    found: dict[str, Any] = {}
    for mode, activity in MODES.items():
        clock = trio.testing.MockClock(autojump_threshold=0)
        trials: list[Trial] = trio.run(measure, activity, sounds, clock=clock)
        found[mode] = [attrs.asdict(trial) for trial in trials]
    say(modes=found)


if __name__ == "__main__":
    main()

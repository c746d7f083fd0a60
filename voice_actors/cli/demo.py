"""`voice-actors demo`: a spoken conversation on a machine that has nothing, and what it left behind.

The person is synthetic, everything else is real: their words are synthesised, go through a microphone in real time, are
detected and recognised by the server, answered, spoken and played. Nothing is keyed to the script; at the end the
demo looks at what happened and fails if the conversation was not what it promises.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import trio

from voice_actors.agent import open_voice_agent
from voice_actors.audio.ends import LoudspeakerStream
from voice_actors.cli.captions import Screen
from voice_actors.cli.person import BREATH, Person, enough_of
from voice_actors.cli.picture import draw
from voice_actors.cli.sound import look_for_sound
from voice_actors.config import AgentConfig
from voice_actors.conversation.handle import VoiceAgent
from voice_actors.errors import ConfigError
from voice_actors.messages import AgentSaid, Event, ToolAnswered, TurnEnded, UserSaid
from voice_actors.record.transcripts import is_audio

if TYPE_CHECKING:
    from voice_actors.offline.parts import Mouth

AGENT_VOICE, PERSON_VOICE = "Kore", "Charon"
WEATHER = "What is the weather like in Oslo today?"
STORY = "Tell me a long story about a lighthouse."
QUESTION = "Stop, stop. What is twelve times thirty?"
GOODBYE = "Thank you. Goodbye!"
LISTENS_MS = 4_500
"""How much of the story the person hears before they have had enough."""

_FORECAST = {
    "oslo": {"degrees_celsius": 7, "sky": "light rain"},
    "lisbon": {"degrees_celsius": 19, "sky": "sunny"},
    "nairobi": {"degrees_celsius": 24, "sky": "partly cloudy"},
}


def weather(city: str) -> dict[str, Any]:
    """Current weather in a city."""
    return _FORECAST.get(city.strip().lower(), {"error": f"there is no weather station in {city}"})


def add_reminder(text: str, time: str) -> dict[str, Any]:
    """Remind the user of something at a time of day."""
    return {"reminder": text, "time": time}


async def run(args: argparse.Namespace) -> int:
    """Hold the conversation, write what is left of it to `args.out`, and check that it was what it promises to be."""
    recording, transcript, picture = _files(args.out)
    events = await _hold(recording, transcript)
    await trio.to_thread.run_sync(draw, recording, transcript, picture)
    print(f"\nrecording:  {recording}\ntranscript: {transcript}\npicture:    {picture}")
    broken = broken_promises(events)
    for promise in broken:
        print(f"voice-actors: the demo failed: {promise}", file=sys.stderr)
    return 1 if broken else 0


def _files(folder: Path) -> tuple[Path, Path, Path]:
    paths = folder / "conversation.wav", folder / "transcript.jsonl", folder / "conversation.png"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in paths:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(f"--out {folder}: cannot write there: {error.strerror}") from error
    return paths


async def _hold(recording: Path, transcript: Path) -> list[Event]:
    """The conversation itself; returns its events."""
    from voice_actors.audio.choose import choose_speaker
    from voice_actors.audio.files import NullSpeaker
    from voice_actors.audio.memory import MemoryMicrophone
    from voice_actors.offline.server import open_offline_server
    from voice_actors.offline.speaking.mouth import best_mouth

    sound = await look_for_sound()
    if not sound.loudspeaker:
        print("no loudspeaker here: the conversation runs in silence, and can be heard in the recording")
    print("waking the offline server up: ears, mind and mouth are packages on this machine ...", flush=True)
    microphone = MemoryMicrophone(name="a synthetic person")
    lines = await _synthesise(await best_mouth(), (WEATHER, STORY, QUESTION, GOODBYE))
    async with open_offline_server() as server, _person_aloud(aloud=sound.loudspeaker) as loudspeaker:
        config = AgentConfig(
            voice=AGENT_VOICE,
            tools=[weather, add_reminder],
            microphone=microphone,
            speaker=choose_speaker(None) if sound.loudspeaker else NullSpeaker(),
            connection=server.connection,
            recording=recording,
            transcript=transcript,
        )
        async with open_voice_agent(config) as agent:
            return await _act(agent, Person(microphone, lines, loudspeaker))


async def _act(agent: VoiceAgent, person: Person) -> list[Event]:
    """The person's side of it: they wait for answers as people do, and once they do not."""
    screen, events = Screen(sys.stdout, live=sys.stdout.isatty()), list[Event]()
    with agent.events(audio=True, capacity=16_384) as captions:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_watch, captions, screen, events)
            await trio.sleep(BREATH)
            await person.ask(agent, WEATHER)
            with agent.events(audio=True) as story:
                await person.say(STORY)
                await enough_of(story, LISTENS_MS)
            await person.ask(agent, QUESTION)
            await person.ask(agent, GOODBYE)
            nursery.cancel_scope.cancel("the conversation is over")
        screen.close()
    return events


async def _watch(events: AsyncIterator[Event], screen: Screen, seen: list[Event]) -> None:
    async for event in events:
        screen.show(event)
        if not is_audio(event):
            seen.append(event)


@asynccontextmanager
async def _person_aloud(*, aloud: bool) -> AsyncGenerator[LoudspeakerStream | None]:
    if not aloud:
        yield None
        return
    from voice_actors.audio.choose import choose_speaker

    async with choose_speaker(None).open() as stream:
        yield stream


async def _synthesise(mouth: Mouth, texts: Sequence[str]) -> dict[str, bytes]:
    return {text: b"".join([piece.pcm async for piece in mouth.speak(text, PERSON_VOICE)]) for text in texts}


def broken_promises(events: Sequence[Event]) -> list[str]:
    """What the demo shows and this conversation did not, in words; empty if all is well."""
    said = defaultdict[int, str](str)
    for event in events:
        if isinstance(event, AgentSaid):
            said[event.turn] += event.text
    answers = [e for e in events if isinstance(e, ToolAnswered) and e.name == weather.__name__ and e.outcome == "ok"]
    cut = [e.turn for e in events if isinstance(e, TurnEnded) and e.interrupted and e.heard_ms and e.dropped_ms]
    sky = str(answers[0].response.get("sky")) if answers else ""
    spoken = any(sky in words for words in said.values())
    solved = any("360" in words for turn, words in said.items() if cut and turn > cut[0])
    checks = {
        "the person's words were not recognised": any(isinstance(e, UserSaid) for e in events),
        "the weather tool was not called": bool(answers),
        "the tool's answer was not spoken": bool(sky) and spoken,
        "the story was not interrupted while it was heard": bool(cut),
        "the question after the interruption was not answered": solved,
    }
    return [broken for broken, kept in checks.items() if not kept]

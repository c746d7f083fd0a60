"""Cancel each actor at every step it takes: ends closed, figures told, gone at once."""

from __future__ import annotations

import itertools
import json
import os
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
import trio

from voice_actors import messages as m
from voice_actors.actors.mic import MicActor
from voice_actors.actors.speaker import SpeakerActor
from voice_actors.agent import open_voice_agent
from voice_actors.audio.echo import cleaner_for
from voice_actors.audio.ends import DeviceChange
from voice_actors.audio.line import News
from voice_actors.audio.memory import MemoryMicrophone, MemorySpeaker
from voice_actors.broadcast import Tap, Wanted
from voice_actors.config import AgentConfig, Cleaning, Connection
from voice_actors.gemini import events as wire
from voice_actors.lanes import Overflow, open_lane
from voice_actors.testing import ScriptedLink, ScriptedServer, cancel_everywhere
from voice_actors.turns import Reply, Turn

RUNS = int(os.environ.get("VOICE_ACTORS_CANCELS", "200"))
"""Runs of the whole agent, each cancelled at another step or in another order; CI asks for 10,000."""
ACTORS = (
    "session",
    "session reads",
    "session takes audio",
    "session sends voice",
    "speaker",
    "microphone",
    "tool",
    "recorder",
)


async def _in_a_task(run) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(run, name="the actor")


def test_mic_actor():
    """After a cancel at any step: the session's lane ends, and what was captured before is in it or counted."""
    lanes = {}

    async def make() -> None:
        audio, from_microphone = open_lane[m.MicMessage]("audio", 5, Overflow.DROP_OLDEST)
        mutes, orders = open_lane[m.SetMuted]("mutes", 16)
        facts, told = open_lane[m.Event]("facts", 100)
        played, echo = open_lane[m.Played]("played", 10, Overflow.DROP_OLDEST)
        played.send_nowait(m.Played(0.0, bytes(480)))
        lanes.update(played=played, audio=audio, microphone=from_microphone, mutes=mutes, told=told)
        mutes.send_nowait(m.SetMuted(muted=True))
        mutes.send_nowait(m.SetMuted(muted=False))
        await _in_a_task(
            MicActor(
                MemoryMicrophone(bytes(640 * 20)),
                20,
                orders,
                audio,
                facts,
                echo,
                cleaner_for(Cleaning(echo="half-duplex"), 20),
            ).run
        )

    def check(run) -> None:
        statistics = lanes["audio"].statistics()
        assert statistics.sent == statistics.waiting + statistics.dropped
        _ended(lanes["microphone"])
        _ended(lanes["told"])
        with pytest.raises(trio.BrokenResourceError):
            lanes["mutes"].send_nowait(m.SetMuted(muted=True))
        with pytest.raises(trio.BrokenResourceError):
            lanes["played"].send_nowait(m.Played(0.0, b""))
        assert 0 == run.took

    runs = cancel_everywhere(make, target="the actor", check=check)
    assert 20 < len(runs)
    print(f"MicActor: cancelled at {len(runs)} steps")


def test_mic_actor_whose_device_is_lost():
    """After a cancel at any step around a loss and a return: ends closed, and both told at most once, in order."""
    lanes = {}

    class Losing(MemoryMicrophone):
        """A microphone whose device is lost after 100 ms, and back after 300."""

        @asynccontextmanager
        async def open(self, chunk_ms):
            async with super().open(chunk_ms) as stream, trio.open_nursery() as nursery:
                news = News()
                nursery.start_soon(self._lose, news)
                yield SimpleNamespace(read=stream.read, next_change=news.next)
                nursery.cancel_scope.cancel("over")

        async def _lose(self, news):
            await trio.sleep(0.1)
            news.tell(DeviceChange(lost="unplugged"))
            await trio.sleep(0.2)
            news.tell(DeviceChange(away=0.2))

    async def make() -> None:
        audio, from_microphone = open_lane[m.MicMessage]("audio", 50, Overflow.DROP_OLDEST)
        _mutes, orders = open_lane[m.SetMuted]("mutes", 16)
        facts, told = open_lane[m.Event]("facts", 100)
        _played, echo = open_lane[m.Played]("played", 10, Overflow.DROP_OLDEST)
        lanes.update(microphone=from_microphone, told=told)
        await _in_a_task(MicActor(Losing(bytes(640 * 25)), 20, orders, audio, facts, echo).run)

    def check(run) -> None:
        kinds = [type(event).__name__ for event in _ended(lanes["told"])]
        assert kinds == ["DeviceLost", "DeviceBack"][: len(kinds)]
        assert ("DeviceLost" in kinds) == (m.MicrophonePaused() in _ended(lanes["microphone"]))
        assert 0 == run.took

    runs = cancel_everywhere(make, target="", check=check)
    assert 20 < len(runs)
    print(f"MicActor with a loss: cancelled at {len(runs)} steps")


def test_speaker_actor():
    """Every turn that had begun tells its end exactly once, with figures that add up to what had arrived."""
    lanes = {}

    async def make() -> None:
        turns, to_speaker = open_lane[Turn]("turns", 16)
        facts, told = open_lane[m.Event]("facts", 100)
        heard, audio = open_lane[m.AudioEvent]("audio", 1_000, Overflow.DROP_OLDEST)
        device = MemorySpeaker()
        played, echo = open_lane[m.Played]("played", 10_000, Overflow.DROP_OLDEST)
        lanes.update(echo=echo, told=told, turns=turns, device=device, audio=audio)
        for number in (1, 2):
            reply = Reply.begin(number)
            for _ in range(4):
                await reply.say(b"\1\1" * 24 * 100)
            reply.end()
            turns.send_nowait(reply.turn)
        turns.close()
        _mic, orders = open_lane[m.SpeakerOrder]("orders", 16)
        actor = SpeakerActor(device, to_speaker, facts, Tap(heard, Wanted(1)), played, orders, echo_matters=True)
        await _in_a_task(actor.run)

    def check(run) -> None:
        ends = _ended(lanes["told"])
        assert sorted({e.turn for e in ends}) == [e.turn for e in ends]
        assert all(400.0 == e.heard_ms + e.dropped_ms for e in ends)
        assert len(lanes["device"].pcm()) == round(sum(e.heard_ms for e in ends) * 48)
        assert lanes["device"].pcm() == b"".join(e.pcm for e in _ended(lanes["audio"]))
        assert lanes["device"].pcm() == b"".join(block.pcm for block in _ended(lanes["echo"]))
        assert 0 == run.took

    runs = cancel_everywhere(make, target="the actor", check=check)
    assert 10 < len(runs)
    print(f"SpeakerActor: cancelled at {len(runs)} steps")


@pytest.mark.parametrize("target", ACTORS)
def test_the_whole_agent(target: str, tmp_path: Path):
    """Cancelled at any step of any actor: the transcript is whole, calls are answered once or told, and it is over at once.

    In one order of tasks after another, until the actor's share of all runs is done.
    """
    world = {}

    async def weather(city: str) -> str:
        """Current weather in a city."""
        await trio.sleep(0.1)
        return f"clear over {city}"

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        if link.number == 0:
            await link.say(wire.SessionResumptionUpdate("h", resumable=True))
            await link.say(wire.InputTranscription("how is the weather"))
            await link.say(wire.ToolCall((wire.FunctionCall("c1", "weather", {"city": "Oslo"}),)))
            await link.hear_answer()
            await link.speak(300)
            await link.say(wire.Interrupted())
            await link.say(wire.TurnComplete())
            link.end()
            return
        await link.speak(200)
        await link.say(wire.TurnComplete())
        while True:
            await link.hear()

    path = tmp_path / "talk.jsonl"

    async def make() -> None:
        path.unlink(missing_ok=True)
        server = ScriptedServer(script)
        speaker = MemorySpeaker()
        world.update(server=server, speaker=speaker)
        config = AgentConfig(
            connection=Connection(api_key="k"),
            tools=[weather],
            microphone=MemoryMicrophone(bytes(640 * 5)),
            speaker=speaker,
            transcript=path,
        )
        async with open_voice_agent(config, dial=server.dial) as agent:
            await agent.wait_idle(quiet=0.5, patience=0.5)

    def check(run) -> None:
        lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        assert list(range(len(lines))) == [line["seq"] for line in lines]
        if lines:
            assert "Ended" == lines[-1]["event"]
            assert 1 == sum(line["event"] == "Ended" for line in lines)
        started = [line["turn"] for line in lines if line["event"] == "TurnStarted"]
        heard = [line for line in lines if line["event"] == "TurnEnded"]
        assert len({line["turn"] for line in heard}) == len(heard) <= len(started)
        assert len(world["speaker"].pcm()) == round(sum(line["heard_ms"] for line in heard) * 48)
        answers = [e for link in world["server"].links for e in link.heard if isinstance(e, wire.ToolResponse)]
        assert len(answers) <= 1
        assert run.took <= 2.0

    runs, seeds = [], itertools.count()
    while len(runs) < RUNS / len(ACTORS):
        runs += cancel_everywhere(make, target=target, check=check, limit=2_000, seed=next(seeds))
    assert 3 <= len(runs)
    slow = [run for run in runs if run.took > 0]
    print(
        f"{target}: cancelled {len(runs)} times, in {next(seeds)} orders; {len(slow)} took longer than no time at all"
    )
    assert [] == slow


def _ended(lane) -> list:
    """What is in the lane, which must have no open sender any more."""
    found = []
    while True:
        try:
            found.append(lane.receive_nowait())
        except trio.EndOfChannel:
            return found

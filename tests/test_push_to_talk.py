"""Push-to-talk through the whole agent."""

from __future__ import annotations

import random
from contextlib import asynccontextmanager

import attrs
import pytest
import trio

from voice_actors import messages as m
from voice_actors.agent import open_voice_agent
from voice_actors.config import Activity, AgentConfig
from voice_actors.errors import ConfigError
from voice_actors.gemini import events as wire
from voice_actors.gemini.server import decode
from voice_actors.testing import MemoryMicrophone, MemorySpeaker, ScriptedLink
from voice_actors.testing.fakes import utter
from voice_actors.testing.offline import open_offline_server

PTT = Activity("push-to-talk")


@asynccontextmanager
async def talking(**settings):
    """An agent with a key, a person's microphone, and the offline server in memory."""
    async with open_offline_server(**settings) as server:
        microphone = MemoryMicrophone()
        config = AgentConfig(microphone=microphone, speaker=MemorySpeaker(), connection=server.connection, activity=PTT)
        async with open_voice_agent(config, dial=server.dial) as agent:
            await trio.sleep(1)
            yield agent, microphone, server


async def say(agent, microphone, text, *, early=0.2, late=0.0):
    """Speak; the key is pressed `early` seconds after the first sound and let go `late` seconds after the last."""
    speech = utter(text)
    microphone.feed(speech)
    await trio.sleep(early)
    await agent.start_activity()
    await trio.sleep(len(speech) / 32_000 - early + late)
    await agent.end_activity()


def told(agent, kind):
    return [event for event in agent.export_events() if isinstance(event, kind)]


def heard_by_server(agent):
    """All of it; deltas are joined as they are."""
    return "".join(event.text for event in told(agent, m.UserSaid)).strip()


@pytest.mark.parametrize("early", [-0.5, 0.0, 0.1, 0.25])
async def test_the_first_and_the_last_syllable_are_understood(autojump_clock, early):
    """Whoever presses a quarter of a second late, and lets go with the last sound, is understood word for word."""
    async with talking() as (agent, microphone, server):
        if early < 0:
            await agent.start_activity()
            await trio.sleep(-early)
        await say(agent, microphone, "what is seven times six", early=max(early, 0))
        await agent.wait_idle()
        assert "what is seven times six" == heard_by_server(agent)
        assert 1 == len(told(agent, m.TurnEnded))
        assert {} == dict(server.complaints)


async def test_a_reply_comes_as_soon_as_the_key_is_let_go(autojump_clock):
    """No half second of silence has to pass first."""
    async with talking() as (agent, microphone, _server):
        await say(agent, microphone, "what is seven times six")
        let_go = trio.current_time()
        await agent.wait_idle()
        (started,) = told(agent, m.TurnStarted)
        assert started.at - let_go < 0.2
        print(f"key let go to reply: {1000 * (started.at - let_go):.0f} ms")


async def test_nothing_is_sent_while_the_key_is_up(autojump_clock):
    """What is said then reaches nobody, not even the server's ears."""
    async with talking() as (agent, microphone, server):
        subscription = agent.events(audio=True, capacity=10_000)
        microphone.feed(utter("a secret between us"))
        await trio.sleep(3)
        await say(agent, microphone, "what is seven times six")
        await agent.wait_idle()
        assert "what is seven times six" == heard_by_server(agent)
    sent = [event async for event in subscription if isinstance(event, m.AudioSent)]
    first, last = told(agent, m.ActivityStarted)[0].at, told(agent, m.ActivityEnded)[0].at
    assert sent
    assert all(first - 0.34 <= event.at <= last + 0.02 for event in sent)


async def test_pressing_interrupts_the_reply(autojump_clock):
    """As speech does."""
    async with talking() as (agent, microphone, _server):
        await say(agent, microphone, "tell me a long story")
        while not told(agent, m.TurnStarted):
            await trio.sleep(0.1)
        await trio.sleep(2)
        await say(agent, microphone, "what is seven times six")
        await agent.wait_idle()
        assert ["user"] == [event.by for event in told(agent, m.TurnInterrupted)]
        assert heard_by_server(agent).endswith("what is seven times six")


async def test_muting_lets_go_of_the_key(autojump_clock):
    """The activity ends, nothing said while muted is sent, and a press while muted does nothing."""
    async with talking() as (agent, microphone, server):
        await agent.start_activity()
        await trio.sleep(0.5)
        await agent.mute()
        assert not agent.pressed
        await trio.sleep(0.1)
        assert 1 == len(told(agent, m.ActivityEnded))
        await say(agent, microphone, "a secret between us")
        await agent.unmute()
        await trio.sleep(1)
        assert 1 == len(told(agent, m.ActivityStarted))
        await say(agent, microphone, "what is seven times six")
        await agent.wait_idle()
        assert "what is seven times six" == heard_by_server(agent)
        assert 2 == len(told(agent, m.ActivityStarted)) == len(told(agent, m.ActivityEnded))
        assert {} == dict(server.complaints)


async def listen(link: ScriptedLink) -> None:
    await link.accept_setup()
    while True:
        await link.hear()


def marks_of(link):
    return [type(event).__name__ for event in link.heard if isinstance(event, wire.ActivityStart | wire.ActivityEnd)]


def audio_outside(link):
    """Chunks that the server got while no activity was open."""
    is_open, outside = False, 0
    for event in link.heard:
        is_open = isinstance(event, wire.ActivityStart) or (is_open and not isinstance(event, wire.ActivityEnd))
        outside += isinstance(event, wire.AudioIn) and not is_open
    return outside


async def test_the_setup_disables_the_server_s_detection(rig, autojump_clock):
    """Or the marks would be refused."""
    setups = []

    async def script(link: ScriptedLink) -> None:
        setups.append(await link.accept_setup())

    async with rig(script, activity=PTT, live={"realtime_input_config": {"turn_coverage": "TURN_INCLUDES_ALL_INPUT"}}):
        ...
    config = setups[0].body["realtimeInputConfig"]
    assert {"automaticActivityDetection": {"disabled": True}, "turnCoverage": "TURN_INCLUDES_ALL_INPUT"} == config


@attrs.define(eq=False)
class Tapped:
    """A link of which every frame that goes out is kept."""

    link: object
    frames: list

    async def send(self, frame):
        await self.link.send(frame)
        self.frames.append(frame)

    async def receive(self):
        return await self.link.receive()


async def test_leaving_within_an_activity_ends_it(autojump_clock):
    """On the wire and in the transcript, and the server has nothing to complain of."""
    frames = []
    async with open_offline_server() as server:

        @asynccontextmanager
        async def dial():
            async with server.dial() as link:
                yield Tapped(link, frames)

        config = AgentConfig(
            microphone=MemoryMicrophone(), speaker=MemorySpeaker(), connection=server.connection, activity=PTT
        )
        async with open_voice_agent(config, dial=dial) as agent:
            await agent.start_activity()
            await trio.sleep(0.5)
        assert {} == dict(server.complaints)
    sent = [type(decode(frame)).__name__ for frame in frames]

    assert ["Setup", "ActivityStart", "AudioIn"] == sent[:3]
    assert "ActivityEnd" == sent[-1]
    assert 1 == sent.count("ActivityStart") == sent.count("ActivityEnd")
    assert 1 == len(told(agent, m.ActivityStarted)) == len(told(agent, m.ActivityEnded))


async def test_the_end_of_the_source_ends_it_too(rig, autojump_clock):
    """A file that ends while the key is held."""
    async with rig(listen, activity=PTT, microphone=MemoryMicrophone(bytes(32_000))) as r:
        await r.agent.start_activity()
        await trio.sleep(3)
        await r.agent.end_activity()
        assert ["ActivityStart", "ActivityEnd"] == marks_of(r.server.links[0])
    assert 1 == len(told(r.agent, m.ActivityStarted)) == len(told(r.agent, m.ActivityEnded))
    assert 1 == len(told(r.agent, m.MicrophoneEnded))


async def test_go_away_waits_for_the_end_of_what_is_being_said(rig, autojump_clock):
    """The link is changed when the key is up, so that both halves of a sentence reach the same model."""

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        if not link.number:
            await trio.sleep(1)
            await link.say(wire.GoAway(20.0))
        while True:
            await link.hear()

    async with rig(script, activity=PTT) as r:
        await r.agent.start_activity()
        await trio.sleep(5)
        assert 1 == len(r.server.links)
        await r.agent.end_activity()
        await trio.sleep(2)
    first, second = r.server.links
    assert ["ActivityStart", "ActivityEnd"] == marks_of(first)
    assert [] == marks_of(second)


@pytest.mark.parametrize("seed", range(5))
async def test_marks_alternate_on_every_link_whatever_happens(rig, autojump_clock, seed):
    """Links lost, mutes, and a key pressed at random for two minutes: no mark is doubled, no audio outside of marks."""
    dice = random.Random(seed)

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        with trio.move_on_after(dice.uniform(3, 20)):
            while True:
                await link.hear()
        link.end()

    async with rig(script, activity=PTT) as r:
        for _ in range(120):
            await trio.sleep(dice.uniform(0.0, 2.0))
            await dice.choice(
                (r.agent.start_activity, r.agent.start_activity, r.agent.end_activity, r.agent.mute, r.agent.unmute)
            )()
        await r.agent.end_activity()
        await trio.sleep(1)
    links = [marks_of(link) for link in r.server.links]

    assert 3 < len(links)
    for marks in links:
        assert (["ActivityStart", "ActivityEnd"] * len(marks))[: len(marks)] == marks
    assert not any(audio_outside(link) for link in r.server.links)
    assert len(told(r.agent, m.ActivityStarted)) == len(told(r.agent, m.ActivityEnded))
    assert not any(isinstance(event, wire.AudioStreamEnd) for link in r.server.links for event in link.heard)
    print(f"{len(links)} links, {sum(len(marks) for marks in links)} marks")


async def test_without_push_to_talk_there_is_no_key(rig, autojump_clock):
    """The message says what to do."""
    async with rig(listen) as r:
        with pytest.raises(ConfigError, match="push-to-talk"):
            await r.agent.start_activity()


@pytest.mark.parametrize(
    ("activity", "detection", "words"),
    [
        (Activity(), {"disabled": True}, "say different things"),
        (PTT, {"disabled": False}, "say different things"),
        (PTT, {"silence_duration_ms": 500}, "replaces the settings"),
    ],
)
async def test_settings_that_contradict_each_other_are_refused(rig, activity, detection, words):
    """Before anything is opened."""
    live = {"realtime_input_config": {"automatic_activity_detection": detection}}
    with pytest.raises(ConfigError, match=words):
        async with rig(listen, activity=activity, live=live):
            ...

"""A model that falls silent is nudged, and then met on a new link; a machine that wakes up makes one at once."""

from __future__ import annotations

import time

import pytest
import trio

from voice_actors import messages as m
from voice_actors.errors import LinkLost
from voice_actors.gemini import events as wire
from voice_actors.record.pulse import Pulse
from voice_actors.session.uplink_ring import UplinkRing
from voice_actors.session.vigil import Vigil, seconds_asleep
from voice_actors.testing import MemoryMicrophone, ScriptedLink


async def test_a_silent_model_is_nudged_and_then_resumed(rig, autojump_clock):
    """Faults, row 6: the link is alive and nothing comes. Once for the words that wait, not over and over."""
    heard: list[tuple[int, float]] = []

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await link.say(wire.SessionResumptionUpdate("h", resumable=True))
        while True:
            if isinstance(await link.hear(), wire.AudioStreamEnd):
                heard.append((link.number, trio.current_time()))

    async with rig(script, microphone=MemoryMicrophone()) as r:
        await trio.sleep(10)
        await r.agent.say("Are you there?")
        await trio.sleep(300)
        lost = [event for event in r.agent.export_events() if isinstance(event, m.Disconnected)]
        links = r.server.links
    print(f"nudged {heard[0][1] - 10:.0f} s and resumed {lost[0].at - 10:.0f} s after the words")
    assert [0] == [number for number, _ in heard]
    assert abs(heard[0][1] - 30) <= 2
    assert ["the model has been silent for 40 s"] == [event.reason for event in lost]
    assert {"handle": "h"} == links[1].heard[0].body["sessionResumption"]
    assert 2 == len(links)


async def test_all_words_without_an_answer_are_seen_to_once(rig, autojump_clock):
    """Each time a nudge, and then a new link; one that only shows that it is alive is not nudged over and over."""
    nudged: list[tuple[int, float]] = []

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await link.say(wire.SessionResumptionUpdate("h", resumable=True))
        while True:
            if isinstance(await link.hear(), wire.AudioStreamEnd):
                nudged.append((link.number, trio.current_time()))
                if link.number == 2:
                    await link.say(wire.Usage({"totalTokenCount": 1}))

    async with rig(script, microphone=MemoryMicrophone()) as r:
        for _ in range(3):
            await r.agent.say("Are you there?")
            await trio.sleep(59)
        lost = [event.at for event in r.agent.export_events() if isinstance(event, m.Disconnected)]
        await trio.sleep(300)
        assert 4 == len(r.server.links)
    assert [(0, 20), (1, 79), (2, 138)] == nudged
    assert [40, 99] == lost


async def test_a_model_that_gives_any_sign_is_waited_for(rig, autojump_clock):
    """A long thought with usage counts in between; and a silence in which nobody waits for anything."""

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await link.hear_until(wire.ClientContent)
        for _ in range(10):
            await trio.sleep(15)
            await link.say(wire.Usage({"totalTokenCount": 1}))
        await link.speak(500)
        await link.say(wire.TurnComplete())
        while True:
            await link.hear()

    async with rig(script) as r:
        await trio.sleep(100)
        await r.agent.say("Think hard.")
        await trio.sleep(300)
        assert not [event for event in r.agent.export_events() if isinstance(event, m.Disconnected)]
        assert wire.AudioStreamEnd not in map(type, r.server.links[0].heard)


@pytest.mark.parametrize(("slept", "lost"), [(3.0, False), (60.0, True)])
async def test_a_machine_that_was_asleep_makes_a_new_link(slept, lost, autojump_clock):
    """Faults, row 32: within a second of waking up, by the clocks' drift; a short nap is none."""
    asleep = 100.0
    vigil = Vigil(Pulse(), UplinkRing(), 20.0, asleep=lambda: asleep)
    outcome: list[tuple[float, str]] = []

    async def watch() -> None:
        try:
            await vigil.watch()
        except LinkLost as error:
            outcome.append((trio.current_time(), str(error)))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(watch)
        await trio.sleep(500.5)
        asleep += slept
        await trio.sleep(100)
        nursery.cancel_scope.cancel("seen enough")
    assert ([(501.0, "the machine was asleep for 60 s")] if lost else []) == outcome


@pytest.mark.skipif(
    not hasattr(time, "CLOCK_BOOTTIME"), reason="only Linux has a clock that goes on in a machine's sleep"
)
def test_time_is_spent_awake_or_asleep():
    """What this machine slept, and what it was awake, are all the time since it started."""
    awake, started = time.monotonic(), time.clock_gettime(time.CLOCK_BOOTTIME)
    asleep = seconds_asleep()
    assert started - time.monotonic() <= asleep <= time.clock_gettime(time.CLOCK_BOOTTIME) - awake

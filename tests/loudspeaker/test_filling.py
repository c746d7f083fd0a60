"""A filler, in conversations in virtual time: when it begins, what stops it, and that no reply waits for it."""

from __future__ import annotations

import json

import pytest
import trio

from voice_actors import Filler, tool
from voice_actors import messages as m
from voice_actors.audio.memory import MemorySpeaker
from voice_actors.config import Cleaning
from voice_actors.gemini import events as wire

WAITS, TALKS_ON = "gemini-3.1-flash-live-preview", "gemini-3.8-live"
SOUND = b"\x00\x10" * 24 * 2_000
"""Two seconds."""
CALL = wire.ToolCall((wire.FunctionCall("c1", "look_up", {}),))
MS = 48


async def look_up() -> str:
    """Look something up, which takes ten seconds."""
    await trio.sleep(10)
    return "found"


async def calls(link):
    """At one second the model asks, and once it has its answer it speaks for a second."""
    await link.accept_setup()
    await trio.sleep(1)
    await link.say(CALL)
    await link.hear_answer()
    await link.speak(1_000)
    await link.say(wire.TurnComplete())
    while True:
        await link.hear()


def filled(r):
    return [event for event in r.agent.export_events() if isinstance(event, m.FillerHeard)]


def spans(speaker):
    """When something was heard: beginning and end of each stretch, seconds."""
    found = []
    for at, pcm in speaker.played:
        end = at + len(pcm) / MS / 1000
        if found and at - found[-1][1] < 0.015:
            found[-1][1] = end
        else:
            found.append([at, end])
    return [(round(begin, 1), round(end, 1)) for begin, end in found]


async def test_it_is_heard_while_the_model_waits(rig, autojump_clock, tmp_path):
    """After a second of silence, again four after its end, cut by the reply; told as what it is, and as nothing else."""
    path = tmp_path / "t.jsonl"
    filler = Filler(SOUND, "One moment, please.")
    async with rig(calls, tools=[look_up], model=WAITS, filler=filler, transcript=path) as r:
        await trio.sleep(30)
        heard = spans(r.speaker)
        messages, [reply] = (
            r.agent.export_messages(),
            [e for e in r.agent.export_events() if isinstance(e, m.TurnEnded)],
        )
    print(f"heard from and to, s: {heard}")
    assert [(2.0, 4.0), (8.0, 10.0), (11.0, 12.0)] == heard
    assert [(2_000.0, False, "One moment, please.")] * 2 == [(e.heard_ms, e.cut, e.words) for e in filled(r)]
    assert ["tool"] == [message.role for message in messages]
    assert 1_000.0 == reply.heard_ms
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert 2 == [row["event"] for row in rows].count("FillerHeard")
    assert "One moment" not in str([event for link in r.server.links for event in link.heard])


async def test_it_never_delays_the_reply(rig, autojump_clock):
    """The reply that finds it sounding is heard as soon as one that finds silence, to a block of the device."""

    async def first_sound(**settings):
        async with rig(calls, tools=[tool(briefly, name="look_up")], model=WAITS, **settings) as r:
            began = trio.current_time()
            await trio.sleep(20)
            [reply] = [event for event in r.agent.export_events() if isinstance(event, m.TurnEnded)]
            return reply, reply.sounded_at - began, filled(r), r.speaker

    async def briefly() -> str:
        await trio.sleep(2)
        return "found"

    alone, silent, _, _ = await first_sound()
    reply, filling, [filler], speaker = await first_sound(filler=Filler(SOUND))
    print(
        f"the reply sounds after {silent * 1000:.0f} ms of silence, {filling * 1000:.0f} ms with a filler that it cuts"
    )
    assert filling <= silent + 0.0101
    assert filler.cut
    assert 950 <= filler.heard_ms <= 1_050
    assert (1_000.0, 1_000.0) == (alone.heard_ms, reply.heard_ms)
    assert len(speaker.pcm()) == round((filler.heard_ms + reply.heard_ms) * MS)
    assert 0 == reply.underruns


@pytest.mark.parametrize("by", ["voice", "words", "server", "program"])
async def test_an_interruption_silences_it(rig, autojump_clock, by):
    """Within a block, whoever notices that the user speaks; it comes back once it has been quiet for a while."""

    async def script(link):
        await link.accept_setup()
        await link.say(CALL)
        await trio.sleep(2)  # half of it has been heard
        said = {
            "voice": (wire.VoiceActivity("ACTIVITY_START"),),
            "words": (wire.InputTranscription("Hello?"),),
            "server": (wire.Interrupted(),),
        }
        if by in said:
            await link.say(*said[by])
        await trio.sleep(1)
        if by == "voice":
            await link.say(wire.VoiceActivity("ACTIVITY_END"))
        while True:
            await link.hear()

    async with rig(script, tools=[look_up], model=WAITS, filler=Filler(SOUND, times=2)) as r:
        await trio.sleep(2)
        if by == "program":
            await r.agent.interrupt()
        await trio.sleep(28)
        heard = spans(r.speaker)
    print(f"{by}: heard from and to, s: {heard}")
    again = 7.0 if by == "voice" else 6.0
    assert [(1.0, 2.0), (again, again + 2)] == heard
    assert [True, False] == [event.cut for event in filled(r)]


async def test_it_does_not_go_on_for_ever(rig, autojump_clock):
    """A tool that never answers: so often, and no more; for the next call anew."""

    async def script(link):
        await link.accept_setup()
        for id_ in ("c1", "c2"):
            await link.say(wire.ToolCall((wire.FunctionCall(id_, "hang", {}),)))
            await link.hear_answer()
        while True:
            await link.hear()

    async def hang() -> None:
        await trio.sleep_forever()

    settings = {"filler": Filler(SOUND, after_ms=500, again_ms=1_000, times=2)}
    async with rig(script, tools=[tool(hang, timeout=20)], model=WAITS, **settings) as r:
        await trio.sleep(100)
        assert [(0.5, 2.5), (3.5, 5.5), (20.5, 22.5), (23.5, 25.5)] == spans(r.speaker)


async def test_a_tool_that_nobody_waits_for_has_none(rig, autojump_clock):
    """Whose answer is taken up without a word, which is quick, or which waits for a person's consent, who is busy."""

    async def quick() -> str:
        await trio.sleep(0.9)
        return "found"

    for model, one, fillers in (
        (TALKS_ON, look_up, 2),
        (TALKS_ON, tool(look_up, scheduling="SILENT"), 0),
        (WAITS, tool(look_up, scheduling="SILENT"), 2),
        (TALKS_ON, tool(look_up, behavior="blocking"), 2),
        (WAITS, tool(quick, name="look_up"), 0),
        (WAITS, tool(look_up, consent="ask"), 0),
    ):
        async with rig(calls, tools=[one], model=model, filler=Filler(SOUND)) as r:
            await trio.sleep(20)
        assert fillers == len(filled(r)), (model, one)


async def test_it_waits_for_what_the_model_says_while_a_tool_works(rig, autojump_clock):
    """The wait begins with the end of those words."""

    async def script(link):
        await link.accept_setup()
        await trio.sleep(1)
        await link.say(CALL)
        await link.speak(1_500)
        await link.say(wire.TurnComplete())
        await link.hear_answer()
        await link.speak(1_000)
        await link.say(wire.TurnComplete())
        while True:
            await link.hear()

    async with rig(script, tools=[look_up], model=TALKS_ON, filler=Filler(SOUND, times=1)) as r:
        await trio.sleep(30)
        assert [(1.0, 2.5), (3.5, 5.5), (11.0, 12.0)] == spans(r.speaker)


async def test_consent_that_was_given_begins_the_wait(rig, autojump_clock):
    """From then on it is the tool that is waited for."""
    async with rig(calls, tools=[tool(look_up, consent="ask")], model=WAITS, filler=Filler(SOUND, times=1)) as r:
        await trio.sleep(6)
        await r.agent.answer_consent("c1", allow=True, by="me")
        await trio.sleep(30)
        assert [(7.0, 9.0), (16.0, 17.0)] == spans(r.speaker)


async def test_a_call_that_is_withdrawn_needs_none(rig, autojump_clock):
    """The sound stops with it."""

    async def script(link):
        await link.accept_setup()
        await link.say(CALL)
        await trio.sleep(2)
        await link.say(wire.ToolCallCancellation(("c1",)))
        while True:
            await link.hear()

    async with rig(script, tools=[look_up], model=WAITS, filler=Filler(SOUND)) as r:
        await trio.sleep(30)
        assert [(1.0, 2.0)] == spans(r.speaker)


async def test_the_sound_of_the_moment_goes_on_to_its_end(rig, autojump_clock):
    """When the answer is there and the reply is not yet; no other begins."""

    async def script(link):
        await link.accept_setup()
        await link.say(CALL)
        while True:
            await link.hear()

    async with rig(script, tools=[tool(soon, name="look_up")], model=WAITS, filler=Filler(SOUND)) as r:
        await trio.sleep(30)
        assert [(1.0, 3.0)] == spans(r.speaker)


async def soon() -> str:
    await trio.sleep(1.5)
    return "found"


async def test_its_echo_is_known_and_its_sound_told(rig, autojump_clock):
    """Half-duplex hears it as it hears a reply; and what was heard of it is told byte for byte, as recordings want it."""
    settings = {"filler": Filler(SOUND, times=1), "cleaning": Cleaning("half-duplex")}
    async with rig(calls, tools=[look_up], model=WAITS, **settings) as r:
        told = r.agent.events(audio=True)
        r.microphone.feed(b"\x00\x20" * 16 * 6_000)
        await trio.sleep(6)
        sent = [event.pcm for event in r.server.links[0].heard if isinstance(event, wire.AudioIn)]
    silenced = 20 * sum(not any(pcm) for pcm in sent)
    print(f"{silenced} ms of the microphone were silenced for a filler of 2000 ms")
    assert 1_900 <= silenced <= 2_600
    assert SOUND == b"".join([event.pcm async for event in told if isinstance(event, m.AudioHeard) and not event.turn])


async def test_a_loudspeaker_that_takes_all_at_once(rig, autojump_clock):
    """It is given its filler at the pace of the ear."""
    speaker = MemorySpeaker(paced=False)
    async with rig(calls, tools=[tool(soon, name="look_up")], model=WAITS, filler=Filler(SOUND), speaker=speaker) as r:
        await trio.sleep(30)
        [filler] = filled(r)
    assert filler.cut
    assert 500 <= filler.heard_ms <= 700

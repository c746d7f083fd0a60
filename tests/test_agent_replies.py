"""What of a reply is heard, in the whole agent: all of it, or no more after an interruption."""

from __future__ import annotations

import attrs
import trio

from tests.facts import MS
from voice_actors import Transcript
from voice_actors import messages as m
from voice_actors.cli.captions import Captions
from voice_actors.gemini import events as wire
from voice_actors.testing import ScriptedLink


async def test_a_reply_is_played_to_its_last_sample_although_turn_complete_came_at_once(rig, autojump_clock):
    """5 s of audio in a burst, turnComplete in the next message: all of it is heard (LlamaIndex: 2-10 %)."""

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await link.speak(5_000)
        await link.say(wire.TurnComplete())

    async with rig(script) as r:
        await r.agent.wait_idle()
        ended = [e for e in r.agent.export_events() if isinstance(e, m.TurnEnded)]

    assert 5_000 * MS == len(r.speaker.pcm())
    assert [(5_000.0, 0.0, False)] == [(e.heard_ms, e.dropped_ms, e.interrupted) for e in ended]
    print(f"played {len(r.speaker.pcm()) / MS:.0f} of 5000 ms")


async def test_interrupted_is_acted_on_at_the_message(rig, autojump_clock):
    """10 s in a burst, `interrupted` after 1 s of it was played: nothing is heard after the message."""
    at: list[float] = []

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await link.speak(10_000)
        await trio.sleep(1)
        at.append(trio.current_time())
        await link.say(wire.Interrupted())
        await link.say(wire.TurnComplete())

    async with rig(script) as r:
        await r.agent.wait_idle()
        ended = [e for e in r.agent.export_events() if isinstance(e, m.TurnEnded)][0]

    assert [] == [played for when, played in r.speaker.played if when >= at[0] + 1e-9]
    assert ended.interrupted
    assert len(r.speaker.pcm()) / MS == ended.heard_ms
    assert 10_000 == ended.heard_ms + ended.dropped_ms


async def test_a_late_interruption_cuts_a_reply_that_the_server_has_completed(rig, autojump_clock):
    """TurnComplete first, interrupted after: what still plays is cut, and the next reply is heard whole."""

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await link.speak(3_000)
        await link.say(wire.TurnComplete())
        await trio.sleep(1)
        await link.say(wire.Interrupted())
        await link.speak(500, sample=b"\x01\x20")
        await link.say(wire.TurnComplete())

    async with rig(script) as r:
        await r.agent.wait_idle()
        ended = [e for e in r.agent.export_events() if isinstance(e, m.TurnEnded)]

    assert [True, False] == [e.interrupted for e in ended]
    assert 500.0 == ended[1].heard_ms
    assert r.speaker.pcm().endswith(b"\x01\x20" * (500 * 24))


async def test_audio_after_an_interruption_is_stale_until_turn_complete(rig, autojump_clock):
    """Late chunks of the cut reply are dropped and counted; the next turn's are not."""

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await link.speak(1_000)
        await trio.sleep(0.2)
        await link.say(wire.Interrupted())
        await link.speak(400, sample=b"\x02\x02")
        await link.say(wire.TurnComplete())
        await link.speak(100, sample=b"\x03\x03")
        await link.say(wire.TurnComplete())

    async with rig(script) as r:
        await r.agent.wait_idle()
        assert 400 * MS == r.agent.statistics().stale_bytes

    assert b"\x02\x02" not in r.speaker.pcm()
    assert 100 * 24 == r.speaker.pcm().count(b"\x03\x03")


async def test_a_missing_turn_complete_does_not_deafen(rig, autojump_clock):
    """`interrupted` without turnComplete: after 3 s what arrives is a new reply."""

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await link.speak(1_000)
        await trio.sleep(0.2)
        await link.say(wire.Interrupted())
        await trio.sleep(3.01)
        await link.speak(100, sample=b"\x03\x03")
        await link.say(wire.TurnComplete())

    async with rig(script) as r:
        await r.agent.wait_idle(quiet=5)

    assert 100 * 24 == r.speaker.pcm().count(b"\x03\x03")


async def test_the_program_interrupts(rig, autojump_clock):
    """`agent.interrupt()` silences at once, tells the model, and what the model still sends is not heard."""

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await link.speak(10_000)
        stop = await link.hear_until(wire.ClientContent)
        assert (False, ()) == (stop.turn_complete, tuple(stop.turns))
        await link.speak(1_000, sample=b"\x02\x02")
        await link.say(wire.Interrupted())
        await link.say(wire.TurnComplete())
        await link.speak(100, sample=b"\x03\x03")
        await link.say(wire.TurnComplete())

    async with rig(script, model="gemini-2.5-flash-native-audio-preview-12-2025") as r:
        await trio.sleep(1)
        await r.agent.interrupt()
        await r.agent.wait_idle()
        interrupted = [e for e in r.agent.export_events() if isinstance(e, m.TurnInterrupted)]

    assert [(1, "program")] == [(e.turn, e.by) for e in interrupted]
    assert b"\x02\x02" not in r.speaker.pcm()
    assert 100 * 24 == r.speaker.pcm().count(b"\x03\x03")


async def test_events_transcript_file_and_captions_agree_on_the_words_that_were_heard(rig, autojump_clock, tmp_path):
    """Eight words of half a second each, in a burst, silenced after 2.2 s; the transcript's end trails behind."""
    words = ["It", " is", " seven", " degrees", " in", " Oslo", " this", " morning."]

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        for word in words:
            await link.say(wire.OutputTranscription(word))
            await link.speak(500)
        await trio.sleep(2.2)
        await link.say(wire.Interrupted())
        await trio.sleep(0.1)
        await link.say(wire.OutputTranscription(" And sunny."))
        await link.say(wire.TurnComplete())

    captions, path = Captions(), tmp_path / "t.jsonl"
    async with rig(script, transcript=path) as r:
        await r.agent.wait_idle()
        lines = [line for e in r.agent.export_events() for line in captions.feed(e)]
        [ended] = [e for e in r.agent.export_events() if isinstance(e, m.TurnEnded)]
        [message] = r.agent.export_messages()

    assert ("It is seven degrees", " in Oslo this morning.") == (ended.heard_text, ended.unheard_text)
    assert ("It is seven degrees", "in Oslo this morning. And sunny.") == (message.heard_text, message.unheard_text)
    loaded = Transcript.load(path)
    assert [message] == [attrs.evolve(one, at=message.at) for one in loaded.export_messages()]
    [again] = [e for e in loaded.events if isinstance(e, m.TurnEnded)]
    assert ended == attrs.evolve(again, at=ended.at)
    [line] = [line for line in lines if line.startswith("agent:")]
    assert line.startswith("agent: It is seven degrees -- [interrupted after 2.2 s")


async def test_what_the_user_types_interrupts(rig, autojump_clock):
    """Silence begins when the text is handed over, not when the server has said so; its answer is heard whole, also
    where the server confirms, and where nothing of the old reply was left to send.
    """
    typed: list[float] = []

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        for confirmed in (True, False):
            await link.speak(10_000)
            if not confirmed:
                await link.say(wire.TurnComplete())
            await link.hear_until(wire.ClientContent)
            await trio.sleep(0.2)
            if confirmed:
                await link.speak(1_000, sample=b"\x02\x02")
                await link.say(wire.Interrupted())
                await link.say(wire.TurnComplete())
            await link.speak(100, sample=b"\x03\x03")
            await link.say(wire.TurnComplete())
            await trio.sleep(0.5)

    async with rig(script, model="gemini-2.5-flash-native-audio-preview-12-2025") as r:
        for _ in range(2):
            await trio.sleep(0.35)
            typed.append(trio.current_time())
            await r.agent.say("Something else.")
            await trio.sleep(0.6)
        await r.agent.wait_idle()
        interrupted = [e for e in r.agent.export_events() if isinstance(e, m.TurnInterrupted)]

    assert [(1, "user"), (3, "user")] == [(e.turn, e.by) for e in interrupted]
    for at in typed:
        assert [] == [played for when, played in r.speaker.played if at <= when < at + 0.19]
    assert b"\x02\x02" not in r.speaker.pcm()
    assert 200 * 24 == r.speaker.pcm().count(b"\x03\x03")

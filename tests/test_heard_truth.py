"""Events, transcript, recording and picture tell the same of a reply that was cut, and of one that was not."""

from __future__ import annotations

import random
import time
import wave
from array import array

import attrs
import pytest
import trio

from voice_actors import messages as m
from voice_actors.audio.wav import WavWriter
from voice_actors.cli.scene import read_scene
from voice_actors.gemini.events import AudioOut, ClientContent, OutputTranscription, TurnComplete
from voice_actors.record.saved import Transcript
from voice_actors.turns import BYTES_PER_MS

BLOCK = 10
"""Milliseconds of the loudspeaker's block."""
WORDS = "Once upon a time a ferry left Bergen in the rain."


def noise(ms):
    """No sample of it is 0, so that what was recorded can be counted."""
    dice = random.Random(ms)
    return array("h", (dice.choice((-1, 1)) * dice.randint(500, 8_000) for _ in range(24 * ms))).tobytes()


def server(replies):
    """Speaks so many milliseconds for each typed line."""

    async def script(link):
        await link.accept_setup("s1")
        for ms in replies:
            while not (await link.hear_until(ClientContent)).turns:
                pass
            await link.say(OutputTranscription(WORDS))
            for pcm in [noise(100)] * (ms // 100):
                await link.say(AudioOut(pcm))
            await link.say(TurnComplete())
        await trio.sleep_forever()

    return script


def heard_spans(path):
    """Milliseconds of sound of each stretch in the agent's channel."""
    with wave.open(str(path)) as file:
        agent = array("h", file.readframes(file.getnframes()))[1::2]
    spans, last = [], -24_000
    for at, sample in enumerate(agent):
        if sample:
            if at - last > 6_000:
                spans.append(0)
            spans[-1] += 1
            last = at
    return [samples / 24 for samples in spans]


def figures(ended):
    """All but the times, which a file has to the microsecond."""
    return attrs.evolve(ended, at=0.0, sounded_at=None)


@pytest.mark.parametrize("after", [0.35, 1.234, 2.987])
async def test_everything_tells_the_same_of_what_was_heard(rig, clock_beside_threads, tmp_path, after):
    """A reply that is cut after so many seconds, and one that is played to its end."""
    transcript, recording = tmp_path / "t.jsonl", tmp_path / "r.wav"
    async with rig(server([4_000, 1_500]), transcript=transcript, recording=recording) as r:
        await trio.sleep(1)
        await r.agent.say("a story")
        await trio.sleep(after)
        await r.agent.interrupt()
        await r.agent.say("and now?")
        await r.agent.wait_idle(quiet=3)
        ended = [event for event in r.agent.export_events() if isinstance(event, m.TurnEnded)]
    saved = [event for event in Transcript.load(transcript).events if isinstance(event, m.TurnEnded)]
    scene, spans = read_scene(recording, transcript), heard_spans(recording)
    drawn = [speech for speech in scene.speeches if speech.who == "agent"]
    print(f"cut after {after} s: heard {[event.heard_ms for event in ended]} ms; recorded {spans} ms")

    assert [figures(event) for event in ended] == [figures(event) for event in saved]
    assert [True, False] == [event.interrupted for event in ended]
    assert [4_000, 1_500] == [event.heard_ms + event.dropped_ms for event in ended]
    assert sum(event.heard_ms for event in ended) == len(r.speaker.pcm()) / BYTES_PER_MS
    assert sum(event.heard_ms for event in ended) == pytest.approx(sum(spans), abs=1 / 24)
    (cut,) = scene.cuts
    assert (ended[0].heard_ms, ended[0].dropped_ms) == (cut.heard_ms, cut.dropped_ms)
    assert (ended[0].heard_text.strip(), ended[0].unheard_text.strip()) == (drawn[0].text, cut.unheard)
    assert [event.heard_ms for event in ended] == pytest.approx(
        [(speech.end - speech.start) * 1000 for speech in drawn], abs=4 * BLOCK
    )


async def test_a_recording_is_whole_however_long_its_disk_takes(rig, clock_beside_threads, tmp_path, monkeypatch):
    """Each write takes 50 ms: virtual time, of which hours would pass meanwhile, stands."""
    overwrite, recording = WavWriter.overwrite, tmp_path / "r.wav"

    def slowly(writer, at, pcm):
        time.sleep(0.05)
        overwrite(writer, at, pcm)

    monkeypatch.setattr(WavWriter, "overwrite", slowly)
    async with rig(server([4_000]), recording=recording) as r:
        await trio.sleep(1)
        await r.agent.say("a story")
        await r.agent.wait_idle(quiet=3)
    spans = heard_spans(recording)
    print(f"recorded {spans} ms of 4000 ms")

    assert [4_000] == pytest.approx(spans, abs=1 / 24)

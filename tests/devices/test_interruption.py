"""What an ear at a real PortAudio stream hears of replies that are cut, and of those that are not.

The sink has our own rate and format, so its monitor records what we play bit for bit, and each reply is noise that
occurs nowhere else: every sample of the recording is one of some reply, at a known place, or silence. Nothing here is
measured by the wall clock, which on a busy machine measures the machine.
"""

from __future__ import annotations

import contextlib
import random

import attrs
import numpy as np
import pytest
import trio

from voice_actors import messages as m
from voice_actors.actors.speaker import SpeakerActor
from voice_actors.audio.device import OUTPUT_BLOCK_MS, DeviceSpeaker
from voice_actors.audio.gain import UNITY, faded
from voice_actors.audio.ring import RAMP_MS
from voice_actors.broadcast import Tap, Wanted
from voice_actors.gemini import events as wire
from voice_actors.lanes import Overflow, ReceiveLane, Reply, SendLane, Turn, open_lane
from voice_actors.testing import ScriptedLink

pytestmark = pytest.mark.slow

MS = 24
"""Samples."""
BLOCK, FADE = OUTPUT_BLOCK_MS * MS, round(RAMP_MS * MS)
CLOCK = MS
"""PortAudio's times are whole microseconds of a clock that it steers; they step by less than a millisecond."""
TURNS = 132
STOPPABLE = "gemini-2.5-flash-native-audio-preview-12-2025"
"""A model that can be told to stop."""
FORMAT = ("rate=24000", "channels=1", "format=s16le", "norewinds=1")


def noise(number: int, samples: int) -> np.ndarray:
    """Loud, never 0, and like no other reply's."""
    dice = np.random.default_rng(number)
    return (dice.integers(1_000, 8_000, samples) * dice.choice([-1, 1], samples)).astype("<i2")


@attrs.define
class Cut:
    """One interruption as the program saw it, in samples of its reply."""

    turn: int
    sounding: int
    """What was at the ear in the moment of the cut, as PortAudio's times say."""
    latency: float
    """Between the device's taking a block and its being heard, as PortAudio's times say."""


@attrs.define
class Trace:
    """What the recording holds of one reply."""

    exact: int = 0
    fading: int = 0
    gaps: int = 0
    """Samples of silence inside: the sound server ran dry, which a busy machine makes it do."""

    @property
    def heard(self) -> int:
        return self.exact + self.fading


def explain(heard: np.ndarray, replies: list[np.ndarray]) -> tuple[list[Trace], int]:
    """Follow the recording through the replies; what belongs to none of them is counted."""
    traces, stale, at = [Trace() for _ in replies], 0, 0
    for reply, trace in zip(replies, traces, strict=True):
        key = reply[:32].tobytes()
        start = _find(heard, key, at)
        if start is None:
            continue
        stale += int(np.count_nonzero(heard[at:start]))
        at = _follow(heard, start, reply, trace)
    return traces, stale + int(np.count_nonzero(heard[at:]))


def _find(heard: np.ndarray, key: bytes, at: int) -> int | None:
    raw, found = heard.tobytes(), 2 * at - 1
    while (found := raw.find(key, found + 1)) >= 0:
        if found % 2 == 0:
            return found // 2
    return None


def _follow(heard: np.ndarray, at: int, reply: np.ndarray, trace: Trace) -> int:
    """The index behind the last sample of this reply."""
    while trace.exact < len(reply):
        ahead = min(len(heard) - at, len(reply) - trace.exact)
        same = heard[at : at + ahead] == reply[trace.exact : trace.exact + ahead]
        run = ahead if same.all() else int(np.argmin(same))
        trace.exact, at = trace.exact + run, at + run
        if run == ahead:
            break
        silent = int(np.argmax(heard[at:] != 0)) if heard[at:].any() else 0
        rest = reply[trace.exact : trace.exact + FADE]
        if heard[at + silent : at + silent + len(rest)].tobytes() == faded(rest.tobytes(), 1, UNITY):
            trace.gaps, trace.fading = trace.gaps + silent, len(rest)
            return at + silent + len(rest)
        if not silent or heard[at + silent] != reply[trace.exact]:
            break
        trace.gaps, at = trace.gaps + silent, at + silent
    return at


def plug_in(sound) -> None:
    """A sink at 24 kHz mono, and the default."""
    sound.run("pactl", "load-module", "module-null-sink", "sink_name=exact", *FORMAT)
    sound.run("pactl", "set-default-sink", "exact")


@contextlib.asynccontextmanager
async def ear_at(sound):
    """All that it plays, as long as it is there."""
    ear = sound.ear("exact.monitor")
    try:
        yield ear
    finally:
        await trio.to_thread.run_sync(ear.close)


@attrs.define(eq=False)
class Speaking:
    """The loudspeaker's actor at a real device, and what became of each of its turns."""

    actor: SpeakerActor
    turns: SendLane[Turn]
    orders: SendLane[m.SpeakerOrder]
    told: ReceiveLane[m.Event]

    async def say(self, turn: int, pcm: np.ndarray) -> Reply:
        reply = Reply.begin(turn)
        await reply.say(pcm.tobytes())
        await self.turns.send(reply.turn)
        return reply

    async def say_all(self, turn: int, pcm: np.ndarray) -> None:
        reply = await self.say(turn, pcm)
        reply.end()
        await reply.turn.ended.wait()

    async def cut_short(self, turn: int, pcm: np.ndarray, after: float, and_a_bit: float) -> Cut:
        """When `after` ms have been taken, and a part of a block later, so that all moments of a block occur."""
        reply = await self.say(turn, pcm)
        playback, stream = reply.turn.playback, self.actor._stream
        while playback.played < after * 2 * MS:
            await trio.sleep(0.002)
        await trio.sleep(and_a_bit)
        reply.cut("enough")
        sounding = (playback.played - stream.unsounded(playback)) // 2
        latency = stream.statistics().latency_ms * MS
        await reply.turn.ended.wait()
        return Cut(turn, sounding, latency)


@contextlib.asynccontextmanager
async def speaking():
    turns, to_speaker = open_lane[Turn]("turns", 16)
    facts, told = open_lane[m.Event]("facts", 1_000)
    heard, _audio = open_lane[m.AudioEvent]("audio", 16, Overflow.DROP_OLDEST)
    played, _echo = open_lane[m.Played]("played", 16, Overflow.DROP_OLDEST)
    orders, to_obey = open_lane[m.SpeakerOrder]("orders", 16)
    actor = SpeakerActor(DeviceSpeaker(), to_speaker, facts, Tap(heard, Wanted()), played, to_obey)
    async with trio.open_nursery() as nursery:
        await nursery.start(actor.run)
        with turns, orders:
            yield Speaking(actor, turns, orders, told)


def percentiles(name: str, values: list[float]) -> None:
    p50, p95, most = (np.percentile(values, share) for share in (50, 95, 100))
    print(f"{name}: p50 {p50:.1f} ms, p95 {p95:.1f}, max {most:.1f} (n = {len(values)})")


async def test_a_cut_reply_is_silent_within_a_block_and_the_latency_and_its_figures_are_true(sound):
    """120 interruptions and 12 replies that end by themselves, of any length: not one stale sample, not one missing.

    The reply itself ends at the next block, and its fade 5 ms later; both arrive at the ear after the sound server's
    latency, as PortAudio's times tell it.
    """
    dice = random.Random(4)
    said = [noise(n, 1_500 * MS if n % 11 else dice.randrange(300 * MS, 500 * MS)) for n in range(TURNS)]
    cuts: list[Cut] = []
    plug_in(sound)
    async with ear_at(sound) as ear:
        async with speaking() as loudspeaker:
            for number, pcm in enumerate(said):
                if number % 11:
                    cuts.append(await loudspeaker.cut_short(number, pcm, dice.uniform(60, 160), dice.uniform(0, 0.01)))
                else:
                    await loudspeaker.say_all(number, pcm)
        ended = [event async for event in loudspeaker.told]
        await trio.sleep(0.5)
        traces, stale = explain(np.frombuffer(ear.since(0), "<i2"), said)

    errors = [abs(event.heard_ms * MS - trace.heard) / MS for event, trace in zip(ended, traces, strict=True)]
    exact = [(traces[cut.turn].exact - cut.sounding) / MS for cut in cuts]
    silent = [(traces[cut.turn].heard - cut.sounding) / MS for cut in cuts]
    percentiles("PortAudio's latency", [cut.latency / MS for cut in cuts])
    percentiles("interruption to the end of the reply itself, at the ear", exact)
    percentiles("interruption to silence, at the ear", silent)
    percentiles("heard_ms against the monitor", errors)
    print(f"{stale} stale samples; {sum(trace.gaps for trace in traces) / MS:.0f} ms of gaps in the sound server")
    assert 120 == len(cuts)
    assert 0 == stale
    assert max(errors) <= OUTPUT_BLOCK_MS
    assert [] == [cut for cut, ms in zip(cuts, exact, strict=True) if ms * MS > BLOCK + cut.latency + CLOCK]
    assert [] == [cut for cut, ms in zip(cuts, silent, strict=True) if ms * MS > BLOCK + cut.latency + FADE + CLOCK]
    assert [len(pcm) for pcm in said[::11]] == [trace.exact for trace in traces[::11]]
    assert [(0.0, False)] * 12 == [(event.dropped_ms, event.interrupted) for event in ended[::11]]


async def test_a_ducked_reply_is_quiet_within_a_block_and_the_latency_and_misses_nothing(sound):
    """Thirty times 18 dB down for 150 ms and up again: every sample of the reply arrives, at the one gain or the other."""
    dice, reply = random.Random(5), np.resize(np.array([8_000, -8_000], "<i2"), 12_000 * MS)
    downs: list[Cut] = []
    plug_in(sound)
    async with ear_at(sound) as ear:
        async with speaking() as loudspeaker:
            playing = await loudspeaker.say(0, reply)
            playing.end()
            playback, stream = playing.turn.playback, loudspeaker.actor._stream
            while not playback.played:
                await trio.sleep(0.002)
            for number in range(30):
                await trio.sleep(dice.uniform(0.15, 0.2))
                loudspeaker.orders.send_nowait(m.Duck())
                sounding = (playback.played - stream.unsounded(playback)) // 2
                downs.append(Cut(number, sounding, stream.statistics().latency_ms * MS))
                await trio.sleep(0.15)
                loudspeaker.orders.send_nowait(m.Unduck())
            await playing.turn.ended.wait()
        await trio.sleep(0.5)
        heard = recorded(ear)

    loud = np.abs(heard[np.flatnonzero(heard)].astype(int))
    quiet = np.flatnonzero((loud[1:] == 1_000) & (loud[:-1] > 1_000)) + 1
    took = [(int(at) - down.sounding) / MS for at, down in zip(quiet, downs, strict=True)]
    percentiles("ducking to 18 dB less, at the ear", took)
    assert len(reply) == len(loud)
    assert [] == [ms for ms, down in zip(took, downs, strict=True) if ms * MS > BLOCK + down.latency + FADE + CLOCK]
    assert {1_000, 8_000} == {int(level) for level in np.unique(loud) if np.count_nonzero(loud == level) > 100}


async def next_of(events, kind):
    with trio.fail_after(20):
        async for event in events:
            if isinstance(event, kind):
                return event


def recorded(ear) -> np.ndarray:
    return np.frombuffer(ear.since(0), "<i2")


async def test_a_sink_that_is_removed_in_mid_sentence_costs_what_it_held(sound, rig):
    """The only sink goes and comes back, through the whole agent: the call goes on, the reply too, and the transcript
    counts as unheard what the sink took with it. A reply that is silenced meanwhile is heard no further. The moment of
    the loss is known to a block of ours, and the sink's own blocks are as long.
    """
    first, second, third = (noise(number, 2_000 * MS) for number in range(3))

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        for pcm in (first, second, third):
            await link.say(wire.AudioOut(pcm.tobytes()), wire.TurnComplete())
            await link.hear_until(wire.ClientContent)

    async def heard_until_lost(reply: np.ndarray) -> int:
        """Samples that the ear had of it."""
        async with ear_at(sound) as ear:
            while np.count_nonzero(recorded(ear)) < 500 * MS:
                await trio.sleep(0.01)
            sound.run("pactl", "unload-module", "module-null-sink")
            await next_of(events, m.DeviceLost)
            [trace], stale = explain(recorded(ear), [reply])
            assert 0 == stale
            return trace.heard

    async def heard_once_back() -> tuple[np.ndarray, m.TurnEnded]:
        plug_in(sound)
        async with ear_at(sound) as ear:
            await next_of(events, m.DeviceBack)
            ended = await next_of(events, m.TurnEnded)
            await trio.sleep(0.1)
            return np.trim_zeros(recorded(ear)), ended

    sound.run("pactl", "unload-module", "module-remap-source")
    sound.run("pactl", "unload-module", "module-null-sink")
    plug_in(sound)
    async with rig(script, speaker=DeviceSpeaker(), model=STOPPABLE) as r:
        events = r.agent.events()
        before = await heard_until_lost(first)
        rest, ended = await heard_once_back()
        assert first[-len(rest) :].tobytes() == rest.tobytes()
        gone = (len(first) - before - len(rest)) / MS
        print(f"{before / MS:.1f} ms heard, {gone:.1f} ms lost with the sink, {len(rest) / MS:.1f} ms heard afterwards")
        assert ended.dropped_ms == pytest.approx(gone, abs=2 * OUTPUT_BLOCK_MS)
        assert (2_000.0, False) == (ended.heard_ms + ended.dropped_ms, ended.interrupted)

        await r.agent.interrupt()
        before = await heard_until_lost(second)
        await r.agent.interrupt()
        ended = await next_of(events, m.TurnEnded)
        print(
            f"{before / MS:.1f} ms heard of a reply that was silenced while the sink was gone, {ended.heard_ms:.1f} told"
        )
        assert ended.heard_ms == pytest.approx(before / MS, abs=2 * OUTPUT_BLOCK_MS)
        assert (2_000.0, True) == (ended.heard_ms + ended.dropped_ms, ended.interrupted)
        rest, ended = await heard_once_back()
        assert third[-len(rest) :].tobytes() == rest.tobytes()
        assert (2_000.0, False) == (ended.heard_ms + ended.dropped_ms, ended.interrupted)

"""What an ear at a real PortAudio stream hears of replies that are cut, and of those that are not.

The sink has our own rate and format, so its monitor records what we play bit for bit, and each reply is noise that
occurs nowhere else: every sample of the recording is one of some reply, at a known place, or silence. Nothing here is
measured by the wall clock, which on a busy machine measures the machine.
"""

from __future__ import annotations

import contextlib
import json
import random
from typing import Any

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
from voice_actors.deadlines import Deadlines
from voice_actors.gemini import events as wire
from voice_actors.lanes import Overflow, ReceiveLane, SendLane, open_lane
from voice_actors.testing import ScriptedLink
from voice_actors.turns import Reply, Turn

pytestmark = [pytest.mark.alone, pytest.mark.slow]

MS = 24
"""Samples."""
BLOCK, FADE = OUTPUT_BLOCK_MS * MS, round(RAMP_MS * MS)
KEY = 32
"""Samples in a row that occur nowhere else."""
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
    """Between the device's taking a block, before the cut or at it, and its being heard, as PortAudio's times say."""


@attrs.define
class Trace:
    """What the recording holds of one reply. A busy machine makes the sound server run dry, or lose what it had."""

    exact: int = 0
    """How far it got, in samples of the reply."""
    fading: int = 0
    gaps: int = 0
    """Samples of silence inside."""
    lost: int = 0
    """Samples of the reply that are missing inside."""

    @property
    def heard(self) -> int:
        """How far it got with its fade."""
        return self.exact + self.fading


def explain(heard: np.ndarray, replies: list[np.ndarray]) -> tuple[list[Trace], int]:
    """Follow the recording through the replies; what belongs to none of them is counted."""
    traces, stale, at = [Trace() for _ in replies], 0, 0
    for reply, trace in zip(replies, traces, strict=True):
        start = _begins(heard, at, reply, trace)
        if start is None:
            continue
        stale += int(np.count_nonzero(heard[at:start]))
        at = _follow(heard, start, reply, trace)
    return traces, stale + int(np.count_nonzero(heard[at:]))


def _begins(heard: np.ndarray, at: int, reply: np.ndarray, trace: Trace) -> int | None:
    """Where in the recording this reply begins, with the first of its samples that was not lost."""
    for place in range(0, 500 * MS, KEY):
        start = _find(heard, reply[place : place + KEY], at)
        if start is not None:
            while place and start > at and heard[start - 1] == reply[place - 1]:
                place, start = place - 1, start - 1
            trace.exact = trace.lost = place
            return start
    return None


def _find(where: np.ndarray, key: np.ndarray, at: int) -> int | None:
    raw, found = where.tobytes(), 2 * at - 1
    while (found := raw.find(key.tobytes(), found + 1)) >= 0:
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
        place = _goes_on(heard[at + silent :], reply, trace)
        if place is None:
            break
        trace.gaps, trace.lost, at = trace.gaps + silent, trace.lost + place - trace.exact, at + silent
        trace.exact = place
        rest = faded(reply[place : place + FADE].tobytes(), 1, UNITY)
        if heard[at : at + FADE].tobytes() == rest:
            trace.fading = len(rest) // 2
            return at + trace.fading
    return at


def _goes_on(heard: np.ndarray, reply: np.ndarray, trace: Trace) -> int | None:
    """Where in the reply this recording goes on, in full or fading away; None where it does not."""
    if heard[:FADE].tobytes() == faded(reply[trace.exact : trace.exact + FADE].tobytes(), 1, UNITY):
        return trace.exact
    return _find(reply, heard[:KEY], trace.exact)


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
        cut = Cut(turn, sounding, stream.statistics().latency_ms * MS)
        await reply.turn.ended.wait()
        cut.latency = max(cut.latency, stream.statistics().latency_ms * MS)
        return cut


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


def tell_losses(traces: list[Trace], stale: int) -> None:
    gaps, lost = (sum(getattr(trace, name) for trace in traces) / MS for name in ("gaps", "lost"))
    print(f"{stale} stale samples; the sound server ran dry for {gaps:.0f} ms and lost {lost:.0f} ms")


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
    tell_losses(traces, stale)
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


@attrs.define(eq=False)
class Watched(DeviceSpeaker):
    """The real loudspeaker, whose stream can be asked; and the replies that were given to it."""

    stream: Any = None
    begun: list[Reply] = attrs.field(factory=list[Reply])
    cuts: dict[int, Cut] = attrs.field(factory=dict[int, Cut])
    """What was at the ear in the moment in which a reply was cut, by the reply's number."""

    def __attrs_pre_init__(self) -> None:
        super().__init__()

    @contextlib.asynccontextmanager
    async def open(self):
        async with super().open() as self.stream:
            yield self.stream

    def sounding(self) -> int:
        """Samples of the newest reply that the ear has had by now, as PortAudio's times say."""
        playback = self.begun[-1].turn.playback
        return (playback.played - self.stream.unsounded(playback)) // 2

    def watch(self, monkeypatch) -> None:
        """See every reply that begins or is cut from now on."""
        begin, cut = Reply.begin, Reply.cut

        def beginning(number: int) -> Reply:
            self.begun.append(begin(number))
            return self.begun[-1]

        def cutting(reply: Reply, why: str) -> None:
            latency = self.stream.statistics().latency_ms * MS
            self.cuts.setdefault(reply.turn.number, Cut(reply.turn.number, self.sounding(), latency))
            cut(reply, why)

        monkeypatch.setattr(Reply, "begin", staticmethod(beginning))
        monkeypatch.setattr(Reply, "cut", cutting)


WORD_MS = 100


async def say_in_words(link: ScriptedLink, pcm: np.ndarray) -> None:
    """A word each 100 ms."""
    for at in range(0, len(pcm), WORD_MS * MS):
        await link.say(wire.AudioOut(pcm[at : at + WORD_MS * MS].tobytes()), wire.OutputTranscription("word "))


PATIENCE = 0.5
"""Seconds for which late audio of a cut reply is ignored where no turnComplete follows."""


@attrs.define(eq=False)
class Conversation:
    """A whole agent at that loudspeaker, and the server's end in our hands."""

    agent: Any
    link: ScriptedLink
    speaker: Watched
    events: Any
    asked: list[int] = attrs.field(factory=list[int], init=False)
    """What was at the ear when we interrupted, samples."""

    async def until_heard(self, turn: int, ms: float) -> None:
        while len(self.speaker.begun) < turn or self.speaker.sounding() < ms * MS:
            await trio.sleep(0.002)

    async def interrupted(self, late: np.ndarray) -> None:
        """The server says so, sends some more of it, and ends the turn."""
        await self.link.say(wire.Interrupted())
        await self.link.say(wire.AudioOut(late.tobytes()))
        await self.link.say(wire.TurnComplete())

    async def interrupted_late(self, _late: np.ndarray) -> None:
        """It has said all of it long ago, and says in one message with nothing new that it does not count."""
        await self.link.say(wire.TurnComplete())
        await self.link.say(wire.Interrupted())

    async def interrupted_beside_audio(self, late: np.ndarray) -> None:
        await self.link.say(wire.AudioOut(late.tobytes()), wire.Interrupted())
        await self.link.say(wire.TurnComplete())

    async def interrupted_without_an_end(self, late: np.ndarray) -> None:
        await self.link.say(wire.Interrupted())
        await self.link.say(wire.AudioOut(late.tobytes()))
        await trio.sleep(PATIENCE + 0.1)

    async def by_the_program(self, late: np.ndarray) -> None:
        await self.agent.interrupt()
        await self._obey(late)

    async def by_typing(self, late: np.ndarray) -> None:
        await self.agent.say("Wait.")
        await self._obey(late)

    async def _obey(self, late: np.ndarray) -> None:
        await self.link.hear_until(wire.ClientContent)
        await self.link.say(wire.AudioOut(late.tobytes()))
        await self.link.say(wire.Interrupted(), wire.TurnComplete())

    async def turn(self, number: int, pcm: np.ndarray, dice: random.Random) -> m.TurnEnded:
        """Every eleventh reply ends by itself, the others are interrupted, each in the next way."""
        ways = (self.interrupted, self.interrupted_late, self.interrupted_beside_audio, self.by_the_program)
        if not number % 11:
            await say_in_words(self.link, pcm)
            await self.link.say(wire.TurnComplete())
            return await next_of(self.events, m.TurnEnded)
        way = (*ways, self.by_typing, self.interrupted_without_an_end)[number % 6]
        said, late = np.split(pcm, [len(pcm) - WORD_MS * MS])
        await say_in_words(self.link, said)
        await self.until_heard(number + 1, dice.uniform(60, 160))
        await trio.sleep(dice.uniform(0, 0.01))
        self.asked.append(self.speaker.sounding())
        await way(late)
        ended = await next_of(self.events, m.TurnEnded)
        cut = self.speaker.cuts[ended.turn]
        cut.latency = max(cut.latency, self.speaker.stream.statistics().latency_ms * MS)
        return ended


async def test_a_whole_agent_is_interrupted_in_every_way_and_plays_nothing_stale(sound, rig, monkeypatch):
    """110 interruptions by the server, by the program and by typed text, and 11 replies that end by themselves.

    After the cut, what goes on sounding at the monitor is a block and the sound server's latency at most. What is cut
    still arrives for a while, and is never heard. `heard_ms`, the words and the audio that the events tell as heard are
    what the monitor recorded, to a block.
    """
    dice, handed = random.Random(6), trio.Event()
    said = [noise(n, 1_500 * MS if n % 11 else dice.randrange(300 * MS, 500 * MS)) for n in range(121)]

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        handed.set()
        await trio.sleep_forever()

    plug_in(sound)
    speaker = Watched()
    speaker.watch(monkeypatch)
    deadlines = Deadlines(stale=PATIENCE)
    async with ear_at(sound) as ear:
        async with rig(script, speaker=speaker, model=STOPPABLE, deadlines=deadlines) as r:
            await handed.wait()
            tape = r.agent.events(audio=True, capacity=1_000_000)
            talk = Conversation(r.agent, r.server.links[0], speaker, r.agent.events())
            ended = [await talk.turn(number, pcm, dice) for number, pcm in enumerate(said)]
        await trio.sleep(0.5)
        traces, stale = explain(recorded(ear), said)
    told = np.zeros(len(said) + 1, int)
    async for event in tape:
        if isinstance(event, m.AudioHeard):
            told[event.turn] += len(event.pcm) // 2

    cuts = list(speaker.cuts.values())
    latency = [cut.latency / MS for cut in cuts]
    errors = [abs(event.heard_ms * MS - trace.heard) / MS for event, trace in zip(ended, traces, strict=True)]
    exact = [(traces[cut.turn - 1].exact - cut.sounding) / MS for cut in cuts]
    silent = {cut.turn: (traces[cut.turn - 1].heard - cut.sounding) / MS for cut in cuts}
    reached = [(traces[cut.turn - 1].heard - asked) / MS for cut, asked in zip(cuts, talk.asked, strict=True)]
    words = [len(event.heard_text.split()) - event.heard_ms / WORD_MS for event in ended]
    percentiles("PortAudio's latency", latency)
    percentiles("interruption of a whole agent to silence, at the ear", reached)
    percentiles("its flush to the end of the reply itself, at the ear", exact)
    percentiles("its flush to silence, at the ear", list(silent.values()))
    percentiles("heard_ms against the monitor", errors)
    tell_losses(traces, stale)
    assert 110 == len(cuts)
    assert 0 == stale
    assert max(errors) <= OUTPUT_BLOCK_MS
    assert [] == [cut for cut, ms in zip(cuts, exact, strict=True) if ms * MS > BLOCK + cut.latency + CLOCK]
    assert [] == [cut for cut in cuts if silent[cut.turn] * MS > BLOCK + cut.latency + FADE + CLOCK]
    assert np.median(reached) <= OUTPUT_BLOCK_MS + np.median(latency) + RAMP_MS + 1
    assert [event.heard_ms * MS for event in ended] == pytest.approx(told[1:])
    assert [] == [off for off in words if abs(off) > 1]
    assert [len(pcm) for pcm in said[::11]] == [trace.exact for trace in traces[::11]]
    assert [(0.0, False, "")] * 11 == [(e.dropped_ms, e.interrupted, e.unheard_text) for e in ended[::11]]


async def test_a_sink_that_is_removed_in_mid_sentence_costs_what_it_held(sound, rig, tmp_path):
    """The only sink goes and comes back, through the whole agent: the call goes on, the reply too, and the transcript
    counts as unheard what the sink took with it. A reply that is silenced meanwhile is heard no further. The moment of
    the loss is known to a block of ours, and the sink's own blocks are as long.
    """
    first, second, third = (noise(number, 2_000 * MS) for number in range(3))

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        for pcm in (first, second, third):
            await say_in_words(link, pcm)
            await link.say(wire.TurnComplete())
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
    transcript = tmp_path / "transcript.jsonl"
    async with rig(script, speaker=DeviceSpeaker(), model=STOPPABLE, transcript=transcript) as r:
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
        assert abs(len(ended.heard_text.split()) - ended.heard_ms / WORD_MS) <= 1
        rest, ended = await heard_once_back()
        assert third[-len(rest) :].tobytes() == rest.tobytes()
        assert (2_000.0, False) == (ended.heard_ms + ended.dropped_ms, ended.interrupted)
        words = [(len(said.heard_text.split()), len(said.unheard_text.split())) for said in r.agent.export_messages()]
    written = [json.loads(line) for line in transcript.read_text("utf-8").splitlines()]
    happened = [line["event"] for line in written if line["event"] in {"DeviceLost", "DeviceBack", "TurnEnded"}]
    print(f"words heard and not heard, by the transcript: {words}")
    assert [(20, 0), (20 - words[1][1], words[1][1]), (20, 0)] == words
    assert words[1][1] > 0
    assert [
        "DeviceLost",
        "DeviceBack",
        "TurnEnded",
        "DeviceLost",
        "TurnEnded",
        "DeviceBack",
        "TurnEnded",
    ] == happened
    assert words[1][1] == len(next(line for line in written if line.get("interrupted"))["unheard_text"].split())

"""The microphone's actor."""

from __future__ import annotations

import contextlib

import attrs
import numpy as np
import pytest
import trio

from voice_actors import messages as m
from voice_actors.actors.mic import MicActor
from voice_actors.audio.echo import cleaner_for
from voice_actors.audio.ends import EndStatistics
from voice_actors.audio.memory import MemoryMicrophone
from voice_actors.audio.resample import Resampler
from voice_actors.config import Cleaning
from voice_actors.lanes import Overflow, open_lane


def make(pcm: bytes, capacity: int = 10):
    audio, from_microphone = open_lane[m.MicMessage]("audio", capacity, Overflow.DROP_OLDEST)
    mutes, orders = open_lane[m.SetMuted]("mutes", 16)
    facts, told = open_lane[m.Event]("facts", 100)
    _played, echo = open_lane[m.Played]("played", 10, Overflow.DROP_OLDEST)
    actor = MicActor(MemoryMicrophone(pcm), 20, orders, audio, facts, echo)
    return actor, from_microphone, mutes, told


async def test_chunks_come_in_order_and_then_the_end(autojump_clock):
    """Each chunk with its time; after the source's end, a pause that says so, and the lane closes."""
    actor, from_microphone, _mutes, _told = make(bytes(640 * 3))
    await actor.run()
    got = [message async for message in from_microphone]

    assert [640, 640, 640] == [len(c.pcm) for c in got[:-1]]
    assert [0.02, 0.04, 0.06] == [round(c.captured_at, 3) for c in got[:-1]]
    assert m.MicrophonePaused(ended=True) == got[-1]


async def test_a_late_session_loses_the_oldest_and_is_told_how_much(autojump_clock):
    """Nobody reads for two seconds: the newest 200 ms are there, and the rest is reported as lost."""
    actor, from_microphone, _mutes, told = make(bytes(640 * 100))
    await actor.run()
    told_ms = sum(e.ms for e in _drain(told) if isinstance(e, m.AudioLost))

    assert 10 == from_microphone.statistics().waiting
    assert 91 == from_microphone.statistics().dropped
    assert 1_000 <= told_ms <= 91 * 20


async def test_muting_and_unmuting_is_told_once_each(autojump_clock):
    """The same order twice changes nothing."""
    actor, from_microphone, mutes, told = make(bytes(640 * 10), capacity=100)
    for muted in (True, True, False):
        mutes.send_nowait(m.SetMuted(muted))
    await actor.run()
    got = [message async for message in from_microphone]

    assert [True, False] == [e.muted for e in _drain(told) if isinstance(e, m.Muted)]
    assert m.MicrophonePaused() == got[0]
    assert 10 == sum(isinstance(g, m.AudioChunk) for g in got)


def _drain(lane):
    events = []
    while lane.statistics().waiting:
        events.append(lane.receive_nowait())
    return events


async def test_cancelled_it_closes_its_ends():
    """Whoever reads the lane sees its end."""
    actor, from_microphone, _mutes, _told = make(bytes(640 * 1000))
    with trio.move_on_after(0.05):
        await actor.run()

    async for _ in from_microphone:
        ...


async def test_what_is_played_is_kept_from_the_session(autojump_clock):
    """With a half-duplex cleaner the chunks of a reply's time are silent; the others are as they were said."""
    audio, from_microphone = open_lane[m.MicMessage]("audio", 100, Overflow.DROP_OLDEST)
    _mutes, orders = open_lane[m.SetMuted]("mutes", 16)
    facts, _told = open_lane[m.Event]("facts", 100)
    played, echo = open_lane[m.Played]("played", 10, Overflow.DROP_OLDEST)
    actor = MicActor(
        MemoryMicrophone(b"\1\1" * 16_000),
        20,
        orders,
        audio,
        facts,
        echo,
        cleaner_for(Cleaning(echo="half-duplex"), 20),
    )
    async with trio.open_nursery() as nursery:
        await nursery.start(actor.run)
        await trio.sleep(0.105)
        played.send_nowait(m.Played(trio.current_time(), bytes(4_800)))
    chunks = [message.pcm async for message in from_microphone if isinstance(message, m.AudioChunk)]

    assert 50 == len(chunks)
    silent = [number for number, pcm in enumerate(chunks) if not any(pcm)]
    assert list(range(5, 26)) == silent


RATE = 16_000


@attrs.define(eq=False)
class Behind:
    """A microphone, open, that is read late for a while and then in time again; what it captures is an echo."""

    captured: np.ndarray
    chunks: int = 0
    begun: float = attrs.field(factory=trio.current_time)

    async def read(self) -> bytes:
        self.chunks += 1
        late = 0.06 if 100 <= self.chunks < 620 else 0.0
        await trio.sleep_until(self.begun + self.chunks * 0.02 + late)
        return self.captured[(self.chunks - 1) * 320 : self.chunks * 320].tobytes()

    def statistics(self) -> EndStatistics:
        return EndStatistics()


class Knowing(Behind):
    """One that knows when it captured what it gives."""

    @property
    def captured_at(self) -> float:
        return self.begun + self.chunks * 0.02


@attrs.define(eq=False)
class Room:
    """Has that microphone."""

    kind: type[Behind]
    captured: np.ndarray
    name: str = "the room's microphone"

    @contextlib.asynccontextmanager
    async def open(self, _chunk_ms):
        yield self.kind(self.captured)


@pytest.mark.slow
async def test_a_loop_that_is_late_for_seconds_does_not_end_the_cancelling(autojump_clock):
    """For ten seconds each chunk is read 60 ms late: by its own times the echo stays 30 dB down, by ours it would not."""
    dice = np.random.default_rng(1)
    played = np.convolve(dice.standard_normal(15 * 24_000) * 2_000, 0.9 ** np.arange(20), "same").astype("<i2")
    at_microphone = np.frombuffer(Resampler(24_000, RATE).feed(played.tobytes()), "<i2") // 2
    captured = np.concatenate([np.zeros(RATE * 80 // 1000, "<i2"), at_microphone])
    left = {}
    for kind in (Knowing, Behind):
        audio, from_microphone = open_lane[m.MicMessage]("audio", 1_000, Overflow.DROP_OLDEST)
        _mutes, orders = open_lane[m.SetMuted]("mutes", 16)
        facts, _told = open_lane[m.Event]("facts", 100)
        to_microphone, echo = open_lane[m.Played]("played", 2_000, Overflow.DROP_OLDEST)
        load = cleaner_for(Cleaning(echo="cancel"), 20)
        actor = MicActor(Room(kind, captured), 20, orders, audio, facts, echo, load)
        async with trio.open_nursery() as nursery:
            await nursery.start(actor.run)
            began = trio.current_time()
            for block in range(1_500):
                to_microphone.send_nowait(m.Played(began + block * 0.01, played[block * 240 :][:240].tobytes()))
                await trio.sleep_until(began + (block + 1) * 0.01)
            nursery.cancel_scope.cancel()
        sent = [message.pcm async for message in from_microphone if isinstance(message, m.AudioChunk)]
        cleaned = np.frombuffer(b"".join(sent), "<i2").astype(float)
        seconds = [cleaned[at : at + RATE] for at in range(2 * RATE, len(cleaned) - RATE, RATE)]
        loud = float((captured[2 * RATE :].astype(float) ** 2).mean())
        left[kind] = [10 * np.log10(loud / ((second**2).mean() + 1)) for second in seconds]
        print(f"{kind.__name__}: echo lower by {', '.join(f'{db:.0f}' for db in left[kind])} dB, second by second")
    assert min(left[Knowing]) > 30
    assert min(left[Behind]) < min(left[Knowing]) - 10

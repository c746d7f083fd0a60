"""Interruptions in every order that the scheduler can think of, in virtual time: what is heard after the message?"""

from __future__ import annotations

import random
import sys
from contextlib import AbstractAsyncContextManager
from functools import partial

import trio

from benchmarks.scripted_server import say
from voice_actors.actors.speaker import SpeakerActor
from voice_actors.audio.ends import LoudspeakerStream
from voice_actors.audio.playout import play_by_clock
from voice_actors.broadcast import Tap, Wanted
from voice_actors.gemini import events as wire
from voice_actors.lanes import Overflow, open_lane
from voice_actors.messages import AudioEvent, Event, Played, SpeakerOrder, ToolOrder, TurnEnded
from voice_actors.session.reception import Reception
from voice_actors.session.replies import Replies
from voice_actors.testing.clock import run_in_virtual_time
from voice_actors.turns import Turn

BYTES_PER_S = 48_000
PER_RUN = 500


class Ear:
    """A loudspeaker on the clock that only counts what is heard."""

    name = "ear"

    def __init__(self) -> None:
        self.heard = 0

    def open(self) -> AbstractAsyncContextManager[LoudspeakerStream]:
        """See `Loudspeaker.open`."""
        return play_by_clock(self._hear, block_ms=20)

    def _hear(self, _at: float, pcm: bytes) -> None:
        self.heard += len(pcm)


async def interruptions(seed: int) -> tuple[int, int]:
    """`PER_RUN` replies of 10 s in a burst, each cut after about 1 s; bytes heard before and after the message."""
    dice = random.Random(seed)
    facts, told = open_lane[Event]("facts", 100_000)
    turns, to_speaker = open_lane[Turn]("turns", 16)
    orders, _calls = open_lane[ToolOrder]("orders", 16)
    played, _echo = open_lane[Played]("played", 16, Overflow.DROP_OLDEST)
    _microphone, ducks = open_lane[SpeakerOrder]("ducks", 16)
    heard, _ = open_lane[AudioEvent]("audio", 16, Overflow.DROP_OLDEST)
    tap = Tap(heard, Wanted())
    device = Ear()
    reception = Reception(Replies(3.0), turns, orders, facts, tap)
    before = after = 0
    async with trio.open_nursery() as nursery:
        await nursery.start(SpeakerActor(device, to_speaker, facts.clone(), tap.clone(), played, ducks).run)
        for _ in range(PER_RUN):
            began = device.heard
            chunk = bytes(1_920 * dice.randint(1, 12))
            for _ in range(0, 10 * BYTES_PER_S, len(chunk)):
                await reception.take(wire.AudioOut(chunk[:-2] + b"\x01\x01"))
            # Half of the messages fall on the very instant at which the device takes a block.
            await trio.sleep(dice.choice([1.0, 0.98 + dice.random() * 0.04]))
            for _ in range(dice.randrange(4)):
                await trio.lowlevel.checkpoint()
            complete_first = dice.random() < 0.3
            if complete_first:
                await reception.take(wire.TurnComplete())
            await reception.take(wire.Interrupted())
            at_message = device.heard
            await trio.sleep(dice.random() * 0.5)
            before, after = before + at_message - began, after + device.heard - at_message
            if not complete_first:
                await reception.take(wire.TurnComplete())
        nursery.cancel_scope.cancel("enough")
    ended: list[TurnEnded] = []
    while told.statistics().waiting:
        event = told.receive_nowait()
        if isinstance(event, TurnEnded):
            ended.append(event)
    assert len(ended) == PER_RUN
    assert all(event.interrupted for event in ended)
    assert before == round(sum(event.heard_ms for event in ended) * 48)
    return before, after


def run(interruptions_in_all: int) -> tuple[int, int]:
    """So many, rounded up to whole runs: bytes heard before the message, and after it."""
    before = after = 0
    for seed in range(-(-interruptions_in_all // PER_RUN)):
        played, stale = run_in_virtual_time(partial(interruptions, seed), seed=seed)
        before, after = before + played, after + stale
    return before, after


if __name__ == "__main__":
    heard, stale_bytes = run(int(sys.argv[1]))
    say(before=heard, after=stale_bytes, interruptions=-(-int(sys.argv[1]) // PER_RUN) * PER_RUN)

"""The recorder by itself: events in, a transcript out, by each of its ways to the disk."""

from __future__ import annotations

import sys
import tempfile
import time
from collections import deque
from pathlib import Path
from typing import Literal, TypeAlias

import trio

from benchmarks.scripted_server import say
from voice_actors.actors.transcript import TranscriptRecorder
from voice_actors.broadcast import Broadcast, Wanted
from voice_actors.lanes import Overflow, open_lane
from voice_actors.messages import AudioEvent, Event, Lagged, TurnEnded, UserSaid
from voice_actors.record.pulse import Pulse

Mode: TypeAlias = Literal["no transcript", "none", "turn", "line"]
MODES: tuple[Mode, ...] = ("no transcript", "none", "turn", "line")
A_TURN = 10
"""Events of a turn, its end among them."""


def ended(turn: int) -> TurnEnded:
    """A turn's end."""
    return TurnEnded(turn=turn, heard_ms=1_000.0, dropped_ms=0.0, interrupted=False, heard_text="", unheard_text="")


async def record(mode: Mode, turns: int, path: Path) -> dict[str, float]:
    """So many turns; CPU and time for each of their events, µs."""
    facts, to_recorder = open_lane[Event]("facts", 1024)
    audio, heard = open_lane[AudioEvent]("audio", 16, Overflow.DROP_OLDEST)
    recorder = TranscriptRecorder(
        to_recorder,
        heard,
        Broadcast[Event](lambda count: Lagged(count=count)),
        deque[Event](maxlen=100),
        Pulse(),
        Wanted(),
        transcript=None if mode == "no transcript" else path,
        sync="none" if mode == "no transcript" else mode,
    )
    async with trio.open_nursery() as nursery:
        await nursery.start(recorder.run)
        began, cpu = time.perf_counter(), time.process_time()
        with facts, audio:
            for turn in range(turns):
                for _ in range(A_TURN - 1):
                    await facts.send(UserSaid(text="and so many words of the conversation as people say at once"))
                await facts.send(ended(turn))
    events = turns * A_TURN
    return {
        "cpu_us": (time.process_time() - cpu) / events * 1e6,
        "wall_us": (time.perf_counter() - began) / events * 1e6,
    }


async def main(turns: int) -> None:
    """Each mode once, into a folder that goes away."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        say(
            modes={
                mode: await record(mode, turns, Path(folder) / f"{number}.jsonl") for number, mode in enumerate(MODES)
            }
        )


if __name__ == "__main__":
    trio.run(main, int(sys.argv[1]))

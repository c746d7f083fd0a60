"""Does the agent interrupt itself, and can it still be interrupted, when its loudspeaker is heard by its microphone?

Five simulated rooms, in one of which the loudspeaker stumbles: the whole agent, the offline server's real ears, without
echo cancellation and with it, in virtual time, so that a busy machine finds what an idle one does. What each microphone
captured and what was sent of it is kept in benchmarks/out/echo, left and right of one file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.ears import distance, words
from benchmarks.harness import Figure, Result, Say, Target
from benchmarks.processes import run

OUT = Path(__file__).parent / "out" / "echo"
COUNTS = {"keep": (3, 1), "cancel": (25, 10)}
"""Replies that nobody interrupts, and interruptions, in each room."""
QUICK = (3, 2)


def measure(quick: bool, say: Say) -> Result:
    """About four minutes, or one."""
    OUT.mkdir(parents=True, exist_ok=True)
    figures: list[Figure] = []
    targets: list[Target] = []
    notes: list[str] = []
    for mode, counts in COUNTS.items():
        say(f"echo: {mode}")
        rooms = _rooms(mode, *(QUICK if quick else counts))
        notes += [_row(mode, room) for room in rooms]
        if mode == "cancel":
            figures.append(Figure("person's first sound to the cut", "ms", _all(rooms, "acted_ms")))
            targets += _targets(rooms)
    notes.append(f"microphone (left) and what was sent (right): {OUT}")
    return Result("a conversation on loudspeakers", figures, targets, notes)


def _rooms(mode: str, replies: int, barge_ins: int) -> list[dict[str, Any]]:
    arguments = mode, str(replies), str(barge_ins), str(OUT)
    rooms: list[dict[str, Any]] = run("benchmarks.sides.echo", *arguments).report["rooms"]
    return rooms


def _row(mode: str, room: dict[str, Any]) -> str:
    return (
        f"{mode}, {room['room']}: self-interruptions {room['self_interruptions']} of {room['replies']} replies; "
        f"barge-ins acted on {room['acted_on']} of {room['barge_ins']}; ERLE {room['erle_db']:.1f} dB; "
        f"near-end word errors {_word_errors([room]):.0f} %"
    )


def _targets(all_rooms: list[dict[str, Any]]) -> list[Target]:
    """Where nothing stumbles; a stumble may cost a reply, and no more than that one."""
    rooms = [room for room in all_rooms if not room["stumbles"]]
    replies, barge_ins = _sum(rooms, "replies"), _sum(rooms, "barge_ins")
    missed = 100 * (barge_ins - _sum(rooms, "acted_on")) / max(barge_ins, 1)
    return [
        Target("echo", "replies that interrupted themselves", 0, _sum(rooms, "self_interruptions"), "", replies),
        Target("echo", "interruptions by a person that were missed", 5, missed, "%", barge_ins),
    ]


def _word_errors(rooms: list[dict[str, Any]]) -> float:
    pairs = [pair for room in rooms for pair in zip(room["said"], room["heard"], strict=True)]
    errors = sum(distance(words(said), words(heard)) for said, heard in pairs)
    return 100 * errors / max(sum(len(words(said)) for said, _ in pairs), 1)


def _sum(rooms: list[dict[str, Any]], key: str) -> int:
    return sum(int(room[key]) for room in rooms)


def _all(rooms: list[dict[str, Any]], key: str) -> list[float]:
    return [float(value) for room in rooms for value in room[key]]

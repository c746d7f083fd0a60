"""What does a cough cost, and are words acted on? Noises and sentences over replies, with and without two stages.

Coughs, clicks and "mm-hmm"s are synthetic; the sentences, of two words and more, are spoken by the offline server's
voices. The whole agent and the offline server's protocol run in memory on a virtual clock; both find speech by Silero.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import trio

from benchmarks.harness import Figure, Result, Say, Target
from benchmarks.processes import run
from benchmarks.sides.ears import SENTENCES, VOICES, spoken
from voice_actors.audio.resample import Resampler
from voice_actors.offline.speaking.mouth import best_mouth

COUNT = 100
QUICK = 6
OURS = "two stages, we decide"
LONGEST_GAP_MS = 400.0


def measure(quick: bool, say: Say) -> Result:
    """100 noises and 100 sentences in each mode, or a few."""
    count = QUICK if quick else COUNT
    with tempfile.TemporaryDirectory() as folder:
        say(f"{count} sentences are spoken")
        trio.run(_speak, Path(folder), count)
        say(f"{count} noises and {count} sentences over replies, in three modes")
        modes: dict[str, list[dict[str, Any]]] = run("benchmarks.sides.barge_in", str(count), folder).report["modes"]
    noises = [trial for trial in modes[OURS] if trial["kind"] != "words"]
    words = [trial for trial in modes[OURS] if trial["kind"] == "words"]
    stopped = 100 * sum(not goes_on(trial) for trial in noises) / len(noises)
    missed = sum(not trial["cut"] for trial in words)
    return Result(
        "noises and words over replies",
        [Figure(f"gap in the reply after a noise, {mode}", "ms", _gaps(trials)) for mode, trials in modes.items()],
        [
            Target("B1", "replies that a noise stopped, or held up for 400 ms", 10, stopped, "%", len(noises)),
            Target(
                "B2",
                "sentences that did not cut the reply",
                0,
                missed,
                "",
                len(words),
            ),
        ],
        [_row(mode, kind, trials) for mode, trials in modes.items() for kind in ("cough", "click", "mm-hmm", "words")],
    )


def goes_on(trial: dict[str, Any]) -> bool:
    """The reply was neither cut nor held up for too long."""
    return not trial["cut"] and trial["gap_ms"] <= LONGEST_GAP_MS


def _gaps(trials: list[dict[str, Any]]) -> list[float]:
    return [float(trial["gap_ms"]) for trial in trials if trial["kind"] != "words" and not trial["cut"]]


def _row(mode: str, kind: str, trials: list[dict[str, Any]]) -> str:
    mine = [trial for trial in trials if trial["kind"] == kind]
    return f"{mode}: {kind} cut {sum(trial['cut'] for trial in mine)} of {len(mine)} replies"


async def _speak(folder: Path, count: int) -> None:
    mouth = await best_mouth()
    for number in range(count):
        text = SENTENCES[number % len(SENTENCES)]
        pcm = await spoken(mouth, text, VOICES[(number * 7 + number // len(SENTENCES)) % len(VOICES)])
        converter = Resampler(24_000, 16_000)
        (folder / f"{number:03}.pcm").write_bytes(converter.feed(pcm) + converter.flush())

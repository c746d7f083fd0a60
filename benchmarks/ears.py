"""How well do the offline server's ears hear, and how well can its mouth be understood?

Forty sentences that no part was tuned on, in several voices of our mouth and of espeak-ng, in quiet and under noise
10 dB below the voice. Counted are word errors: words to be changed, added or left out, per word that was said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.harness import Figure, Result, Say, Target
from benchmarks.processes import run
from benchmarks.sides.ears import SENTENCES

WORST = {"quiet": 5.0, "noise": 15.0}
"""Word errors, per cent, of our own mouth's speech."""


def measure(quick: bool, say: Say) -> Result:
    """Eight sentences, or forty."""
    count = 8 if quick else len(SENTENCES)
    say(f"{count} sentences")
    heard: list[dict[str, Any]] = run("benchmarks.sides.ears", str(count)).report["heard"]
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in heard:
        groups.setdefault((one["mouth"], one["place"]), []).append(one)
    figures = [
        Figure(f"{mouth}, {place}: word errors of a sentence", "%", [errors_of(one) for one in group])
        for (mouth, place), group in groups.items()
    ]
    figures.append(Figure("recognition of a sentence", "ms", [one["ms"] for one in heard]))
    targets = [_target(mouth, place, group) for (mouth, place), group in groups.items() if mouth == "ours"]
    others = [_line(mouth, place, group) for (mouth, place), group in groups.items() if mouth != "ours"]
    return Result("word errors of the ears", figures, targets, others)


def _target(mouth: str, place: str, group: Sequence[Mapping[str, Any]]) -> Target:
    what = f"word error rate, {mouth}, {place}"
    return Target("ears", what, WORST[place], error_rate(group), "%", len(group))


def _line(mouth: str, place: str, group: Sequence[Mapping[str, Any]]) -> str:
    return f"word error rate, {mouth}, {place}: {error_rate(group):.1f} % of {len(group)} sentences"


def error_rate(group: Sequence[Mapping[str, Any]]) -> float:
    """Per cent, over all words of all sentences."""
    errors = sum(distance(words(one["said"]), words(one["heard"])) for one in group)
    return 100 * errors / sum(len(words(one["said"])) for one in group)


def errors_of(one: Mapping[str, Any]) -> float:
    """Per cent, of one sentence."""
    return error_rate([one])


def words(text: str) -> list[str]:
    """Without punctuation, and in lower case. Figures are spelt: recognisers write some small numbers as digits."""
    spelt = {"4": "four", "7": "seven", "40": "forty"}
    found: list[str] = re.findall(r"[a-z0-9']+", text.lower().replace("-", " "))
    return [spelt.get(word, word) for word in found]


def distance(said: Sequence[str], heard: Sequence[str]) -> int:
    """Words to be changed, added or left out."""
    from rapidfuzz.distance import Levenshtein

    return Levenshtein.distance(said, heard)

"""Where does the time go between the user's last word and the first word of the answer?

A user asks questions aloud, one after the other, on a conversation of our own with the offline server, which hears,
thinks and speaks for real in a process of its own. Each hop of each question is measured; the last figure is the sum.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.harness import Figure, Result, Say, Target, paired, percentile
from benchmarks.processes import BenchmarkError, Served, run, serving

HOPS = (
    ("microphone to server", "last_word", "arrived"),
    ("server: silence, until the turn counts as over", "arrived", "decided"),
    ("server: recognition", "decided", "recognised"),
    ("server: mind", "recognised", "thought"),
    ("server: voice, to the first piece", "thought", "spoke"),
    ("server to session", "spoke", "received"),
    ("session to loudspeaker", "received", "heard"),
)
WHOLE = ("last sample said to first sample heard", "last_word", "heard")
T15_MS = 700.0


ROUND = 6
"""Questions in a row to one server; each is asked all of them."""


def measure(quick: bool, say: Say) -> Result:
    """Ask six questions, or eighteen, and the same of a server that begins nothing early, taking turns."""
    turns: list[dict[str, Any]] = []
    patient: list[dict[str, Any]] = []
    with serving("benchmarks.offline_server") as server, serving("benchmarks.offline_server", "patient") as other:
        for first in range(0, ROUND if quick else 3 * ROUND, ROUND):
            say(f"spoken questions from number {first + 1} on")
            turns += _ask(server, first)
            patient += _ask(other, first)
    figures = [Figure(name, "ms", [ms(turn, since, until) for turn in turns]) for name, since, until in (*HOPS, WHOLE)]
    whole, before = figures[-1].samples, [ms(turn, *WHOLE[1:]) for turn in patient]
    figures.append(Figure("the same where nothing is begun early", "ms", before))
    targets = [
        Target("T15", "end of speech to first reply audio, p50", T15_MS, percentile(whole, 50), "ms", len(whole)),
        paired("T15", "beside the same where nothing is begun early", 0.9, whole, before),
    ]
    notes = [f"{turn['question']} -- {turn['answer']}" for turn in turns]
    return Result("the hops of a spoken conversation", figures, targets, notes)


def _ask(server: Served, first: int) -> list[dict[str, Any]]:
    report = run("benchmarks.sides.hops", server.ready["base_url"], str(ROUND), str(first)).report
    return [joined(client, server.next_line()) for client in report["asked"]]


def joined(client: Mapping[str, Any], server: Mapping[str, Any]) -> dict[str, Any]:
    """What both sides noted of one question.

    Raises:
        BenchmarkError: they did not note the same, such as where a question was heard as two.
    """
    position, said_at = client["last_word"]
    turn = {**client, **server, "last_word": said_at, "arrived": _arrived(server["arrived"], position)}
    times = [turn.get(name, 0.0) for name in ("last_word", *(until for _, _, until in HOPS))]
    if times != sorted(times):
        raise BenchmarkError(f'the question "{client["question"]}" was not heard as one: {client["answer"]}')
    return turn


def _arrived(arrivals: Sequence[tuple[int, float]], position: int) -> float:
    return next((at for so_far, at in arrivals if so_far >= position), 0.0)


def ms(turn: Mapping[str, Any], since: str, until: str) -> float:
    """How long a hop took."""
    return float((turn[until] - turn[since]) * 1000)

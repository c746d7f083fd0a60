"""Where does the time go between the user's last word and the first word of the answer?

A user asks questions aloud, one after the other, on a conversation of our own with the offline server, which hears,
thinks and speaks for real in a process of its own. Each hop of each question is measured; the last figure is the sum.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.harness import Figure, Result, Say, Target, percentile
from benchmarks.processes import BenchmarkError, run, serving

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


def measure(quick: bool, say: Say) -> Result:
    """Ask three questions, or eighteen."""
    count = 3 if quick else 18
    say(f"{count} spoken questions")
    with serving("benchmarks.offline_server") as server:
        asked: list[dict[str, Any]] = run("benchmarks.side_hops", server.ready["base_url"], str(count)).report["asked"]
        turns = [joined(client, server.next_line()) for client in asked]
    figures = [Figure(name, "ms", [ms(turn, since, until) for turn in turns]) for name, since, until in (*HOPS, WHOLE)]
    whole = figures[-1].samples
    target = Target("T15", "end of speech to first reply audio, p50", T15_MS, percentile(whole, 50), "ms", len(whole))
    notes = [f"{turn['question']} -- {turn['answer']}" for turn in turns]
    return Result("the hops of a spoken conversation", figures, [target], notes)


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
